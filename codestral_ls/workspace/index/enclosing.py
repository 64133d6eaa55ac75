"""Where a definition stands, for the reader of an outline."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node


class Enclosing:
    """Where a definition stands."""

    __slots__ = ("container", "depth", "doc", "members", "wrapper")

    def __init__(
        self,
        container: str = "",
        members: list[str] | None = None,
        depth: int = 0,
        wrapper: Node | None = None,
        doc: str = "",
    ) -> None:
        self.container = container
        self.members = members
        """Collects a line for each member of the container."""
        self.depth = depth
        self.wrapper = wrapper
        self.doc = doc
