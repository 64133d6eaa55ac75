"""Which of the brackets that are open at the cursor nothing below closes."""

from __future__ import annotations

from codestral_ls.model import Snapshot
from codestral_ls.postprocess.measure import TAB_WIDTH, first_word, width_of
from codestral_ls.postprocess.reading import NEAR_CHARS, read_after
from codestral_ls.text.language import Language
from codestral_ls.text.scan import CLOSERS, PAIRS, Bracket, Open, Scan, Stack


def unclosed_brackets(
    opened: tuple[Bracket, ...],
    anchors: dict[int, int],
    snapshot: Snapshot,
    language: Language,
    inside: Open | None,
    outer: Stack,
) -> frozenset[int]:
    """Which of the open brackets the text after the cursor leaves open.

    Each closer that follows closes the innermost open bracket of its kind, unless it begins a line
    whose indentation is that of a bracket further out. ``anchors``: of the text before the cursor.
    ``outer``: what is open at the cursor, where that is code within a string.
    """
    if not opened:
        return frozenset()
    after = snapshot.after[:NEAR_CHARS]
    found = _following(after, language, inside, outer)
    if language.hanging:
        widths = [_column(snapshot.before, bracket.offset) for bracket in opened]
    else:
        widths = [_statement_width(snapshot.before, bracket.offset, anchors) for bracket in opened]
    unclosed: set[int] = set()
    remaining = len(opened)
    margins = _Margins(after, language.ends, found.strings)

    def may_close(index: int, margin: int) -> bool:
        # Cases and labels stand where their brace's line does; arguments never do.
        brace = opened[index].character == "{"
        return widths[index] < margin or (brace and widths[index] == margin)

    for offset, character in _surplus_closers(found):
        margin, begins_line = margins.up_to(offset)
        fitting = [
            i
            for i in range(remaining)
            if PAIRS[opened[i].character] == character and may_close(i, margin)
        ]
        if begins_line:
            width = width_of(after[after.rfind("\n", 0, offset) + 1 :][:200])
            exact = [i for i in fitting if widths[i] == width]
            fitting = exact or [i for i in fitting if widths[i] <= width] or fitting
        if not fitting:
            continue
        unclosed.update(range(fitting[-1] + 1, remaining))
        remaining = fitting[-1]
        if remaining == 0:
            return _innermost_of_equals(unclosed, opened, widths)
    margin, _ = margins.up_to(len(after))
    whole = snapshot.at_document_end and len(after) == len(snapshot.after)
    unclosed.update(i for i in range(remaining) if whole or not may_close(i, margin))
    return _innermost_of_equals(unclosed, opened, widths)


def _innermost_of_equals(
    unclosed: set[int], opened: tuple[Bracket, ...], widths: list[int]
) -> frozenset[int]:
    """Of brackets of one kind that stand equally deep, the text closes the innermost ones."""
    found = set(unclosed)
    for index in range(len(opened) - 1):
        same = widths[index] == widths[index + 1]
        same = same and opened[index].character == opened[index + 1].character
        if same and index in found and index + 1 not in found:
            found.remove(index)
            found.add(index + 1)
    return frozenset(found)


def closers_right(snapshot: Snapshot, language: Language, inside: Open | None, outer: Stack) -> str:
    """Closers right of the cursor that nothing there opens. ``outer``: as above."""
    line = snapshot.after[:NEAR_CHARS].partition("\n")[0]
    return "".join(
        character for _, character in _surplus_closers(_following(line, language, inside, outer))
    )


def innermost_first(
    unclosed: frozenset[int], opened: tuple[Bracket, ...], line_start: int, right: str
) -> frozenset[int]:
    """Of the brackets on the cursor's line the innermost are the ones to close: what stands right
    of the cursor, ``right``, closes the outer ones."""
    on_line = [index for index, bracket in enumerate(opened) if bracket.offset >= line_start]
    needed = "".join(PAIRS[opened[index].character] for index in reversed(on_line))
    n_unclosed = sum(index in unclosed for index in on_line)
    if right and needed.endswith(right) and n_unclosed == len(on_line) - len(right):
        return frozenset([*(i for i in unclosed if i not in on_line), *on_line[len(right) :]])
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

    def __init__(
        self, after: str, ends: tuple[str, ...], strings: tuple[tuple[int, int], ...]
    ) -> None:
        self._after = after
        self._strings = strings
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
            if code and not closes and code[0] != "#" and not self._is_content():
                self.lowest = min(self.lowest, width_of(line))
            self._line = end + 1
        return self.lowest, False

    def _is_content(self) -> bool:
        """The line begins in a string, where its indentation says nothing."""
        return any(start < self._line < end for start, end in self._strings)


def _following(text: str, language: Language, inside: Open | None, outer: Stack) -> Scan:
    """What follows the cursor, read from the end of the string or comment that it stands in."""
    start = 0
    if inside is not None:
        end = text.find(inside.delimiter or "\n")
        line_end = text.find("\n")
        if not inside.comment and len(inside.delimiter) == 1 and 0 <= line_end < end:
            end = -1
        start = end + len(inside.delimiter) if end >= 0 else 0
    return read_after(text, language, start, outer)


def _surplus_closers(found: Scan) -> list[tuple[int, str]]:
    """Closers in a text that nothing in it opens; only as many as could matter."""
    surplus: list[tuple[int, str]] = []
    depth = 0
    for bracket in found.brackets:
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


def _column(text: str, offset: int) -> int:
    return len(text[text.rfind("\n", 0, offset) + 1 : offset].expandtabs(TAB_WIDTH))


def _statement_width(text: str, offset: int, anchors: dict[int, int]) -> int:
    """Indentation of the statement that a bracket belongs to: its line's, unless the line goes on
    with a statement, which shows when what follows is not indented deeper."""
    start = text.rfind("\n", 0, offset) + 1
    if start in anchors:
        return width_of(text[anchors[start] :][:200])
    width = width_of(text[start : offset + 1])
    _, ends_line, body = text[offset + 1 :].partition("\n")
    first = body.lstrip("\n").partition("\n")[0]
    return min(width, max(0, width_of(first) - 1)) if ends_line and first else width
