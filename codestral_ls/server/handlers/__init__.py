"""What the server does with each message: one table, and one module of functions per subject.

A handler is a function of the server and of the message's params. Requests are answered with
``{items: []}`` for nothing here, ``null`` for superseded, and never with an error for trouble
behind the server: VS Code shows a popup for each error, and Neovim keeps stale text.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from lsprotocol import types

from codestral_ls.server.handlers import commands, completion, documents, lifecycle
from codestral_ls.server.language_server import CodestralServer

_MESSAGES: Mapping[str, Callable[..., Any]] = {
    types.INITIALIZE: lifecycle.initialize,
    types.INITIALIZED: lifecycle.initialized,
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: lifecycle.configuration_changed,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: lifecycle.folders_changed,
    types.TEXT_DOCUMENT_DID_OPEN: documents.opened,
    types.TEXT_DOCUMENT_DID_CHANGE: documents.changed,
    types.TEXT_DOCUMENT_DID_CLOSE: documents.closed,
    types.NOTEBOOK_DOCUMENT_DID_OPEN: documents.notebook_opened,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE: documents.notebook_changed,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE: documents.notebook_closed,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: documents.files_changed,
    types.TEXT_DOCUMENT_INLINE_COMPLETION: completion.inline,
    # textDocument/completion is registered by ``initialize``, for the clients that need it.
}
_OPTIONS: Mapping[str, Any] = {
    # Without options pygls leaves the capability out.
    types.TEXT_DOCUMENT_INLINE_COMPLETION: types.InlineCompletionOptions(),
}
_COMMANDS: Mapping[str, Callable[..., Any]] = {
    "codestral-ls.didAccept": commands.did_accept,
    "codestral-ls.toggle": commands.toggle,
    "codestral-ls.clearCache": commands.clear_cache,
    "codestral-ls.status": commands.status,
    "codestral-ls.explain": commands.explain,
    "codestral-ls.why": commands.why,
    "codestral-ls.checkKey": commands.check_key,
}


def make_server(environ: Mapping[str, str], flags: Mapping[str, str | None]) -> CodestralServer:
    """A server with all handlers registered."""
    server = CodestralServer(environ, flags)
    for method, handler in _MESSAGES.items():
        server.feature(method, _OPTIONS.get(method))(functools.partial(handler, server))
    noted = functools.partial(completion.arrived, server)
    server.when_arrived = {
        types.TEXT_DOCUMENT_INLINE_COMPLETION: noted,
        types.TEXT_DOCUMENT_COMPLETION: noted,
    }
    for name, handler in _COMMANDS.items():
        server.command(name)(functools.partial(handler, server))
    return server
