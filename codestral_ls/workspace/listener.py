"""How readers of the workspace hear of open documents and of changes on disk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class DocumentListener(Protocol):
    """Hears what the editor has open and what changes on disk. All methods return at once.

    The text of an open document counts in place of the file's from ``opened`` to ``closed``,
    whatever happens to the file in between. Paths are absolute.
    """

    def opened(self, path: str, text: str) -> None:
        """A document was opened with this text."""
        ...

    def edited(self, path: str, text: str) -> None:
        """An open document has another text now. The caller waits for a pause in the edits."""
        ...

    def closed(self, path: str) -> None:
        """A document was closed: what is on disk, if anything, counts again."""
        ...

    def changed_on_disk(self, paths: Sequence[str]) -> None:
        """Files or directories changed, appeared or vanished."""
        ...
