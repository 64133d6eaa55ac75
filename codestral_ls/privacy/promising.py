"""The few lines of a text in which a secret may stand, so that only they are read with care.

A secret is a run of at least eight characters with a digit in it, or of many; few lines of a
program have one. What a line is, is remembered, and so is what was found in it (in ``secrets``): a
window that is asked about at every key is new in one line only, and takes a small part of the time
of one that is new as a whole.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

_ABOVE = 6
"""A name may stand so many lines above its value, as in Terraform and CloudFormation."""
_PIECE = 20
"""Lines read at once. A piece ends where a line's length says so, so that it stays the same when
a line elsewhere comes or goes."""
_MAX_REMEMBERED = 8_000
"""Lines: some windows, in about a megabyte."""

_CLASSES = bytes(
    ord("0")
    if ord("0") <= code <= ord("9")
    else ord(" ")
    if code <= ord(" ") or chr(code) in "\"'`<>|\\,;"
    else ord("a")
    for code in range(256)
)
_RUN = re.compile(rb" (?=[a0]{8})(?:a*+0|a{20})| a{4} a{4} a{4} a{4} ")
# What gives a secret away that has neither length nor digits.
_SIGNS = ("://", "assword", "ASSWORD", "wd=", "asic ", "earer ")
# A value without its name: a string, a tag or an item of a list at the start of the line, a word
# by itself, or a customary name for values.
_CONTINUES = re.compile(
    r"\s*(?:[-\"'`<({\[@]|[bBrRuUfL]{1,2}[\"']|\S+\s*\Z|send\s|[\"']?\w{0,20}:?(?:[vV]alue|[dD]efault|example|"
    r"_?data|content)[\"']?\s*[=:])"
)


# What a line is. Plain numbers: fifteen hundred of them are looked at for every key.
_PLAIN = 0
# A secret may stand in it.
_TELLING = 1
# And its name in a line above.
_CONTINUING = 2
_known: dict[str, int] = {}


@dataclass(frozen=True, slots=True)
class _Part:
    """Whole lines of a text, and of those that are marked: number, place and kind."""

    lines: list[str]
    n_chars: int
    marked: list[tuple[int, int, int]]


def promising(
    text: str, cursor: int | None = None
) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """The lines that may hold secrets, and the pieces that may with their names; with places.

    With a ``cursor``, where the text is about to change: what stands in the lines above and below
    is kept for the next time.
    """
    if cursor is None:
        parts = [_part(text)]
    else:
        start = text.rfind("\n", 0, cursor) + 1
        end = text.find("\n", cursor) + 1 or len(text) + 1
        above = [_kept_part(text[: start - 1])] if start else []
        below = [_kept_part(text[end:])] if end <= len(text) else []
        parts = [*above, _part(text[start : end - 1]), *below]
    lines: list[str] = []
    marked: list[tuple[int, int]] = []
    continuing: list[int] = []
    at = 0
    for part in parts:
        before = len(lines)
        for number, place, kind in part.marked:
            marked.append((before + number, at + place))
            if kind == _CONTINUING:
                continuing.append(before + number)
        lines += part.lines
        at += part.n_chars + 1
    if not marked:
        return [], []
    return (
        [(place, lines[number]) for number, place in marked],
        [
            (_place_of(first, lines, marked), "\n".join(lines[first : last + 1]))
            for first, last in _pieces(continuing, lines)
        ],
    )


def _part(text: str) -> _Part:
    lines = text.split("\n")
    kinds = list(map(_known.get, lines))
    if None in kinds:
        learnt = _learn({line for line, kind in zip(lines, kinds, strict=True) if kind is None})
        kinds = [
            learnt[line] if kind is None else kind for line, kind in zip(lines, kinds, strict=True)
        ]
    # Without the line ends, of which there are as many as lines before.
    lengths = list(accumulate(map(len, lines), initial=0))
    marked = [(at, lengths[at] + at, kind) for at, kind in enumerate(kinds) if kind]
    return _Part(lines, len(text), marked)


# Above and below the cursor, in a few documents. The lines are those that are remembered anyway.
_kept_part = functools.lru_cache(maxsize=8)(_part)


def _place_of(line: int, lines: list[str], marked: list[tuple[int, int]]) -> int:
    """Where a line begins that is at most some lines above a marked one."""
    number, place = marked[bisect_left(marked, (line, 0))]
    return place - sum(len(each) + 1 for each in lines[line:number])


def _pieces(continuing: list[int], lines: list[str]) -> Iterator[tuple[int, int]]:
    """First and last line of each piece; neighbours overlap by what a name may need."""
    if not continuing:
        return
    first, last = max(0, continuing[0] - _ABOVE), continuing[0]
    for at in continuing[1:]:
        if at - last > _ABOVE or (at - first > _PIECE and len(lines[last]) % 4 == 0):
            yield first, last
            first = max(0, at - _ABOVE)
        last = at
    yield first, last


def _learn(lines: Iterable[str]) -> dict[str, int]:
    if len(_known) > _MAX_REMEMBERED:
        _known.clear()
    unknown = list(lines)
    text = "\n" + "\n".join(unknown) + "\n"
    starts = list(accumulate((len(line) + 1 for line in unknown), initial=1))
    telling = {
        bisect_right(starts, found.start() + 1) - 1
        for found in _RUN.finditer(text.encode("ascii", "replace").translate(_CLASSES))
    }
    for sign in _SIGNS:
        at = text.find(sign)
        while at >= 0:
            telling.add(bisect_right(starts, at) - 1)
            at = text.find(sign, at + 1)
    learnt = dict.fromkeys(unknown, _PLAIN)
    for at in telling:
        line = unknown[at]
        learnt[line] = _CONTINUING if _CONTINUES.match(line) else _TELLING
    _known.update(learnt)
    return learnt
