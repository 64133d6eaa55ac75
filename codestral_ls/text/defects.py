"""What a grammar does not take of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

# Errors are few, or it does not matter how many.
_MAX_NODES = 2000


def count_errors(root: Node, start: int, end: int) -> int:
    """How many errors touch the bytes from ``start`` to ``end``."""
    count = 0
    cursor = root.walk()
    for _ in range(_MAX_NODES):
        node = cursor.node
        wanted = node is not None and node.has_error and node.end_byte >= start
        if node is not None and wanted and node.start_byte <= end:
            count += node.is_error or node.is_missing
            # What ends before is passed over without becoming objects here.
            if start <= 0:
                goes_down = cursor.goto_first_child()
            else:
                goes_down = cursor.goto_first_child_for_byte(start - 1) is not None
            if goes_down:
                continue
        if node is not None and node.start_byte > end and not cursor.goto_parent():
            break
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return count
    return count
