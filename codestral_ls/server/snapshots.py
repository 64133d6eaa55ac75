"""Open documents seen from a place; a notebook's cell with the cells around it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import unquote

from lsprotocol import types
from pygls.workspace import Workspace

from codestral_ls.model import WINDOW_AFTER, WINDOW_BEFORE, Snapshot
from codestral_ls.server.documents import Document, opened
from codestral_ls.text.lines import normalise


def at_position(workspace: Workspace, uri: str, position: types.Position) -> Snapshot | None:
    """The document as it is now, seen from the position; None if not open or out of sync."""
    document = opened(workspace, uri)
    if document is None:
        return None
    return at(workspace, document, *document.locate(position))


def at(workspace: Workspace, document: Document, line: int, column: int) -> Snapshot | None:
    """The document as it is now, seen from a place in code points; None if out of sync."""
    snapshot = document.snapshot_at(line, column)
    notebook = workspace.get_notebook_document(cell_uri=document.uri)
    if snapshot is None or notebook is None:
        return snapshot
    # Clients escape as they like.
    uris = [unquote(cell.document) for cell in notebook.cells]
    try:
        place = uris.index(unquote(document.uri))
    except ValueError:
        return snapshot
    return replace(
        snapshot,
        cells_before=_before(_texts(workspace, reversed(uris[:place]), snapshot), WINDOW_BEFORE),
        cells_after=_after(_texts(workspace, uris[place + 1 :], snapshot), WINDOW_AFTER),
    )


def _texts(workspace: Workspace, uris: Iterable[str], snapshot: Snapshot) -> Iterable[str]:
    """The texts of the cells in the snapshot's language. Prose is another one."""
    for uri in uris:
        cell = opened(workspace, uri)
        if cell is None or cell.out_of_sync or cell.language_id != snapshot.language_id:
            continue
        if text := normalise(cell.source).strip("\n"):
            yield text


def _before(nearest_first: Iterable[str], limit: int) -> str:
    """Whole cells above, the nearest last, each with a blank line below it."""
    chosen = _within(nearest_first, limit)
    return "".join(f"{text}\n\n" for text in reversed(chosen))


def _after(nearest_first: Iterable[str], limit: int) -> str:
    """Whole cells below, each with a blank line above it."""
    return "".join(f"\n\n{text}" for text in _within(nearest_first, limit))


def _within(texts: Iterable[str], limit: int) -> list[str]:
    chosen: list[str] = []
    for text in texts:
        limit -= len(text) + 2
        if limit < 0:
            break
        chosen.append(text)
    return chosen
