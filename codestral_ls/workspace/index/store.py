"""The index in memory: outlines by path, paths by name. Bounded; knows no files.

Ten thousand files define two hundred thousand names. As Python objects they would take 100 MB, so
an outline is kept compressed, at about a kilobyte a file, and unpacked when it is looked at.
"""

from __future__ import annotations

import functools
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from codestral_ls.privacy import secrets
from codestral_ls.workspace.index.definition import Definition

_MAX_PACKED_BYTES = 40_000_000
"""Of all outlines: forty thousand ordinary files."""
_MAX_UNPACKED_BYTES = 4_000_000
"""Of one outline; four hundred of the longest definitions are shorter."""
_MAX_DEFINITIONS = 1_000
"""Of one outline: more than ``outline`` finds in any file."""
_MAX_NAMES = 300_000
"""Distinct names; about 200 bytes each, hence 60 MB."""
_MAX_FILES_OF_A_NAME = 48
"""A name that more files define (``main``, ``setUp``) says nothing; only so many are noted."""
_UNPACKED = 256  # outlines looked at last; a request looks at a few dozen


@dataclass(frozen=True, slots=True)
class Outline:
    """What a file defines, packed, and the state of the file it was made from."""

    packed: bytes
    mtime: float
    """Of the file on disk; 0 for the unsaved text of an open document."""
    size: int


def pack(definitions: Iterable[Definition]) -> bytes:
    """Definitions with everything masked that has the form of a secret."""
    definitions = list(definitions)
    # One look at all of them; most files have no secret.
    if next(secrets.find("\n".join(each.text for each in definitions)), None):
        definitions = [each._replace(text=secrets.mask(each.text)) for each in definitions]
    return zlib.compress(json.dumps(definitions, ensure_ascii=False).encode(errors="replace"), 1)


@functools.lru_cache(maxsize=_UNPACKED)
def unpack(packed: bytes) -> tuple[Definition, ...]:
    """The definitions. Raises ValueError for what ``pack`` has not made."""
    try:
        # A cache that was tampered with may hold a kilobyte that unpacks to gigabytes.
        unpacking = zlib.decompressobj()
        data = unpacking.decompress(packed, _MAX_UNPACKED_BYTES)
        if not unpacking.eof:
            raise ValueError("not an outline")
        rows = json.loads(data)
        if len(rows) > _MAX_DEFINITIONS:
            raise ValueError("not an outline")
        return tuple(_definition(row) for row in rows)
    except (zlib.error, TypeError, RecursionError) as error:
        raise ValueError("not an outline") from error


class Index:
    """Outlines of files. Paths are absolute and use ``/``."""

    def __init__(self, *, max_bytes: int = _MAX_PACKED_BYTES) -> None:
        self.outlines: dict[str, Outline] = {}
        self.n_bytes = 0
        self._max_bytes = max_bytes
        self._numbers: dict[str, int] = {}
        self._paths: list[str] = []
        self._files_of: dict[str, list[int] | int] = {}

    @property
    def n_names(self) -> int:
        """Distinct names that are defined."""
        return len(self._files_of)

    def put(self, path: str, outline: Outline) -> bool:
        """Keep a file's outline in place of the one before. False where there is no room.

        Raises ValueError where the outline cannot be read.
        """
        names = _names(outline.packed)
        self.remove(path)
        full = len(self._files_of) + len(names) > _MAX_NAMES
        if full or self.n_bytes + len(outline.packed) > self._max_bytes:
            return False
        self.outlines[path] = outline
        self.n_bytes += len(outline.packed)
        number = self._number(path)
        for name in names:
            known = self._files_of.get(name)
            if known is None:
                self._files_of[name] = number
            elif isinstance(known, int):
                self._files_of[name] = [known, number]
            elif len(known) < _MAX_FILES_OF_A_NAME:
                known.append(number)
            else:
                # The first by their paths: which were read first is chance.
                last = max(known, key=self._paths.__getitem__)
                if path < self._paths[last]:
                    known[known.index(last)] = number
        return True

    def remove(self, path: str) -> None:
        """Forget a file."""
        outline = self.outlines.pop(path, None)
        if outline is None:
            return
        self.n_bytes -= len(outline.packed)
        number = self._numbers[path]
        for name in _names(outline.packed):
            known = self._files_of.get(name)
            if known == number:
                del self._files_of[name]
            elif isinstance(known, list) and number in known:
                known.remove(number)
                if not known:
                    del self._files_of[name]

    def definitions(self, path: str) -> Sequence[Definition]:
        """What a file defines, in its order."""
        outline = self.outlines.get(path)
        return unpack(outline.packed) if outline else ()

    def files_defining(self, name: str) -> list[str]:
        """The files that define a name; of a name that very many define, only some."""
        known = self._files_of.get(name, [])
        return [self._paths[number] for number in ([known] if isinstance(known, int) else known)]

    def _number(self, path: str) -> int:
        if path not in self._numbers:
            self._numbers[path] = len(self._paths)
            self._paths.append(path)
        return self._numbers[path]


def _names(packed: bytes) -> set[str]:
    """The names to look up; names such as ``__init__`` are called by the language itself."""
    return {
        each.name
        for each in unpack(packed)
        if len(each.name) > 1 and not (each.name.startswith("__") and each.name.endswith("__"))
    }


def _definition(row: Sequence[object]) -> Definition:
    name, container, line, text, is_type = row
    if not (isinstance(name, str) and isinstance(container, str) and isinstance(text, str)):
        raise TypeError("not a definition")
    if not isinstance(line, int):
        raise TypeError("not a line")
    return Definition(name, container, line, text, bool(is_type))
