"""The index as prompts use it: passages of other files, and paths as a model is shown them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from codestral_ls.workspace.index.client import IndexClient, IndexProgress


class WorkspaceIndex(IndexClient):
    """The index of the workspace's roots."""

    def __init__(
        self,
        roots: Sequence[Path],
        exclude: Sequence[str],
        cache_directory: str | None,
        when_progressed: Callable[[IndexProgress], None],
    ) -> None:
        super().__init__(
            roots=[str(root) for root in roots],
            exclude=exclude,
            cache_directory=cache_directory,
            when_progressed=when_progressed,
        )
        self._roots = sorted(roots, key=lambda root: len(root.parts), reverse=True)

    def relative(self, path: str) -> str:
        """The path from the innermost root that holds it; its name outside of all."""
        place = Path(path)
        for root in self._roots:
            if place.is_relative_to(root):
                return place.relative_to(root).as_posix()
        return place.name
