"""Cuts a text back to what the syntax of the document takes."""

from __future__ import annotations

import functools

from codestral_ls.postprocess.overlap import covered
from codestral_ls.postprocess.place import place_of
from codestral_ls.postprocess.scene import Dropped, Scene
from codestral_ls.text.scan import PAIRS, brackets
from codestral_ls.text.syntax import Syntax

# Each trial parses what changed, a millisecond or so, and nearly all texts fit at the first.
_MAX_TRIALS = 3


def cut_back_to_what_fits(text: str, scene: Scene) -> str | Dropped:
    """Where a text of several lines brings errors into the syntax tree, keep the lines that bring
    the fewest.

    A single line is left alone: it may be a header that waits for its body, or close what was open.
    """
    if (
        scene.tree is None
        or not scene.tree.quick
        or "\n" not in text.strip("\n")
        or covered(text, scene)
    ):
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

    def errors(beginning: str) -> int:
        return _errors(scene.tree, offset, removed, entry + beginning) if scene.tree else 0

    n_errors = errors(text)
    shorter = _beginnings(text, scene) if n_errors else []
    # What even the shortest beginning has comes from somewhere else.
    if not shorter or errors(shorter[-1]) >= n_errors:
        return text
    fewest = errors(shorter[-1])
    return next((kept for kept in shorter[:_MAX_TRIALS] if errors(kept) <= fewest), shorter[-1])


# The pipeline runs until nothing changes, so it asks for its result again.
@functools.lru_cache(maxsize=8)
def _errors(tree: Syntax, offset: int, removed: int, text: str) -> int:
    return tree.errors_with(offset, removed, text)


def _beginnings(text: str, scene: Scene) -> list[str]:
    """Whole lines at the text's start that leave no bracket open, longest first."""
    language = place_of(scene).language
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
