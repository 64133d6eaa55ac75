"""Learns the workspace's files bit by bit, between questions, those near the question first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from posixpath import dirname

from codestral_ls.workspace.completer.learner import Learner
from codestral_ls.workspace.files import Bounds, Entry, FileSelection, distance, read_text

NEAR_FILES = 200
"""Files a first question would like to have been learnt: a package and its neighbours."""


class CompleterIndexer:
    """The work that is left. ``step`` does one piece of it: a directory listed or a file learnt."""

    def __init__(
        self,
        learner: Learner,
        roots: Sequence[str],
        exclude: Sequence[str] = (),
        *,
        clock: Callable[[], float],
        bounds: Bounds | None = None,
    ) -> None:
        self.selection = FileSelection(roots, exclude)
        self._learner = learner
        self._bounds = bounds or Bounds()
        self._clock = clock
        self._focus: str | None = None
        self._open: set[str] = set()
        self._seen: set[str] = set()
        self._beside: list[Entry] = []
        """Files of the focus directory; they need not wait until the tree was walked."""
        self._pending: list[Entry] = []
        """The others, the nearest and latest last, once sorted."""
        self._sorted = True
        self._walks: list[Iterator[list[Entry]]] = []
        self._walked = False
        self.n_bytes = 0
        self.n_learnt = 0
        self.n_left_out = 0
        """Files that exceeded the bounds for number, bytes or memory."""

    @property
    def done(self) -> bool:
        """Nothing is left to do."""
        return self._walked and not (self._walks or self._beside or self._pending)

    @property
    def knows_near_files(self) -> bool:
        """What a question near the focus profits from most was learnt."""
        return self.done or (self.n_learnt >= NEAR_FILES and not self._beside)

    def focus_on(self, path: str) -> None:
        """Questions come from this file: learn its directory next, then what is near."""
        directory = dirname(path)
        if directory == self._focus:
            return
        self._focus = directory
        waiting = self._beside + self._pending
        self._beside, self._pending = [], []
        self._distribute(waiting)
        root = self.selection.root_of(path)
        if not self._walked or root is None:
            return
        # The first directory that a walk yields is the focus itself; the rest is known.
        self._collect(next(self._walk(root, directory), []))

    def step(self) -> bool:
        """Do one piece of work. False where there is none."""
        if not self._walked:
            self._walked = True
            self._walks = [self._walk(root, self._start(root)) for root in self.selection.roots]
        # The walk goes outwards, so its first files are near; the bulk is sorted when all is known.
        if self._beside:
            self._learn(self._beside.pop())
            return True
        if self._pending and (not self._walks or self.n_learnt < NEAR_FILES):
            self._learn(self._next())
            return True
        if self._walks:
            found = next(self._walks[-1], None)
            if found is None:
                self._walks.pop()
            else:
                self._collect(found)
            return True
        return False

    def update(self, path: str, text: str) -> None:
        """The text of an open document, as far as it may be learnt."""
        self._open.add(path)
        if len(text) > self._bounds.file_bytes or not self.selection.allows(path):
            self._learner.forget(path)
            return
        self._learner.update(path, text)

    def close(self, path: str) -> None:
        """The document was closed, or the file changed on disk: what is on disk counts."""
        self._open.discard(path)
        if path.endswith("/.gitignore"):
            self.selection.changed_rules()
        self._learner.close(path)
        is_ours = self.selection.root_of(path) is not None and self.selection.allows(path)
        text = read_text(path, self._bounds.file_bytes) if is_ours else None
        if text is None:
            self._learner.forget(path)
        else:
            self._learner.learn(path, text)

    def _walk(self, root: str, start: str) -> Iterator[list[Entry]]:
        return self.selection.walk(root, start, self._bounds, self._clock)

    def _start(self, root: str) -> str:
        focus = self._focus
        return focus if focus and self.selection.root_of(focus + "/") == root else root

    def _collect(self, entries: list[Entry]) -> None:
        new = [entry for entry in entries if entry.path not in self._seen]
        self._seen.update(entry.path for entry in new)
        self._distribute(new)

    def _distribute(self, entries: list[Entry]) -> None:
        for entry in entries:
            beside = dirname(entry.path) == self._focus
            (self._beside if beside else self._pending).append(entry)
        self._beside.sort(key=lambda entry: entry.mtime)
        self._sorted = False

    def _next(self) -> Entry:
        if not self._sorted:
            focus = self._focus or (self.selection.roots[0] if self.selection.roots else "/")
            self._pending.sort(key=lambda entry: (-distance(entry.path, focus), entry.mtime))
            self._sorted = True
        return self._pending.pop()

    def _learn(self, entry: Entry) -> None:
        bounds = self._bounds
        if (
            self._learner.full
            or self.n_learnt >= bounds.files
            or self.n_bytes + entry.size > bounds.total_bytes
        ):
            self.n_left_out += 1 + len(self._pending) + len(self._beside)
            self._pending.clear()
            self._beside.clear()
            return
        if entry.path in self._open:
            return
        text = read_text(entry.path, bounds.file_bytes)
        if text is None:
            return
        if self._learner.learn(entry.path, text):
            self.n_learnt += 1
            self.n_bytes += entry.size
        else:
            self.n_left_out += 1
