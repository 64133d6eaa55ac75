"""From a model's raw text to what is right to insert: a tuple of filters one can read.

Each filter is one verb: a pure function ``(text, scene)`` to text, or to ``Dropped`` with a reason.
Filters that only cut are given as the place where they cut, which also tells a stream when it has
brought enough. No filter raises for any text, and running them on their own result changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from codestral_ls.postprocess import clean, finish, fit, indent, overlap, repeat, shape
from codestral_ls.postprocess.place import first_word, place_of
from codestral_ls.postprocess.scene import Dropped, Scene, Shaped

__all__ = ["FILTERS", "Dropped", "Scene", "Shaped", "enough", "run"]

Filter = Callable[[str, Scene], str | Dropped]
Cut = Callable[[str, Scene], int]


def cut_at(start: Cut) -> Filter:
    """The filter that keeps what stands before ``start``."""

    def keep_before(text: str, scene: Scene) -> str | Dropped:
        return text[: start(text, scene)]

    keep_before.__name__ = f"cut_at_{start.__name__}"
    return keep_before


CLEANING: tuple[Filter, ...] = (
    clean.keep_printable,
    clean.strip_leading_tokens,
    clean.unwrap_fence,
    repeat.drop_echo,
    indent.strip_doubled_indentation,
    indent.follow_file_style,
    indent.put_in_step,
)
"""What changes a text from its beginning; a longer text begins with the same."""

CUTS: tuple[Cut, ...] = (
    clean.control_token_start,
    clean.fence_start,
    clean.prose_start,
    overlap.rest_of_line_start,
    overlap.closed_bracket_start,
    overlap.next_lines_start,
    repeat.repetition_start,
    shape.shape_end,
)
"""What ends a text. Found before the end of a stream, the stream may stop."""


def finish_whole(text: str, scene: Scene) -> str | Dropped:
    """Where the model was cut off within what belongs to the place, go back to what is whole."""
    if not scene.cut or any(cut(text, scene) < len(text.rstrip()) for cut in CUTS):
        return text
    return finish.go_back_to_whole(text)


FILTERS: tuple[Filter, ...] = (
    *CLEANING,
    clean.drop_prose,
    overlap.drop_what_follows,
    shape.drop_outside,
    finish_whole,
    *map(cut_at, CUTS),
    fit.cut_back_to_what_fits,
    # What went on behind closers right of the cursor may be gone by now; then they are doubled.
    cut_at(overlap.closed_bracket_start),
    finish.trim_blanks,
    finish.drop_worthless,
)

CUT_NOTE = "The model was cut off; this is what was whole."


def run(raw: str, scene: Scene) -> Shaped | Dropped:
    """Shape a model's text for a place, or say why nothing of it is right there."""
    text = raw
    for apply in FILTERS:
        outcome = apply(text, scene)
        if isinstance(outcome, Dropped):
            return outcome
        text = outcome
    note = CUT_NOTE if scene.cut and raw.rstrip().endswith(text) is False else ""
    return Shaped(text, overlap.covered(text, scene), multiline="\n" in text, note=note)


def enough(raw_so_far: str, scene: Scene) -> bool:
    """A longer text would be shaped to the same: the stream may stop."""
    text = raw_so_far
    for apply in CLEANING:
        outcome = apply(text, scene)
        if isinstance(outcome, Dropped):
            return True
        text = outcome
    certain = _certain(text, scene)
    return bool(certain.strip()) and any(cut(certain, scene) < len(certain.rstrip()) for cut in CUTS)


def _certain(text: str, scene: Scene) -> str:
    """The text less a last line of which too little has arrived to tell what it is."""
    whole, _, last = text.rpartition("\n")
    stripped = last.strip()
    words = (*place_of(scene.snapshot).language.continuations, *place_of(scene.snapshot).language.ends)
    word = first_word(last)
    may_go_on = not stripped or not stripped[0].isalnum() or any(w.startswith(word) for w in words)
    return whole + "\n" if may_go_on or not whole.strip() else text
