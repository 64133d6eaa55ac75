"""The index of the workspace: how it is opened, and opened before it is known who completes.

Keys may come late, from a command or a keyring that is locked. The index needs none, only to know
what may be read, so it starts with the settings. Who completes takes it over, or it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codestral_ls.workspace.index.source import WorkspaceIndex

if TYPE_CHECKING:
    from codestral_ls.workspace.index.client import IndexProgress
    from codestral_ls.workspace.listener import DocumentListener


@dataclass(frozen=True, slots=True)
class IndexOpener:
    """Opens the index of the workspace. Equal openers open the same index."""

    roots: tuple[Path, ...]
    exclude: Sequence[str]
    cache_directory: str | None
    notices_changes: bool
    """The client cannot watch files, so the index looks for changes itself."""
    indexing: Callable[[IndexProgress], None]
    early: EarlyIndex

    def __call__(self) -> WorkspaceIndex:
        """The index that was started early, or a new one."""
        return self.early.taken(self) or self.open()

    def open(self) -> WorkspaceIndex:
        """A new index. Starts nothing."""
        return WorkspaceIndex(
            self.roots,
            self.exclude,
            self.cache_directory,
            self.indexing,
            notices_changes=self.notices_changes,
        )


class EarlyIndex:
    """An index that runs before there is an engine; one at most."""

    def __init__(self) -> None:
        self._running: tuple[IndexOpener, WorkspaceIndex] | None = None

    @property
    def listeners(self) -> Sequence[DocumentListener]:
        """What wants to hear of open documents."""
        return [self._running[1]] if self._running is not None else []

    def start(self, opener: IndexOpener) -> None:
        """Open the index and let it read."""
        index = opener.open()
        self._running = opener, index
        index.start()

    def taken(self, opener: IndexOpener) -> WorkspaceIndex | None:
        """The index, for good, if it is what this opens."""
        if self._running is None or self._running[0] != opener:
            return None
        _, index = self._running
        self._running = None
        return index

    async def aclose(self) -> None:
        """End the index that nobody took."""
        running, self._running = self._running, None
        if running is not None:
            await running[1].aclose()
