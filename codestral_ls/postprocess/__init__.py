"""From a model's raw text to what is right to insert: a tuple of filters one can read.

Each filter is one verb: a pure function ``(text, scene)`` to text, or to ``Dropped`` with a reason.
Filters that only cut are given as the place where they cut, which also tells a stream when it has
brought enough. No filter raises for any text, and running them on their own result changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from codestral_ls.postprocess import (
    below,
    clean,
    closing,
    finish,
    fit,
    indent,
    overlap,
    repeat,
    shape,
    tabs,
)
from codestral_ls.postprocess.measure import first_word, worth_reading
from codestral_ls.postprocess.place import place_of
from codestral_ls.postprocess.scene import Dropped, Scene, Shaped
from codestral_ls.postprocess.whole import ends_in_head, ends_place, whole_statements

__all__ = [
    "FILTERS",
    "Dropped",
    "Scene",
    "Shaped",
    "ends_in_head",
    "ends_place",
    "enough",
    "is_statement",
    "run",
    "whole_statements",
]

Filter = Callable[[str, Scene], str | Dropped]
Cut = Callable[[str, Scene], int]


_CLEANING: tuple[Filter, ...] = (
    clean.keep_printable,
    clean.strip_leading_tokens,
    clean.unwrap_fence,
    repeat.drop_echo,
    indent.strip_doubled_indentation,
    tabs.follow_file_style,
    indent.put_in_step,
)
"""What changes a text from its beginning; a longer text begins with the same."""

CUTS: tuple[Cut, ...] = (
    clean.control_token_start,
    clean.fence_start,
    clean.prose_start,
    clean.remark_start,
    overlap.region_end_start,
    overlap.rest_of_line_start,
    overlap.literal_close_start,
    overlap.closed_bracket_start,
    overlap.stray_closers_start,
    below.next_lines_start,
    repeat.repetition_start,
    shape.shape_end,
)
"""What ends a text. Found before the end of a stream, the stream may stop."""


def _keep_what_belongs(text: str, scene: Scene) -> str | Dropped:
    """End the text at the first of the places in ``CUTS``. Where there is none and the model was
    cut off, go back to what is whole."""
    end = _end(text, scene)
    if scene.cut and end >= len(text.rstrip()):
        return finish.go_back_to_whole(text, scene)
    return text[:end]


def _uncover(text: str, scene: Scene) -> str | Dropped:
    """Leave out closers right of the cursor, if nothing goes on behind them any more."""
    return text[: overlap.closed_bracket_start(text, scene)]


FILTERS: tuple[Filter, ...] = (
    *_CLEANING,
    clean.drop_prose,
    below.drop_what_follows,
    shape.drop_outside,
    _keep_what_belongs,
    closing.end_lines,
    repeat.drop_known,
    fit.close_what_is_opened,
    fit.cut_back_to_what_fits,
    _uncover,
    finish.trim_blanks,
    finish.drop_worthless,
)

_CUT_NOTE = "The model was cut off; this is what was whole."


# What one filter leaves may be work for an earlier one. Hardly any text needs a third pass; the
# limit is for texts made to go on for ever.
_MAX_PASSES = 6


def run(raw: str, scene: Scene) -> Shaped | Dropped:
    """Shape a model's text for a place, or say why nothing of it is right there."""
    read = worth_reading(raw)
    if read != raw:
        raw, scene = read, replace(scene, cut=True)
    behind = scene.closes_behind or _closes_behind(raw, scene)
    text, place = raw, replace(scene, closes_behind=behind)
    for _ in range(_MAX_PASSES):
        outcome = _filtered(text, place)
        if isinstance(outcome, Dropped):
            return outcome
        if outcome == text:
            break
        text, place = outcome, replace(place, cut=False, unfinished=scene.cut)
    return Shaped(
        text,
        covers=overlap.covered(text, scene),
        multiline="\n" in text,
        note=_CUT_NOTE if scene.cut and _was_cut(raw, scene) else "",
    )


def _closes_behind(raw: str, scene: Scene) -> bool:
    """The model put what closes the pair right of the cursor behind its last item."""
    if "\n" not in raw or not place_of(scene).pair:
        return False
    cleaned = _cleaned(raw, scene)
    return isinstance(cleaned, str) and closing.is_behind(cleaned, _end(cleaned, scene), scene)


def _was_cut(raw: str, scene: Scene) -> bool:
    """The text would go on if the model had not been cut off."""
    cleaned = _cleaned(raw, scene)
    if not isinstance(cleaned, str) or _is_line(cleaned, scene):
        return False
    return not _ends_before_end(cleaned, scene)


def _filtered(text: str, scene: Scene) -> str | Dropped:
    for apply in FILTERS:
        outcome = apply(text, scene)
        if isinstance(outcome, Dropped):
            return outcome
        text = outcome
    return text


def enough(raw_so_far: str, scene: Scene) -> bool:
    """A longer text would be shaped to the same: the stream may stop."""
    if worth_reading(raw_so_far) != raw_so_far:
        return True
    cleaned = _cleaned(raw_so_far, scene)
    if isinstance(cleaned, Dropped):
        return True
    if repeat.may_be_echo(raw_so_far, scene):
        return False
    if _is_line(cleaned, scene):
        return True
    growing = replace(scene, growing=True)
    certain = _certain(cleaned, scene)
    if not _ends_before_end(certain, growing):
        return False
    # What has arrived of the next line is shaped with the rest when the stream ends here.
    return _end(certain, growing) == _end(cleaned, scene)


def _is_line(text: str, scene: Scene) -> bool:
    """What belongs to the place is the line that has ended, whatever comes next."""
    end = text.find("\n")
    if end < 0 or not ends_place(text, scene) or text[end : _end(text, scene)].strip():
        return False
    # Talk may be followed by what was asked for.
    return not isinstance(clean.drop_prose(text, scene), Dropped)


def is_statement(text: str, scene: Scene) -> bool:
    """Nothing in the text waits for a next line: no head, no open bracket, no operator."""
    return shape.is_whole(text, place_of(scene))


def _end(text: str, scene: Scene) -> int:
    return min(cut(text, scene) for cut in CUTS)


def _cleaned(text: str, scene: Scene) -> str | Dropped:
    for apply in _CLEANING:
        outcome = apply(text, scene)
        if isinstance(outcome, Dropped):
            return outcome
        text = outcome
    return text


def _ends_before_end(text: str, scene: Scene) -> bool:
    whole = text.rstrip()
    return bool(whole) and any(cut(text, scene) < len(whole) for cut in CUTS)


def _certain(text: str, scene: Scene) -> str:
    """The text less a last line of which too little has arrived to tell what it is."""
    whole, _, last = text.rpartition("\n")
    stripped = last.strip()
    words = (
        *place_of(scene).language.continuations,
        *place_of(scene).language.ends,
        *place_of(scene).language.labels,
    )
    word = first_word(last)
    in_word = stripped.replace("_", "").isalnum()
    may_go_on = not stripped or not stripped[0].isalnum() or _begins(word, words)
    # A word of which more may come is none of those yet.
    may_go_on = may_go_on or (in_word and _begins(word, _GOING_ON))
    return whole + "\n" if may_go_on or not whole.strip() else text


# Statements go on with these in some language. Others of the languages' tables are no words.
_GOING_ON = ("and", "or", "xor", "instanceof", "where", "throws", "implements", "extends")


def _begins(word: str, words: tuple[str, ...]) -> bool:
    return any(other.startswith(word) for other in words)
