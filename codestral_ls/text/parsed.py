"""A text and its syntax tree, and the tree of a text that is much like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codestral_ls.text.difference import difference, point
from codestral_ls.text.nesting import is_too_deep
from codestral_ls.text.parsing import parse_within

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Tree

# Code nests some twenty levels deep.
_MAX_LEVELS = 500


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text and its tree."""

    tree: Tree
    source: bytes

    @property
    def has_errors(self) -> bool:
        """The grammar does not take all of the text."""
        return self.tree.root_node.has_error

    def changed(self, parser: Parser, source: bytes) -> Parsed | None:
        """The tree of another text, parsed only where it differs; None if that takes too long."""
        if source == self.source:
            return self
        start, old_end, new_end = difference(self.source, source)
        if is_too_deep(source[start:new_end]):
            return None
        tree = self.tree.copy()
        tree.edit(
            start,
            old_end,
            new_end,
            point(self.source, start),
            point(self.source, old_end),
            point(source, new_end),
        )
        new = parse_within(parser, source, tree)
        return Parsed(new, source) if new is not None else None


def around(parsed: Parsed | None, offset: int) -> list[Node]:
    """The nodes round a place, outermost first; none where nesting is deeper than people write."""
    if parsed is None:
        return []
    node: Node | None = parsed.tree.root_node
    innermost = parsed.tree.root_node.descendant_for_byte_range(offset, offset)
    found: list[Node] = []
    # Downwards: a node does not know its parent, and looks for it from the root.
    while node is not None and innermost is not None and len(found) < _MAX_LEVELS:
        found.append(node)
        if node == innermost:
            return found
        node = node.child_with_descendant(innermost)
    return []
