"""From a message's JSON to the types that the handlers take.

Clients send more than is read here, and now and then something that the protocol does not allow.
Only what the server uses is decoded; the rest cannot make a message fail. What is used and is odd
is read as a person would read it; what cannot be read at all raises ``Unreadable``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from lsprotocol import types

from codestral_ls.server.initialize_params import initialize_params
from codestral_ls.server.json_values import (
    Unreadable,
    field,
    folders,
    is_id,
    mapping,
    readable,
    sequence,
    text,
    uri,
)
from codestral_ls.server.parts import identifier
from codestral_ls.server.styled import StyledItem, StyledParams, indentation

_MAX_UINTEGER = 2**31 - 1


def params_of(method: str, params: object) -> Any:
    """The params of a message; None for a method that nothing here reads.

    Raises ``Unreadable``, but never for ``initialize``.
    """
    reader = READERS.get(method)
    return None if reader is None else reader(params)


def changed_documents(method: str, params: object) -> list[str]:
    """The documents whose text an unreadable notification may have changed."""
    match method, params:
        case (
            (types.TEXT_DOCUMENT_DID_OPEN | types.TEXT_DOCUMENT_DID_CHANGE),
            {"textDocument": document},
        ):
            named = [document]
        case types.NOTEBOOK_DOCUMENT_DID_CHANGE, {
            "change": {"cells": {"textContent": list(cells)}}
        }:
            named = [cell.get("document") for cell in cells if isinstance(cell, dict)]
        case _:
            named = []
    return readable(lambda document: uri(field(document, "uri")), named)


def position(value: object) -> types.Position:
    """A position. Beyond the protocol's largest number is the largest number."""
    given = mapping(value)
    return types.Position(_count(given.get("line")), _count(given.get("character")))


def _range_of(value: object) -> types.Range:
    """A range; VS Code's own ``Range`` serialises to ``[start, end]``."""
    if isinstance(value, list) and len(value) == 2:
        value = {"start": value[0], "end": value[1]}
    given = mapping(value)
    return types.Range(position(given.get("start")), position(given.get("end")))


def _count(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,10}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Unreadable("not a number")
    if value < 0 or value != int(value):
        raise Unreadable("not a count")
    return min(int(value), _MAX_UINTEGER)


def _version(value: object) -> int:
    """Documents count their versions themselves where a client's number is of no use."""
    return value if type(value) is int and 0 <= value <= _MAX_UINTEGER else 0


def _identifier(value: object) -> types.TextDocumentIdentifier:
    return types.TextDocumentIdentifier(uri(mapping(value).get("uri")))


def _versioned(value: object) -> types.VersionedTextDocumentIdentifier:
    given = mapping(value)
    return identifier(given, uri(given.get("uri")), _version(given.get("version")))


def _document(value: object) -> StyledItem:
    given = mapping(value)
    language = given.get("languageId")
    found = StyledItem(
        uri=uri(given.get("uri")),
        language_id=language if isinstance(language, str) else "",
        version=_version(given.get("version")),
        text=text(given.get("text")),
    )
    found.indentation = indentation(given.get("formattingOptions"))
    return found


def _change(value: object) -> types.TextDocumentContentChangeEvent:
    given = mapping(value)
    inserted = text(given.get("text"))
    # Some clients say ``null`` for what they leave out.
    if given.get("range") is None:
        return types.TextDocumentContentChangeWholeDocument(inserted)
    return types.TextDocumentContentChangePartial(_range_of(given["range"]), inserted)


def _changes(value: object) -> list[types.TextDocumentContentChangeEvent]:
    """All changes; where one cannot be read, those since it, if they begin with the whole text."""
    changes: list[types.TextDocumentContentChangeEvent] = []
    known = True
    for given in sequence(value):
        try:
            change = _change(given)
        except Unreadable:
            known = False
            continue
        if not known and isinstance(change, types.TextDocumentContentChangeWholeDocument):
            changes, known = [], True
        changes.append(change)
    if not known:
        raise Unreadable("an edit")
    return changes


def _opened(params: object) -> types.DidOpenTextDocumentParams:
    return types.DidOpenTextDocumentParams(_document(field(params, "textDocument")))


def _changed(params: object) -> types.DidChangeTextDocumentParams:
    return types.DidChangeTextDocumentParams(
        text_document=_versioned(field(params, "textDocument")),
        content_changes=_changes(field(params, "contentChanges")),
    )


def _closed(params: object) -> types.DidCloseTextDocumentParams:
    return types.DidCloseTextDocumentParams(_identifier(field(params, "textDocument")))


def _cells(value: object) -> list[types.NotebookCell]:
    return [
        types.NotebookCell(
            kind=types.NotebookCellKind.Markup
            if cell.get("kind") == types.NotebookCellKind.Markup.value
            else types.NotebookCellKind.Code,
            document=uri(cell.get("document")),
        )
        for cell in map(mapping, sequence(value))
    ]


def _notebook_opened(params: object) -> types.DidOpenNotebookDocumentParams:
    given = mapping(field(params, "notebookDocument"))
    kind = given.get("notebookType")
    return types.DidOpenNotebookDocumentParams(
        notebook_document=types.NotebookDocument(
            uri=uri(given.get("uri")),
            notebook_type=kind if isinstance(kind, str) else "",
            version=_version(given.get("version")),
            cells=_cells(given.get("cells")),
        ),
        cell_text_documents=readable(_document, field(params, "cellTextDocuments")),
    )


def _notebook_changed(params: object) -> types.DidChangeNotebookDocumentParams:
    notebook = mapping(field(params, "notebookDocument"))
    change = field(params, "change")
    cells = mapping(change).get("cells") if change is not None else None
    return types.DidChangeNotebookDocumentParams(
        notebook_document=types.VersionedNotebookDocumentIdentifier(
            version=_version(notebook.get("version")), uri=uri(notebook.get("uri"))
        ),
        change=types.NotebookDocumentChangeEvent(
            cells=None if cells is None else _cell_changes(mapping(cells))
        ),
    )


