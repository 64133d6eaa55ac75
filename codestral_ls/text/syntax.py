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

from codestral_ls.text.defects import count_errors
from codestral_ls.text.difference import difference
from codestral_ls.text.languages import facts
from codestral_ls.text.nesting import is_too_deep
from codestral_ls.text.parsed import Parsed, around
from codestral_ls.text.parsing import BUDGET_S, Failures, Parse, parse_whole, parse_within
from codestral_ls.text.vicinity import MIN_BYTES, Vicinity, vicinity_of

if TYPE_CHECKING:
    from tree_sitter import Parser

# 20 000 lines of code, and 150 ms for the first tree; what is longer is generated or data.
_MAX_CHARS = 500_000
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
# Of a long document, in the background.
_SLICE_S = 0.02
# Of a text that could not be parsed in time: more than any other has.
_UNREADABLE = 1_000_000


class Syntax:
    """A document's syntax at one moment. It does not change any more.

    A text that cannot be parsed in time has no literals, no markup, and more errors than any other.
    """

    __slots__ = ("_base", "_current", "_failures", "_is_cut", "_near", "_parser", "_source")

    def __init__(
        self, parser: Parser, base: Parsed, source: bytes, failures: Failures | None = None
    ) -> None:
        self._parser = parser
        self._base = base
        self._source = source
        self._failures = failures or Failures()
        self._current: Parsed | None = None
        self._near: tuple[int, _Near | None] | None = None
        """What was found round a place."""
        self._is_cut = False
        """A parse took too long; this moment's text is not parsed again."""

    def __str__(self) -> str:
        now = self._now()
        return "" if now is None else str(now.tree.root_node)

    def _now(self) -> Parsed | None:
        if self._current is None and not self._is_cut:
            self._current = self._parsed(self._source)
        return self._current

    def _parsed(self, source: bytes) -> Parsed | None:
        """The tree of a text that is much like this one."""
        if source == self._base.source:
            return self._base
        if self._is_cut or self._failures.forbid(source):
            return None
        parsed = self._base.changed(self._parser, source)
        if parsed is None:
            self._is_cut = True
            self._failures.note(source)
        return parsed

    def updated(self, text: str) -> Syntax:
        """The syntax of a text that grew out of this one's."""
        source = _encoded(text)
        start, old_end, new_end = difference(self._base.source, source)
        n_changed = max(old_end, new_end) - start
        if n_changed <= _STALE_BYTES or self._failures.forbid(source):
            return Syntax(self._parser, self._base, source, self._failures)
        newer = self._base.changed(self._parser, source)
        if newer is None:
            self._failures.note(source)
            return Syntax(self._parser, self._base, source, self._failures)
        self._failures.forget()
        # In the middle of typing hardly any text is right; the last one that was serves longer.
        broke = newer.has_errors and not self._base.has_errors
        keeps_older = broke and n_changed < 4 * _STALE_BYTES
        base = self._base if keeps_older else newer
        return Syntax(self._parser, base, source, self._failures)

    @property
    def quick(self) -> bool:
        """Asking for errors takes a millisecond or two. Where a document has errors already, as
        headers with macros have, the parser starts anew behind them, and a long one takes ten."""
        if self._is_cut or self._failures.forbid(self._source):
            return False
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
        found = None
        for node in around(parsed, offset):
            if _HOLDS_CODE.search(node.type):
                found = None
            elif found is None and node.start_byte < offset < node.end_byte:
                found = node if _LITERAL.search(node.type) else None
        if found is None:
            return None
        head = self._source[found.start_byte : min(offset, found.start_byte + _MAX_MARK)]
        return found.start_byte, head.decode(errors="ignore")

    def in_markup_text(self, offset: int) -> bool:
        """The place is text between the tags of an element, as in JSX."""
        nodes = around(self._now(), offset)
        while nodes and not nodes[-1].is_named:
            nodes.pop()
        # A tag's own end belongs to the tag.
        while nodes and nodes[-1].type.endswith(("opening_element", "closing_element")):
            if nodes[-1].start_byte < offset < nodes[-1].end_byte:
                return False
            nodes.pop()
        return bool(nodes) and nodes[-1].type in ("jsx_text", "jsx_element", "jsx_fragment")

    def _near_to(self, offset: int) -> _Near | None:
        """What is round a place, in long documents."""
        if len(self._source) < MIN_BYTES or self._is_cut:
            return None
        if self._near is None or self._near[0] != offset:
            self._near = (offset, self._parsed_near(offset))
        return self._near[1]

    def _parsed_near(self, offset: int) -> _Near | None:
        found = vicinity_of(self._base.tree, self._base.source, self._source, offset)
        if found is None:
            return None
        source = found.head + self._source[found.start : found.end]
        if is_too_deep(source):
            return None
        tree = parse_within(self._parser, source)
        if tree is None:
            return None
        return _Near(found, Syntax(self._parser, Parsed(tree, source), source))

    def errors_between(self, start: int, end: int) -> int:
        """How many errors touch the bytes from ``start`` to ``end``."""
        near = self._near[1] if self._near is not None else None
        if near is not None and near.holds(start, end):
            return near.syntax.errors_between(near.place(start), near.place(end))
        now = self._now()
        return _UNREADABLE if now is None else count_errors(now.tree.root_node, start, end)

    def errors_near(self, offset: int) -> int:
        """How many errors are near ``offset``."""
        near = self._near_to(offset)
        if near is not None:
            return near.syntax.errors_near(near.place(offset))
        return self.errors_between(offset - _NEAR_BYTES, offset + _NEAR_BYTES)

    def errors_with(self, offset: int, removed: int, text: str) -> int:
        """How many errors are near ``offset`` when ``text`` takes the place of ``removed``
        characters."""
        near = self._near_to(offset)
        if near is not None and near.vicinity.stays(self._source, offset, _encoded(text)):
            return near.syntax.errors_with(near.place(offset), removed, text)
        # No character has more than four bytes.
        replaced = self._source[offset : offset + 4 * removed].decode(errors="ignore")[:removed]
        inserted = _encoded(text)
        old_end = offset + len(_encoded(replaced))
        source = self._source[:offset] + inserted + self._source[old_end:]
        parsed = self._parsed(source)
        if parsed is None:
            return _UNREADABLE
        root = parsed.tree.root_node
        return count_errors(root, offset - _NEAR_BYTES, offset + len(inserted) + _NEAR_BYTES)


