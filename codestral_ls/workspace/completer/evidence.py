"""Where the text before the cursor occurred before, and what came next at each place."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import islice
from posixpath import dirname

from codestral_ls.workspace.completer.learner import (
    N_LINE_ENDS,
    UNKNOWN,
    Learner,
    LearntText,
    signature,
)
from codestral_ls.workspace.completer.renaming import Renaming, align

HERE, DIRECTORY, RECENT, WORKSPACE = range(4)
"""Nested localities, the nearest first."""
_WEIGHTS = (1.0, 0.5, 0.5, 0.25)
"""What a place is worth by its locality, as counted on packages outside the benchmark."""

MAX_LENGTH = 16
"""Longer agreement says nothing more."""
_LONG = 4
"""A place where so many tokens agree is good evidence, wherever it is."""
_ENOUGH = 3
"""With so many good places nearby, far ones are not looked for."""
_FEW = 8
"""With fewer places, shorter agreement is looked for too."""
_FAR_TOKENS = 2_000_000
"""Tokens of far files that one request may search: 2 or 3 ms."""
_SIBLINGS = 200
"""Files of the directory that are searched; of those used last, a quarter as many."""
_SUFFIX_TOKENS = 3
_SUFFIX_BONUS = 0.8
"""What each agreeing token behind the cursor adds to a place's weight."""
_ALIGNED = 60
"""Places that one request aligns for a renaming; the nearest come first and matter most."""


@dataclass(frozen=True, slots=True, eq=False)
class _SearchedText:
    """A text to look in."""

    learnt: LearntText
    locality: int
    hole: range = range(0)
    """Positions that stand for the cursor's own surroundings, which are looked at elsewhere."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One earlier occurrence of the context."""

    number: int
    """The token that follows there, renamed."""
    length: float
    """Tokens that agree before it; renamed ones count half."""
    weight: float
    locality: int
    renamed: bool
    is_aligned: bool
    """Names differ there, whether or not in the token that follows."""
    suffix: int
    """Tokens that agree with those behind the cursor."""
    source: _SearchedText
    position: int
    """Of the token that follows."""


