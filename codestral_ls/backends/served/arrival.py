"""A model that is being loaded: awaited in the background, whoever gives up meanwhile.

A request that ends by its time limit ends the loading with it at some servers, so that a model
which loads for longer would never be there. So loading is asked for, or watched, by a task of its
own, and no code is sent until it is done.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Coroutine

from codestral_ls.backends.base import BackendError, BackendTimeout, Loading, NetworkFailure
from codestral_ls.backends.http.refusals import error_text

LOAD_WITHIN_S = 900.0
"""A model of 100 GB from a slow disk, or downloaded first; after that the server hangs."""

_LOOK_AGAIN_S = 0.5

# A server that starts does not listen before it is ready.
_LISTENS_AGAIN_S = 2.0

# As llama.cpp, vLLM and its routers, SGLang and hosted endpoints put it; and what gateways say
# (Traefik, Envoy, HAProxy, Kubernetes) while nothing behind them listens yet.
_LOADING = re.compile(
    r"\bloading\b|not (?:yet )?(?:ready|loaded)|starting up|warming up|initiali[sz]ing"
    r"|no (?:available|healthy|live) (?:server|upstream|endpoint)|no server is available"
    r"|upstream connect error|no endpoints available"
)


def is_loading(status: int, body: object) -> bool:
    """Whether an answer means that the server is not ready yet, rather than busy."""
    return status == 503 and _LOADING.search(error_text(body).lower()) is not None


class Arrival:
    """The loading under way at one server, if any."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._task: asyncio.Task[None] | None = None
        self._told = ""

    @property
    def told(self) -> str:
        """A sentence while something is being loaded; else empty."""
        return self._told if self._task is not None and not self._task.done() else ""

    async def run(self, told: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Do ``work``, which ends when the model is there, in the background, and wait for it; only
        wait where it runs already. Raises what it raises."""
        if self._task is asyncio.current_task():
            await work()  # a look at the server, in the background already, finds more to load
            return
        if self._task is None or self._task.done():
            self._told = told
            self._task = asyncio.create_task(self._within_limit(work))
            # Keeps asyncio from reporting a failure that no caller is left to hear of.
            self._task.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.shield(self._task)

    async def aclose(self) -> None:
        """Stop waiting."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, BackendError):
                await task

    async def _within_limit(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        try:
            async with asyncio.timeout(LOAD_WITHIN_S):
                await work()
        except TimeoutError:
            raise BackendTimeout(
                f"{self._host} did not load its model within {LOAD_WITHIN_S / 60:g} minutes."
            ) from None


async def until_loaded(look: Callable[[], Coroutine[None, None, object]]) -> None:
    """Look again and again, until ``look`` does not raise Loading any more."""
    while True:
        await asyncio.sleep(_LOOK_AGAIN_S)
        with contextlib.suppress(Loading):
            await look()
            return


_STARTING = " If it is still starting, it is asked as soon as it listens."


def mark_cheap(error: NetworkFailure) -> None:
    """Say of a failure how soon to look again, where nothing listens: that costs nothing. A server
    that loads its model before it listens, as vLLM does for minutes, looks the same as none."""
    if _is_refused(error):
        error.recheck_s = _LISTENS_AGAIN_S
        if not error.message.endswith(_STARTING):
            error.message += _STARTING
            error.args = (error.message,)


def _is_refused(error: BaseException | None, depth: int = 8) -> bool:
    if error is None or depth == 0:
        return False
    # One exception for each address of a name.
    within = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    causes = (*within, error.__cause__ or error.__context__)
    is_it = isinstance(error, ConnectionRefusedError)
    return is_it or any(_is_refused(cause, depth - 1) for cause in causes)