def _cell_changes(given: Mapping[str, Any]) -> types.NotebookDocumentCellChanges:
    structure = given.get("structure")
    return types.NotebookDocumentCellChanges(
        structure=None if structure is None else _structure(mapping(structure)),
        text_content=[
            types.NotebookDocumentCellContentChanges(
                document=_versioned(content.get("document")),
                changes=_changes(content.get("changes")),
            )
            for content in map(mapping, sequence(given.get("textContent")))
        ],
    )


def _structure(given: Mapping[str, Any]) -> types.NotebookDocumentCellChangeStructure:
    array = mapping(given.get("array"))
    return types.NotebookDocumentCellChangeStructure(
        array=types.NotebookCellArrayChange(
            start=_count(array.get("start")),
            delete_count=_count(array.get("deleteCount")),
            cells=_cells(array.get("cells")),
        ),
        did_open=readable(_document, given.get("didOpen")),
        did_close=readable(_identifier, given.get("didClose")),
    )


def _notebook_closed(params: object) -> types.DidCloseNotebookDocumentParams:
    notebook = mapping(field(params, "notebookDocument"))
    return types.DidCloseNotebookDocumentParams(
        notebook_document=types.NotebookDocumentIdentifier(uri(notebook.get("uri"))),
        cell_text_documents=readable(_identifier, field(params, "cellTextDocuments")),
    )


def _files_changed(params: object) -> types.DidChangeWatchedFilesParams:
    def event(value: object) -> types.FileEvent:
        # What happened to a file is looked up on the disk.
        return types.FileEvent(uri(mapping(value).get("uri")), types.FileChangeType.Changed)

    return types.DidChangeWatchedFilesParams(readable(event, field(params, "changes")))


def _folders_changed(params: object) -> types.DidChangeWorkspaceFoldersParams:
    event = field(params, "event")
    return types.DidChangeWorkspaceFoldersParams(
        types.WorkspaceFoldersChangeEvent(
            added=folders(field(event, "added")), removed=folders(field(event, "removed"))
        )
    )


def _configuration(params: object) -> types.DidChangeConfigurationParams:
    settings = params.get("settings") if isinstance(params, dict) else None
    return types.DidChangeConfigurationParams(settings)


def _inline(params: object) -> StyledParams:
    given = mapping(params)
    found = StyledParams(
        context=_inline_context(given.get("context")),
        text_document=_identifier(given.get("textDocument")),
        position=position(given.get("position")),
    )
    found.indentation = indentation(given.get("formattingOptions"))
    return found


def _inline_context(value: object) -> types.InlineCompletionContext:
    automatic = types.InlineCompletionTriggerKind.Automatic
    given = value if isinstance(value, dict) else {}
    # coc.nvim with older protocol packages counts from 0.
    asked = given.get("triggerKind", automatic.value) != automatic.value
    selected = given.get("selectedCompletionInfo")
    return types.InlineCompletionContext(
        types.InlineCompletionTriggerKind.Invoked if asked else automatic,
        None if selected is None else _selected(mapping(selected)),
    )


def _selected(given: Mapping[str, Any]) -> types.SelectedCompletionInfo:
    return types.SelectedCompletionInfo(_range_of(given.get("range")), text(given.get("text")))


def _completion(params: object) -> types.CompletionParams:
    given = mapping(params)
    return types.CompletionParams(
        _identifier(given.get("textDocument")), position(given.get("position"))
    )


def _command(params: object) -> types.ExecuteCommandParams:
    given = mapping(params)
    arguments: Any = given.get("arguments")
    return types.ExecuteCommandParams(
        text(given.get("command")), arguments if isinstance(arguments, list) else None
    )


def _cancel(params: object) -> types.CancelParams:
    cancelled: Any = field(params, "id")
    if not is_id(cancelled):
        raise Unreadable("the id of a request")
    return types.CancelParams(cancelled)


def _cancel_progress(params: object) -> types.WorkDoneProgressCancelParams:
    token: Any = field(params, "token")
    if not is_id(token):
        raise Unreadable("a token")
    return types.WorkDoneProgressCancelParams(token)


def _trace(params: object) -> types.SetTraceParams:
    value = params.get("value") if isinstance(params, dict) else None
    known = [trace for trace in types.TraceValue if trace.value == value]
    return types.SetTraceParams(known[0] if known else types.TraceValue.Off)


READERS: Mapping[str, Callable[[object], Any]] = {
    types.INITIALIZE: initialize_params,
    types.INITIALIZED: lambda _: types.InitializedParams(),
    types.SHUTDOWN: lambda _: None,
    types.EXIT: lambda _: None,
    types.CANCEL_REQUEST: _cancel,
    types.SET_TRACE: _trace,
    types.WINDOW_WORK_DONE_PROGRESS_CANCEL: _cancel_progress,
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: _configuration,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: _folders_changed,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: _files_changed,
    types.WORKSPACE_EXECUTE_COMMAND: _command,
    types.TEXT_DOCUMENT_DID_OPEN: _opened,
    types.TEXT_DOCUMENT_DID_CHANGE: _changed,
    types.TEXT_DOCUMENT_DID_CLOSE: _closed,
    types.NOTEBOOK_DOCUMENT_DID_OPEN: _notebook_opened,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE: _notebook_changed,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE: _notebook_closed,
    types.TEXT_DOCUMENT_INLINE_COMPLETION: _inline,
    types.TEXT_DOCUMENT_COMPLETION: _completion,
}
"""One reader for each method that the server takes."""
