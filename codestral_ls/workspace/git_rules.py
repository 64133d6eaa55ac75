"""What git ignores, by all of its sources, for any path and without running git.

Those are, from the strongest to the weakest: the ``.gitignore`` files from the file's directory up
to the top of its work tree, ``info/exclude`` of the repository, and the user's own ignore file
(``core.excludesFile`` or ``~/.config/git/ignore``). A nested repository or a submodule goes by its
own. Outside of repositories ``.gitignore`` files count from a root downwards.

Whether a file is tracked all the same is not asked: rules that name it count.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname

from codestral_ls.privacy.globs import MAX_SEARCHED_BYTES, GlobList
from codestral_ls.workspace.git_settings import SettingsBudget, git_directories, ignore_settings

_MAX_BYTES = 500_000
"""An ignore file of more covers everything below it: reading it would take a second."""
_MAX_TOTAL = 1_000_000
"""Bytes of all ignore files together; the rules in memory take fifty times as much. Those that are
read later cover everything below them."""
_MAX_TOTAL_SEARCHED = 10 * MAX_SEARCHED_BYTES
"""Bytes of all globs that need a search; compiled, they take a hundred times as much memory."""
_EVERYTHING = GlobList(["*"])
_MAX_WATCHED = 1_000
"""So many files are looked at again before each use, and as many that were not there are looked
for; a look takes two microseconds. Those that count for most files come first."""
_MAX_DIRECTORIES = 50_000
"""Remembered. Nothing is lost with one but time."""

_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Directory:
    """What holds for the names in a directory."""

    is_ignored: bool
    """With everything in it."""
    lists: tuple[tuple[int, GlobList], ...]
    """The strongest first; each with the length of the path that it is relative to."""
    is_covered: bool
    """By a repository, or by one of the roots."""
    ignore_case: bool = False


_UNCOVERED = _Directory(is_ignored=False, lists=(), is_covered=False)


class GitRules:
    """Answers for paths that are absolute, use ``/``, and have no links on the way."""

    def __init__(self, roots: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """``roots`` are the places from which rules count where there is no repository."""
        self._roots = frozenset(roots)
        self._environment = os.environ if environment is None else environment
        self._directories: dict[str, _Directory] = {}
        self._present: dict[str, _Stamp] = {}
        self._absent: dict[str, None] = {}
        self._n_bytes = 0
        self._n_searched_bytes = 0

    def ignores(self, path: str, *, is_directory: bool) -> bool:
        """Whether git ignores a path, be it by its own name or by that of a directory above."""
        place = self._directory(dirname(path))
        return place.is_ignored or _verdict(place, path, is_directory=is_directory)

    def have_changed(self) -> bool:
        """Whether one of the files that the rules came from is another now, or gone, or new."""
        return any(_stamp(path) != stamp for path, stamp in self._present.items()) or any(
            _stamp(path) is not None for path in self._absent
        )

    def forget(self) -> None:
        """Read everything anew when next needed."""
        self._forget_directories()
        self._present.clear()
        self._absent.clear()

    def _forget_directories(self) -> None:
        self._directories.clear()
        self._n_bytes = 0
        self._n_searched_bytes = 0

    def _directory(self, path: str) -> _Directory:
        missing = []
        known = self._directories.get(path)
        while known is None:
            missing.append(path)
            above = dirname(path)
            if above == path:
                known = _UNCOVERED
                break
            path = above
            known = self._directories.get(path)
        if len(self._directories) > _MAX_DIRECTORIES:
            self._forget_directories()
        # One for all of them: there may be a repository in each, and this is one piece of work.
        budget = SettingsBudget()
        for each in reversed(missing):
            known = self._directories[each] = self._below(known, each, budget)
        return known

    def _below(self, above: _Directory, path: str, budget: SettingsBudget) -> _Directory:
        """What holds in a directory, from what holds in the one above it."""
        length = len(path.rstrip("/")) + 1
        found = git_directories(path, self._read)
        # What git would not take for a repository begins nothing new within one; where there is
        # none, its rules count, to be on the safe side.
        if found is not None and above.is_covered and not found.is_whole:
            found = None
        if found is not None or (path in self._roots and not above.is_covered):
            settings = ignore_settings(path, found, self._read, self._environment, budget)
            ignore_case = settings.ignore_case
            files = list(settings.excludes_files)
            if found is not None:
                files.insert(0, found.shared + "/info/exclude")
            is_ignored = False
            lists: list[tuple[int, GlobList]] = []
            for file in files:
                self._add(lists, length, file, ignore_case=ignore_case)
            if not settings.are_whole:
                lists.append((length, _EVERYTHING))
        elif above.is_covered:
            ignore_case, lists = above.ignore_case, list(above.lists)
            is_ignored = above.is_ignored or _verdict(above, path, is_directory=True)
        else:
            return _UNCOVERED
        if not is_ignored:
            # Git does not follow a link that has this name, so that a repository cannot make it
            # read another file.
            file = path.rstrip("/") + "/.gitignore"
            self._add(lists, length, file, ignore_case=ignore_case, is_own=True)
        return _Directory(is_ignored, tuple(lists), is_covered=True, ignore_case=ignore_case)

    def _add(
        self,
        lists: list[tuple[int, GlobList]],
        length: int,
        file: str,
        *,
        ignore_case: bool,
        is_own: bool = False,
    ) -> None:
        """``is_own``: the directory's, which is stronger than those that are there."""
        data = self._read(file, follow=not is_own)
        if data is None:
            return
        self._n_bytes += len(data)
        if len(data) > _MAX_BYTES or self._n_bytes > _MAX_TOTAL:
            globs = _EVERYTHING
        else:
            globs = GlobList.from_file(data, ignore_case=ignore_case)
            # One path may need the searches of all these lists compiled.
            n_with_others = globs.n_searched_bytes + sum(each.n_searched_bytes for _, each in lists)
            self._n_searched_bytes += globs.n_searched_bytes
            if n_with_others > MAX_SEARCHED_BYTES or self._n_searched_bytes > _MAX_TOTAL_SEARCHED:
                globs = _EVERYTHING
        if globs:
            lists.insert(0 if is_own else len(lists), (length, globs))

    def _read(self, path: str, *, follow: bool = True) -> bytes | None:
        """A regular file's first bytes, and a note of the state it was read in."""
        flags = getattr(os, "O_NONBLOCK", 0) | (0 if follow else getattr(os, "O_NOFOLLOW", 0))
        stamp = _stamp(path)
        if stamp is not None:
            if len(self._present) < _MAX_WATCHED:
                self._present[path] = stamp
        elif len(self._absent) < _MAX_WATCHED:
            self._absent[path] = None
        try:
            # Not blocking: it may be a pipe.
            descriptor = os.open(path, os.O_RDONLY | flags)
            with os.fdopen(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    return None
                return file.read(_MAX_BYTES + 1)
        except (OSError, ValueError):
            return None


def _verdict(place: _Directory, path: str, *, is_directory: bool) -> bool:
    for length, globs in place.lists:
        verdict = globs.verdict(path[length:], is_directory=is_directory)
        if verdict is not None:
            return verdict
    return False


def _stamp(path: str) -> _Stamp | None:
    try:
        info = Path(path).stat()
    except (OSError, ValueError):
        return None
    # A directory changes with every file in it; that it is there is what counts.
    if stat.S_ISDIR(info.st_mode):
        return 0, 0, info.st_ino
    return info.st_mtime_ns, info.st_size, info.st_ino
