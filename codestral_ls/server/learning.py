"""Tells whoever learns the workspace what the open documents hold, off a key's path."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from codestral_ls.backends.base import DocumentListener
from codestral_ls.server.documents import Document
from codestral_ls.session.session import Session

# What is being typed is in the question itself; the rest may wait for a pause.
_AFTER_EDIT_S = 1.0


class Learning:
    """Pending updates, one timer a document."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pending: dict[str, asyncio.TimerHandle] = {}

    def now(self, document: Document) -> None:
        """The document was opened."""
        path = document.file_path
        learners = self._learners()
        if path is None or document.out_of_sync or not learners:
            return
        text = document.source
        for learner in learners:
            learner.update(path, text)

    def later(self, document: Document) -> None:
        """The document was edited: learn it when the edits pause."""
        path = document.file_path
        if path is None or not self._learners():
            return
        self._cancel(path)
        self._pending[path] = asyncio.get_running_loop().call_later(
            _AFTER_EDIT_S, self._due, path, document
        )

    def closed(self, path: str) -> None:
        """The document was closed."""
        self._cancel(path)
        for learner in self._learners():
            learner.forget(path)

    def _due(self, path: str, document: Document) -> None:
        self._pending.pop(path, None)
        self.now(document)

    def _cancel(self, path: str) -> None:
        timer = self._pending.pop(path, None)
        if timer is not None:
            timer.cancel()

    def changed(self, paths: Sequence[str]) -> None:
        """Files changed on disk."""
        for learner in self._learners():
            for path in paths:
                learner.forget(path)

    def _learners(self) -> list[DocumentListener]:
        engine = self._session.engine
        if engine is None:
            return []
        return [learner for learner in engine.parts if isinstance(learner, DocumentListener)]
