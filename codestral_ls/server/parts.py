"""Long notifications in parts, each of which is handled in a turn of the event loop of its own.

Ten thousand edits in one message, as "replace all" makes them, take half a second. Nothing that is
being shown or read meanwhile waits for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lsprotocol import types

# A few milliseconds, of edits to lines of an ordinary length.
_MAX_ITEMS = 64
_LISTS: Mapping[str, str] = {
    types.TEXT_DOCUMENT_DID_CHANGE: "contentChanges",
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: "changes",
}
# Within ``textDocument`` of a part: whether others came before, and whether more follow.
_MARK = "part of a message"


class _PartIdentifier(types.VersionedTextDocumentIdentifier):
    """A document that is edited by a part of a message."""

    def __init__(self, uri: str, version: int, *, continues: bool, more_follow: bool) -> None:
        super().__init__(uri=uri, version=version)
        self.continues = continues
        """Parts of the same message came before."""
        self.more_follow = more_follow
        """The edit is not over: parts of the same message follow at once."""


def continues(document: types.VersionedTextDocumentIdentifier) -> bool:
    """The edit goes on with one that came in the part before."""
    return isinstance(document, _PartIdentifier) and document.continues


def more_follow(document: types.VersionedTextDocumentIdentifier) -> bool:
    """The edit goes on in the part that comes next."""
    return isinstance(document, _PartIdentifier) and document.more_follow


def identifier(
    given: Mapping[str, Any], uri: str, version: int
) -> types.VersionedTextDocumentIdentifier:
    """The document that a ``didChange`` names as ``given``, which may be a part."""
    match given.get(_MARK):
        case (bool(continues), bool(more_follow)):
            return _PartIdentifier(uri, version, continues=continues, more_follow=more_follow)
        case _:
            return types.VersionedTextDocumentIdentifier(uri=uri, version=version)


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
                if isinstance(document := params.get("textDocument"), dict):
                    mark = (start > 0, start + _MAX_ITEMS < len(items))
                    part["textDocument"] = {**document, _MARK: mark}
                yield {"jsonrpc": "2.0", "method": method, "params": part}
            return
    yield message
