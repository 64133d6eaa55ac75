"""Open documents seen from a place; a notebook's cell with the cells around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import unquote

from lsprotocol import types
from pygls.workspace import Workspace

from codestral_ls.model import WINDOW_AFTER, WINDOW_BEFORE, Snapshot
from codestral_ls.server.documents import Document, LspWorkspace, opened

# On each side of the cell, whether they are shown or not. At every key they are gone through.
_CELLS = 200


def at_position(workspace: Workspace, uri: str, position: types.Position) -> Snapshot | None:
    """The document as it is now, seen from the position; None if not open or out of sync."""
    document = opened(workspace, uri)
    if document is None:
        return None
    return at(workspace, document, *document.locate(position))


def at(workspace: Workspace, document: Document, line: int, column: int) -> Snapshot | None:
    """The document as it is now, seen from a place in code points; None if out of sync."""
    snapshot = document.snapshot_at(line, column)
    if snapshot is None or not isinstance(workspace, LspWorkspace):
        return snapshot
    places = workspace.cell_places(document.uri)
    # Clients escape as they like.
    place = places.get(unquote(document.uri))
    if place is None:
        return snapshot
    uris = list(places)
    above = uris[max(0, place - _CELLS) : place][::-1]
    below = uris[place + 1 : place + 1 + _CELLS]
    return replace(
        snapshot,
        cells_before=_before(_texts(workspace, above, snapshot, WINDOW_BEFORE), WINDOW_BEFORE),
        cells_after=_after(_texts(workspace, below, snapshot, WINDOW_AFTER), WINDOW_AFTER),
    )


def _texts(
    workspace: Workspace, uris: Iterable[str], snapshot: Snapshot, max_chars: int
) -> Iterator[str]:
    """The texts of the cells in the snapshot's language. Prose is another one.

    Ends before the first cell that is longer than ``max_chars``, or when that much was read twice.
    """
    n_read = 0
    for uri in uris:
        cell = opened(workspace, uri)
        if cell is None or cell.out_of_sync or cell.language_id != snapshot.language_id:
            continue
        window = cell.contents.window(0, 0, 0, max_chars)
        n_read += len(window.after)
        if not window.at_end or n_read > 2 * max_chars:
            return
        if text := window.after.strip("\n"):
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
