"""Finds where a text begins to repeat what stands right of and below the cursor."""

from __future__ import annotations

from codestral_ls.languages import Block
from codestral_ls.postprocess.brackets import PAIRS, brackets
from codestral_ls.postprocess.place import Place, place_of, width_of
from codestral_ls.postprocess.repeat import is_telling
from codestral_ls.postprocess.scene import Dropped, Scene

# What may stand right of the cursor without being text that a line goes on with.
CLOSING = frozenset(")]}>\"'`;,:")
# How far below the repetition may begin: the lines a model leaves out are closers and blanks.
_MAX_SKIPPED = 8


def closed_bracket_start(text: str, scene: Scene) -> int:
    """Where the text closes a bracket that what follows closes already.

    Brackets that the text opens itself, and those in strings and comments, do not count.
    """
    place = place_of(scene.snapshot)
    offset = _closed_again(text, place)
    if scene.covers_closers and offset < len(text) and (n_covered := _repeated(text, offset, place)):
        rest = offset + n_covered
        return rest + _closed_again(text[rest:], _beyond_tail(place, n_covered))
    return offset


def covered(text: str, scene: Scene) -> int:
    """How many characters right of the cursor the text repeats before it goes on."""
    if not scene.covers_closers:
        return 0
    place = place_of(scene.snapshot)
    offset = _closed_again(text, place)
    return _repeated(text, offset, place) if offset < len(text) else 0
