"""What the client opens, edits and closes: told to the engine and to whoever learns from it."""

from __future__ import annotations

from lsprotocol import types

from codestral_ls.server import documents
from codestral_ls.server.documents import opened
from codestral_ls.server.language_server import CodestralServer


def register_documents(server: CodestralServer) -> None:
    """Register the notifications about documents, cells of notebooks and files on disk."""

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        _learn(server, params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        _edited(server, params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        _closed(server, params.text_document.uri)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(params: types.DidChangeWatchedFilesParams) -> None:
        paths = (documents.file_path(change.uri) for change in params.changes)
        server.listeners.changed_on_disk([path for path in paths if path])

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    def notebook_open(params: types.DidOpenNotebookDocumentParams) -> None:
        for cell in params.cell_text_documents:
            _learn(server, cell.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def notebook_change(params: types.DidChangeNotebookDocumentParams) -> None:
        cells = params.change.cells
        for change in (cells.text_content if cells else None) or []:
            _edited(server, change.document.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def notebook_close(params: types.DidCloseNotebookDocumentParams) -> None:
        for cell in params.cell_text_documents:
            _closed(server, cell.uri)


def _edited(server: CodestralServer, uri: str) -> None:
    document = opened(server.workspace, uri)
    engine = server.session.engine
    if document is None:
        return
    server.listeners.edited(document)
    edit = document.last_edit
    if engine is None or edit is None:
        return
    snapshot = document.snapshot_at(edit.end_line, edit.end_column)
    if snapshot is not None:
        engine.edited(snapshot, edit, server.session.settings(snapshot.path))


def _learn(server: CodestralServer, uri: str) -> None:
    document = opened(server.workspace, uri)
    if document is not None:
        server.listeners.opened(document)
        server.trees.of_document(document)


def _closed(server: CodestralServer, uri: str) -> None:
    path = documents.file_path(uri)
    server.trees.closed(uri)
    if path is not None:
        server.listeners.closed(path)
    if server.session.engine is not None:
        server.session.engine.closed(uri)
