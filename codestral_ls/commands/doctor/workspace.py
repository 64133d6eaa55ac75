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
from codestral_ls.privacy.text import name
from codestral_ls.session.settings_by_place import WorkspaceScope
from codestral_ls.workspace.files import MAX_FILE_BYTES, Bounds
from codestral_ls.workspace.index.client import IndexClient
from codestral_ls.workspace.index.indexing import is_code
from codestral_ls.workspace.selection import FileSelection, LeftOut

# Of a large workspace, what was read by then is enough for the report.
_WITHIN_S = 5.0
_POLL_S = 0.05

_NO_CODE = "not code"
_TOLD = {
    LeftOut.IGNORED: "ignored by git (a directory counts as one)",
    LeftOut.SENSITIVE: "with names that suggest secrets",
    LeftOut.EXCLUDED: "excluded by the settings",
    LeftOut.NOT_READ: f"empty, over {MAX_FILE_BYTES // 1000} KB or no plain files",
}
"""Not the directories of tools: nobody expects them to be read."""


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
    n_no_code = 0
    reasons: list[LeftOut] = []
    for root in scope.roots:
        selection = FileSelection([str(root)], scope.exclude)
        (normal,) = selection.roots
        walk = selection.walk(normal, normal, bounds, time.monotonic, leave_out=reasons.append)
        for entries in walk:
            n_code = sum(is_code(entry.path) for entry in entries)
            found.n_code += n_code
            n_no_code += len(entries) - n_code
    found.walk_was_cut = time.monotonic() - began >= _WITHIN_S
    left_out = Counter(_TOLD[why] for why in reasons if why in _TOLD)
    left_out[_NO_CODE] = n_no_code
    found.left_out = +left_out


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
