"""The place at a cursor, made as the server and the engine make it for a request."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from codestral_ls.config.settings import Settings
from codestral_ls.engine.scenes import scene_of, with_entry
from codestral_ls.model import ClientHabits, Request, Selected, Trigger
from codestral_ls.postprocess import Scene
from codestral_ls.server.documents import Document
from codestral_ls.text.languages import facts
from codestral_ls.text.lexed import MIN_CHARS, Lexed
from codestral_ls.text.lines import normalise
from codestral_ls.text.syntax import Syntax, parse


def scene_between(
    before: str,
    after: str,
    language_id: str,
    *,
    name: str = "document",
    indentation: str = "",
    multiline: Literal["auto", "always", "never"] = "auto",
    selected: Selected | None = None,
    covers_closers: bool = False,
    with_tree: bool = True,
) -> Scene:
    """The scene in an open document whose cursor stands between two texts."""
    document = Document(f"file:///{name}", before + after, version=1, language_id=language_id)
    document.indentation = indentation
    line = normalise(before).count("\n")
    column = len(normalise(before)) - normalise(before).rfind("\n") - 1
    snapshot = document.snapshot_at(line, column)
    assert snapshot is not None
    request = Request(snapshot, Trigger.AUTOMATIC, selected)
    settings = replace(Settings(), multiline=multiline)
    habits = ClientHabits(covers_closers=covers_closers)
    scene = scene_of(with_entry(request), settings, habits, selected)
    tree = _syntax_of(normalise(document.source), line, language_id) if with_tree else None
    return replace(scene, tree=tree)


def _syntax_of(text: str, line: int, language_id: str) -> Syntax | None:
    """As the server has it some moments after the document was opened."""
    tree = parse(text, language_id)
    if tree is not None or len(text) < MIN_CHARS:
        return tree
    literals = Lexed.of(text, facts(language_id))
    while literals.locate(line, "") is None and literals.go_on():
        pass
    return literals
