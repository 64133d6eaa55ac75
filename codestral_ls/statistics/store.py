"""Days of counts in the user's state directory, one small file each.

Several servers add to the same day: each reads, adds and replaces the file while it holds a lock,
which ends with its process. A file that is damaged costs what stood in it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import time
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from codestral_ls.statistics.counts import Counts, Page, line_of, merge, page_of
from codestral_ls.whole_files import read_bounded, write_whole

_FOLDER = "statistics"
_SUFFIX = ".jsonl"
_NAME = re.compile(r"(\d{4}-\d\d-\d\d)\.jsonl")
# A day of all languages and twenty models is smaller.
_MAX_BYTES = 200_000
_LOCK_WITHIN_S = 2.0
_TRY_EVERY_S = 0.02
# Of file systems that have no locks, as some on a network.
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)


class StatisticsStore:
    """The days in one state directory."""

    def __init__(self, state_directory: Path) -> None:
        self._folder = state_directory / _FOLDER

    def add(self, day: date, counts: Mapping[tuple[str, str], Counts]) -> Page | None:
        """Add to a day; returns the whole day. None: nothing was written, try again later."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with _locked(self._folder / ".lock"):
                page = self.day(day)
                merge(page, counts)
                lines = "".join(line_of(*item) for item in page.items())
                write_whole(self._file(day), lines.encode("ascii"))
                return page
        except OSError:
            return None

    def day(self, day: date) -> Page:
        """The counts of a day; empty where there are none that can be read."""
        try:
            data = read_bounded(self._file(day), _MAX_BYTES + 1)
        except OSError:
            return {}
        return page_of(data.decode("utf-8", "replace").splitlines()) if data else {}

    def days(self, since: date) -> Iterator[tuple[date, Page]]:
        """Every day from one on that has counts, in order."""
        try:
            names = sorted(entry.name for entry in self._folder.iterdir())
        except OSError:
            return
        for name in names:
            found = _NAME.fullmatch(name)
            with contextlib.suppress(ValueError):
                if found and (day := date.fromisoformat(found[1])) >= since:
                    page = self.day(day)
                    if page:
                        yield day, page

    def _file(self, day: date) -> Path:
        return self._folder / (day.isoformat() + _SUFFIX)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock that ends with the process. Raises OSError where it is not had in time."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + _LOCK_WITHIN_S
        while True:
            try:
                _lock(handle)
                break
            except OSError as error:
                if error.errno in _NO_LOCKS:
                    break  # two servers there may lose a minute's counts; without it all are lost
                if time.monotonic() >= deadline:
                    raise
                time.sleep(_TRY_EVERY_S)
        yield
    finally:
        # Closing ends the lock.
        os.close(handle)


def _lock(handle: int) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # Windows alone
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
