"""llama.cpp's server for several models: which there are, and having one loaded.

Started without a model, ``llama-server`` is a router. It wants ``model`` in every request, and
loads a model when it is first asked for, for as long as that takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from codestral_ls.backends.base import ModelError
from codestral_ls.backends.http.reply import Reply, listed
from codestral_ls.backends.served.arrival import Arrival
from codestral_ls.backends.served.offers import OfferedModel, chosen, offer_of, to_choose
from codestral_ls.privacy.text import name

_LOOK_AGAIN_S = 0.5

# Another user's request may have our model unloaded at any time.
_SURELY_LOADED_S = 30.0

# What ``/v1/models`` says of a model; one that sleeps wakes up when it is asked.
_ON_ITS_WAY = frozenset({"loading", "downloading"})
_CAN_BE_ASKED = frozenset({"loaded", "sleeping"})


class LlamaRouter:
    """The models of one router."""

    def __init__(self, host: str, reply: Callable[..., Awaitable[Reply]], arrival: Arrival) -> None:
        """``reply(method, path, body)`` gives an answer, whatever its status."""
        self._host = host
        self._reply = reply
        self._arrival = arrival
        self._loaded_until = 0.0

    async def model(self) -> str:
        """The one that completes, where none is named. Raises ModelError."""
        return chosen(self._host, [offer for _, offer in await self._offers()]).name

    async def have_loaded(self, model: str) -> None:
        """Have a model loaded, in the background. Raises ModelError where it cannot be."""
        time = asyncio.get_running_loop().time
        if time() < self._loaded_until:
            return
        if await self._state(model) not in _CAN_BE_ASKED:
            told = f"{self._host} is loading {name(model)}."
            await self._arrival.run(told, lambda: self._load(model))
        self._loaded_until = time() + _SURELY_LOADED_S

    def doubt(self) -> None:
        """The model may have been unloaded."""
        self._loaded_until = 0.0

    async def _load(self, model: str) -> None:
        if await self._state(model) not in _ON_ITS_WAY:
            # Refused where another client was faster; the state tells.
            await self._reply("POST", "/models/load", {"model": model})
        state = await self._state(model)
        while state in _ON_ITS_WAY:
            await asyncio.sleep(_LOOK_AGAIN_S)
            state = await self._state(model)
        if state not in _CAN_BE_ASKED:
            raise ModelError(
                f"{self._host} could not load {name(model)}; the server's log says why."
            )

    async def _state(self, model: str) -> str:
        offers = await self._offers()
        for entry, _ in offers:
            if model == entry.get("id") or model in (entry.get("aliases") or ()):
                match entry.get("status"):
                    case {"value": str() as value}:
                        return value
                return "loaded"
        raise to_choose(
            f"{self._host} does not serve {name(model)}; it has", [o for _, o in offers]
        )

    async def _offers(self) -> list[tuple[dict[str, Any], OfferedModel]]:
        entries = listed((await self._reply("GET", "/v1/models")).body)
        return [(entry, offer) for entry in entries if (offer := offer_of(entry))]
