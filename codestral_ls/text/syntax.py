"""Syntax of documents, where a tree-sitter grammar is installed; without one there is none.

Trees are kept and brought up to date, not made anew. What changed is found by comparing the text
with the one that a tree was made of: no edit can be missed, and none costs anything before the
syntax is asked for. A tree that is a few lines old serves as well as the newest one to parse from,
so most edits are never parsed by themselves.
"""

from __future__ import annotations

import functools
import importlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codestral_ls.text.languages import facts

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Tree

# 20 000 lines of code, and 50 ms for the first tree; what is longer is generated or data.
MAX_CHARS = 500_000
# Trees of documents that were asked about last; each takes ten times the room of its text.
_MAX_TREES = 16
# Errors further away than this were there before, whatever is inserted.
_NEAR_BYTES = 2000
# Beyond some thirty changed lines parsing them again and again costs more than once.
_STALE_BYTES = 1000
# Enough of a string to see what it begins with.
_MAX_MARK = 40
_LITERAL = re.compile(r"string|comment|heredoc|regex|char_literal|raw_text")
_HOLDS_CODE = re.compile(r"interpolation|substitution|interpolated_expression")
# Some 1500 lines.
_LONG_BYTES = 60_000


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A text and its tree."""

    tree: Tree
    source: bytes

    @property
    def has_errors(self) -> bool:
        """The grammar does not take all of the text."""
        return self.tree.root_node.has_error

    def changed(self, parser: Parser, source: bytes) -> _Parsed:
        """The tree of another text, parsed only where it differs."""
        if source == self.source:
            return self
        start, old_end, new_end = _difference(self.source, source)
        tree = self.tree.copy()
        tree.edit(
            start,
            old_end,
            new_end,
            _point(self.source, start),
            _point(self.source, old_end),
            _point(source, new_end),
        )
        return _Parsed(parser.parse(source, tree), source)


class Syntax:
    """A document's syntax at one moment. It does not change any more."""

    __slots__ = ("_base", "_current", "_parser", "_source")

    def __init__(self, parser: Parser, base: _Parsed, source: bytes) -> None:
        self._parser = parser
        self._base = base
        self._source = source
        self._current: _Parsed | None = None

    def __str__(self) -> str:
        return str(self._now().tree.root_node)

    def _now(self) -> _Parsed:
        if self._current is None:
            self._current = self._base.changed(self._parser, self._source)
        return self._current

    def updated(self, text: str) -> Syntax:
        """The syntax of a text that grew out of this one's."""
        source = _encoded(text)
        start, old_end, new_end = _difference(self._base.source, source)
        n_changed = max(old_end, new_end) - start
        if n_changed <= _STALE_BYTES:
            return Syntax(self._parser, self._base, source)
        newer = self._base.changed(self._parser, source)
        # In the middle of typing hardly any text is right; the last one that was serves longer.
        broke = newer.has_errors and not self._base.has_errors
        keeps_older = broke and n_changed < 4 * _STALE_BYTES
        return Syntax(self._parser, self._base if keeps_older else newer, source)

    @property
    def quick(self) -> bool:
        """Asking for errors takes a millisecond or two. Where a document has errors already, as
        headers with macros have, the parser starts anew behind them, and a long one takes ten."""
        return not self._base.has_errors or len(self._source) < _LONG_BYTES

    def locate(self, line: int, line_before: str) -> int | None:
        """Byte offset of the end of ``line_before`` in a line; None if it begins otherwise."""
        lines = self._source.split(b"\n", line)
        if len(lines) <= line or not lines[-1].startswith(head := _encoded(line_before)):
            return None
        return len(self._source) - len(lines[-1]) + len(head)

    def literal_at(self, offset: int) -> tuple[int, str] | None:
        """Where the string or comment round a place begins, and its first characters; None if the
        place is in none, or in code that a string holds."""
        # What is typed behind a place changes nothing before it, and an older tree costs nothing.
        known = self._base.source[:offset] == self._source[:offset]
        parsed = self._base if known else self._now()
        node: Node | None = parsed.tree.root_node.descendant_for_byte_range(offset, offset)
        found = None
        while node is not None:
            if _HOLDS_CODE.search(node.type):
                break
            if node.start_byte < offset < node.end_byte and _LITERAL.search(node.type):
                found = node
            node = node.parent
        if found is None:
            return None
        head = self._source[found.start_byte : min(offset, found.start_byte + _MAX_MARK)]
        return found.start_byte, head.decode(errors="ignore")

    def in_markup_text(self, offset: int) -> bool:
        """The place is text between the tags of an element, as in JSX."""
        node: Node | None = self._now().tree.root_node.descendant_for_byte_range(offset, offset)
        while node is not None and not node.is_named:
            node = node.parent
        # A tag's own end belongs to the tag.
        while node is not None and node.type.endswith(("opening_element", "closing_element")):
            if node.start_byte < offset < node.end_byte:
                return False
            node = node.parent
        return node is not None and node.type in ("jsx_text", "jsx_element", "jsx_fragment")

    def errors_with(self, offset: int, removed: int, text: str) -> int:
        """How many errors are near ``offset`` when ``text`` takes the place of ``removed``
        characters."""
        # No character has more than four bytes.
        replaced = self._source[offset : offset + 4 * removed].decode(errors="ignore")[:removed]
        inserted = _encoded(text)
        old_end = offset + len(_encoded(replaced))
        source = self._source[:offset] + inserted + self._source[old_end:]
        root = self._base.changed(self._parser, source).tree.root_node
        return _count_errors(root, offset - _NEAR_BYTES, offset + len(inserted) + _NEAR_BYTES)


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
    parser = parser_for(language_id)
    if parser is None or len(text) > MAX_CHARS:
        return None
    source = _encoded(text)
    return Syntax(parser, _Parsed(parser.parse(source), source), source)


@functools.cache
def parser_for(language_id: str) -> Parser | None:
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


def _difference(old: bytes, new: bytes) -> tuple[int, int, int]:
    """Where two texts begin to differ, and where that ends in each."""
    if old == new:
        return len(old), len(old), len(new)
    start = _character_start(new, _shared(old, new, from_end=False, limit=min(len(old), len(new))))
    shared_end = _shared(old, new, from_end=True, limit=min(len(old), len(new)) - start)
    # The rest of a character may be the same where its beginning is not.
    while shared_end and (new[len(new) - shared_end] & 0xC0) == 0x80:
        shared_end -= 1
    return start, len(old) - shared_end, len(new) - shared_end


def _shared(old: bytes, new: bytes, *, from_end: bool, limit: int) -> int:
    """How many bytes two texts share at one end, found by halving: each step compares in C."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if from_end:
            same = (
                old[len(old) - middle : len(old) - low] == new[len(new) - middle : len(new) - low]
            )
        else:
            same = old[low:middle] == new[low:middle]
        low, high = (middle, high) if same else (low, middle - 1)
    return low


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