class Evidence:
    """Looks up contexts for one request."""

    def __init__(
        self, learner: Learner, here: LearntText, after: LearntText, at_line_end: bool, path: str
    ) -> None:
        self._learner = learner
        self._texts = learner.texts
        # The line end that begins ``after`` was made by encode() where the cursor is mid-line.
        self._tail = after.ids[1 : 1 + _SUFFIX_TOKENS]
        self._at_line_end = at_line_end
        self._near = list(_near_sources(learner, here, after, path))
        self._near_paths = {path, *(source.learnt.path for source in self._near)}
        self._candidates: Collection[LearntText] = learner.files.values()
        self._far_files: list[LearntText] = []
        self._found: list[Occurrence] = []
        self._followed: list[tuple[_SearchedText, int]] = []
        self._looked: set[tuple[_SearchedText, int]] = set()
        self._far_tokens = _FAR_TOKENS
        self._aligned = 0

    def places(self, context: str, partial: str = "", *, limit: int = 300) -> list[Occurrence]:
        """Places that agree with the end of the context, by two tokens or more where there are
        such, and whose next token begins with ``partial`` (``partial`` itself included)."""
        self._aligned = 0
        found = [
            self._place(context, source, position, 0, ord(source.learnt.ids[position]))
            for source, position in self._followed
        ]
        self._looked = set(self._followed)
        found += self._search(context, context[-2:], self._near, partial, limit)
        if sum(place.length >= _LONG for place in found) < _ENOUGH:
            far = self._far(context[-_LONG:])
            found += self._search(context, context[-_LONG:], far, partial, limit // 3)
        if len(found) < _FEW:
            far = self._far(context[-2:])
            found += self._search(context, context[-2:], far, partial, limit // 3)
        if len(found) < _FEW:
            # One token says little, unless the beginning of a word narrows it down.
            sources = self._near if partial.strip() else self._near[:2]
            found += self._search(context, context[-1:], sources, partial, limit // 3)
            # The last word may have another name there.
            before = context[-3:-1]
            found += self._search(context, before, self._near, partial, limit // 3, skip=1)
        self._found = found
        return found

    def follow(self, number: int) -> None:
        """The next call of ``places`` asks what comes after this token.

        Places where the code has other names are followed from token to token, as they cannot
        be looked up. Of the far files only those count that had the context so far.
        """
        self._followed = [
            (place.source, place.position + 1)
            for place in self._found
            if place.number == number
            and place.is_aligned
            and place.position + 1 < len(place.source.learnt.ids)
        ]
        self._candidates = list(dict.fromkeys(self._far_files))

    def words(self, partial: str) -> dict[int, int]:
        """Words near the cursor that begin with ``partial``, with their counts; with its blanks,
        whatever blanks they have there."""
        word = partial.lstrip(" \t")
        blanks = partial[: len(partial) - len(word)]
        counts: dict[int, int] = {}
        for source in self._near[:2]:
            ids = source.learnt.ids
            for character in set(ids):
                text = self._texts[ord(character)].lstrip(" \t")
                if text.startswith(word):
                    number = self._learner.number(blanks + text)
                    counts[number] = counts.get(number, 0) + ids.count(character)
        counts.pop(UNKNOWN, None)
        return counts

    def _far(self, needle: str) -> Iterable[_SearchedText]:
        numbers = {ord(character) for character in needle}
        if UNKNOWN in numbers:
            return
        wanted = signature(numbers)
        near = self._near_paths
        for learnt in self._candidates:
            if learnt.signature & wanted == wanted and learnt.path not in near:
                self._far_tokens -= len(learnt.ids)
                if self._far_tokens < 0:
                    return
                yield _SearchedText(learnt, WORKSPACE)

    def _search(
        self,
        context: str,
        needle: str,
        sources: Iterable[_SearchedText],
        partial: str,
        limit: int,
        skip: int = 0,
    ) -> list[Occurrence]:
        found: list[Occurrence] = []
        texts = self._texts
        size = len(needle)
        budget = limit * 4  # hits looked at; a common needle with a rare partial must end too
        for source in sources:
            ids = source.learnt.ids
            last = len(ids) - size - skip
            at = ids.find(needle)
            while 0 <= at < last:
                position = at + size + skip
                budget -= 1
                number = ord(ids[position])
                # What does not begin as it should may do so once it is renamed.
                fits = texts[number].startswith(partial)
                may_fit = fits or (number > UNKNOWN and self._aligned < _ALIGNED)
                if skip:  # what agrees to the last word was found before
                    may_fit = ids[position - 1] != context[-1] and self._aligned < _ALIGNED
                if (
                    number != UNKNOWN
                    and may_fit
                    and position not in source.hole
                    and (not self._looked or (source, position) not in self._looked)
                ):
                    agreed = 0 if skip else size
                    place = self._place(context, source, position, agreed, number)
                    if place.length and texts[place.number].startswith(partial):
                        found.append(place)
                        if source.locality == WORKSPACE:
                            self._far_files.append(source.learnt)
                        if len(found) >= limit:
                            return found
                if budget <= 0:
                    return found
                at = ids.find(needle, at + 1)
        return found

    def _place(
        self, context: str, source: _SearchedText, position: int, length: int, number: int
    ) -> Occurrence:
        learnt = source.learnt
        ids = learnt.ids
        reach = min(MAX_LENGTH, len(context), position)
        while length < reach and ids[position - 1 - length] == context[-1 - length]:
            length += 1
        score: float = length
        renamed = is_aligned = False
        if length < 8 and self._aligned < _ALIGNED:
            self._aligned += 1
            renaming, reached = align(ids, position, context, length, self._texts)
            if renaming:
                is_aligned = True
                score += (reached - length - len(renaming.words)) * 0.5
                number, renamed = self._rename(renaming, number)
        weight = _WEIGHTS[source.locality]
        suffix = self._suffix_agreement(learnt, position) if self._tail else 0
        weight *= 1 + _SUFFIX_BONUS * suffix
        return Occurrence(
            number=number,
            length=min(score, MAX_LENGTH),
            weight=weight,
            locality=source.locality,
            renamed=renamed,
            is_aligned=is_aligned,
            suffix=suffix,
            source=source,
            position=position,
        )

    def _rename(self, renaming: Renaming, number: int) -> tuple[int, bool]:
        if number < N_LINE_ENDS:
            return number, False
        text = self._texts[number]
        renamed = self._learner.number(renaming.apply(text))
        return (number, False) if renamed in (number, UNKNOWN) else (renamed, True)

    def _suffix_agreement(self, learnt: LearntText, position: int) -> int:
        tail = self._tail
        ids = learnt.ids
        end = learnt.line_end(position)
        start = end + 1 if self._at_line_end else ids.find(tail[0], position, end)
        if start < 0:
            return 0
        agreeing = 0
        for expected, actual in zip(tail, ids[start : start + _SUFFIX_TOKENS], strict=False):
            if expected != actual:
                break
            agreeing += 1
        return agreeing


def _near_sources(
    learner: Learner, here: LearntText, after: LearntText, path: str
) -> Iterable[_SearchedText]:
    yield _SearchedText(here, HERE)
    yield _SearchedText(after, HERE)
    own = learner.files.get(path)
    if own is not None:
        hole = _window(own.ids, here.ids, after.ids)
        if len(own.ids) > len(hole) + 50:
            yield _SearchedText(own, HERE, hole)
    siblings = learner.directories.get(dirname(path), {})
    for learnt in islice(siblings.values(), _SIBLINGS):
        if learnt.path != path:
            yield _SearchedText(learnt, DIRECTORY)
    for learnt in islice(reversed(learner.recent.values()), _SIBLINGS // 4):
        if learnt.path != path and learnt.path not in siblings:
            yield _SearchedText(learnt, RECENT)


def _window(own: str, before: str, after: str) -> range:
    """Positions of a document's learnt text that the window round the cursor stands for.

    The learnt text may be some keystrokes old. Where the window's ends are not found in it, all
    of it is the window: a place that is the cursor's own would be believed most of all.
    """
    start = own.find(before[2:34]) if len(before) > 34 else 0
    if start < 0:
        return range(len(own))
    tail = after[-34:-2]
    end = own.find(tail, start) if len(after) > 34 else start + len(before) + len(after)
    return range(start, len(own) if end < 0 else end + len(tail) + 2)
