"""The start, and what the client says of itself: its habits, settings and workspace folders."""

from __future__ import annotations

import asyncio
import functools
import logging
from pathlib import Path

from lsprotocol import types

from codestral_ls.config import client_options
from codestral_ls.model import ClientHabits
from codestral_ls.server.documents import file_path
from codestral_ls.server.handlers import completion
from codestral_ls.server.language_server import CodestralServer
from codestral_ls.session.advice import NEOVIM, VSCODE

_log = logging.getLogger(__name__)

# Clients that stop listening after 750 ms, by ``clientInfo.name`` in lower case.
_VSCODE_FAMILY = (
    "visual studio code",
    "code-server",
    "vscodium",
    "cursor",
    "windsurf",
    "code - oss",
)
_VSCODE_ANSWERS_WITHIN_S = 0.65


def initialize(server: CodestralServer, params: types.InitializeParams) -> None:
    """Take in who the client is and what it can do."""
    server.parent.named(params.process_id)
    options = params.initialization_options
    given: object = {} if options is None else options
    keeps_late_answers = wants_growth = asks_by_itself = False
    client_name = ""
    if isinstance(given, dict):
        given = dict(given)
        # These describe the client; everything else is a setting.
        keeps_late_answers = given.pop("keepsLateReplies", False) is True
        wants_growth = given.pop("moreNotifications", False) is True
        asks_by_itself = given.pop("asksByItself", False) is True
        server.takes_notices = given.pop("notices", False) is True
        client_name = given.pop("clientName", "")
    server.initialization_options = given
    name = params.client_info.name.lower() if params.client_info else ""
    is_vscode = name.startswith(_VSCODE_FAMILY)
    server.habits = ClientHabits(
        answer_within_s=_VSCODE_ANSWERS_WITHIN_S if is_vscode else None,
        keeps_late_answers=keeps_late_answers,
        covers_closers=is_vscode,
        asks_by_itself=is_vscode or asks_by_itself,
        wants_growth=wants_growth,
    )
    # Only our own extension and plugin have the commands that the advice names.
    if is_vscode and server.takes_notices:
        server.advice = VSCODE
    elif client_name == "neovim":
        server.advice = NEOVIM
    _use_folders(server)
    _use_settings(server, None)
    if _wants_popup(server):
        popup = functools.partial(completion.popup, server)
        server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions())(popup)


async def initialized(server: CodestralServer, _: types.InitializedParams) -> None:
    """Ask for the settings; then get ready for the first request before it comes.

    The index begins first: it has most to do.
    """
    pulling = asyncio.ensure_future(_pull_settings(server))
    # Some clients never answer.
    await asyncio.wait({pulling}, timeout=completion.SETTINGS_WITHIN_S)
    server.configured.set()
    await server.session.start_index()
    _watch_files(server)
    engine = await server.session.ready_engine()
    server.send_status()
    await engine.warm()
    await pulling


async def configuration_changed(
    server: CodestralServer, params: types.DidChangeConfigurationParams
) -> None:
    """The client's settings changed."""
    if _pulls(server):
        await _pull_settings(server)
    else:
        _use_settings(server, params.settings)
    server.send_status()


def folders_changed(server: CodestralServer, _: types.DidChangeWorkspaceFoldersParams) -> None:
    """Workspace folders were added or removed."""
    _use_folders(server)


def _wants_popup(server: CodestralServer) -> bool:
    """Whether suggestions are offered in the popup too, which must be said at initialize."""
    wanted = server.session.settings().completion_fallback
    if wanted != "auto":
        return wanted
    features = server.client_capabilities.text_document
    return features is None or features.inline_completion is None


def _watch_files(server: CodestralServer) -> None:
    """Ask the client to report changes on disk, if it can."""
    if not server.watches_files:
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
    """Ask the client for its settings, if it can be asked."""
    if not _pulls(server):
        return
    try:
        answers = await server.workspace_configuration_async(
            types.ConfigurationParams(items=[types.ConfigurationItem(section="codestral")])
        )
    except Exception as error:  # noqa: BLE001  # a client's error reply, of whatever kind
        _log.info("the client did not send its settings: %s", type(error).__name__)
        return
    _use_settings(server, answers[0] if isinstance(answers, list) and answers else None)


def _use_settings(server: CodestralServer, payload: object) -> None:
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
    paths = [file_path(uri) for uri in uris]
    server.session.set_roots([Path(path) for path in paths if path])
