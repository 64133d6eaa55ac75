"""pygls, fitted to real clients: it tolerates odd messages, and its errors go to the log.

Nothing here knows what a completion is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator, Mapping
from typing import Any

import cattrs
from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, default_converter, lsp_method
from pygls.workspace import Workspace

from codestral_ls.server.documents import LspWorkspace

_log = logging.getLogger(__name__)


class Protocol(LanguageServerProtocol):
    """LSP as real clients speak it."""

    _documents: LspWorkspace | None = None

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

    @lsp_method(types.EXIT)
    def lsp_exit(self, *args: object) -> Generator[Any, Any, None]:
        """End the reading of messages; the transport cleans up and sets the exit status.

        pygls raises SystemExit from inside its message loop instead, with the status lost.
        """
        assert isinstance(self._server, Server)
        self._server.stop()
        yield from ()

    def structure_message(self, data: dict[str, Any]) -> Any:
        """A message as its type. The ``params`` that a few clients leave out are put in."""
        if "jsonrpc" in data and data.get("method") == types.INITIALIZED:
            data.setdefault("params", {})
        return super().structure_message(data)

    def _handle_cancel_notification(self, msg_id: object) -> None:
        # A cancel often crosses its answer; pygls would log a warning each time.
        if isinstance(msg_id, int | str) and msg_id in self._request_futures:
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
            converter_factory=_tolerant_converter,
        )

    def stop(self) -> None:
        """Handle no more messages."""
        self.stopped = True
        self.when_stopped()

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log the kind of error; the user is shown only what they can act on."""
        _log.warning("a message could not be handled: %s", type(error).__name__)


def _tolerant_converter() -> cattrs.Converter:
    """pygls' converter, which also accepts what real clients send against the protocol."""
    converter: cattrs.Converter = default_converter()  # type: ignore[no-untyped-call]  # pygls has no types here
    kind = types.InlineCompletionTriggerKind

    def trigger_kind(value: Any, _: Any) -> types.InlineCompletionTriggerKind:
        # coc.nvim with older protocol packages counts from 0.
        return kind.Automatic if value == kind.Automatic.value else kind.Invoked

    converter.register_structure_hook(kind, trigger_kind)
    _before(converter, types.Range, _range_of_pair)
    _before(converter, types.InlineCompletionParams, _context_where_missing)
    return converter


def _before(converter: cattrs.Converter, kind: type, change: Any) -> None:
    structured = converter.get_structure_hook(kind)
    converter.register_structure_hook(kind, lambda value, cls: structured(change(value), cls))


def _range_of_pair(value: Any) -> Any:
    """VS Code's own ``Range`` serialises to ``[start, end]``."""
    if isinstance(value, list) and len(value) == 2:
        return {"start": value[0], "end": value[1]}
    return value


def _context_where_missing(value: Any) -> Any:
    if isinstance(value, Mapping) and not value.get("context"):
        return {**value, "context": {"triggerKind": types.InlineCompletionTriggerKind.Automatic}}
    return value


class QuietFilter(logging.Filter):
    """Keeps message bodies out of the log: pygls' warnings quote params and tracebacks."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the record's template, without its arguments."""
        record.msg = str(record.msg).partition("%")[0].partition("\n")[0].rstrip(" :'\"")
        record.args, record.exc_info, record.exc_text = (), None, None
        return True
