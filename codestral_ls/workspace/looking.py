"""Notices what changes on disk where nobody tells of it, by a look now and then while idle.

A list of watched directories for the whole workspace would do the same at once, and costs what the
system allows only some of: a watch for each directory, of which most hold nothing that is read. So
files that were read are held against their state on disk, and directories against the time of
their last change: a hundred looks in one go, a round every two seconds at most, 2 µs a look.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from posixpath import dirname

from codestral_ls.workspace.files import Bounds
from codestral_ls.workspace.worklist import Worklist

LOOK_EVERY_S = 0.1
"""A hundred looks take a thousandth of it to a hundredth."""
_LOOKS_IN_ONE_GO = 100
_ROUND_S = 2.0


class ChangeLook:
    """Looks at what a worklist has read."""

    def __init__(self, worklist: Worklist, clock: Callable[[], float]) -> None:
        self._worklist = worklist
        self._clock = clock
        self._times: dict[str, int | None] = {}
        """Directories with their times when they were last looked at; None for new ones."""
        self._round: Iterator[bool] | None = None
        self._round_ends = clock()

    def look(self) -> bool:
        """Look at some files and directories. True where something has changed, of which the
        worklist knows now."""
        if self._round is None:
            if self._clock() < self._round_ends:
                return False
            self._round_ends = self._clock() + _ROUND_S
            self._round = self._look_round()
        has_changed = False
        for _ in range(_LOOKS_IN_ONE_GO):
            found = next(self._round, None)
            if found is None:
                self._round = None
                break
            has_changed |= found
        return has_changed

    def _look_round(self) -> Iterator[bool]:
        """One look after another; whether it found a change."""
        self._worklist.look_at_rules()
        yield not self._worklist.is_done
        for path, entry in list(self._worklist.taken.items()):
            info = _stat(path)
            is_same = info is not None and (info.st_mtime, info.st_size) == (
                entry.mtime,
                entry.size,
            )
            if not is_same:
                self._worklist.changed(path)
            yield not is_same
        yield from self._look_at_directories()

    def _look_at_directories(self) -> Iterator[bool]:
        roots = self._worklist.selection.roots
        for directory in {*roots, *map(dirname, self._worklist.taken)} - self._times.keys():
            info = _stat(directory)
            if info is not None:
                self._times[directory] = info.st_mtime_ns
            yield False
        waiting = list(self._times)
        while waiting:
            directory = waiting.pop()
            info = _stat(directory)
            if info is None:
                del self._times[directory]
                yield False
                continue
            if info.st_mtime_ns == self._times[directory]:
                yield False
                continue
            self._times[directory] = info.st_mtime_ns
            for inner in self._worklist.selection.directories_in(directory):
                if inner not in self._times:
                    self._times[inner] = None
                    waiting.append(inner)
            yield self._look_into(directory)

    def _look_into(self, directory: str) -> bool:
        """Tell of files that are new in a directory."""
        new = [
            entry.path
            for entry in self._worklist.selection.files_in(directory, Bounds())
            if self._worklist.wants(entry.path) and self._worklist.taken.get(entry.path) != entry
        ]
        for path in new:
            self._worklist.changed(path)
        return bool(new)


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except (OSError, ValueError):
        return None
