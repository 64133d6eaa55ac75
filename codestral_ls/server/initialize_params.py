"""The params of ``initialize``: the few that are used, of the hundreds that clients send.

Nothing in them makes ``initialize`` fail: what cannot be read counts as left out.
"""

from __future__ import annotations

from typing import Any

from lsprotocol import types
from pygls.uris import from_fs_path

from codestral_ls.server.json_values import Unreadable, folders, uri


def initialize_params(params: object) -> types.InitializeParams:
    """What the server uses of the params."""
    given = params if isinstance(params, dict) else {}
    process_id = given.get("processId")
    name = _at(given, "clientInfo", "name")
    return types.InitializeParams(
        capabilities=_capabilities(_at(given, "capabilities")),
        process_id=process_id if type(process_id) is int and 0 < process_id < 2**31 else None,
        client_info=types.ClientInfo(name) if isinstance(name, str) else None,
        root_uri=_root(given),
        initialization_options=given.get("initializationOptions"),
        workspace_folders=folders(given.get("workspaceFolders")),
    )


def _at(value: object, *names: str) -> Any:
    """A nested member; None where there is no way to it."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _root(given: dict[str, Any]) -> str | None:
    try:
        return uri(given.get("rootUri"))
    except Unreadable:
        path = given.get("rootPath")
    if not isinstance(path, str) or not path:
        return None
    try:
        return uri(from_fs_path(path))
    except (Unreadable, ValueError):
        return None


def _capabilities(given: object) -> types.ClientCapabilities:
    dynamic = _at(given, "workspace", "didChangeWatchedFiles", "dynamicRegistration")
    # An empty object stands for a capability too.
    inline = isinstance(_at(given, "textDocument", "inlineCompletion"), dict)
    notebooks = isinstance(_at(given, "notebookDocument"), dict)
    return types.ClientCapabilities(
        workspace=types.WorkspaceClientCapabilities(
            configuration=_at(given, "workspace", "configuration") is True,
            did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(
                dynamic_registration=dynamic is True
            ),
        ),
        text_document=types.TextDocumentClientCapabilities(
            inline_completion=types.InlineCompletionClientCapabilities() if inline else None
        ),
        notebook_document=types.NotebookDocumentClientCapabilities(
            types.NotebookDocumentSyncClientCapabilities()
        )
        if notebooks
        else None,
        window=types.WindowClientCapabilities(
            work_done_progress=_at(given, "window", "workDoneProgress") is True
        ),
        general=types.GeneralClientCapabilities(position_encodings=_encodings(given)),
    )


def _encodings(given: object) -> list[types.PositionEncodingKind | str] | None:
    """The encodings that the client knows, of those that exist; UTF-16 without any."""
    offered = _at(given, "general", "positionEncodings")
    known = [kind.value for kind in types.PositionEncodingKind]
    found = [kind for kind in offered if kind in known] if isinstance(offered, list) else []
    return [types.PositionEncodingKind(kind) for kind in found] or None
