"""Tokens spent today, kept in the user's state directory so that a restart does not forget them.

Holds a date and a number and nothing else. Where it cannot be written, the count lasts as long as
the process.
"""

from __future__ import annotations

import json
import time
from datetime import date, datetime, timedelta
from pathlib import Path

from codestral_ls.whole_files import read_bounded, write_whole

# A crash loses at most this much of the count; a file write at every answer would be waste.
_SAVE_EVERY_S = 10.0
# A date and a number take fifty.
_MAX_BYTES = 4096
# A number in a damaged file may be any; nobody spends so much in a day.
_MOST = 10**12


class DailyTokens:
    """The day's count of tokens. Two servers at once each add what they used."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._unsaved = 0
        self._saved_at = 0.0
        self._day = _today()
        self._known = 0
        self._known = self._read()

    @property
    def tokens_today(self) -> int:
        """Tokens used since midnight, local time."""
        self._turn_page()
        return self._known + self._unsaved

    def add(self, tokens: int) -> None:
        """Count tokens; saved now and then, and by ``save``."""
        self._turn_page()
        self._unsaved += tokens
        if time.monotonic() - self._saved_at >= _SAVE_EVERY_S:
            self.save()

    def save(self) -> None:
        """Write the count, if there is anything to write and somewhere to write it."""
        self._saved_at = time.monotonic()
        if not self._unsaved or self._path is None:
            return
        # Another server may have counted meanwhile.
        self._known = self._read() + self._unsaved
        self._unsaved = 0
        text = json.dumps({"day": self._day.isoformat(), "tokens": self._known})
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._path, text.encode())
        except OSError:
            self._path = None

    def _turn_page(self) -> None:
        if self._day != _today():
            self._day, self._known, self._unsaved = _today(), 0, 0

    def _read(self) -> int:
        if self._path is None:
            return self._known
        try:
            page = json.loads(read_bounded(self._path, _MAX_BYTES))
            same_day = page["day"] == self._day.isoformat()
            return min(max(0, int(page["tokens"])), _MOST) if same_day else 0
        except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return 0


def next_midnight() -> datetime:
    """When the count starts anew, local time."""
    return datetime.combine(_today() + timedelta(days=1), datetime.min.time()).astimezone()


def _today() -> date:
    return datetime.now().astimezone().date()
