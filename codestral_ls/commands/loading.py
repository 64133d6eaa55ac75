"""Waiting for a model that is being loaded.

Leaving sooner would end the loading at some servers, so that the next run began anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from codestral_ls.backends.base import Loading
from codestral_ls.commands.terminal import complain
from codestral_ls.model import Nothing, Outcome

_LOOK_EVERY_S = 0.25
_COMPLETION_WITHIN_S = 600.0


async def is_over(is_loading: Callable[[], bool], within_s: float) -> bool:
    """Wait until nothing is loading any more; False where it takes longer."""
    clock = asyncio.get_running_loop().time
    give_up_at = clock() + within_s
    while is_loading() and clock() < give_up_at:  # noqa: ASYNC110  # a state, not an event
        await asyncio.sleep(_LOOK_EVERY_S)
    return not is_loading()


async def loaded(
    ask: Callable[[], Awaitable[Outcome]], *, is_loading: Callable[[], bool]
) -> Outcome:
    """What ``ask`` brings once the model is there."""
    clock = asyncio.get_running_loop().time
    give_up_at = clock() + _COMPLETION_WITHIN_S
    outcome = await ask()
    is_told = False
    while isinstance(outcome, Nothing) and outcome.failure == Loading.kind:
        if clock() >= give_up_at:
            break
        if not is_told:
            is_told = True
            minutes = f"{_COMPLETION_WITHIN_S / 60:g} minutes at most"
            complain(f"{outcome.reason} Waiting until it is there, {minutes}.")
        await asyncio.sleep(_LOOK_EVERY_S)
        await is_over(is_loading, give_up_at - clock())
        outcome = await ask()
    return outcome
