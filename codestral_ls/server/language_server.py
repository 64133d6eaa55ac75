"""The language server: the documents, the settings and the engine of one client."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lsprotocol import types

from codestral_ls import __version__
from codestral_ls.model import ClientHabits, Snapshot
from codestral_ls.server import documents
from codestral_ls.server.listeners import DocumentListeners, listeners_of
from codestral_ls.server.parent import Parent
from codestral_ls.server.protocol import Server
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


class CodestralServer(Server):
    """What the handlers share. To its session it is the ``Client``: the editor that is served."""

    wants_index = True

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
        self.last_request: tuple[str, types.Position] | None = None
        """Where a completion was asked for last."""
        self.session = Session(environ, flags, self)
        self.listeners = DocumentListeners(lambda: listeners_of(self.session))
        self.trees = Trees()
        self._last_status: object = None
        self._indexing: IndexingProgress | None = None

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
            self.listeners.opened(document)

    def send_status(self) -> None:
        """Send ``codestral/status`` if the client wants it and it has changed."""
        if not self.session.settings().status_notifications:
            return
        status = self.session.status()
        if status != self._last_status:
            self._last_status = status
            self.protocol.notify("codestral/status", status)

    async def aclose(self) -> None:
        """Release what the session holds."""
        await self.session.aclose()
