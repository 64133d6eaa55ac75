"""Passages of other texts that resemble the text at the cursor, and places edited lately. Pure."""

from __future__ import annotations

import functools
import heapq
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from codestral_ls.workspace.tokens import subwords

_SIZE = 16
"""Lines that are compared."""
_FOLLOWING = 6
"""Lines shown beyond them: what followed a text like the one at the cursor."""
_LEAST_SIMILARITY = 0.2
"""Of the words of both, the share they have in common; below, it is chance."""
_NEAR_COPY = 0.9
"""A near copy of the text at the cursor makes the model repeat what is there already."""
_STEP = 4
_LEAST_SHARED = 5
_LOOKED_AT = 12  # similar windows of one text; further ones repeat each other
_RADIUS = 6  # lines shown on either side of an edit
_EDITS_KEPT = 8
_WORD = re.compile(r"[A-Za-z_]\w{2,}")
_COMMON_WORDS = (
    "and def the return import from self this for not with class func function public private "
    "static void int str string none null true false let const var new else elif end len type "
    "async await break case continue default if in is or pass raise try while use pub impl"
)
_COMMON = frozenset(_COMMON_WORDS.split())


@dataclass(frozen=True, slots=True)
class Passage:
    """Some lines of a text."""

    line: int
    """The first, from 0."""
    text: str
    similarity: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """A text in overlapping windows, each with the words it has."""

    lines: tuple[str, ...]
    words: tuple[frozenset[str], ...]


def windows(text: str) -> Windows:
    """A text made ready to be searched."""
    all_lines = tuple(text.split("\n"))
    by_line = [words(line) for line in all_lines]
    starts = range(0, max(1, len(all_lines) - _SIZE + _STEP), _STEP)
    return Windows(all_lines, tuple(frozenset().union(*by_line[at : at + _SIZE]) for at in starts))


def words(text: str) -> frozenset[str]:
    """The words of a text and the parts of its compound ones, less those of every program."""
    found: set[str] = set()
    for word in _WORD.findall(text):
        found |= _parts(word)
    return frozenset(found)


def alike(target: frozenset[str], within: Windows, shown: frozenset[str]) -> Iterator[Passage]:
    """Passages that resemble the target, the most similar first; none overlap.

    What the prompt shows anyway is left out; ``shown`` are its ``lines``.
    """
    likely = []
    for index, found in enumerate(within.words):
        n_shared = len(target & found)
        if n_shared >= _LEAST_SHARED:
            similarity = n_shared / (len(target) + len(found) - n_shared)
            if _LEAST_SIMILARITY <= similarity <= _NEAR_COPY:
                likely.append((similarity, index * _STEP))
    taken: list[int] = []
    for similarity, start in heapq.nlargest(_LOOKED_AT, likely):
        if any(abs(start - other) < _SIZE + _FOLLOWING for other in taken):
            continue
        passage = _passage(within.lines, start, start + _SIZE + _FOLLOWING, similarity)
        if passage is not None and not stands_in(passage.text, shown):
            taken.append(start)
            yield passage


def target(before: str, after: str) -> frozenset[str]:
    """The words to look for: of the lines before the cursor and of a few after it."""
    near = before[-4000:].split("\n")[-_SIZE:] + after[:1000].split("\n")[:4]
    return words("\n".join(near))


def lines(text: str) -> frozenset[str]:
    """The lines that tell texts apart, without their indentation."""
    return frozenset(line for each in text.split("\n") if len(line := each.strip()) > 3)


def stands_in(text: str, shown: frozenset[str]) -> bool:
    """Whether a good part of a passage is among lines that are shown already."""
    own = lines(text)
    return len(own & shown) * 2 > len(own)


class Edits:
    """Places edited lately."""

    def __init__(self) -> None:
        self._places: deque[tuple[str, int]] = deque(maxlen=_EDITS_KEPT)

    def note(self, path: str, before: str, now: str) -> None:
        """A document changed."""
        if before == now:
            return
        old, new = before.split("\n"), now.split("\n")
        line = next(
            (at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other),
            min(len(old), len(new)),
        )
        for place in list(self._places):
            if place[0] == path and abs(place[1] - line) <= 2 * _RADIUS:
                self._places.remove(place)
        self._places.append((path, line))

    def forget(self, path: str) -> None:
        """The text is not known any more."""
        for place in list(self._places):
            if place[0] == path:
                self._places.remove(place)

    def latest(self) -> Iterable[tuple[str, int]]:
        """Paths and lines, the latest first."""
        return reversed(self._places)


def around(text: str, line: int) -> Passage | None:
    """The lines round a place."""
    return _passage(tuple(text.split("\n")), max(0, line - _RADIUS), line + _RADIUS, 1.0)


def _passage(all_lines: tuple[str, ...], start: int, end: int, similarity: float) -> Passage | None:
    """Whole lines, without blank ones at either end; None where nothing is left."""
    end = min(end, len(all_lines))
    while start < end and not all_lines[start].strip():
        start += 1
    while end > start and not all_lines[end - 1].strip():
        end -= 1
    text = "\n".join(all_lines[start:end])
    return Passage(start, text, similarity) if text else None


@functools.lru_cache(maxsize=8192)
def _parts(word: str) -> frozenset[str]:
    parts = (word, *subwords(word))
    return frozenset(part.lower() for part in parts if len(part) > 2) - _COMMON
