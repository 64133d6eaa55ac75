"""What the index reads of the workspace, and what it leaves out and why.

The tree is walked here too, by the same rules, since the index counts only what it reads.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from codestral_ls import paths
from codestral_ls.privacy.filenames import looks_secret, matches
from codestral_ls.privacy.text import name
from codestral_ls.session.settings_by_place import WorkspaceScope
from codestral_ls.workspace.files import MAX_FILE_BYTES, Bounds, Entry
from codestral_ls.workspace.index.client import IndexClient
from codestral_ls.workspace.index.indexing import is_code
from codestral_ls.workspace.process.limits import COMPUTING_S
from codestral_ls.workspace.selection import FileSelection

# Of a large workspace, what was read by then is enough for the report.
_WITHIN_S = 5.0
_POLL_S = 0.05

_IGNORED = "ignored by git (a directory counts as one)"
_NAMED = "with names that suggest secrets"
_EXCLUDED = "excluded by the settings"
_SIZE = f"empty, over {MAX_FILE_BYTES // 1000} KB or no plain files"
_NO_CODE = "not code"


@dataclass(slots=True)
class IndexFindings:
    """What was found of the index."""

    roots: tuple[Path, ...]
    is_used: bool = True
    """Prompts may show other files."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """How many files and directories, by reason."""
    walk_was_cut: bool = False
    status: Mapping[str, object] = field(default_factory=dict)
    """As the index says; empty where there is nothing to read, or it could not be asked."""
    n_code: int = 0
    """Files to read."""
    cache_directory: str = ""
    cache_bytes: int = 0
    """Of all workspaces."""

    @property
    def limit_s(self) -> float:
        """Seconds of computing that a file may take the index."""
        return COMPUTING_S


async def examine_index(scope: WorkspaceScope, *, is_used: bool) -> IndexFindings:
    """Look at what is read of the workspace, for five seconds at most."""
    found = IndexFindings(scope.roots, is_used and bool(scope.roots))
    if not found.is_used:
        return found
    give_up_at = time.monotonic() + _WITHIN_S
    await asyncio.to_thread(_walk, scope, found)
    directory = paths.cache_directory()
    if found.n_code:
        await _ask(scope, found, str(directory) if directory else None, give_up_at)
    if directory is not None:
        found.cache_directory = name(str(directory))
        found.cache_bytes = await asyncio.to_thread(_size_of, directory)
    return found


async def _ask(
    scope: WorkspaceScope, found: IndexFindings, cache: str | None, give_up_at: float
) -> None:
    index = IndexClient(
        roots=[str(root) for root in scope.roots], exclude=scope.exclude, cache_directory=cache
    )
    try:
        found.status = await index.status()
        while found.status and not found.status.get("done") and time.monotonic() < give_up_at:
            await asyncio.sleep(_POLL_S)
            found.status = await index.status()
    finally:
        await index.aclose()


def _walk(scope: WorkspaceScope, found: IndexFindings) -> None:
    bounds = Bounds(walk_s=_WITHIN_S)
    began = time.monotonic()
    left_out: Counter[str] = Counter()
    for root in scope.roots:
        selection = _CountingSelection([str(root)], scope.exclude, left_out)
        (normal,) = selection.roots
        for entries in selection.walk(normal, normal, bounds, time.monotonic):
            n_code = sum(is_code(entry.path) for entry in entries)
            found.n_code += n_code
            left_out[_NO_CODE] += len(entries) - n_code
    found.walk_was_cut = time.monotonic() - began >= _WITHIN_S
    found.left_out = +left_out


class _CountingSelection(FileSelection):
    """Counts what it does not allow."""

    def __init__(self, roots: list[str], exclude: tuple[str, ...], counts: Counter[str]) -> None:
        super().__init__(roots, exclude)
        self._counts = counts

    def _readable(
        self, entry: os.DirEntry[str], path: str, root: str, bounds: Bounds
    ) -> Entry | None:
        found = super()._readable(entry, path, root, bounds)
        if found is None:
            self._counts[self._why(path, root)] += 1
        return found

    def _why(self, path: str, root: str) -> str:
        if looks_secret(path):
            return _NAMED
        if matches(self._exclude, path, root):
            return _EXCLUDED
        return _IGNORED if self._ignored(path, root, is_directory=False) else _SIZE

    def _enters(self, path: str, name: str, root: str) -> bool:
        enters = super()._enters(path, name, root)
        if not enters and self._ignored(path, root, is_directory=True):
            self._counts[_IGNORED] += 1
        return enters


def _size_of(directory: Path) -> int:
    total = 0
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if entry.name.endswith(".index"):
                    total += entry.stat(follow_symlinks=False).st_size
    except OSError:
        return 0
    return total
