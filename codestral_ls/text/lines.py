"""A text as a list of lines, addressed the way LSP addresses it.

Lines end at ``\\n``, ``\\r\\n`` and ``\\r`` and nowhere else; ``str.splitlines`` knows more ends,
which would shift every position behind a form feed. There is one more line than there are ends.

An edit rebuilds the lines that it touches and nothing else, and a window is joined from the lines
near the cursor, so both cost the same in 10 KB and in 10 MB (``tests/benchmarks/keystroke.py``).
Line ends are kept as they are, for edits; what is read out for a model has ``\\n`` only.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from codestral_ls.model import Edit

Encoding = Literal["utf-8", "utf-16", "utf-32"]
"""The unit in which a client counts the characters of a line."""

_NO_FOUR_BYTES = bytes(range(0xF0))
"""Every byte that begins no character of four bytes in UTF-8."""
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_HALF = re.compile("[\ud800-\udfff]")

_CHUNK_LINES = 64
"""Lines joined at once for a window: enough to leave the work to C, few enough to halve quickly."""


@dataclass(frozen=True, slots=True)
class Window:
    """The text round a place, with ``\\n`` for every line end."""

    before: str
    after: str
    at_start: bool
    """``before`` reaches back to the start of the text."""
    at_end: bool
    """``after`` reaches the end of the text."""


@dataclass(frozen=True, slots=True)
class PlacedEdit(Edit):
    """An edit and where it happened: lines and columns from 0, in code points.

    Every line end counts as one character. Where more than one place changed, ``single`` is False
    and the other fields tell of the last place only.
    """

    line: int = 0
    column: int = 0
    """Where the change begins."""
    end_line: int = 0
    end_column: int = 0
    """Where the inserted text ends; after typing, the cursor stands there."""

    def then(self, later: PlacedEdit) -> PlacedEdit:
        """Both edits as one, where ``later`` goes on at the end of this one, as typing does."""
        end = (later.end_line, later.end_column)
        joins = (later.line, later.column) == (self.end_line, self.end_column)
        if not (self.single and later.single and joins):
            return PlacedEdit(later.inserted, later.removed, False, later.line, later.column, *end)
        inserted, removed = self.inserted + later.inserted, self.removed + later.removed
        return PlacedEdit(inserted, removed, True, self.line, self.column, *end)


class Lines:
    """A text that is edited by line and unit, and read in windows.

    No operation fails, whatever the positions: beyond the end of a line means its end, beyond the
    last line the end of the text, inside a character the character's start.
    """

    def __init__(self, text: str) -> None:
        self._lines = _split(text)

    @property
    def text(self) -> str:
        """The whole text, with the line ends it came with."""
        return "".join(self._lines)

    @property
    def lines(self) -> tuple[str, ...]:
        """All lines with their ends; the last one has none."""
        return tuple(self._lines)

    @property
    def n_lines(self) -> int:
        """Number of lines, at least one."""
        return len(self._lines)

    def width(self, line: int) -> int:
        """Code points of an existing line, without its end."""
        text = self._lines[line]
        if text.endswith("\r\n"):
            return len(text) - 2
        return len(text) - text.endswith(("\n", "\r"))

    def locate(self, line: int, unit: int, encoding: Encoding) -> tuple[int, int]:
        """Line, and column in code points, of a client's position."""
        if line < 0:
            return 0, 0
        if line >= len(self._lines):
            return len(self._lines) - 1, self.width(-1)
        # No character is shorter than a unit, so the column cannot lie beyond this.
        column = max(0, min(unit, self.width(line)))
        text = self._lines[line]
        if encoding == "utf-32" or text.isascii() or (head := text[:column]).isascii():
            return line, column
        return line, _column(head, unit, encoding)

    def edit(
        self,
        start_line: int,
        start_unit: int,
        end_line: int,
        end_unit: int,
        new_text: str,
        encoding: Encoding,
    ) -> PlacedEdit:
        """Replace what lies between two positions, in whatever order they come."""
        start = end = self.locate(start_line, start_unit, encoding)
        if (start_line, start_unit) != (end_line, end_unit):
            end = self.locate(end_line, end_unit, encoding)
        if end < start:
            start, end = end, start
        removed = self._distance(start, end)
        end_line, end_column = self._splice(start, end, new_text)
        inserted = normalise(new_text)
        return PlacedEdit(inserted, removed, True, *start, end_line, end_column)

    def _distance(self, start: tuple[int, int], end: tuple[int, int]) -> int:
        crossed = normalise("".join(self._lines[start[0] : end[0]]))
        return len(crossed) + end[1] - start[1]

    def _splice(
        self, start: tuple[int, int], end: tuple[int, int], new_text: str
    ) -> tuple[int, int]:
        """Put the text between two places; return where it ends."""
        first, last = start[0], end[0] + 1
        head = self._lines[first][: start[1]]
        tail = self._lines[end[0]][end[1] :]
        # Only the new text is searched for line ends, so that a key in a line of a megabyte
        # costs no more than copying it.
        parts = _split(new_text)
        parts[0] = head + parts[0]
        parts[-1] += tail
        # An edit can bring a \r before a \n; the two are one line end then. It happens at the
        # end of the new text, and at its start when nothing is left of the line before it.
        if parts[-1] == "\n" and len(parts) > 1 and parts[-2].endswith("\r"):
            parts.pop()
            parts[-1] += "\n"
        if parts[0] == "\n" and first > 0 and self._lines[first - 1].endswith("\r"):
            first -= 1
            parts[0] = self._lines[first] + "\n"
        self._lines[first:last] = parts
        end_line = first + len(parts) - 1
        return end_line, min(len(parts[-1]) - len(tail), self.width(end_line))

    def window(self, line: int, column: int, max_before: int, max_after: int) -> Window:
        """The text round a place that ``locate`` returned.

        Exactly the last ``max_before`` and the first ``max_after`` characters, counted after line
        ends have become ``\\n``. Halves of a surrogate pair that stand next to each other are
        joined, other lone surrogates replaced, since no encoder takes them.
        """
        # One character more than wanted tells whether there is more.
        before = _at_least(max_before + 1, partial(self._raw_before, line, column))
        after = _at_least(max_after + 1, partial(self._raw_after, line, column))
        return Window(
            before=_encodable(before[max(0, len(before) - max_before) :]),
            after=_encodable(after[:max_after]),
            at_start=len(before) <= max_before,
            at_end=len(after) <= max_after,
        )

    def _raw_before(self, line: int, column: int, limit: int) -> str:
        pieces = [self._lines[line][max(0, column - limit) : column]]
        missing = limit - len(pieces[0])
        size = _CHUNK_LINES
        while missing > 0 and line > 0:
            chunk = self._lines[max(0, line - size) : line]
            length = sum(map(len, chunk))
            if length > missing and len(chunk) > 1:
                size = len(chunk) // 2
                continue
            pieces.append("".join(chunk)[-missing:])
            missing -= length
            line -= len(chunk)
        return "".join(reversed(pieces))

    def _raw_after(self, line: int, column: int, limit: int) -> str:
        pieces = [self._lines[line][column : column + limit]]
        missing = limit - len(pieces[0])
        line += 1
        size = _CHUNK_LINES
        while missing > 0 and line < len(self._lines):
            chunk = self._lines[line : line + size]
            length = sum(map(len, chunk))
            if length > missing and len(chunk) > 1:
                size = len(chunk) // 2
                continue
            pieces.append("".join(chunk)[:missing])
            missing -= length
            line += len(chunk)
        return "".join(pieces)


