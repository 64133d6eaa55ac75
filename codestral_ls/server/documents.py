"""The client's open documents: kept in step with its edits, read as snapshots.

pygls' own documents split lines where LSP does not and re-read the whole text at every key, so they
are replaced through its public hooks. Only what the client opened exists here: no file is read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from lsprotocol import types
from pygls.uris import to_fs_path
from pygls.workspace import PositionCodec, TextDocument, Workspace

from codestral_ls.model import WINDOW_AFTER, WINDOW_BEFORE, Selected, Snapshot
from codestral_ls.server.parts import continues
from codestral_ls.text.lines import Encoding, Lines, PlacedEdit, normalise


class Document(TextDocument):
    """An open document, which may be a notebook's cell."""

    def __init__(
        self,
        uri: str,
        source: str,
        *,
        version: int | None = None,
        language_id: str | None = None,
        position_codec: PositionCodec | None = None,
    ) -> None:
        super().__init__(
            uri, version=version, language_id=language_id, position_codec=position_codec
        )
        self.contents = Lines(source)
        self.encoding: Encoding = _encoding(self.position_codec)
        self.file_path = file_path(uri)
        self.indentation = ""
        """What the editor indents a level by, as it last said; empty if it says nothing."""
        self.out_of_sync = False
        """The client's text is not known any more, until the client sends the whole of it."""
        self.last_edit: PlacedEdit | None = None
        """What the last ``didChange`` did; None when there was none, or it could not be applied."""
        self.last_message: object = None
        """The identifier that the last ``didChange`` came with."""

    @property
    def source(self) -> str:
        """The whole text. Costs time and memory in proportion to it."""
        return self.contents.text

    @property
    def lines(self) -> Sequence[str]:
        """All lines with their ends. Costs time and memory in proportion to them."""
        return self.contents.lines

    def apply_change(self, change: types.TextDocumentContentChangeEvent) -> None:
        """Apply a change of either kind, whichever kind was agreed on."""
        if isinstance(change, types.TextDocumentContentChangeWholeDocument):
            self.contents = Lines(change.text)
            self.last_edit = PlacedEdit(inserted="", removed=0, single=False)
            self.out_of_sync = False
        elif self.out_of_sync:
            self.last_edit = None
        else:
            start, end = change.range.start, change.range.end
            self.last_edit = self.contents.edit(
                start.line, start.character, end.line, end.character, change.text, self.encoding
            )

    def locate(self, position: types.Position) -> tuple[int, int]:
        """Line, and column in code points, of a client's position."""
        return self.contents.locate(position.line, position.character, self.encoding)

    def snapshot_at(self, line: int, column: int) -> Snapshot | None:
        """The document by itself, seen from a place in code points; None while out of sync."""
        if self.out_of_sync:
            return None
        window = self.contents.window(line, column, WINDOW_BEFORE, WINDOW_AFTER)
        return Snapshot(
            uri=self.uri,
            path=self.file_path,
            language_id=self.language_id or "",
            version=self.version,
            before=window.before,
            after=window.after,
            line=line,
            at_document_start=window.at_start,
            at_document_end=window.at_end,
            indentation=self.indentation,
        )


