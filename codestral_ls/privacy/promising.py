"""The few lines of a text in which a secret may stand, so that only they are read with care.

A secret is a run of at least eight characters with a digit in it, or of many; few lines of a
program have one. Whether a line does is remembered, and so is what was found in the lines around
it (in ``secrets``): a window that is asked about at every key is new in one line only, and takes
a tenth of the time of one that is new as a whole.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

_ABOVE = 6
"""A name may stand so many lines above its value, as in Terraform and CloudFormation."""
_BELOW = 1
_PIECE = 40
"""Lines read at once. A piece ends where a line's length says so, so that it stays the same when
a line elsewhere comes or goes."""
_MAX_REMEMBERED = 60_000

_CLASSES = bytes(
    ord("0")
    if chr(code).isdigit() and code < 128
    else ord(" ")
    if code <= 32 or chr(code) in "\"'`<>|\\,;"
    else ord("a")
    for code in range(256)
)
_RUN = re.compile(rb" (?=[a0]{8})(?:a*+0|a{20})| a{4} a{4} a{4} a{4} ")
# What gives a secret away that has neither length nor digits.
_SIGNS = ("://", "assword", "ASSWORD", "wd=", "asic ", "earer ")

# Each line is in one of these once it was seen. Both are emptied when they grow too large.
_plain: set[str] = set()
_telling: set[str] = set()


def promising(text: str) -> Iterator[tuple[int, str]]:
    """Pieces of the text that may hold secrets, each with its place."""
    lines = text.split("\n")
    marked = [at for at, line in enumerate(lines) if line not in _plain]
    unknown = {lines[at] for at in marked} - _telling
    if unknown:
        _learn(unknown)
        marked = [at for at in marked if lines[at] in _telling]
    if not marked:
        return
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    for first, last in _pieces(marked, lines):
        start = starts[first]
        yield start, text[start : starts[last + 1] - 1]


def _pieces(marked: list[int], lines: list[str]) -> Iterator[tuple[int, int]]:
    """First and last line of each piece; neighbours overlap by what a name may need."""
    first, last = max(0, marked[0] - _ABOVE), marked[0]
    for at in marked[1:]:
        is_far = at - last > _ABOVE + _BELOW
        if is_far or (at - first > _PIECE and len(lines[last]) % 4 == 0):
            yield first, min(last + _BELOW, len(lines) - 1)
            first = max(0, at - _ABOVE)
        last = at
    yield first, min(last + _BELOW, len(lines) - 1)


def _learn(lines: Iterable[str]) -> None:
    if len(_plain) + len(_telling) > _MAX_REMEMBERED:
        _plain.clear()
        _telling.clear()
        # What is being asked about goes with it, and is learnt again.
    known = list(lines)
    text = "\n" + "\n".join(known) + "\n"
    starts = list(accumulate((len(line) + 1 for line in known), initial=1))
    telling = {
        bisect_right(starts, found.start() + 1) - 1
        for found in _RUN.finditer(text.encode("ascii", "replace").translate(_CLASSES))
    }
    for sign in _SIGNS:
        at = text.find(sign)
        while at >= 0:
            telling.add(bisect_right(starts, at) - 1)
            at = text.find(sign, at + 1)
    for at, line in enumerate(known):
        (_telling if at in telling else _plain).add(line)
