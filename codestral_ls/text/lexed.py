"""Syntax of long documents in languages without a grammar: which literal a place is in.

A window of such a text cannot tell whether it begins inside of a string. So the text is read from
its start, once: the state at the start of every few hundred lines is kept, and an edit forgets only
what comes after it.
"""

from __future__ import annotations

from dataclasses import dataclass

from codestral_ls.text.difference import difference
from codestral_ls.text.language import Language
from codestral_ls.text.scan import Open, Stack, scan
from codestral_ls.text.syntax import Syntax

MIN_CHARS = 24_000
"""Shorter texts are read from their start anyway."""
# A state is kept after so many bytes, at the start of a line.
_STEP_BYTES = 8_000
# Read at once, in some ten milliseconds; ``go_on`` reads what is further away.
_MAX_READ_BYTES = 16_000
# Enough of a string to see what it begins with.
_MAX_MARK = 40


@dataclass(frozen=True, slots=True)
class _State:
    """What is open at an offset."""

    offset: int
    stack: Stack
    literal_start: int
    """Where the innermost literal begins; meaningful while the stack ends in one."""


_START = _State(0, (), 0)


class Lexed(Syntax):
    """A document's literals at one moment. It knows neither errors nor markup."""

    __slots__ = ("_language", "_lexed", "_states")

    # Nothing of a parsed text is there to be handed on.
    def __init__(self, language: Language, source: bytes, states: list[_State]) -> None:
        self._language = language
        self._lexed = source
        self._states = states

    @classmethod
    def of(cls, text: str, language: Language) -> Lexed:
        """The literals of a text with ``\\n`` for every line end."""
        return cls(language, text.encode(errors="replace"), [_START])

    def __str__(self) -> str:
        return f"{len(self._states)} states"

    def updated(self, text: str) -> Lexed:
        """The literals of a text that grew out of this one's."""
        source = text.encode(errors="replace")
        start, _, _ = difference(self._lexed, source)
        # What stands in the line of the change may end a mark that began before it.
        line_start = self._lexed.rfind(b"\n", 0, start) + 1
        kept = [state for state in self._states if state.offset <= line_start]
        return Lexed(self._language, source, kept)

    @property
    def quick(self) -> bool:
        """Errors cannot be asked for."""
        return False

    def locate(self, line: int, line_before: str) -> int | None:
        """Byte offset of the end of ``line_before`` in a line; None if it begins otherwise, or if
        so much of the text has not been read yet."""
        lines = self._lexed.split(b"\n", line)
        head = line_before.encode(errors="replace")
        if len(lines) <= line or not lines[-1].startswith(head):
            return None
        offset = len(self._lexed) - len(lines[-1]) + len(head)
        return offset if self._read_to(offset) else None

    def go_on(self) -> bool:
        """Read a slice of what was not read yet. False when there is no more to do."""
        before = self._states[-1].offset
        return not self._read_to(len(self._lexed)) and self._states[-1].offset > before

    def literal_at(self, offset: int) -> tuple[int, str] | None:
        """Where the string or comment round a place that was read begins, and its first
        characters; None if the place is in none."""
        nearest = max(
            (state for state in self._states if state.offset <= offset),
            key=lambda state: state.offset,
        )
        state = self._after(nearest, offset)
        if not state.stack or not isinstance(state.stack[-1], Open):
            return None
        start = state.literal_start
        head = self._lexed[start : min(offset, start + _MAX_MARK)]
        return start, head.decode(errors="ignore")

    def in_markup_text(self, offset: int) -> bool:
        """Markup is not known here."""
        return False

    def errors_with(self, offset: int, removed: int, text: str) -> int:
        """Errors are not known here."""
        return 0

    def _read_to(self, offset: int) -> bool:
        """Read on to a place. False if that has to go on another time."""
        limit = self._states[-1].offset + _MAX_READ_BYTES
        while (last := self._states[-1]).offset + _STEP_BYTES < offset:
            end = self._lexed.rfind(b"\n", 0, last.offset + _STEP_BYTES) + 1
            if end <= last.offset:
                # A line that long is no code.
                return False
            if end > limit:
                return False
            self._states.append(self._after(last, end))
        return True

    def _after(self, state: _State, end: int) -> _State:
        text = self._lexed[state.offset : end].decode(errors="replace")
        stack = scan(text, self._language, 0, state.stack).stack
        top = stack[-1] if stack else None
        start = state.literal_start
        if isinstance(top, Open) and (not state.stack or top is not state.stack[-1]):
            # Further out is what an earlier part opened; its beginning was forgotten meanwhile.
            known = [entry for entry in state.stack if entry is top]
            start = state.literal_start if known else _bytes_before(text, top.offset) + state.offset
        return _State(end, stack, start)


def _bytes_before(text: str, offset: int) -> int:
    return len(text[:offset].encode(errors="replace"))
