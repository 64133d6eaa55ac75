"""The server's side of the index: a child process, asked for snippets within milliseconds.

Nothing here waits for indexing, and nothing raises when the child cannot be asked: a prompt
without snippets is a good prompt.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from codestral_ls.prompt.snippets import Snippet
from codestral_ls.workspace.process.parent import Message
from codestral_ls.workspace.process.reader import WorkspaceReader

_WITHIN_S = 0.02
"""A prompt waits no longer for snippets; the next one takes those that came late."""
_LATE_KEPT = 8
_LATE_FOR_S = 10.0  # by then the cursor is elsewhere
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
    ) -> None:
        """``exclude`` are globs as in .gitignore. Without a ``cache_directory`` nothing is kept
        on disk. ``when_progressed`` is called now and then while indexing takes long."""
        super().__init__(
            "codestral_ls.workspace.index.process",
            name="the index",
            roots=roots,
            exclude=exclude,
            options=[] if cache_directory is None else [f"--cache={cache_directory}"],
            on_message=self._notice_progress,
        )
        self._when_progressed = when_progressed
        self._has_given_up = False
        self._late: dict[str, tuple[float, asyncio.Task[Message]]] = {}
        """Requests under way or answered too late, by path, with the times they were made."""

    async def snippets(
        self,
        path: str,
        before: str,
        after: str,
        language_id: str,
        *,
        max_chars: int,
        within_s: float = _WITHIN_S,
    ) -> list[Snippet] | None:
        """Snippets for a place, the most wanted first; None where they are not there in time."""
        request = {
            "op": "snippets",
            "path": path,
            "before": before[-_BEFORE_CHARS:],
            "after": after[:_AFTER_CHARS],
            "language_id": language_id,
            "max_chars": max_chars,
        }
        self._focus = path
        asked_at, asking = self._late.get(path, (0.0, None))
        now = asyncio.get_running_loop().time()
        if asking is None or now - asked_at > _LATE_FOR_S:
            asking = asyncio.create_task(self._ask(request))
            self._keep(path, now, asking)
        # If the answer is late, the next call takes it without waiting again.
        await asyncio.wait({asking}, timeout=within_s)
        if not asking.done():
            return None
        self._late.pop(path, None)
        if asking.cancelled() or "snippets" not in asking.result():
            return None
        return [
            Snippet(str(row["key"]), str(row["path"]), str(row["text"]), str(row["why"]))
            for row in asking.result()["snippets"]
        ]

    async def status(self) -> Message:
        """What is indexed: ``files``, ``names``, ``found``, ``done``, ``left_out`` (a sentence or
        empty); empty where there is no child."""
        return await self._ask({"op": "status"})

    async def aclose(self) -> None:
        """End the child. Safe to call twice."""
        await super().aclose()
        for _, asking in self._late.values():
            asking.cancel()
        await asyncio.gather(*(asking for _, asking in self._late.values()), return_exceptions=True)

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

    def _keep(self, path: str, now: float, asking: asyncio.Task[Message]) -> None:
        self._late.pop(path, None)
        self._late[path] = (now, asking)
        if len(self._late) > _LATE_KEPT:
            self._late.pop(next(iter(self._late)))[1].cancel()

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