class LspWorkspace(Workspace):
    """pygls' workspace with our documents in it, cells of notebooks included."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._places: dict[str, Mapping[str, int]] = {}
        """By notebook, what ``cell_places`` found; forgotten when cells come or go."""

    @classmethod
    def replacing(cls, workspace: Workspace) -> LspWorkspace:
        """An empty workspace with the folders and the encoding of the one pygls made."""
        return cls(
            workspace.root_uri,
            types.TextDocumentSyncKind.Incremental,
            list(workspace.folders.values()),
            workspace.position_encoding,
        )

    def put_text_document(
        self, text_document: types.TextDocumentItem, notebook_uri: str | None = None
    ) -> None:
        """Open a document, or open it anew."""
        # pygls keeps documents by their percent-decoded URI: clients escape as they like.
        uri = unquote(text_document.uri)
        if notebook_uri:
            self._cell_in_notebook[uri] = unquote(notebook_uri)
        document = Document(
            text_document.uri,
            text_document.text,
            version=text_document.version,
            language_id=text_document.language_id,
            position_codec=self.position_codec,
        )
        document.indentation = getattr(text_document, "indentation", "")
        self.text_documents[uri] = document

    def put_notebook_document(self, params: types.DidOpenNotebookDocumentParams) -> None:
        """Open a notebook, or open it anew. It is kept as it is, and nobody else's from here on."""
        uri = params.notebook_document.uri
        self.notebook_documents[unquote(uri)] = params.notebook_document
        self._places.pop(unquote(uri), None)
        for cell in params.cell_text_documents:
            self.put_text_document(cell, notebook_uri=uri)

    def remove_notebook_document(self, params: types.DidCloseNotebookDocumentParams) -> None:
        """Close a notebook and its cells."""
        super().remove_notebook_document(params)
        self._places.pop(unquote(params.notebook_document.uri), None)

    def cell_places(self, cell_uri: str) -> Mapping[str, int]:
        """Where each cell of the notebook stands that this cell belongs to, by percent-decoded
        URI, from above; empty where it belongs to none."""
        uri = self._cell_in_notebook.get(unquote(cell_uri), "")
        notebook = self.notebook_documents.get(uri)
        if notebook is None:
            return {}
        places = self._places.get(uri)
        if places is None:
            cells = dict.fromkeys(unquote(cell.document) for cell in notebook.cells)
            places = self._places[uri] = {cell: place for place, cell in enumerate(cells)}
        return places

    def get_text_document(self, doc_uri: str) -> Document:
        """The open document, or an empty one: the disk is never read."""
        return opened(self, doc_uri) or Document(doc_uri, "", position_codec=self.position_codec)

    def update_text_document(
        self,
        text_doc: types.VersionedTextDocumentIdentifier,
        change: types.TextDocumentContentChangeEvent,
    ) -> None:
        """Apply one change of a ``didChange``; nothing for a document that is not open."""
        document = opened(self, text_doc.uri)
        if document is None:
            return
        # pygls passes a message's changes one by one, each with the same identifier.
        together = document.last_message is text_doc or continues(text_doc)
        earlier = document.last_edit if together else None
        document.apply_change(change)
        document.last_message = text_doc
        if not together:
            # Some clients send no version, or the same one again: the text has a new one anyway.
            document.version = max(text_doc.version, (document.version or 0) + 1)
        if earlier and document.last_edit:
            document.last_edit = earlier.then(document.last_edit)

    def update_notebook_document(self, params: types.DidChangeNotebookDocumentParams) -> None:
        """Apply a change of a notebook; nothing for one that is not open."""
        uri = unquote(params.notebook_document.uri)
        if uri in self.notebook_documents:
            super().update_notebook_document(params)
            cells = params.change.cells
            if cells is not None and cells.structure is not None:
                self._places.pop(uri, None)

    def mark_out_of_sync(self, uri: str | None = None) -> None:
        """A message about this document was lost; without a URI, about any of them."""
        lost = self.text_documents.values() if uri is None else [opened(self, uri)]
        for document in lost:
            if isinstance(document, Document):
                document.out_of_sync = True


def opened(workspace: Workspace, uri: str) -> Document | None:
    """The document if the client has it open."""
    document = workspace.text_documents.get(unquote(uri))
    return document if isinstance(document, Document) else None


def all_opened(workspace: Workspace) -> list[Document]:
    """All documents that the client has open."""
    return [found for found in workspace.text_documents.values() if isinstance(found, Document)]


def selected(
    document: Document, position: types.Position, info: types.SelectedCompletionInfo
) -> Selected | None:
    """The popup's entry; None unless it replaces text of the cursor's line, up to the cursor."""
    cursor = document.locate(position)
    start = document.locate(info.range.start)
    end = document.locate(info.range.end)
    if start[0] != end[0] or not start <= cursor <= end:
        return None
    return Selected(normalise(info.text), replaced=cursor[1] - start[1])


def file_path(uri: str) -> str | None:
    """Path of a ``file:`` URI in the form of this platform; None for any other URI."""
    try:
        path = to_fs_path(uri) or ""
        os.fsencode(path)
    except ValueError:
        return None
    return None if "\0" in path else path or None


def _encoding(codec: PositionCodec) -> Encoding:
    return types.PositionEncodingKind(codec.encoding or types.PositionEncodingKind.Utf16).value
