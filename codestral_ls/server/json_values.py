"""The simplest values of messages, read from JSON that may be anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from lsprotocol import types
from pygls.uris import to_fs_path

_T = TypeVar("_T")


class Unreadable(Exception):
    """A value that is needed cannot be read."""


def is_id(value: object) -> bool:
    """Whether this can name a request. ``true`` equals 1 to Python, but not to a client."""
    return isinstance(value, int | str) and not isinstance(value, bool)


def mapping(value: object) -> Mapping[str, Any]:
    """An object."""
    if not isinstance(value, dict):
        raise Unreadable("not an object")
    return value


def field(value: object, name: str) -> object:
    """A member of an object, None where it has no such member."""
    return mapping(value).get(name)


def sequence(value: object) -> Sequence[object]:
    """An array; what is left out or null is empty."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise Unreadable("not an array")
    return value


def text(value: object) -> str:
    """A string."""
    if not isinstance(value, str):
        raise Unreadable("not a string")
    return value


def uri(value: object) -> str:
    """A URI that can be taken apart."""
    found = text(value)
    try:
        to_fs_path(found)
    except ValueError:
        raise Unreadable("not a URI") from None
    return found


def readable(reader: Callable[[object], _T], values: object) -> list[_T]:
    """The members of an array that can be read; none if it is not an array."""
    found = []
    for value in values if isinstance(values, list) else ():
        try:
            found.append(reader(value))
        except Unreadable:
            continue
    return found


def folders(values: object) -> list[types.WorkspaceFolder]:
    """Workspace folders; only their URI is used."""

    def folder(value: object) -> types.WorkspaceFolder:
        return types.WorkspaceFolder(uri(field(value, "uri")), name="")

    return readable(folder, values)
