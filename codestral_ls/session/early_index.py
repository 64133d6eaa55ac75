"""The index of the workspace: how it is opened, and opened before it is known who completes.

Keys may come late, from a command or a keyring that is locked. The index needs none, only to know
what may be read, so it starts with the settings. Who completes takes it over, or it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codestral_ls import paths
from codestral_ls.session import keys
from codestral_ls.session.client import Client
from codestral_ls.session.notices import INDEX_GIVEN_UP, Notice
from codestral_ls.session.settings_by_place import SettingsByPlace
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

    def __init__(
        self,
        client: Client,
        settings: SettingsByPlace,
        environ: Mapping[str, str],
        tell: Callable[[Notice], None],
    ) -> None:
        self.has_given_up = False
        """The index ended too often, and is not started again."""
        self._client = client
        self._settings = settings
        self._environ = environ
        self._tell = tell
        self._running: tuple[IndexOpener, WorkspaceIndex] | None = None

    @property
    def listeners(self) -> Sequence[DocumentListener]:
        """What wants to hear of open documents."""
        return [self._running[1]] if self._running is not None else []

    def opener(self) -> IndexOpener | None:
        """What opens the index by the settings as they are; None where nothing may be shown."""
        sendable = self._settings.sendable()
        wanted = self._client.wants_index and self._settings.at().settings.max_context_chars
        if not wanted or not sendable.roots:
            return None
        cache = paths.cache_directory()
        return IndexOpener(
            sendable.roots,
            sendable.exclude,
            str(cache) if cache else None,
            not self._client.watches_files,
            self._progressed,
            self,
        )

    async def start(self) -> None:
        """Let the index read, unless the settings name a provider that wants none."""
        opener = self.opener()
        if opener is None or not self._is_remote_likely():
            return
        await self.aclose()
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

    def _is_remote_likely(self) -> bool:
        """Whether a provider that is shown other files will probably complete. Sources of keys that
        take time are not asked."""
        settings = self._settings.at().settings
        if settings.provider != "auto":
            return settings.provider != "workspace"
        return bool(
            settings.endpoint or settings.api_key_command or keys.any_in_environment(self._environ)
        )

    def _progressed(self, progress: IndexProgress) -> None:
        self._client.index_progressed(progress)
        if progress.has_given_up:
            self.has_given_up = True
            self._tell(INDEX_GIVEN_UP)
