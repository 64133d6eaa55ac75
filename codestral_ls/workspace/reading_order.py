"""In which order the files of the workspace are read: the cursor's directory, then what is near."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from posixpath import dirname

from codestral_ls.workspace.files import Entry
from codestral_ls.workspace.pathnames import distance, looks_like_test

_MOST_BESIDE = 60
"""Files of one directory that come before all else; of more, those that changed last."""


class ReadingOrder:
    """Files that wait to be read."""

    def __init__(self) -> None:
        self.focus = ""
        """The directory that requests come from; empty before there was one."""
        self._beside: list[Entry] = []
        """Files of the focus directory, the latest last, tests first."""
        self._others: list[Entry] = []
        """The nearest and latest last, once sorted."""
        self._is_sorted = True

    def __len__(self) -> int:
        return len(self._beside) + len(self._others)

    def __iter__(self) -> Iterator[Entry]:
        """All, in no order."""
        yield from self._others
        yield from self._beside

    @property
    def n_beside(self) -> int:
        """Files of the focus directory that come before all else."""
        return len(self._beside)

    def focus_on(self, directory: str) -> None:
        """Order everything anew, round another directory."""
        self.focus = directory
        waiting = self._beside + self._others
        self.clear()
        self.add(waiting)

    def add(self, entries: Iterable[Entry]) -> None:
        """Take in files, each once."""
        for entry in entries:
            is_beside = dirname(entry.path) == self.focus
            (self._beside if is_beside else self._others).append(entry)
        self._beside.sort(key=lambda one: (not looks_like_test(one.path), one.mtime, one.path))
        self._others += self._beside[:-_MOST_BESIDE]
        self._beside = self._beside[-_MOST_BESIDE:]
        self._is_sorted = False

    def clear(self) -> None:
        """Drop everything; the focus stays."""
        self._beside, self._others = [], []

    def take_beside(self) -> Entry:
        """The next file of the focus directory, which is no longer waiting then."""
        return self._beside.pop()

    def take_nearest(self, root: str) -> Entry:
        """The next of the others, seen from a root where there is no focus."""
        if not self._is_sorted:
            focus = self.focus or root
            self._others.sort(key=lambda one: (-distance(one.path, focus), one.mtime, one.path))
            self._is_sorted = True
        return self._others.pop()
