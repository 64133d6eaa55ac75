"""What the text round the cursor says about the place: computed once, used by every filter."""

from __future__ import annotations

import bisect
import functools
import itertools
import re
from collections import Counter
from dataclasses import dataclass

from codestral_ls.model import Snapshot
from codestral_ls.postprocess.brackets import (
    CLOSERS,
    PAIRS,
    Bracket,
    Open,
    brackets,
    code_part,
    survey,
)
from codestral_ls.text.languages import Language, facts, opener_pattern

# Files that mix tabs and blanks mean eight; in others any width compares alike.
TAB_WIDTH = 8
# Brackets further away than this hardly belong to what is being written; it bounds the work too.
_NEAR_CHARS = 6_000
# Lines that begin something, at the left margin or as the member of a class.
_BEGINNING = re.compile(
    r"\n(?=[A-Za-z_@#]|(?: {2,4}|\t)"
    r"(?:async|class|def|fn|func|function|internal|private|protected|pub|public|static)\b)"
)
# Enough to recognise where a text repeats what follows, some lines of which may be left out.
_LINES_AFTER = 30
USUAL_UNIT = 4
# Enough to see how a file indents.
_STYLE_LINES = 100
_MAX_STARTS = 40
_LONG_QUOTES = ('"""', "'''", "`")


@dataclass(frozen=True, slots=True)
class Style:
    """How a file indents."""

    tabs: bool
    unit: int
    """Columns a level is indented by."""


@dataclass(frozen=True, slots=True)
class Place:
    """Facts about the cursor's surroundings."""

    language: Language
    line_before: str
    line_after: str
    indentation: str
    """What the cursor's line begins with."""
    above: tuple[str, ...]
    """The last lines before the cursor's line, nearest last, without blank ones."""
    below: tuple[str, ...]
    """The next lines after the cursor's line, without blank ones."""
    open_brackets: tuple[Bracket, ...]
    """Open at the cursor, outermost first."""
    unclosed: frozenset[int]
    """Indices of those that the text after the cursor does not close."""
    inside: Open | None
    """The string or comment that the cursor stands in."""
    style: Style | None
    """How the lines round the cursor are indented; None if they show nothing, or this and that."""
    steps: Counter[int]
    """By how much lines near the cursor are indented deeper than the line before, how often."""

    @property
    def width(self) -> int:
        """Width of the cursor's line's indentation."""
        return width_of(self.indentation)

    @property
    def on_blank_line(self) -> bool:
        """The line has nothing left of the cursor yet."""
        return not self.line_before.strip()

    @property
    def tail(self) -> str:
        """What stands right of the cursor, less blanks at its end."""
        return self.line_after.rstrip()

    @property
    def next_width(self) -> int:
        """Indentation of the next line that is not blank; -1 at the end of the text."""
        return width_of(self.below[0]) if self.below else -1

    @property
    def header(self) -> str:
        """The nearest line above that is indented less than the cursor's: what it stands in."""
        for line in reversed(self.above):
            if width_of(line) < self.width:
                return line
        return ""


# Longer than any keyword that a block begins or ends with.
_MAX_WORD = 64


def width_of(line: str) -> int:
    """Columns that a line is indented by."""
    blanks = line[: len(line) - len(line.lstrip(" \t"))]
    return len(blanks.expandtabs(TAB_WIDTH))


def opens_block(line: str, language: Language) -> bool:
    """The line's code ends in what a block begins with."""
    code = code_part(line, language).strip()
    return bool(code) and opener_pattern(language).search(code) is not None


def first_word(line: str) -> str:
    """The word a line begins with, after closing brackets; empty if it begins otherwise."""
    text = line.lstrip(" \t})];,")
    end = 0
    # Asked for each chunk of a stream: a word without end must not be read anew each time.
    limit = min(len(text), _MAX_WORD)
    while end < limit and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return text[:end]


