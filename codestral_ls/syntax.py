"""Syntax trees of documents, where a tree-sitter grammar is installed; without one there is none.

Trees are kept and brought up to date, not made anew: what changed is found by comparing the text
with the one a tree was made of, so that no edit can be missed and none costs anything before a tree
is asked for. Comparing and joining take microseconds for the documents that are parsed at all.
"""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING

from codestral_ls.languages import facts

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Tree

# 20 000 lines of code, and 50 ms for the first tree; what is longer is generated or data.
MAX_CHARS = 500_000
# Trees of documents that were asked about last; each takes ten times the room of its text.
_MAX_TREES = 16
# Errors further away than this were there before, whatever is inserted.
_NEAR_BYTES = 2000


class Syntax:
    """A document's syntax tree at one moment. It is not changed any more."""

    __slots__ = ("_parser", "_source", "_tree")

    def __init__(self, parser: Parser, tree: Tree, source: bytes) -> None:
        self._parser = parser
        self._tree = tree
        self._source = source

    def __str__(self) -> str:
        return str(self._tree.root_node)

    def updated(self, text: str) -> Syntax:
        """The tree of a text that grew out of this one's."""
        source = _encoded(text)
        if source == self._source:
            return self
        start = _common_start(self._source, source)
        old_end, new_end = _without_common_end(self._source, source, start)
        return self._edited(start, old_end, source, new_end)

    def locate(self, line: int, line_before: str) -> int | None:
        """Byte offset of the end of ``line_before`` in a line; None if the line begins otherwise."""
        lines = self._source.split(b"\n", line)
        if len(lines) <= line or not lines[-1].startswith(head := _encoded(line_before)):
            return None
        return len(self._source) - len(lines[-1]) + len(head)

    def errors_with(self, offset: int, removed: int, text: str) -> int:
        """How many errors are near ``offset`` when ``text`` takes the place of ``removed``
        characters."""
        # No character has more than four bytes.
        replaced = self._source[offset : offset + 4 * removed].decode(errors="ignore")[:removed]
        old_end = offset + len(_encoded(replaced))
        inserted = _encoded(text)
        source = self._source[:offset] + inserted + self._source[old_end:]
        new_end = offset + len(inserted)
        edited = self._edited(offset, old_end, source, new_end)
        root = edited._tree.root_node
        return _count_errors(root, offset - _NEAR_BYTES, new_end + _NEAR_BYTES)

    def _edited(self, start: int, old_end: int, source: bytes, new_end: int) -> Syntax:
        tree = self._tree.copy()
        tree.edit(
            start,
            old_end,
            new_end,
            _point(self._source, start),
            _point(self._source, old_end),
            _point(source, new_end),
        )
        return Syntax(self._parser, self._parser.parse(source, tree), source)


class SyntaxStore:
    """The trees of open documents."""

    def __init__(self) -> None:
        self._trees: dict[str, tuple[str, Syntax]] = {}

    def tree(self, uri: str, language_id: str, text: str) -> Syntax | None:
        """The tree of a document whose text, with ``\\n`` for every line end, is ``text``.

        None if no grammar is installed for the language, or the document is too long.
        """
        if len(text) > MAX_CHARS:
            self.close(uri)
            return None
        known = self._trees.pop(uri, None)
        syntax = (
            known[1].updated(text)
            if known is not None and known[0] == language_id
            else parse(text, language_id)
        )
        if syntax is None:
            return None
        self._trees[uri] = (language_id, syntax)
        if len(self._trees) > _MAX_TREES:
            del self._trees[next(iter(self._trees))]
        return syntax

    def close(self, uri: str) -> None:
        """Forget a document."""
        self._trees.pop(uri, None)


def parse(text: str, language_id: str) -> Syntax | None:
    """The tree of a text; None if no grammar is installed for its language."""
    parser = _parser(language_id)
    if parser is None or len(text) > MAX_CHARS:
        return None
    source = _encoded(text)
    return Syntax(parser, parser.parse(source), source)


@functools.cache
def _parser(language_id: str) -> Parser | None:
    grammar = facts(language_id).grammar
    if grammar is None:
        return None
    module, function = grammar
    try:
        tree_sitter = importlib.import_module("tree_sitter")
        language = tree_sitter.Language(getattr(importlib.import_module(module), function)())
        parser: Parser = tree_sitter.Parser(language)
    except (ImportError, AttributeError, ValueError):
        # Not installed, or of a version that the installed tree-sitter does not read.
        return None
    return parser


def _encoded(text: str) -> bytes:
    return text.encode(errors="replace")


def _point(source: bytes, offset: int) -> tuple[int, int]:
    return source.count(b"\n", 0, offset), offset - (source.rfind(b"\n", 0, offset) + 1)


def _common_start(old: bytes, new: bytes) -> int:
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle - 1
    return _character_start(new, low)


def _without_common_end(old: bytes, new: bytes, start: int) -> tuple[int, int]:
    low, high = 0, min(len(old), len(new)) - start
    while low < high:
        middle = (low + high + 1) // 2
        if old[len(old) - middle : len(old) - low] == new[len(new) - middle : len(new) - low]:
            low = middle
        else:
            high = middle - 1
    # What is shared must not begin within a character, which is one byte in the rest of it.
    while low and (new[len(new) - low] & 0xC0) == 0x80:
        low -= 1
    return len(old) - low, len(new) - low


def _character_start(source: bytes, offset: int) -> int:
    while 0 < offset < len(source) and (source[offset] & 0xC0) == 0x80:
        offset -= 1
    return offset


def _count_errors(root: Node, start: int, end: int) -> int:
    count = 0
    pending = [root]
    while pending:
        node = pending.pop()
        if node.end_byte < start or node.start_byte > end or not node.has_error:
            continue
        if node.is_error or node.is_missing:
            count += 1
        pending.extend(node.children)
    return count
