"""pygls, fitted to real clients: it tolerates odd messages, and its errors go to the log.

Nothing here knows what a completion is.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable, Generator
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.workspace import Workspace

from codestral_ls.server.decoding import changed_documents, params_of
from codestral_ls.server.documents import LspWorkspace
from codestral_ls.server.json_values import Unreadable, is_id

_log = logging.getLogger(__name__)

_INVALID_REQUEST = types.ErrorCodes.InvalidRequest


class Protocol(LanguageServerProtocol):
    """LSP as real clients speak it."""

    _documents: LspWorkspace | None = None
    _initialized = False

    @property
    def workspace(self) -> Workspace:
        """Our documents instead of pygls'."""
        if self._documents is None:
            self._documents = LspWorkspace.replacing(super().workspace)
        return self._documents

    @property
    def shutdown_requested(self) -> bool:
        """The client has sent ``shutdown``."""
        return bool(self._shutdown)

    def take(self, message: object) -> None:
        """Handle one message, as plain JSON. Whatever it is, the next one can be handled too."""
        try:
            self._take(message)
        except Exception as error:  # noqa: BLE001  # anything may come in, and nothing may stop us
            log_unhandled(error)
            request_id = message.get("id") if isinstance(message, dict) else None
            if is_id(request_id) and "method" in message:  # type: ignore[operator]  # it is a dict
                self._refuse(request_id, types.ErrorCodes.InternalError, "The server has a defect.")

    def lose(self, uri: str | None) -> None:
        """An edit of this document was lost; without a URI, of any of them."""
        if self._initialized:
            assert isinstance(self.workspace, LspWorkspace)
            self.workspace.mark_out_of_sync(uri)

    def _take(self, message: object) -> None:
        method = message.get("method") if isinstance(message, dict) else None
        if not isinstance(message, dict) or not (isinstance(method, str) or "id" in message):
            log_unhandled(TypeError("not a JSON-RPC message"))
            return
        request_id, params = message.get("id"), message.get("params")
        if not isinstance(method, str):
            self._take_response(request_id, message)
        elif request_id is None:
            contextvars.copy_context().run(self._take_notification, method, params)
        elif not is_id(request_id):
            # By hand, since an ``id`` of null is left out of pygls' own errors.
            error = {"code": _INVALID_REQUEST.value, "message": "The id is no number or string."}
            self._send_data({"jsonrpc": "2.0", "id": None, "error": error})
        else:
            contextvars.copy_context().run(self._take_request, request_id, method, params)

    def _take_request(self, request_id: int | str, method: str, params: object) -> None:
        if self._shutdown:
            self._refuse(request_id, _INVALID_REQUEST, "The server was told to shut down.")
        elif self._initialized and method == types.INITIALIZE:
            self._refuse(request_id, _INVALID_REQUEST, "The server is initialized already.")
        elif not self._initialized and method not in (types.INITIALIZE, types.SHUTDOWN):
            code = types.ErrorCodes.ServerNotInitialized
            self._refuse(request_id, code, "The server is not initialized yet.")
        else:
            self._initialized = self._initialized or method == types.INITIALIZE
            try:
                read = params_of(method, params)
            except Unreadable as error:
                # An error would be a popup in some editors.
                log_unhandled(error)
                self._send_response(request_id, result=None)
                return
            assert isinstance(self._server, Server)
            # Handlers start in a later turn of the event loop, when the next edit may be applied.
            self._server.arrived(method, read)
            self._handle_request(request_id, method, read)

    def _take_notification(self, method: str, params: object) -> None:
        if method != types.EXIT and (self._shutdown or not self._initialized):
            return
        try:
            read = params_of(method, params)
        except Unreadable as error:
            log_unhandled(error)
            self._notification_unreadable(method, params)
            return
        self._handle_notification(method, read)

    def _notification_unreadable(self, method: str, params: object) -> None:
        """Documents whose text is not known from here on are marked as such."""
        workspace = self.workspace
        assert isinstance(workspace, LspWorkspace)
        for uri in changed_documents(method, params):
            if method == types.TEXT_DOCUMENT_DID_OPEN:
                workspace.put_text_document(types.TextDocumentItem(uri, "", 0, ""))
            workspace.mark_out_of_sync(uri)

    def _take_response(self, request_id: object, message: dict[str, Any]) -> None:
        """Take the answer to a request of ours; any other id may be one of the client's."""
        if not (isinstance(request_id, int | str) and is_id(request_id)):
            return
        if request_id not in self._result_types:
            return
        del self._result_types[request_id]
        future = self._request_futures.get(request_id)
        if future is None or future.done():
            return
        error = message.get("error")
        if error is None:
            self._handle_response(request_id, message.get("result"))
        else:
            # What exactly the client objects to changes nothing.
            code = types.ErrorCodes.InternalError
            self._handle_response(request_id, None, types.ResponseError(code, "refused"))

    def _refuse(self, request_id: Any, code: types.ErrorCodes, message: str) -> None:
        self._send_response(request_id, error=types.ResponseError(code, message))

    @lsp_method(types.EXIT)
    def lsp_exit(self, *args: object) -> Generator[Any, Any, None]:
        """End the reading of messages; the transport cleans up and sets the exit status.

        pygls raises SystemExit from inside its message loop instead, with the status lost.
        """
        assert isinstance(self._server, Server)
        self._server.stop()
        yield from ()

    def _handle_cancel_notification(self, msg_id: int | str) -> None:
        # A cancel often crosses its answer; pygls would log a warning each time.
        # The requests that the server has sent are among these futures too.
        if msg_id in self._request_futures and msg_id not in self._result_types:
            super()._handle_cancel_notification(msg_id)

    def _execute_handler(
        self,
        msg_id: int | str,
        handler: Any,
        callback: Callable[[Any], None],
        *args: Any,
        **kw: Any,
    ) -> None:
        # pygls keeps the future of each step of each handler for good, 2 KB an edit; it only
        # forgets those of requests.
        def ended(future: Any) -> None:
            # Later, since pygls cancels futures while it goes through them.
            asyncio.get_running_loop().call_soon(self._request_futures.pop, msg_id, None)
            callback(future)

        super()._execute_handler(msg_id, handler, ended, *args, **kw)


