"""The server's side of the index: a child process, asked for snippets.

Nothing here waits for indexing, and nothing raises when the child cannot be asked: a prompt
without snippets is a good prompt.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from codestral_ls.prompt.snippets import FoundSnippets, Snippet
from codestral_ls.workspace.process.parent import Message
from codestral_ls.workspace.process.reader import WorkspaceReader

_BEFORE_CHARS, _AFTER_CHARS = 8000, 3000
"""Of the text around the cursor."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """How far indexing is."""

    done: int
    found: int
    """Files to index that were met so far; grows while the tree is being walked."""
    finished: bool
    has_given_up: bool = False
    """The child ended too often and is not started any more."""


class IndexClient(WorkspaceReader):
    """One index for the workspace's roots. All methods belong to one event loop."""

    def __init__(
        self,
        *,
        roots: Sequence[str],
        exclude: Sequence[str] = (),
        cache_directory: str | None = None,
        when_progressed: Callable[[IndexProgress], None] = lambda progress: None,
        notices_changes: bool = False,
    ) -> None:
        """``exclude`` are globs as in .gitignore. Without a ``cache_directory`` nothing is kept
        on disk. ``when_progressed`` is called now and then while indexing takes long.
        ``notices_changes``: it looks for changes on disk itself, as nobody tells of them."""
        options = [] if cache_directory is None else [f"--cache={cache_directory}"]
        if notices_changes:
            options.append("--notice-changes")
        super().__init__(
            "codestral_ls.workspace.index.process",
            name="the index",
            roots=roots,
            exclude=exclude,
            options=options,
            on_message=self._notice_progress,
        )
        self._when_progressed = when_progressed
        self._has_given_up = False
        self._starting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the child, and let it read, before anything is asked."""
        if self._starting is None or self._starting.done():
            self._starting = asyncio.create_task(self._start())

    def opened(self, path: str, text: str) -> None:
        """A document was opened, or has another text: what is near it is read next."""
        is_new = path not in self._documents
        if self._documents.get(path) != text or self._child.running is None:
            super().opened(path, text)
        if is_new:
            self._focus = path
            self._child.tell({"op": "focus", "path": path})
        if self._child.running is None:
            self.start()

    async def snippets(
        self,
        path: str,
        before: str,
        after: str,
        language_id: str,
        *,
        max_chars: int,
        wait_s: float = 0.0,
    ) -> FoundSnippets | None:
        """What the index knows for a place; None where it cannot be asked.

        Where not all files near the document are known yet, the answer waits for them, for
        ``wait_s`` at most. Only the start of the child takes longer.
        """
        self._focus = path
        answer = await self._ask(
            {
                "op": "snippets",
                "path": path,
                "before": before[-_BEFORE_CHARS:],
                "after": after[:_AFTER_CHARS],
                "language_id": language_id,
                "max_chars": max_chars,
                "wait_ms": round(wait_s * 1000),
            }
        )
        if "snippets" not in answer:
            return None
        known, n_near = answer["near"]
        return FoundSnippets(
            tuple(
                Snippet(str(row["key"]), str(row["path"]), str(row["text"]), str(row["why"]))
                for row in answer["snippets"]
            ),
            knows_near=known >= n_near,
            knows_all=bool(answer["done"]),
        )

    async def status(self) -> Message:
        """What is indexed: ``files``, ``names``, ``found``, ``done``, ``left_out`` (a sentence or
        empty); empty where there is no child."""
        return await self._ask({"op": "status"})

    async def aclose(self) -> None:
        """End the child. Safe to call twice."""
        await super().aclose()
        if self._starting is not None:
            await asyncio.gather(self._starting, return_exceptions=True)

    async def _start(self) -> None:
        try:
            await self._child.started()
        except OSError as error:
            _log.warning("the index could not be started: %s", error.strerror)

    async def _ask(self, request: Message) -> Message:
        try:
            answer = await self._child.ask(request)
        except OSError as error:
            _log.warning("the index could not be started: %s", error.strerror)
            answer = {}
        if self._child.has_given_up and not self._has_given_up:
            self._has_given_up = True
            self._when_progressed(IndexProgress(0, 0, finished=True, has_given_up=True))
        return answer

    def _notice_progress(self, message: Message) -> None:
        progress = message.get("progress")
        if isinstance(progress, dict):
            self._when_progressed(
                IndexProgress(
                    done=int(progress.get("done", 0)),
                    found=int(progress.get("found", 0)),
                    finished=bool(progress.get("finished")),
                )
            )
