"""Cuts a text back to what the syntax of the document takes."""

from __future__ import annotations

import functools

from codestral_ls.postprocess.brackets import PAIRS, brackets
from codestral_ls.postprocess.overlap import covered
from codestral_ls.postprocess.place import place_of
from codestral_ls.postprocess.scene import Dropped, Scene
from codestral_ls.syntax import Syntax

# Each trial parses what changed, a millisecond or so; nearly all texts fit at the first.
_MAX_TRIALS = 4


def cut_back_to_what_fits(text: str, scene: Scene) -> str | Dropped:
    """Where a text of several lines brings errors into the syntax tree, keep the lines that bring
    the fewest.

    A single line is left alone: it may be a header that waits for its body, or close what was open.
    """
    if scene.tree is None or "\n" not in text.strip("\n") or covered(text, scene):
        return text
    snapshot, selected = scene.snapshot, scene.selected
    typed = snapshot.line_before
    removed = 0
    if selected is not None:
        # The tree knows what was typed, not the popup's entry: the entry goes in with the text.
        typed = typed[: len(typed) - len(selected.text)]
        removed = selected.replaced
    offset = scene.tree.locate(snapshot.line, typed)
    if offset is None:
        return text
    entry = selected.text if selected else ""
    best, fewest = text, _errors(scene.tree, offset, removed, entry + text)
    for shorter in _beginnings(text, scene)[: _MAX_TRIALS - 1]:
        if not fewest:
            break
        errors = _errors(scene.tree, offset, removed, entry + shorter)
        if errors < fewest:
            best, fewest = shorter, errors
    return best


# The pipeline runs until nothing changes, so it asks for its result again.
@functools.lru_cache(maxsize=8)
def _errors(tree: Syntax, offset: int, removed: int, text: str) -> int:
    return tree.errors_with(offset, removed, text)


def _beginnings(text: str, scene: Scene) -> list[str]:
    """Whole lines at the text's start that leave no bracket open, longest first."""
    language = place_of(scene.snapshot).language
    closed: list[str] = []
    depth = 0
    positions = iter([*brackets(text, language)])
    bracket = next(positions, None)
    end = text.find("\n")
    while end >= 0:
        while bracket is not None and bracket.offset < end:
            depth += 1 if bracket.character in PAIRS else -1
            bracket = next(positions, None)
        if depth <= 0 and text[:end].strip():
            closed.append(text[:end])
        end = text.find("\n", end + 1)
    return closed[::-1]
