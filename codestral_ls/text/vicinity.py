"""What of a document a parser can read on its own: some statements round a place.

In a long document a change is parsed in a millisecond where it stays within its statement, and in
ten where it does not, or where the grammar knows its place by indentation alone. A few whole
statements are parsed in less, whatever is done to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codestral_ls.text.difference import difference

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

MIN_BYTES = 16_000
"""Shorter documents are parsed as they are."""
# A millisecond or so.
_MAX_BYTES = 6_000
_MAX_STATEMENTS = 40
_MAX_LEVELS = 16
# What goes on with a statement may stand behind comments.
_MAX_COMMENTS = 3
# What holds a list of things that stand alone as well as together.
_LISTS = frozenset(("block_mapping", "block_sequence", "block"))
# What leads to such a list.
_WAYS = frozenset(("document", "block_node", "decorated_definition"))
# What leads to one that is indented.
_INNER = frozenset(("block_mapping_pair", "block_sequence_item", "class_definition"))
# What comes first in PHP says that code follows.
_ENTRIES = frozenset(("php_tag", "text"))
# Python's members do not stand at the start of a file, indented as they are.
_HEADS = {"block": b"if 1:\n"}


@dataclass(frozen=True, slots=True)
class Vicinity:
    """Some statements of a document, round a place."""

    start: int
    """In bytes, as all of them."""
    end: int
    head: bytes
    """What must stand before them, where they are read on their own."""
    column: int
    """What their lines are indented by. A text of fewer blanks ends what they stand in: that is no
    error, though they alone do not show it."""

    def stays(self, now: bytes, offset: int, text: bytes) -> bool:
        """No line of a text that is inserted at ``offset`` ends what the statements stand in."""
        if not self.column:
            return True
        start = now.rfind(b"\n", 0, offset) + 1
        return _is_indented(now[start:offset] + text, self.column)


def vicinity_of(tree: Tree, parsed: bytes, now: bytes, offset: int) -> Vicinity | None:
    """What is round a place of a text, found in the tree of an older one, ``parsed``; None if it is
    not short, or had errors beside the place when it was parsed."""
    start, old_end, new_end = difference(parsed, now)
    if parsed == now:
        start = old_end = new_end = offset
    moved = new_end - old_end
    low = min(start, offset)
    # In the text that was parsed.
    high = max(old_end, offset - moved if offset >= new_end else old_end)
    parent: Node = tree.root_node
    first = parent.child(0)
    if first is None or first.type in _ENTRIES:
        return None
    outermost = True
    for level in range(_MAX_LEVELS):
        if level == 0 or parent.type in _LISTS:
            found = _statements(parent, parsed, low, high)
            if found is not None:
                start, end = found[0], found[1] + moved
                column = 0 if outermost else _column(now[start:end])
                if column and not _is_indented(now[start:end], column):
                    return None
                head = _HEADS.get(parent.type, b"") if column else b""
                return Vicinity(start, end, head, column)
        inner = _child_around(parent, low, high)
        if inner is None or inner.type not in _LISTS | _WAYS | _INNER:
            return None
        outermost = outermost and inner.type not in _INNER
        parent = inner
    return None


def _column(text: bytes) -> int:
    return len(text) - len(text.lstrip(b" \t"))


def _is_indented(text: bytes, column: int) -> bool:
    """Every line that is not blank is indented so far."""
    return all(_column(line) >= column for line in text.split(b"\n") if line.strip())


def _child_around(parent: Node, low: int, high: int) -> Node | None:
    cursor = parent.walk()
    if cursor.goto_first_child_for_byte(low) is None:
        return None
    node = cursor.node
    while node is not None and node.end_byte <= low and cursor.goto_next_sibling():
        node = cursor.node
    return node if node is not None and node.start_byte <= low and high <= node.end_byte else None


def _statements(parent: Node, text: bytes, low: int, high: int) -> tuple[int, int] | None:
    """From the start of the line of the statement before ``low`` to the end of that of the one
    behind ``high``."""
    cursor = parent.walk()
    # Between two statements no child is found.
    anchor = len(text[:low].rstrip()) - 1
    if anchor < parent.start_byte or cursor.goto_first_child_for_byte(anchor) is None:
        return None
    first = cursor.node
    for _ in range(_MAX_COMMENTS):
        above = first.prev_sibling if first is not None else None
        if above is None:
            break
        first = above
        if first.is_named and "comment" not in first.type:
            break
    if first is None:
        return None
    start = text.rfind(b"\n", 0, first.start_byte) + 1
    if text[start : first.start_byte].strip():
        return None
    if first.has_error and first.end_byte < low:
        return None
    end = first.end_byte
    for _ in range(_MAX_STATEMENTS):
        node = cursor.node
        if node is None or end - start > _MAX_BYTES:
            return None
        touched = node.start_byte <= high and low <= node.end_byte
        if node.has_error and not touched:
            return None
        end = max(end, node.end_byte)
        if node.start_byte > high and node.is_named and "comment" not in node.type:
            break
        if not cursor.goto_next_sibling():
            end = max(end, parent.end_byte, high)
            break
    line_end = text.find(b"\n", end)
    end = len(text) if line_end < 0 else line_end + 1
    return (start, end) if end - start <= _MAX_BYTES else None
