"""Something that is found out once, whoever asks first."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from codestral_ls.backends.base import BackendError

T = TypeVar("T")


class Once(Generic[T]):
    """The result of ``find``, awaited by all who ask; a failure is not kept."""

    def __init__(self, find: Callable[[], Awaitable[T]]) -> None:
        self._find = find
        self._task: asyncio.Task[T] | None = None

    @property
    def found(self) -> T | None:
        """The result, if it is there already."""
        task = self._task
        if task is None or not task.done() or task.cancelled() or task.exception():
            return None
        return task.result()

    async def get(self) -> T:
        """The result. Raises what ``find`` raises; the next who asks tries anew."""
        if self._task is None:
            self._task = asyncio.ensure_future(self._run())
            # Nobody may be left to hear of a failure.
            self._task.add_done_callback(lambda task: task.cancelled() or task.exception())
        task = self._task
        try:
            # Shielded: a keystroke may cancel the request that asks, and the next one needs it.
            return await asyncio.shield(task)
        except BackendError:
            if self._task is task:
                self._task = None
            raise

    def forget(self) -> None:
        """Find out anew when next asked."""
        if self._task is not None and self._task.done():
            self._task = None

    async def aclose(self) -> None:
        """Stop finding out."""
        task, self._task = self._task, None
        if task is not None and not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, BackendError):
                await task

    async def _run(self) -> T:
        return await self._find()
