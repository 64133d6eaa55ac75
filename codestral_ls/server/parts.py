"""Long notifications in parts, each of which is handled in a turn of the event loop of its own.

Ten thousand edits in one message, as "replace all" makes them, take half a second. Nothing that is
being shown or read meanwhile waits for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lsprotocol import types

# A few milliseconds, of edits to lines of an ordinary length.
_MAX_ITEMS = 64
_LISTS: Mapping[str, str] = {
    types.TEXT_DOCUMENT_DID_CHANGE: "contentChanges",
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: "changes",
}


def parts(message: object) -> Iterator[object]:
    """The message, or notifications with a part of its list each. Handled one after the other they
    do the same."""
    match message:
        case {"id": _}:
            pass
        case {"method": str(method), "params": dict(params)} if (
            (name := _LISTS.get(method))
            and isinstance(items := params.get(name), list)
            and len(items) > _MAX_ITEMS
        ):
            for start in range(0, len(items), _MAX_ITEMS):
                part = {**params, name: items[start : start + _MAX_ITEMS]}
                yield {"jsonrpc": "2.0", "method": method, "params": part}
            return
    yield message
