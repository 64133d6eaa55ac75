"""The language server: documents, settings and engine of one client."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from codestral_ls import __version__
from codestral_ls.server import documents
from codestral_ls.server.listeners import DocumentListeners, listeners_of
from codestral_ls.server.protocol import Server
from codestral_ls.server.trees import Trees
from codestral_ls.session.session import Notice, Session

if TYPE_CHECKING:
    from codestral_ls.server.progress import IndexingProgress

_log = logging.getLogger(__name__)


class CodestralServer(Server):
    """The language server: documents, settings and engine of one client."""

    def __init__(self, environ: Mapping[str, str], flags: Mapping[str, str | None]) -> None:
        super().__init__("codestral-ls", __version__)
        self.session = Session(environ, flags, self.tell)
        self.configured = asyncio.Event()
        self.listeners = DocumentListeners(lambda: listeners_of(self.session))
        self.trees = Trees()
        self.session.when_indexing = lambda progress: self._indexing_progress().told(progress)
        self.session.when_backend_changed = self._teach
        self.session.trees = lambda snapshot: self.trees.of_snapshot(self.workspace, snapshot)
        self.initialization_options: object = None
        self._last_status: object = None
        self._indexing: IndexingProgress | None = None

    def tell(self, notice: Notice) -> None:
        """Show the user a message, and log it."""
        _log.warning("%s", notice.text)
        self.window_show_message(
            types.ShowMessageParams(types.MessageType(notice.urgency.value), notice.text)
        )

    def message_skipped(self, uri: str | None) -> None:
        """A message was too large to read; its document is not known until it is opened again."""
        _log.warning("a message of more than 64 MB was skipped")
        self._lose(uri)

    def message_unreadable(self, message: Mapping[str, Any]) -> None:
        """A message did not fit its type. A request still gets an answer, nothing here; an edit
        that cannot be applied leaves its document out of sync."""
        if "method" not in message:
            return
        request_id = message.get("id")
        if isinstance(request_id, int | str):
            self.protocol._send_response(request_id, result=None)
        params = message.get("params")
        document = params.get("textDocument") if isinstance(params, dict) else None
        uri = document.get("uri") if isinstance(document, dict) else None
        if message["method"] == types.TEXT_DOCUMENT_DID_CHANGE and isinstance(uri, str):
            self._lose(uri)

    def _indexing_progress(self) -> IndexingProgress:
        if self._indexing is None:
            from codestral_ls.server.progress import IndexingProgress

            self._indexing = IndexingProgress(self)
        return self._indexing

    def _teach(self) -> None:
        """A new provider knows nothing of what is open."""
        for document in documents.all_opened(self.workspace):
            self.listeners.opened(document)

    def _lose(self, uri: str | None) -> None:
        if isinstance(self.workspace, documents.LspWorkspace):
            self.workspace.mark_out_of_sync(uri)

    def send_status(self) -> None:
        """Send ``codestral/status`` to a client that wants it, when it changed."""
        if not self.session.settings().status_notifications:
            return
        status = self.session.status()
        if status != self._last_status:
            self._last_status = status
            self.protocol.notify("codestral/status", status)

    async def aclose(self) -> None:
        """Release what the session holds."""
        await self.session.aclose()
