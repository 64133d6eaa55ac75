"""What the client opens, edits and closes: passed on to the engine, the index and the trees."""

from __future__ import annotations

from lsprotocol import types

from codestral_ls.server import snapshots
from codestral_ls.server.documents import file_path
from codestral_ls.server.documents import opened as open_document
from codestral_ls.server.language_server import CodestralServer
from codestral_ls.server.parts import more_follow

# Of a notebook that opens, the cells that are got ready for a first request. The others wait for
# theirs, which finds a parser that is loaded and a workspace that is read.
_CELLS_SHOWN = 16
# Of those that one message edits. What the engine remembers of the others is forgotten.
_CELLS_FOLLOWED = 16


def opened(server: CodestralServer, params: types.DidOpenTextDocumentParams) -> None:
    """A document was opened."""
    _opened(server, params.text_document.uri)


def changed(server: CodestralServer, params: types.DidChangeTextDocumentParams) -> None:
    """A document was edited."""
    if more_follow(params.text_document):
        # The engine is told of the edit as a whole.
        return
    _edited(server, params.text_document.uri)


def closed(server: CodestralServer, params: types.DidCloseTextDocumentParams) -> None:
    """A document was closed."""
    _closed(server, params.text_document.uri)


def notebook_opened(server: CodestralServer, params: types.DidOpenNotebookDocumentParams) -> None:
    """A notebook was opened. Each cell is a document."""
    for cell in params.cell_text_documents[:_CELLS_SHOWN]:
        _opened(server, cell.uri)


def notebook_changed(
    server: CodestralServer, params: types.DidChangeNotebookDocumentParams
) -> None:
    """Cells of a notebook were edited."""
    cells = params.change.cells
    edited = (cells.text_content if cells else None) or []
    for change in edited[:-_CELLS_FOLLOWED]:
        if server.session.engine is not None:
            server.session.engine.closed(change.document.uri)
    for change in edited[-_CELLS_FOLLOWED:]:
        _edited(server, change.document.uri)


def notebook_closed(server: CodestralServer, params: types.DidCloseNotebookDocumentParams) -> None:
    """A notebook was closed, with all its cells."""
    for cell in params.cell_text_documents:
        _closed(server, cell.uri)


def files_changed(server: CodestralServer, params: types.DidChangeWatchedFilesParams) -> None:
    """Files changed on disk."""
    paths = (file_path(change.uri) for change in params.changes)
    server.listeners.changed_on_disk([path for path in paths if path])


def _opened(server: CodestralServer, uri: str) -> None:
    document = open_document(server.workspace, uri)
    if document is not None:
        server.show(document)
        server.trees.of_document(document)


def _edited(server: CodestralServer, uri: str) -> None:
    document = open_document(server.workspace, uri)
    engine = server.session.engine
    if document is None:
        return
    server.listeners.edited(document)
    edit = document.last_edit
    if engine is None or edit is None:
        return
    snapshot = snapshots.at(server.workspace, document, edit.end_line, edit.end_column)
    if snapshot is not None:
        engine.edited(snapshot, edit, server.session.settings(snapshot.uri))


def _closed(server: CodestralServer, uri: str) -> None:
    path = file_path(uri)
    server.trees.closed(uri)
    if path is not None:
        server.listeners.closed(path)
    if server.session.engine is not None:
        server.session.engine.closed(uri)