@dataclass(frozen=True, slots=True)
class _Near:
    """A vicinity and its syntax."""

    vicinity: Vicinity
    syntax: Syntax

    def place(self, offset: int) -> int:
        """Where a place of the document is here."""
        return offset - self.vicinity.start + len(self.vicinity.head)

    def holds(self, start: int, end: int) -> bool:
        """It reaches from one place of the document to the other."""
        return self.vicinity.start <= start and end <= self.vicinity.end


class SyntaxStore:
    """The trees of open documents."""

    def __init__(self) -> None:
        self._trees: dict[str, tuple[str, Syntax]] = {}
        self._begun: dict[str, _Begun] = {}
        """First parses: under way, or cut."""

    def tree(self, uri: str, language_id: str, text: str) -> Syntax | None:
        """The tree of a document whose text, with ``\n`` for every line end, is ``text``.

        None if no grammar is installed for the language, or the document is too long, or takes too
        long to parse. None also for a long document that ``go_on`` parses a slice of.
        """
        if len(text) > _MAX_CHARS:
            self.close(uri)
            return None
        known = self._trees.pop(uri, None)
        syntax = (
            known[1].updated(text)
            if known is not None and known[0] == language_id
            else self._first(uri, language_id, text)
        )
        if syntax is None:
            return None
        self._trees[uri] = (language_id, syntax)
        if len(self._trees) > _MAX_TREES:
            del self._trees[next(iter(self._trees))]
        return syntax

    def go_on(self, uri: str) -> bool:
        """Parse a slice of a long document. False when there is no more to do."""
        begun = self._begun.get(uri)
        if begun is None or begun.parse.is_cut:
            return False
        return self._step(uri, begun, _SLICE_S) is None and not begun.parse.is_cut

    def _first(self, uri: str, language_id: str, text: str) -> Syntax | None:
        source = _encoded(text)
        begun = self._begun.get(uri)
        if begun is not None and begun.language_id == language_id:
            if not begun.parse.is_cut or begun.failures.forbid(source):
                return None
            begun = _Begun(language_id, Parse(begun.parser, source), begun.parser, begun.failures)
        else:
            shared = parser_for(language_id)
            if shared is None or shared.language is None:
                return None
            # One that is interrupted and goes on later serves no other document.
            parser = type(shared)(shared.language)
            begun = _Begun(language_id, Parse(parser, source), parser, Failures())
        self._begun.pop(uri, None)
        self._begun[uri] = begun
        if len(self._begun) > _MAX_TREES:
            del self._begun[next(iter(self._begun))]
        return self._step(uri, begun)

    def _step(self, uri: str, begun: _Begun, slice_s: float = BUDGET_S) -> Syntax | None:
        tree = begun.parse.step(slice_s)
        if tree is None:
            if begun.parse.is_cut:
                begun.failures.note(begun.parse.source)
            return None
        del self._begun[uri]
        source = begun.parse.source
        syntax = Syntax(begun.parser, Parsed(tree, source), source)
        self._trees[uri] = (begun.language_id, syntax)
        return syntax

    def close(self, uri: str) -> None:
        """Forget a document."""
        self._trees.pop(uri, None)
        self._begun.pop(uri, None)


@dataclass(frozen=True, slots=True)
class _Begun:
    """The first parse of a document: under way, or cut."""

    language_id: str
    parse: Parse
    parser: Parser
    failures: Failures


def parse(text: str, language_id: str) -> Syntax | None:
    """The tree of a text, all at once; None if no grammar is installed for its language, or if it
    takes too long."""
    parser = parser_for(language_id)
    if parser is None or len(text) > _MAX_CHARS:
        return None
    source = _encoded(text)
    tree = parse_whole(parser, source)
    return None if tree is None else Syntax(parser, Parsed(tree, source), source)


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