# The engine asks for each chunk of a stream; snapshots are few and compare by identity first.
@functools.lru_cache(maxsize=8)
def place_of(snapshot: Snapshot) -> Place:
    """The facts about the place that a snapshot was taken at."""
    language = facts(snapshot.language_id)
    line_before = snapshot.line_before
    line_after, _, rest = snapshot.after.partition("\n")
    head = snapshot.before[: len(snapshot.before) - len(line_before)]
    head_lines = head[-_NEAR_CHARS:].split("\n")[:-1]
    start = _near_start(snapshot, language)
    line_start = len(head)
    opened, inside = survey(snapshot.before, language, start)
    above = tuple(line for line in head_lines if line.strip())
    below = tuple(line for line in rest.split("\n", _LINES_AFTER * 2) if line.strip())
    indentation = line_before[: len(line_before) - len(line_before.lstrip(" \t"))]
    near = (*above[-_STYLE_LINES:], *below[:_LINES_AFTER])
    steps = _steps(near)
    return Place(
        language=language,
        line_before=line_before,
        line_after=line_after,
        indentation=indentation,
        above=above,
        below=below[:_LINES_AFTER],
        open_brackets=opened,
        unclosed=_innermost_first(
            _unclosed(opened, snapshot, language, inside), opened, line_start
        ),
        inside=inside,
        style=_style(near, indentation, steps),
        steps=steps,
    )


def _style(lines: tuple[str, ...], indentation: str, steps: Counter[int]) -> Style | None:
    indented = [line for line in lines if line[0] in " \t"]
    # The cursor's own line tells the kind, but it may be indented only half.
    kinds = Counter([*(line[0] for line in indented), *indentation[:1]])
    if not kinds:
        return None
    if kinds["\t"]:
        # Lines that align with something above begin with blanks in any file.
        return Style(tabs=True, unit=TAB_WIDTH) if kinds["\t"] > 9 * kinds[" "] else None
    unit = steps.most_common(1)[0][0] if steps else min(map(width_of, indented), default=USUAL_UNIT)
    return Style(tabs=False, unit=unit)


def _steps(lines: tuple[str, ...]) -> Counter[int]:
    widths = [width_of(line) for line in lines]
    steps = (later - earlier for earlier, later in itertools.pairwise(widths))
    return Counter(step for step in steps if 2 <= step <= 8)


def _near_start(snapshot: Snapshot, language: Language) -> int:
    """Where to begin looking for brackets: at a line that begins something, since a text that is
    entered anywhere may be entered inside a string."""
    before = snapshot.before
    nearest = len(before) - _NEAR_CHARS
    if nearest <= 0:
        return 0
    starts = [found.start() + 1 for found in _BEGINNING.finditer(before)]
    n_earlier = bisect.bisect_right(starts, nearest)
    # The nearest ones first, and not all of them: each is a look at all that stands before.
    candidates = [*reversed(starts[:n_earlier]), *starts[n_earlier:]][:_MAX_STARTS]
    return next((start for start in candidates if _is_outside(before, start, language)), 0)


def _is_outside(text: str, offset: int, language: Language) -> bool:
    """No comment or string of several lines seems to be open there."""
    for opener, closer in language.block_comments:
        if text.rfind(opener, 0, offset) > text.rfind(closer, 0, offset):
            return False
    return all(
        text.count(quote, 0, offset) % 2 == 0
        for quote in _LONG_QUOTES
        if any(row.spans and row.opener.endswith(quote) for row in language.quotes)
    )