class Server(LanguageServer):
    """pygls' server, which reports defects to the log instead of the user."""

    protocol: Protocol

    def __init__(self, name: str, version: str) -> None:
        self.stopped = False
        self.when_stopped: Callable[[], None] = lambda: None
        super().__init__(
            name,
            version,
            text_document_sync_kind=types.TextDocumentSyncKind.Incremental,
            notebook_document_sync=types.NotebookDocumentSyncOptions(
                notebook_selector=[
                    types.NotebookDocumentFilterWithNotebook(
                        notebook="*", cells=[types.NotebookCellLanguage(language="*")]
                    )
                ]
            ),
            protocol_cls=Protocol,
        )

    def arrived(self, method: str, params: object) -> None:
        """A request has arrived; its handler has not started. Every message before it is done."""

    def stop(self) -> None:
        """Handle no more messages."""
        self.stopped = True
        self.when_stopped()

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log the kind of error; the user is shown only what they can act on."""
        log_unhandled(error)


def log_unhandled(error: Exception) -> None:
    """Log why a message was not handled, without a word of it."""
    _log.warning("a message could not be handled: %s", type(error).__name__)


class QuietFilter(logging.Filter):
    """Keeps message bodies out of the log: pygls' warnings quote params and tracebacks."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the record's template, without its arguments."""
        record.msg = str(record.msg).partition("%")[0].partition("\n")[0].rstrip(" :'\"")
        record.args, record.exc_info, record.exc_text = (), None, None
        return True
