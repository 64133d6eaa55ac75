"""Handing a text to a parser piece by piece, and taking back what its binding keeps.

Only a parser that reads by a callable can be interrupted. But py-tree-sitter (0.25 to 0.26 at
least) asks for the buffer of each piece that the callable returns and never releases it, so that
every text ever parsed stays in memory: 20 KB for each key in a file of that size, and all of the
workspace in the child that indexes it.

For bytes that is one reference too many, and it is given up here. Whether the binding at hand does
so is tried once, with a parser and a tree that are gone when the references are counted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language, Parser

_PIECE_BYTES = 16 * 1024
# Of one byte or none there is one object for all, which nobody may release.
_LEAST_BYTES = 2


class Handing:
    """One text on its way to a parser."""

    def __init__(self, source: bytes) -> None:
        self._view = memoryview(source)
        # The first is not handed out: it has as many references as is right.
        self._pieces = [bytes(_LEAST_BYTES)]

    def read(self, offset: int, _point: object) -> bytes:
        """What stands from an offset on, as a parser asks for it; empty at the end.

        The caller passes it on and keeps nothing of it.
        """
        # Always an object of its own, which a slice of bytes need not be.
        piece = bytes(self._view[offset : offset + _PIECE_BYTES])
        if len(piece) >= _LEAST_BYTES:
            self._pieces.append(piece)
        return piece

    def take_back(self, parser: Parser) -> None:
        """To be called when the parser has returned."""
        release = _releaser() if _parser_keeps(parser) else None
        if release is not None:
            counts = self._counts()
            for piece, n_references in zip(self._pieces, counts, strict=True):
                if n_references > counts[0]:
                    release(piece)
        self._pieces.clear()

    @property
    def is_kept(self) -> bool:
        """Somebody else has a reference to a piece."""
        own, *others = self._counts()
        return any(n_references > own for n_references in others)

    def _counts(self) -> list[int]:
        return [sys.getrefcount(piece) for piece in self._pieces]


_tried: dict[type[Parser], bool] = {}


def keeps_pieces(kind: type[Parser], language: Language) -> bool:
    """Whether the binding keeps what it was handed, for good; tried once."""
    if sys.implementation.name != "cpython":
        return False
    if kind not in _tried:
        handing = Handing(b"some text")
        kind(language).parse(handing.read)
        _tried[kind] = handing.is_kept
    return _tried[kind]


def _parser_keeps(parser: Parser) -> bool:
    return parser.language is not None and keeps_pieces(type(parser), parser.language)


def _releaser() -> Callable[[object], None] | None:
    """What gives up one reference to an object; None where that cannot be done."""
    try:
        import ctypes
    except ImportError:
        return None
    return lambda kept: ctypes.pythonapi.Py_DecRef(ctypes.py_object(kept))
