"""Tells what reads the workspace of open documents and of files on disk, off a key's path."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from codestral_ls.server.documents import Document
from codestral_ls.session.session import Session
from codestral_ls.workspace.listener import DocumentListener

# What is being typed is in the request itself; the rest may wait for a pause.
_AFTER_EDIT_S = 1.0


class DocumentListeners:
    """All that listen now, and the edits they were not told of yet, with a timer a document."""

    def __init__(self, listeners: Callable[[], Sequence[DocumentListener]]) -> None:
        """``listeners`` finds those there are at the moment."""
        self._listeners = listeners
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def opened(self, document: Document) -> None:
        """The document was opened, or there may be new listeners."""
        if document.file_path is None or document.out_of_sync:
            return
        for listener in self._listeners():
            listener.opened(document.file_path, document.source)

    def edited(self, document: Document) -> None:
        """The document was edited: listeners hear of it when the edits pause."""
        path = document.file_path
        if path is None or not self._listeners():
            return
        self._cancel(path)
        self._timers[path] = asyncio.get_running_loop().call_later(
            _AFTER_EDIT_S, self._paused, path, document
        )

    def closed(self, path: str) -> None:
        """The document was closed."""
        self._cancel(path)
        for listener in self._listeners():
            listener.closed(path)

    def changed_on_disk(self, paths: Sequence[str]) -> None:
        """Files or directories changed, appeared or vanished."""
        for listener in self._listeners():
            listener.changed_on_disk(paths)

    def _paused(self, path: str, document: Document) -> None:
        self._timers.pop(path, None)
        if not document.out_of_sync:
            for listener in self._listeners():
                listener.edited(path, document.source)

    def _cancel(self, path: str) -> None:
        timer = self._timers.pop(path, None)
        if timer is not None:
            timer.cancel()


def listeners_of(session: Session) -> Sequence[DocumentListener]:
    """What reads the workspace for a session; nothing before its index or engine is there."""
    return session.listeners
