"""Shows the user that the workspace is being indexed, if that takes long."""

from __future__ import annotations

import asyncio
import secrets

from lsprotocol import types

from codestral_ls.server.protocol import Server
from codestral_ls.workspace.index.client import IndexProgress


class IndexingProgress:
    """``$/progress`` for one client; silent if the client does not show progress."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._token: str | None = None
        self._creating: asyncio.Task[None] | None = None
        self._shown = False

    def show(self, progress: IndexProgress) -> None:
        """Show how far the index is."""
        window = self._server.client_capabilities.window
        if window is None or not window.work_done_progress:
            return
        if self._token is None and not progress.finished:
            self._token = f"codestral-ls-{secrets.token_hex(4)}"
            self._creating = asyncio.ensure_future(self._begin(self._token))
        elif self._shown and self._token is not None:
            self._report(self._token, progress)

    async def _begin(self, token: str) -> None:
        await self._server.work_done_progress.create_async(token)
        begin = types.WorkDoneProgressBegin(title="Codestral: indexing the workspace")
        self._server.work_done_progress.begin(token, begin)
        self._shown = True

    def _report(self, token: str, progress: IndexProgress) -> None:
        if progress.finished:
            end = types.WorkDoneProgressEnd(message=f"{progress.done} files")
            self._server.work_done_progress.end(token, end)
            self._token, self._shown = None, False
            return
        message = f"{progress.done} of {progress.found} files"
        report = types.WorkDoneProgressReport(message=message)
        self._server.work_done_progress.report(token, report)
