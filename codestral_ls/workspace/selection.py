"""Which files of the workspace may be read.

Left out are what git ignores (``git_rules``), the user's ``exclude``, names that suggest secrets,
symbolic links (a target inside the workspace has a path of its own there), and what exceeds the
bounds.
"""

from __future__ import annotations

import os
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum, auto
from posixpath import basename, dirname
from typing import TypeVar

from codestral_ls.privacy.filenames import looks_secret, matches
from codestral_ls.privacy.places import resolved
from codestral_ls.workspace.files import Bounds, Entry, is_directory, regular, scan
from codestral_ls.workspace.git_rules import GitRules
from codestral_ls.workspace.pathnames import innermost, normal_roots, slashed, upward

_Item = TypeVar("_Item")

_NEVER_ENTERED = frozenset(
    (
        *(".git", ".hg", ".svn", ".jj", "node_modules", "__pycache__", ".venv", ".tox", ".nox"),
        *(".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".gradle", ".terraform"),
    )
)
"""Directories of tools; nobody writes in them by hand."""
_NOT_FILES = frozenset(("/proc", "/sys", "/dev", "/run"))

# PATH_MAX of Linux; macOS has 1024, Windows 32,767 for those who ask for it.
_MAX_PATH_CHARS = 4_096
_MAX_DEPTH = 256
_AT_ONCE = 200
_AT_ONCE_S = 0.2
"""Entries of a directory, and seconds of computing, that are spent in one go. A directory may have
any number of entries, and each may be held against thousands of rules."""
_OUTSIDE_KEPT = 8
"""Directories outside of the roots whose rules are kept, as the documents there are edited."""


class LeftOut(Enum):
    """Why the walk passes over a file or a directory."""

    SENSITIVE = auto()
    """Its name suggests secrets."""
    EXCLUDED = auto()
    """By the user's ``exclude``."""
    IGNORED = auto()
    """By git."""
    TOOLS = auto()
    """A directory that tools write in, and git does not ignore."""
    NOT_READ = auto()
    """Empty, too large or no plain file."""


class FileSelection:
    """Decides about paths under some roots. Paths are absolute and use ``/``."""

    def __init__(self, roots: Sequence[str], exclude: Sequence[str] = ()) -> None:
        self.roots = normal_roots(roots)
        self._exclude = tuple(exclude)
        # Git goes by real paths: of a root that is a link, the rules are where the link leads.
        self._real = {root: resolved(root) for root in self.roots}
        self._rules = GitRules(tuple(self._real.values()))
        self._outside: OrderedDict[tuple[str, Sequence[str]], FileSelection] = OrderedDict()

    def root_of(self, path: str) -> str | None:
        """The innermost root that holds a path."""
        return innermost(path, self.roots)

    def allows(self, path: str) -> bool:
        """Whether a text with this path may be used, be it on disk or only in an editor."""
        root = self.root_of(path)
        if self._against_name(path, root) is not None:
            return False
        if root is None:
            return True
        return self._reachable(dirname(path), root) and not self._ignored(
            path, root, is_directory=False
        )

    def allows_text(self, path: str) -> bool:
        """As ``allows``, also outside of the roots: there the rules of its own repository hold.

        By way of a link, both its names must be allowed. An address that is longer or deeper than
        any file's is nobody's: every directory above it would be looked at for rules.
        """
        if len(path) > _MAX_PATH_CHARS or path.count("/") > _MAX_DEPTH:
            return False
        if self.root_of(path) is None:
            is_allowed = self._outside_in(dirname(path), self._exclude).allows(path)
        else:
            is_allowed = self.allows(path)
        real = resolved(path) if is_allowed else path
        if real == path:
            return is_allowed
        if self.root_of(real) is None:
            return self._outside_in(dirname(real), ()).allows(real)
        return self.allows(real)

    def _outside_in(self, directory: str, exclude: Sequence[str]) -> FileSelection:
        """The selection for a directory that is in none of the roots; its rules are read once."""
        key = (directory, exclude)
        found = self._outside.pop(key, None)
        if found is None:
            found = FileSelection([directory], exclude)
        elif found.rules_have_changed():
            found.changed_rules()
        self._outside[key] = found
        if len(self._outside) > _OUTSIDE_KEPT:
            self._outside.popitem(last=False)
        return found

    def rules_have_changed(self) -> bool:
        """Whether git ignores other files by now, as far as the files with its rules tell."""
        return self._rules.have_changed() or any(
            each.rules_have_changed() for each in self._outside.values()
        )

    def changed_rules(self) -> None:
        """Read git's rules anew when next needed."""
        self._rules.forget()
        self._outside.clear()

    def walk(
        self,
        root: str,
        start: str,
        bounds: Bounds,
        clock: Callable[[], float],
        *,
        leave_out: Callable[[LeftOut], None] = lambda why: None,
    ) -> Iterator[list[Entry]]:
        """The files under ``root`` that may be read, those near ``start`` first.

        Yields a list, even an empty one, after a few hundred entries at most, so that the caller
        can do other things in between. Ends at the bounds for entries and time. ``leave_out`` is
        told of each file and directory that is passed over; what is in such a directory is not
        looked at.
        """
        queue = deque(upward(start if self._reachable(start, root) else root, root))
        seen = set(queue)
        n_entries = 0
        deadline = clock() + bounds.walk_s
        while queue and n_entries < bounds.entries and clock() < deadline:
            found: list[Entry] = []
            began, n_looked_at = time.thread_time(), 0
            for entry in scan(queue.popleft(), bounds.entries - n_entries):
                if n_looked_at >= _AT_ONCE or time.thread_time() - began > _AT_ONCE_S:
                    yield found
                    found = []
                    began, n_looked_at = time.thread_time(), 0
                n_entries += 1
                n_looked_at += 1
                path = slashed(entry.path)
                if path in seen:
                    continue
                if is_directory(entry):
                    why = self._against_entering(path, entry.name, root)
                    if why is None:
                        seen.add(path)
                        queue.append(path)
                    else:
                        leave_out(why)
                else:
                    file = self._look_at(entry, path, root, bounds)
                    if isinstance(file, Entry):
                        found.append(file)
                    else:
                        leave_out(file)
            yield found

    def files_in(self, directory: str, bounds: Bounds) -> list[Entry]:
        """The files of a directory of the workspace that may be read, as far as they can be told
        in one go."""
        root = self.root_of(directory + "/")
        if root is None or not self._reachable(directory, root):
            return []
        found = []
        for entry in in_one_go(scan(directory, bounds.entries)):
            file = self._look_at(entry, slashed(entry.path), root, bounds)
            if isinstance(file, Entry):
                found.append(file)
        return found

    def directories_in(self, directory: str) -> list[str]:
        """The directories in one of the workspace's that the walk would enter, as far as they can
        be told in one go."""
        root = self.root_of(directory + "/")
        if root is None or not self._reachable(directory, root):
            return []
        found = []
        for entry in in_one_go(scan(directory, Bounds().entries)):
            path = slashed(entry.path)
            if is_directory(entry) and self._against_entering(path, entry.name, root) is None:
                found.append(path)
        return found

    def _look_at(
        self, entry: os.DirEntry[str], path: str, root: str, bounds: Bounds
    ) -> Entry | LeftOut:
        why = self._against_name(path, root)
        if why is not None:
            return why
        if self._ignored(path, root, is_directory=False):
            return LeftOut.IGNORED
        return regular(entry, path, bounds) or LeftOut.NOT_READ

    def _reachable(self, directory: str, root: str) -> bool:
        """Whether the walk from the root would come to a directory under it."""
        is_under = (directory + "/").startswith(root.rstrip("/") + "/")
        # ``..`` leads out of the root again.
        if not is_under or ".." in directory.split("/"):
            return False
        return all(
            self._against_entering(upper, basename(upper), root) is None
            for upper in upward(directory, root)
            if upper != root
        )

    def _against_entering(self, path: str, name: str, root: str) -> LeftOut | None:
        if self._ignored(path, root, is_directory=True):
            return LeftOut.IGNORED
        return LeftOut.TOOLS if name in _NEVER_ENTERED or path in _NOT_FILES else None

    def _against_name(self, path: str, root: str | None) -> LeftOut | None:
        if looks_secret(path):
            return LeftOut.SENSITIVE
        return LeftOut.EXCLUDED if matches(self._exclude, path, root) else None

    def _ignored(self, path: str, root: str, *, is_directory: bool) -> bool:
        real = self._real[root].rstrip("/") + path[len(root.rstrip("/")) :]
        return self._rules.ignores(real, is_directory=is_directory)


def in_one_go(items: Iterable[_Item]) -> Iterator[_Item]:
    """The first items, as far as what is done with them leaves time for more in one go."""
    began = time.thread_time()
    for item in items:
        yield item
        if time.thread_time() - began > _AT_ONCE_S:
            return
