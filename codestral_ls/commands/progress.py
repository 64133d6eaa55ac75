"""One line on a terminal that says what is being waited for; it is erased afterwards."""

from __future__ import annotations

from typing import TextIO

from codestral_ls.privacy.text import one_line

_ERASE_LINE = "\r\x1b[K"
# Longer lines would wrap in the narrowest usual terminal, and could not be erased.
_MAX_CHARS = 70
_BAR_CHARS = 20


class ProgressLine:
    """Writes only if the stream is a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._enabled = stream.isatty()

    def __call__(self, text: str) -> None:
        """Show this text instead of the last one."""
        self._write(f"{_ERASE_LINE}{one_line(text, _MAX_CHARS)} ...")

    def bar(self, done: int, total: int, text: str) -> None:
        """Show how much of long work is done."""
        n_full = _BAR_CHARS * done // max(total, 1)
        bar = "█" * n_full + "░" * (_BAR_CHARS - n_full)
        self._write(
            f"{_ERASE_LINE}{bar} {one_line(f'{done}/{total} {text}', _MAX_CHARS - _BAR_CHARS)}"
        )

    def clear(self) -> None:
        """Erase the line."""
        self._write(_ERASE_LINE)

    def _write(self, text: str) -> None:
        if self._enabled:
            self._stream.write(text)
            self._stream.flush()
