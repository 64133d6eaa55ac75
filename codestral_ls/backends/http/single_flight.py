"""A result that is found out once, however many ask for it at the same time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from codestral_ls.backends.base import BackendError, ModelError, ProtocolViolation

T = TypeVar("T")

# What a server is and serves does not change between two keystrokes; someone who has just put it
# right should not wait long either.
_LOOK_AGAIN_S = 30.0

# The others pass by themselves, and cost one request to find out.
_LASTING = (ModelError, ProtocolViolation)


class SingleFlight(Generic[T]):
    """The result of ``find``, awaited by all who ask.

    A failure is forgotten at once, unless it is one that lasts: then after a while.
    """

    def __init__(self, find: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._find = find
        self._task: asyncio.Task[T] | None = None
        self._failed_at = 0.0
        self._doubted_at: float | None = None

    @property
    def found(self) -> T | None:
        """The result, if it is there already."""
        task = self._task
        return task.result() if task is not None and task.done() and not _error(task) else None

    async def get(self) -> T:
        """The result. Raises what ``find`` raises."""
        if self._task is None or self._is_to_be_found_again(self._task):
            self._task = asyncio.create_task(self._find())
            # Also keeps asyncio from reporting a failure that no caller is left to hear of.
            self._task.add_done_callback(self._done)
        # Shielded: a keystroke may cancel the request that asks, and the next one needs it.
        return await asyncio.shield(self._task)

    def forget(self) -> None:
        """Find out anew when next asked."""
        self._task = None

    def doubt(self) -> bool:
        """As ``forget``, but not time and again: the doubt may be unfounded. True: forgotten."""
        is_new = self.may_doubt()
        if is_new:
            self.forget()
        return is_new

    def may_doubt(self) -> bool:
        """Whether to look if the result still holds; once in a while, however often asked."""
        now = asyncio.get_running_loop().time()
        is_new = self._doubted_at is None or now - self._doubted_at > _LOOK_AGAIN_S
        if is_new:
            self._doubted_at = now
        return is_new

    async def aclose(self) -> None:
        """Stop finding out."""
        task, self._task = self._task, None
        if task is not None and not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, BackendError):
                await task

    def _done(self, task: asyncio.Task[T]) -> None:
        if _error(task):
            self._failed_at = task.get_loop().time()

    def _is_to_be_found_again(self, task: asyncio.Task[T]) -> bool:
        error = _error(task) if task.done() else None
        if isinstance(error, _LASTING):
            return task.get_loop().time() - self._failed_at > _LOOK_AGAIN_S
        return error is not None


def _error(task: asyncio.Task[Any]) -> BaseException | None:
    return asyncio.CancelledError() if task.cancelled() else task.exception()
