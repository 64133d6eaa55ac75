"""The LSP features: what each message does, and what it is answered with.

Answers are ``{items: []}`` for nothing here, ``null`` for superseded, and never an error for
trouble behind us: VS Code shows a popup for each error, Neovim keeps stale text.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from codestral_ls.config import client_options
from codestral_ls.model import ClientHabits, Nothing, Outcome, Request, Trigger
from codestral_ls.server import documents, replies
from codestral_ls.server.documents import opened
from codestral_ls.server.handlers.commands import register_commands
from codestral_ls.server.handlers.documents import register_documents
from codestral_ls.server.language_server import CodestralServer

if TYPE_CHECKING:
    pass

_log = logging.getLogger(__name__)

# Clients with VS Code's 750 ms rule, by ``clientInfo.name`` in lower case.
_VSCODE_FAMILY = (
    "visual studio code",
    "code-server",
    "vscodium",
    "cursor",
    "windsurf",
    "code - oss",
)
_VSCODE_ANSWERS_WITHIN_S = 0.65
# Until the client has told its settings nothing is asked; a client that never does is not waited
# for longer than this.
_SETTINGS_WITHIN_S = 2.0
# Editors wait for all servers before they show their popup.
_POPUP_WITHIN_S = 0.3


def make_server(environ: Mapping[str, str], flags: Mapping[str, str | None]) -> CodestralServer:
    """A server with all features registered."""
    server = CodestralServer(environ, flags)
    _register_lifecycle(server)
    register_documents(server)
    _register_completion(server)
    register_commands(server)
    return server


def _register_lifecycle(server: CodestralServer) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        options = params.initialization_options
        given = _plain(options) if options is not None else {}
        server.initialization_options = given
        late = given.pop("keepsLateReplies", False) if isinstance(given, dict) else False
        if isinstance(given, dict):
            given.pop("clientName", None)
            given.pop("notices", None)
        family = params.client_info is not None and params.client_info.name.lower().startswith(
            _VSCODE_FAMILY
        )
        server.session.manner = ClientHabits(
            answer_within_s=_VSCODE_ANSWERS_WITHIN_S if family and late is not True else None,
            covers_closers=family,
        )
        _use_folders(server)
        _use_client_settings(server, None)
        if _wants_popup(server):
            _register_popup_completion(server)

    @server.feature(types.INITIALIZED)
    async def initialized(_: types.InitializedParams) -> None:
        try:
            await _pull_settings(server)
        finally:
            server.configured.set()
        _watch_files(server)
        engine = await server.session.ready_engine()
        await engine.warm()

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configuration(params: types.DidChangeConfigurationParams) -> None:
        if _pulls(server):
            await _pull_settings(server)
        else:
            _use_client_settings(server, _plain(params.settings))
        server.send_status()

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders(_: types.DidChangeWorkspaceFoldersParams) -> None:
        _use_folders(server)


def _register_completion(server: CodestralServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
    async def inline(
        params: types.InlineCompletionParams,
    ) -> types.InlineCompletionList | None:
        # The request carries no document version, so the snapshot is taken before anything can
        # be awaited; later edits must not move the cursor under us.
        request = _request(server, params)
        return replies.inline(await _outcome(server, request), params)


def _register_popup_completion(server: CodestralServer) -> None:
    """``textDocument/completion``, for editors that know no inline completion."""

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions())
    async def completion(params: types.CompletionParams) -> types.CompletionList:
        snapshot = documents.snapshot(server.workspace, params.text_document.uri, params.position)
        # LSP's "Invoked" is typing an identifier as well, so nothing here counts as explicit.
        request = None if snapshot is None else Request(snapshot, Trigger.AUTOMATIC)
        asking = asyncio.ensure_future(_outcome(server, request))
        await asyncio.wait({asking}, timeout=_POPUP_WITHIN_S)
        if not asking.done():
            # The generation goes on; the editor asks again at the next key and gets it.
            asking.cancel()
            return types.CompletionList(is_incomplete=True, items=[])
        return replies.popup(asking.result(), request, params)


async def _outcome(server: CodestralServer, request: Request | None) -> Outcome:
    """What the engine says; a defect is logged and looks like nothing to suggest."""
    if request is None:
        return Nothing("The document is not open, or the popup's entry is elsewhere.")
    try:
        await _wait_configured(server)
        engine = await server.session.ready_engine()
        outcome = await engine.complete(request, server.session.settings(request.snapshot.path))
    except Exception:  # noqa: BLE001  # the outer edge: no defect may reach the user's screen
        _log.exception("a completion failed by a defect")
        return Nothing("A defect in the server; see its log.")
    if isinstance(outcome, Nothing) and outcome.failure:
        server.session.tell_failure(outcome)
    server.send_status()
    return outcome


def _request(server: CodestralServer, params: types.InlineCompletionParams) -> Request | None:
    document = opened(server.workspace, params.text_document.uri)
    if document is None:
        return None
    snapshot = documents.snapshot(server.workspace, params.text_document.uri, params.position)
    if snapshot is None:
        return None
    info = params.context.selected_completion_info
    selected = documents.selected(document, params.position, info) if info else None
    if info is not None and selected is None:
        # The editor hides whatever does not continue the popup's entry.
        return None
    return Request(snapshot, Trigger(params.context.trigger_kind.value), selected)


async def _wait_configured(server: CodestralServer) -> None:
    try:
        async with asyncio.timeout(_SETTINGS_WITHIN_S):
            await server.configured.wait()
    except TimeoutError:
        server.configured.set()


def _wants_popup(server: CodestralServer) -> bool:
    """Whether suggestions are offered in the popup too, which must be said at initialize."""
    wanted = server.session.settings().completion_fallback
    if wanted != "auto":
        return wanted
    features = server.client_capabilities.text_document
    return features is None or features.inline_completion is None


def _watch_files(server: CodestralServer) -> None:
    """Ask the client to tell what changes on disk, where it can be asked."""
    workspace = server.client_capabilities.workspace
    watching = workspace.did_change_watched_files if workspace else None
    if watching is None or not watching.dynamic_registration:
        return
    everything = types.FileSystemWatcher(glob_pattern="**/*")
    options = types.DidChangeWatchedFilesRegistrationOptions(watchers=[everything])
    registration = types.Registration(
        "codestral-ls-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options
    )
    # Nothing depends on the answer, so it is not waited for.
    server.client_register_capability(types.RegistrationParams([registration]))


def _pulls(server: CodestralServer) -> bool:
    workspace = server.client_capabilities.workspace
    return bool(workspace and workspace.configuration)


async def _pull_settings(server: CodestralServer) -> None:
    """Ask the client for its settings, where it can be asked."""
    if not _pulls(server):
        return
    try:
        answers = await server.workspace_configuration_async(
            types.ConfigurationParams(items=[types.ConfigurationItem(section="codestral")])
        )
    except Exception as error:  # noqa: BLE001  # a client's error reply, of whatever kind
        _log.info("the client did not tell its settings: %s", type(error).__name__)
        return
    _use_client_settings(server, _plain(answers[0]) if answers else None)


def _use_client_settings(server: CodestralServer, payload: object) -> None:
    server.session.set_client(
        [
            client_options(server.initialization_options, "initializationOptions"),
            client_options(payload, "client settings"),
        ]
    )


def _use_folders(server: CodestralServer) -> None:
    workspace = server.workspace
    uris = [folder.uri for folder in workspace.folders.values()]
    if not uris and workspace.root_uri:
        uris = [workspace.root_uri]
    paths = [documents.file_path(uri) for uri in uris]
    server.session.set_roots([Path(path) for path in paths if path])


def _plain(value: object) -> Any:
    """pygls hands over untyped JSON as named tuples here and there; back to plain data."""
    if hasattr(value, "_asdict"):
        return {key: _plain(item) for key, item in value._asdict().items()}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
