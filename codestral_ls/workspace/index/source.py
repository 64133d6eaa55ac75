"""The index as prompts use it: passages of other files, and paths as a model is shown them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from codestral_ls.workspace.index.client import IndexClient, IndexProgress
from codestral_ls.workspace.pathnames import normal_roots, shown_path


class WorkspaceIndex(IndexClient):
    """The index of the workspace's roots."""

    def __init__(
        self,
        roots: Sequence[Path],
        exclude: Sequence[str],
        cache_directory: str | None,
        when_progressed: Callable[[IndexProgress], None],
        *,
        notices_changes: bool = False,
    ) -> None:
        super().__init__(
            roots=[str(root) for root in roots],
            exclude=exclude,
            cache_directory=cache_directory,
            when_progressed=when_progressed,
            notices_changes=notices_changes,
        )
        self._shown_roots = normal_roots(self.roots)

    def relative(self, path: str) -> str:
        """The document's path as prompts show it, in the form that snippets' paths have."""
        return shown_path(path, self._shown_roots)
