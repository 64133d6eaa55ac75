"""What would be shown at a hole, and how the file fares after it is accepted."""

from __future__ import annotations

import random

from codestral_ls.model import WINDOW_AFTER, WINDOW_BEFORE, Snapshot
from codestral_ls.postprocess import Dropped, Scene, Shaped, enough, run
from codestral_ls.text import syntax
from codestral_ls.text.languages import facts
from codestral_ls.text.lexed import MIN_CHARS, Lexed
from tests.benchmarks.files import File, Hole
from tests.benchmarks.overruns import filled
from tests.benchmarks.trees import breaks

VERDICTS = ("exact", "early", "silent", "wrong")
CAREFUL_VERDICTS = ("exact", "early", "cut", "glued", "wrong", "silent")
# Who takes beginning after beginning wants the rest some day.
_MAX_REQUESTS = 8


def scene_at(file: File, hole: Hole, covers_closers: bool, *, with_tree: bool = True) -> Scene:
    """The file with the hole, seen from its edge."""
    before, after = file.text[: hole.start], file.text[hole.end :]
    snapshot = Snapshot(
        uri="file:///hole",
        path="/hole",
        language_id=file.language_id,
        version=1,
        before=before[-WINDOW_BEFORE:],
        after=after[:WINDOW_AFTER],
        line=before.count("\n"),
        at_document_start=len(before) <= WINDOW_BEFORE,
        at_document_end=len(after) <= WINDOW_AFTER,
    )
    tree = _syntax_of(before, after, file.language_id) if with_tree else None
    return Scene(snapshot, tree=tree, covers_closers=covers_closers)


def _syntax_of(before: str, after: str, language_id: str) -> syntax.Syntax | None:
    """As the server has it some moments after the document was opened."""
    tree = syntax.parse(before + after, language_id)
    if tree is not None or len(before) + len(after) < MIN_CHARS:
        return tree
    literals = Lexed.of(before + after, facts(language_id))
    while literals.locate(before.count("\n"), "") is None and literals.go_on():
        pass
    return literals


def answer(raw: str, scene: Scene, *, streamed: bool) -> Shaped | Dropped:
    """What the engine would show."""
    if streamed:
        # A token of code has three characters or so.
        for length in range(3, len(raw), 3):
            if enough(raw[:length], scene):
                return run(raw[:length], scene)
    return run(raw, scene)


def verdict(file: File, hole: Hole, shaped: Shaped | Dropped) -> str:
    """One of ``VERDICTS``: early is any beginning of the truth."""
    if isinstance(shaped, Dropped):
        return "silent"
    truth, after = file.text[hole.start : hole.end], file.text[hole.end :]
    if shaped.text + after[shaped.covers :] == truth + after:
        return "exact"
    early = not shaped.covers and truth.startswith(shaped.text)
    return "early" if early else "wrong"


def careful_verdict(
    file: File, other: File, hole: Hole, overrun: str, shaped: Shaped | Dropped, scene: Scene
) -> str:
    """One of ``CAREFUL_VERDICTS``.

    Early is a whole beginning: the file is no worse with it than without, and the next requests
    bring the rest. Any other beginning is cut. Glued is the truth with other blanks at its end, so
    that what follows stands on the wrong line.
    """
    coarse = verdict(file, hole, shaped)
    if isinstance(shaped, Dropped) or coarse not in ("early", "wrong"):
        return coarse
    truth = file.text[hole.start : hole.end]
    if not shaped.covers and shaped.text.rstrip() == truth.rstrip():
        return "glued"
    if coarse == "wrong":
        return "wrong"
    return "early" if _is_whole(file, other, hole, overrun, shaped.text, scene) else "cut"


def _is_whole(file: File, other: File, hole: Hole, overrun: str, shown: str, scene: Scene) -> bool:
    before, after = file.text[: hole.start], file.text[hole.end :]
    truth = file.text[hole.start : hole.end]
    taken = ""
    for _ in range(_MAX_REQUESTS):
        taken += shown
        # A bracket left open takes what follows for its own; an open head waits for its body.
        if breaks(before + after, before, taken, after, file.language_id, heads=":"):
            return False
        coarse, shown = _next_request(file, other, hole, overrun, len(taken), scene)
        rest = truth[len(taken) :]
        if coarse == "silent" and rest.lstrip() != rest:
            # The user goes to the next line; what then comes may be less indented.
            taken += rest[: len(rest) - len(rest.lstrip())]
            coarse, shown = _next_request(file, other, hole, overrun, len(taken), scene)
        if coarse != "early":
            return coarse == "exact"
    return False


def _next_request(
    file: File, other: File, hole: Hole, overrun: str, n_taken: int, scene: Scene
) -> tuple[str, str]:
    """What becomes of the request for the rest of the truth, and what it shows."""
    rest = Hole(hole.kind, hole.start + n_taken, hole.end)
    there = scene_at(file, rest, scene.covers_closers, with_tree=scene.tree is not None)
    shaped = run(filled(file, other, rest, overrun, random.Random(hole.start)), there)
    return verdict(file, rest, shaped), shaped.text if isinstance(shaped, Shaped) else ""
