"""The language server: the documents, the settings and the engine of one client."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cachetools import LRUCache
from lsprotocol import types

from codestral_ls import __version__
from codestral_ls.model import ClientHabits, Growth, Request, Snapshot
from codestral_ls.server import documents
from codestral_ls.server.listeners import DocumentListeners, listeners_of
from codestral_ls.server.parent import Parent
from codestral_ls.server.protocol import Server
from codestral_ls.server.status_updates import StatusUpdates
from codestral_ls.server.trees import Trees
from codestral_ls.session.advice import SHELL
from codestral_ls.session.notices import Notice
from codestral_ls.session.session import Session

if TYPE_CHECKING:
    # Loaded with the first request or by ``initialized``, to keep the start short.
    from codestral_ls.server.progress import IndexingProgress
    from codestral_ls.text.syntax import Syntax
    from codestral_ls.workspace.index.client import IndexProgress

_log = logging.getLogger(__name__)

# Handlers start in the next turn of the event loop, or never, where a cancel arrives before.
_ARRIVALS_KEPT = 64


class CodestralServer(Server):
    """What the handlers share. To its session it is the ``Client``: the editor that is served."""

    wants_index = True
    is_editor = True

    def __init__(self, environ: Mapping[str, str], flags: Mapping[str, str | None]) -> None:
        super().__init__("codestral-ls", __version__)
        self.habits = ClientHabits()
        self.advice = SHELL
        self.takes_notices = False
        """The client wants ``codestral/notice`` instead of ``window/showMessage``."""
        self.initialization_options: object = None
        """The settings among the client's ``initializationOptions``."""
        self.configured = asyncio.Event()
        """The client has sent its settings, or is not going to."""
        self.parent = Parent()
        self.when_arrived: Mapping[str, Callable[[Any], None]] = {}
        """Called with a request's params before its handler can start, by method."""
        self.arrivals: LRUCache[int, Request | None] = LRUCache(_ARRIVALS_KEPT)
        """What requests ask for whose handlers have not started, by the ids of their params."""
        self.last_request: tuple[str, types.Position] | None = None
        """Where a completion was asked for last."""
        self.session = Session(environ, flags, self)
        self.listeners = DocumentListeners(lambda: listeners_of(self.session))
        self.trees = Trees()
        self._status = StatusUpdates(self.session, self._notify_status)
        self._indexing: IndexingProgress | None = None

    @property
    def watches_files(self) -> bool:
        """The client tells of changes on disk, where it is asked to."""
        workspace = self.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace else None
        return bool(watching and watching.dynamic_registration)

    def arrived(self, method: str, params: object) -> None:
        """Note what a request asks for as of now."""
        note = self.when_arrived.get(method)
        if note is not None:
            note(params)

    def tell(self, notice: Notice) -> None:
        """Show the user a notice, and log it."""
        _log.warning("%s", notice.text)
        kind = notice.urgency.value
        if self.takes_notices:
            remedies = list(notice.remedies)
            params = {"type": kind, "message": notice.text, "remedies": remedies}
            self.protocol.notify("codestral/notice", params)
        else:
            message = types.ShowMessageParams(types.MessageType(kind), notice.text)
            self.window_show_message(message)

    def syntax(self, snapshot: Snapshot) -> Syntax | None:
        """The syntax tree of an open document, if it still is as in the snapshot."""
        return self.trees.of_snapshot(self.workspace, snapshot)

    def suggestion_grew(self, growth: Growth) -> None:
        """Send ``codestral/more``."""
        params = {
            "textDocument": {"uri": growth.uri},
            "id": growth.id,
            "ready": growth.ready,
            "done": growth.done,
        }
        self.protocol.notify("codestral/more", params)

    def index_progressed(self, progress: IndexProgress) -> None:
        """Show how far the index of the workspace is."""
        if self._indexing is None:
            # Imports the index's client, which is loaded by now but not when the server starts.
            from codestral_ls.server.progress import IndexingProgress

            self._indexing = IndexingProgress(self)
        self._indexing.show(progress)

    def backend_changed(self) -> None:
        """Show the new backend the open documents."""
        for document in documents.all_opened(self.workspace):
            self.show(document)

    def show(self, document: documents.Document) -> None:
        """Tell what reads the workspace, and the engine, of a document that is open now."""
        self.listeners.opened(document)
        engine = self.session.engine
        # Where the cursor will be is not known; what the document imports stands at its start.
        snapshot = document.snapshot_at(0, 0) if engine is not None else None
        if engine is not None and snapshot is not None:
            engine.opened(snapshot, self.session.settings(snapshot.uri))

    def send_status(self) -> None:
        """Send ``codestral/status`` if the client wants it and it has changed."""
        self._status.send()

    def _notify_status(self, status: dict[str, object]) -> None:
        # After the answer to ``shutdown`` nothing is sent any more.
        if not self.protocol.shutdown_requested:
            self.protocol.notify("codestral/status", status)

    def status_changed(self) -> None:
        """Send ``codestral/status`` soon."""
        self._status.send_soon()

    async def aclose(self) -> None:
        """Release what the session holds."""
        self._status.close()
        await self.session.aclose()
