"""Syntax trees as a yardstick: where things stand in a text, and how many errors it has.

Made with the grammars themselves, not with ``codestral_ls.text.syntax``, which is measured.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codestral_ls.text.languages import facts, opener_pattern
from tests.benchmarks.files import width

if TYPE_CHECKING:
    from tree_sitter import Node, Parser


class Tree:
    """A text's tree; offsets are in characters."""

    def __init__(self, text: str, root: Node, source: bytes) -> None:
        self.text = text
        self.root = root
        self._source = source
        self._is_ascii = len(source) == len(text)

    def nodes(self) -> Iterator[Node]:
        """Every node, parents first."""
        pending = [self.root]
        while pending:
            node = pending.pop()
            yield node
            pending.extend(node.children)

    def offset(self, byte: int) -> int:
        """The character at a byte."""
        return byte if self._is_ascii else len(self._source[:byte].decode(errors="replace"))

    def line_from(self, offset: int) -> str:
        """The rest of the line at a character."""
        end = self.text.find("\n", offset)
        return self.text[offset:] if end < 0 else self.text[offset:end]


def parsed(text: str, language_id: str) -> Tree | None:
    """A text's tree; None without a grammar."""
    parser = _parser(language_id)
    if parser is None:
        return None
    source = text.encode(errors="replace")
    return Tree(text, parser.parse(source).root_node, source)


def n_errors(text: str, language_id: str) -> int:
    """How many places of a text the grammar does not take; 0 without a grammar."""
    tree = parsed(text, language_id)
    if tree is None or not tree.root.has_error:
        return 0
    count = 0
    pending = [tree.root]
    while pending:
        node = pending.pop()
        if not node.has_error and not node.is_missing:
            continue
        count += node.is_error or node.is_missing
        pending.extend(node.children)
    return count


def breaks(
    without: str, before: str, inserted: str, after: str, language_id: str, *, heads: str = ":{"
) -> bool:
    """A file has more errors with a text between two parts of it than it has ``without``.

    A head at the text's end that opens a block with one of ``heads`` is no error: its body is what
    is typed next.
    """
    allowed = n_errors(without, language_id)
    if n_errors(before + inserted + after, language_id) <= allowed:
        return False
    head = inserted.rstrip().rpartition("\n")[2]
    opens = opener_pattern(facts(language_id)).search(head) and head[-1:] in heads
    if not head or not opens:
        return True
    body = {":": " pass", "{": f"\n{head[: width(head)]}}}"}[head[-1]]
    return n_errors(before + inserted.rstrip() + body + after, language_id) > allowed


@functools.cache
def _parser(language_id: str) -> Parser | None:
    grammar = facts(language_id).grammar
    if grammar is None:
        return None
    module, function = grammar
    tree_sitter = importlib.import_module("tree_sitter")
    language = tree_sitter.Language(getattr(importlib.import_module(module), function)())
    parser: Parser = tree_sitter.Parser(language)
    return parser
