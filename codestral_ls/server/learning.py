"""Tells a provider that learns what the open documents hold, without work on a key's path."""

from __future__ import annotations

import asyncio

from codestral_ls.backends.base import Learner
from codestral_ls.documents import Document
from codestral_ls.session import Session

# What is being typed is in the question itself; the rest may wait for a pause.
_AFTER_EDIT_S = 1.0


class Learning:
    """Pending updates, one timer a document."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pending: dict[str, asyncio.TimerHandle] = {}

    def now(self, document: Document) -> None:
        """The document was opened."""
        learner = self._learner()
        if learner is not None and document.file_path is not None and not document.out_of_sync:
            learner.update(document.file_path, document.source)

    def later(self, document: Document) -> None:
        """The document was edited: learn it when the edits pause."""
        path = document.file_path
        if path is None or self._learner() is None:
            return
        self._cancel(path)
        self._pending[path] = asyncio.get_running_loop().call_later(
            _AFTER_EDIT_S, self._due, path, document
        )

    def closed(self, path: str) -> None:
        """The document was closed."""
        self._cancel(path)
        learner = self._learner()
        if learner is not None:
            learner.forget(path)

    def _due(self, path: str, document: Document) -> None:
        self._pending.pop(path, None)
        self.now(document)

    def _cancel(self, path: str) -> None:
        timer = self._pending.pop(path, None)
        if timer is not None:
            timer.cancel()

    def _learner(self) -> Learner | None:
        engine = self._session.engine
        backend = engine.dispatcher.backend if engine else None
        return backend if isinstance(backend, Learner) else None
