"""Learns the workspace's files bit by bit, between requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from codestral_ls.workspace.completer.learner import Learner
from codestral_ls.workspace.files import Bounds, Entry
from codestral_ls.workspace.process.limits import WorkLimit
from codestral_ls.workspace.worklist import Worklist


class CompleterIndexer(Worklist):
    """The files that are left to learn."""

    def __init__(
        self,
        learner: Learner,
        roots: Sequence[str],
        exclude: Sequence[str] = (),
        *,
        clock: Callable[[], float],
        bounds: Bounds | None = None,
        limit: WorkLimit | None = None,
    ) -> None:
        super().__init__(roots, exclude, clock=clock, bounds=bounds, limit=limit)
        self._learner = learner

    @property
    def is_full(self) -> bool:
        """The learner's memory is used up."""
        return self._learner.full

    def take(self, entry: Entry, text: str) -> bool:
        """Learn a file. False where there is no room for it."""
        return self._learner.learn(entry.path, text)

    def take_document(self, path: str, text: str) -> None:
        """Learn an open document, at once: the next request may depend on it."""
        self._learner.update(path, text)

    def forget(self, path: str) -> None:
        """Forget a file or document."""
        self._learner.forget(path)