def _unclosed(
    opened: tuple[Bracket, ...], snapshot: Snapshot, language: Language, inside: Open | None
) -> frozenset[int]:
    """Which of the open brackets the text after the cursor leaves open.

    Each closer that follows closes the innermost open bracket of its kind, unless it begins a line
    whose indentation is that of a bracket further out.
    """
    if not opened:
        return frozenset()
    after = snapshot.after[:_NEAR_CHARS]
    widths = [_statement_width(snapshot.before, bracket.offset) for bracket in opened]
    unclosed: set[int] = set()
    remaining = len(opened)
    margins = _Margins(after, language.ends)

    def may_close(index: int, margin: int) -> bool:
        # Cases and labels stand where their brace's line does; arguments never do.
        brace = opened[index].character == "{"
        return widths[index] < margin or (brace and widths[index] == margin)

    for offset, character in _surplus_closers(after, language, inside):
        margin, begins_line = margins.up_to(offset)
        fitting = [
            i
            for i in range(remaining)
            if PAIRS[opened[i].character] == character and may_close(i, margin)
        ]
        if begins_line:
            width = width_of(after[after.rfind("\n", 0, offset) + 1 :][:200])
            fitting = [i for i in fitting if widths[i] == width] or fitting
        if not fitting:
            continue
        unclosed.update(range(fitting[-1] + 1, remaining))
        remaining = fitting[-1]
        if remaining == 0:
            return frozenset(unclosed)
    margin, _ = margins.up_to(len(after))
    whole = snapshot.at_document_end and len(after) == len(snapshot.after)
    unclosed.update(i for i in range(remaining) if whole or not may_close(i, margin))
    return frozenset(unclosed)


def _innermost_first(
    unclosed: frozenset[int], opened: tuple[Bracket, ...], line_start: int
) -> frozenset[int]:
    """Of equal brackets on the cursor's line the innermost are the ones to close: what stands
    right of the cursor then closes the outer ones."""
    first = len(opened)
    while (
        first
        and opened[first - 1].offset >= line_start
        and opened[first - 1].character == opened[-1].character
    ):
        first -= 1
    n_unclosed = sum(index >= first for index in unclosed)
    moved = range(len(opened) - n_unclosed, len(opened))
    return frozenset([*(index for index in unclosed if index < first), *moved])


class _Margins:
    """The least indentation of the lines between the cursor and a place behind it: what is
    indented more than that has ended before."""

    def __init__(self, after: str, ends: tuple[str, ...]) -> None:
        self._after = after
        self._ends = ends
        self._line = after.find("\n") + 1 or len(after)
        self.lowest = 1_000_000

    def up_to(self, offset: int) -> tuple[int, bool]:
        """The least indentation up to the closer at ``offset``, and whether it begins a line."""
        while self._line <= offset:
            end = self._after.find("\n", self._line)
            end = len(self._after) if end < 0 else end
            line = self._after[self._line : end]
            code = line.strip()
            closes = bool(code) and (code[0] in CLOSERS or first_word(code) in self._ends)
            if closes and end >= offset:
                return self.lowest, True
            # Directives stand at the left margin, whatever they stand in.
            if code and not closes and code[0] != "#":
                self.lowest = min(self.lowest, width_of(line))
            self._line = end + 1
        return self.lowest, False


def _surplus_closers(text: str, language: Language, inside: Open | None) -> list[tuple[int, str]]:
    """Closers in a text that nothing in it opens; only as many as could matter."""
    start = 0
    if inside is not None:
        end = text.find(inside.delimiter or "\n")
        line_end = text.find("\n")
        if not inside.comment and len(inside.delimiter) == 1 and 0 <= line_end < end:
            end = -1
        start = end + len(inside.delimiter) if end >= 0 else 0
    surplus: list[tuple[int, str]] = []
    depth = 0
    for bracket in brackets(text, language, start):
        if bracket.character in PAIRS:
            depth += 1
        elif depth:
            depth -= 1
        else:
            surplus.append((bracket.offset, bracket.character))
            # More levels than people nest.
            if len(surplus) > 20:
                break
    return surplus


def _statement_width(text: str, offset: int) -> int:
    """Indentation of the statement that a bracket belongs to: its line's, unless the line goes on
    with a statement, which shows when what follows is not indented deeper."""
    start = text.rfind("\n", 0, offset) + 1
    width = width_of(text[start : offset + 1])
    _, ends_line, body = text[offset + 1 :].partition("\n")
    first = body.lstrip("\n").partition("\n")[0]
    return min(width, max(0, width_of(first) - 1)) if ends_line and first else width


def is_prose(language: Language) -> bool:
    """The language is text for people, where fences and sentences are content."""
    return language.prose
