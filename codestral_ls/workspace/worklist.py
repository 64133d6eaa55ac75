"""What to read of the workspace next: what changed, then what was listed, in ``reading_order``.

Which files may be read is up to ``selection``; what becomes of a text is up to the subclass.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from posixpath import dirname

from codestral_ls.workspace.files import Bounds, Entry, entry_of, read_text
from codestral_ls.workspace.process.limits import WorkLimit
from codestral_ls.workspace.reading_order import ReadingOrder
from codestral_ls.workspace.selection import FileSelection, in_one_go

_CHECKED_AT_ONCE = 20  # held against new rules in one go; each may meet thousands of rules
_FIRST_FILES = 200
"""Files that are read while the tree is still being walked: a package and its neighbours."""


class Worklist(ABC):
    """The work that is left. ``step`` does one piece of it: a directory listed or a file read.

    Paths are absolute and use ``/``.
    """

    def __init__(
        self,
        roots: Sequence[str],
        exclude: Sequence[str] = (),
        *,
        clock: Callable[[], float],
        bounds: Bounds | None = None,
        limit: WorkLimit | None = None,
    ) -> None:
        self.limit = limit or WorkLimit()
        self.selection = FileSelection(roots, exclude)
        self.n_found = 0
        """Files to read that were met so far."""
        self.n_left_out = 0
        """Files that exceeded the bounds."""
        self.walk_was_cut = False  # part of the tree was not looked at, for lack of time
        self._clock = clock
        self._bounds = bounds or Bounds()
        self._focus_files: list[Entry] = []  # of its directory, when it came into focus
        self._open: set[str] = set()
        self._passed_over: set[str] = set()
        self._changes: OrderedDict[str, None] = OrderedDict()
        self._unchecked: dict[str, None] = {}
        """What is known from before git's rules changed, and may not be used any more."""
        self._order = ReadingOrder()
        self._walks: list[tuple[float, Iterator[list[Entry]]]] | None = None
        self._seen: set[str] = set()
        self._taken: dict[str, Entry] = {}
        self._n_bytes = 0

    @abstractmethod
    def take(self, entry: Entry, text: str) -> bool:
        """Use a file's text. False where there is no room for it."""

    @abstractmethod
    def take_document(self, path: str, text: str) -> None:
        """Use the text of an open document in place of the file's."""

    @abstractmethod
    def forget(self, path: str) -> None:
        """Forget a file or document, if it is known."""

    def wants(self, path: str) -> bool:
        """Whether a file of this name is of use."""
        del path
        return True

    def also_known(self) -> Iterable[str]:
        """Files of which something is kept although they were not taken."""
        return ()

    def remembers(self, entry: Entry) -> bool:
        """Whether the file is known in this state from earlier, and need not be read."""
        del entry
        return False

    @property
    def is_full(self) -> bool:
        """Nothing more fits."""
        return False

    @property
    def is_done(self) -> bool:
        """Nothing is left to do."""
        return self.has_walked and not (self._unchecked or self.n_pending)

    @property
    def taken(self) -> Mapping[str, Entry]:
        """Files that were read, in the state in which they were."""
        return self._taken

    @property
    def is_checking_rules(self) -> bool:
        """Git's rules changed, and some of what is known was not held against them yet."""
        return bool(self._unchecked)

    @property
    def has_walked(self) -> bool:
        """All directories were listed."""
        return self._walks is not None and not self._walks

    @property
    def has_read_near_files(self) -> bool:
        """What requests near the focus profit from most was read."""
        return self.is_done or (len(self._taken) >= _FIRST_FILES and not self._order.n_beside)

    @property
    def n_pending(self) -> int:
        """Files that wait."""
        return len(self._changes) + len(self._order)

    @property
    def left_out(self) -> str:
        """What is not read and why, in a sentence; empty where all is."""
        if self.n_left_out:
            return f"{self.n_left_out} files are beyond the limits and were not read."
        if self.walk_was_cut:
            return "The workspace is too large to look at all of it."
        return ""

    def focus_on(self, path: str) -> None:
        """Requests come from this file: read its directory next, then what is near."""
        directory = dirname(path)
        if directory == self._order.focus or not self._is_inside(path):
            return
        self._order.focus_on(directory)
        self._focus_files = self.listed(directory)
        self._collect(self._focus_files)

    def opened(self, path: str, text: str) -> None:
        """The text of an open document, as far as it may be used; also after an edit."""
        self._open.add(path)
        self._release(path)
        if len(text) > self._bounds.file_bytes or not (
            self.selection.allows_text(path) and path not in self._passed_over
        ):
            self.forget(path)
        else:
            self.take_document(path, text)

    def closed(self, path: str) -> None:
        """The document was closed: what is on disk counts."""
        self._open.discard(path)
        self.forget(path)
        self.changed(path)

    def pass_over(self, paths: Iterable[str]) -> None:
        """Leave the texts of these paths alone from now on."""
        for path in paths:
            self._passed_over.add(path)
            self._drop(path)

    def passes_over(self, path: str) -> bool:
        """Whether the text of a path is left alone."""
        return path in self._passed_over

    def changed(self, path: str) -> None:
        """Something happened to a file or directory on disk."""
        if path.endswith("/.gitignore"):
            self._take_new_rules()
        else:
            self.look_at_rules()
        self._changes[path] = None

    def look_at_rules(self) -> None:
        """Notice that git ignores other files by now; before each use of what is known.

        Nobody tells of a change outside of the workspace, and not every editor of one within.
        """
        if self.selection.rules_have_changed():
            self._take_new_rules()

    def _take_new_rules(self) -> None:
        self.selection.changed_rules()
        self._unchecked = dict.fromkeys((*self._taken, *self._open, *self.also_known()))
        # What was listed and not read may be ignored by now. The new walk finds the rest.
        self.n_found -= len(self._order)
        self._order.clear()
        self._walks = None
        self._seen.clear()

    def step(self) -> bool:
        """Do one piece of work. False where there is none."""
        self.limit.begin()
        if self._unchecked:
            self._check_rules()
        elif self._order.n_beside:
            self._read(self._order.take_beside())
        elif self._changes:
            self._look_again(self._changes.popitem(last=False)[0])
        elif self._walks is None:
            self._start_walks()
        # The walk goes outwards, so its first files are near; the bulk is sorted when all is known.
        elif self._order and (not self._walks or len(self._taken) < _FIRST_FILES):
            self._read(self._order.take_nearest(next(iter(self.selection.roots), "/")))
        elif self._walks:
            return self._walk_on()
        else:
            return False
        return True

    def listed(self, directory: str) -> list[Entry]:
        """The files of a directory of the workspace that may be read."""
        return self.selection.files_in(directory, self._bounds)

    def entry_of(self, path: str) -> Entry | None:
        """A file as the walk would report it; None where it may not or cannot be read."""
        if path in self._passed_over or not self.wants(path):
            return None
        if not (self._is_inside(path) and self.selection.allows_text(path)):
            return None
        return entry_of(path, self._bounds)

    def _start_walks(self) -> None:
        self.n_left_out = 0
        now = self._clock()
        self._walks = [
            (now, self.selection.walk(root, self._start(root), self._bounds, self._clock))
            for root in self.selection.roots
        ]

    def _start(self, root: str) -> str:
        focus = self._order.focus
        return focus if focus and self.selection.root_of(focus + "/") == root else root

    def _walk_on(self) -> bool:
        """List a little more. False where there is nothing to list at the moment."""
        assert self._walks
        started, walk = self._walks[-1]
        found = next(walk, None)
        if found is None:
            self._walks.pop()
            self.walk_was_cut |= self._clock() - started >= self._bounds.walk_s
        else:
            self._collect(found)
        return True

    def _collect(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Have files read in their turn; returns those that were not known."""
        new = [each for each in entries if each.path not in self._seen and self.wants(each.path)]
        self._seen.update(entry.path for entry in new)
        new = [entry for entry in new if self._taken.get(entry.path) != entry]
        self.n_found += len(new)
        self._order.add(new)
        return new

    def _read(self, entry: Entry) -> None:
        path = entry.path
        known = self._taken.get(path)
        if path in self._open or path in self._passed_over or known == entry:
            return
        self.limit.begin(path)
        if known is not None:
            self._drop(path)
        if (
            self.is_full
            or len(self._taken) >= self._bounds.files
            or self._n_bytes + entry.size > self._bounds.total_bytes
        ):
            self.n_left_out += 1
            return
        if not self.remembers(entry):
            text = read_text(path, self._bounds.file_bytes)
            if text is None:
                return
            if not self.take(entry, text):
                self.n_left_out += 1
                return
        self._taken[path] = entry
        self._n_bytes += entry.size

    def _check_rules(self) -> None:
        for path in in_one_go(list(islice(self._unchecked, _CHECKED_AT_ONCE))):
            del self._unchecked[path]
            if not self.selection.allows_text(path):
                self._drop(path)

    def _look_again(self, path: str) -> None:
        """Read a file that changed, or forget what is gone or may not be read any more."""
        if path in self._open:
            return
        entry = self.entry_of(path)
        if entry is not None:
            self._read(entry)
            return
        self._drop(path)
        # Where it is or was a directory, its files may be gone too.
        inside = path + "/"
        self._changes.update(dict.fromkeys(each for each in self._taken if each.startswith(inside)))

    def _drop(self, path: str) -> None:
        self._release(path)
        self.forget(path)

    def _release(self, path: str) -> None:
        """Another file may take the room of this one."""
        entry = self._taken.pop(path, None)
        if entry is not None:
            self._n_bytes -= entry.size

    def _is_inside(self, path: str) -> bool:
        """Under a root, and not by way of a symbolic link."""
        root = self.selection.root_of(path)
        if root is None:
            return False
        directory = Path(dirname(path))
        try:
            return directory.resolve() == Path(root).resolve() / directory.relative_to(root)
        except (OSError, ValueError, RuntimeError):  # a loop, a name that is none
            return False