def normalise(text: str) -> str:
    """The text with ``\\n`` for every line end."""
    if "\r" not in text:
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _split(text: str) -> list[str]:
    if "\n" not in text and "\r" not in text:
        return [text]
    # With newline="" the ends are exactly LSP's three, and are returned as they are.
    lines = io.StringIO(text, newline="").readlines()
    if lines[-1].endswith(("\n", "\r")):
        lines.append("")
    return lines


def _at_least(wanted: int, read: Callable[[int], str]) -> str:
    """Read ``wanted`` characters, counted after normalising, or more; fewer if there are fewer."""
    text = read(wanted)
    if "\r" not in text:
        return text
    # Two characters may make one. Half a \r\n at the far end counts as the whole.
    return normalise(read(2 * wanted))


def _column(head: str, unit: int, encoding: Encoding) -> int:
    """How many whole characters of a line's start are within so many units."""
    if _n_units(head, encoding) <= unit:
        return len(head)
    low, high = 0, len(head)
    while high - low > 1:
        middle = (low + high) // 2
        n_units = _n_units(head[low:middle], encoding)
        if n_units <= unit:
            low, unit = middle, unit - n_units
        else:
            high = middle
    return low


def _n_units(text: str, encoding: Encoding) -> int:
    # A handler of errors is called for each half of a surrogate pair, which takes a hundred times
    # as long as the rest. UTF-8 alone passes them without one.
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    try:
        return len(text.encode("utf-16-le")) // 2
    except UnicodeEncodeError:
        encoded = text.encode("utf-8", "surrogatepass")
        return len(text) + len(encoded.translate(None, _NO_FOUR_BYTES))


def _encodable(text: str) -> str:
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return _HALF.sub("\ufffd", _PAIR.sub(_joined, text))
    return text


def _joined(halves: re.Match[str]) -> str:
    return halves[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")
