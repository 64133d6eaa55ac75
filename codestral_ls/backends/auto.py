"""Whatever answers at an endpoint: found out at the first use, and asked in its own way then."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from types import MappingProxyType
from typing import Any

from codestral_ls.backends import table
from codestral_ls.backends.base import Backend, BackendError, Chunk, RateLimits
from codestral_ls.backends.http.connection import Connection
from codestral_ls.backends.http.endpoint import Endpoint
from codestral_ls.backends.http.single_flight import SingleFlight
from codestral_ls.backends.served import probe
from codestral_ls.prompt.prompt import Prompt


class AutoBackend:
    """Stands for the backend that fits the endpoint.

    ``name`` is ``auto`` until that is known, then its own; ``model`` the one asked for, then the
    one that answers.
    """

    def __init__(
        self,
        *,
        base_url: str = "",
        api_key: str = "",
        model: str = "",
        headers: Mapping[str, str] = MappingProxyType({}),
        proxy: str | None = None,
        ca_bundle: str | None = None,
        fim_template: str = "auto",
        **settings: Any,
    ) -> None:
        """As for the other backends; ``settings`` are handed on to the one that is found."""
        endpoint = Endpoint(
            base_url=base_url, key=api_key, headers=headers, proxy=proxy, ca_bundle=ca_bundle
        )
        self.name = "auto"
        self.host = endpoint.host
        self.model = model
        self._asked_model = model
        self._endpoint = endpoint
        self._fim_template = fim_template
        self._settings = settings
        self._backend = SingleFlight(self._find)

    @property
    def rate_limits(self) -> RateLimits:
        """As of the last answer that named any."""
        found = self._backend.found
        return found.rate_limits if found else RateLimits()

    @property
    def deprecation(self) -> str:
        """When the model is going to be retired, as the server put it."""
        found = self._backend.found
        return found.deprecation if found else ""

    async def backend(self) -> Backend:
        """The backend that fits. Raises BackendError where none does, or nobody answers."""
        return await self._backend.get()

    async def stream(self, generation: Prompt) -> AsyncGenerator[Chunk, None]:
        """The answer as it is generated; closing the generator ends it at the server."""
        backend = await self.backend()
        async with aclosing(backend.stream(generation)) as chunks:
            async for chunk in chunks:
                self.model = backend.model
                yield chunk

    async def warm(self) -> None:
        """Find out what answers, and what it serves."""
        with contextlib.suppress(BackendError):
            backend = await self.backend()
            await backend.warm()
            self.model = backend.model

    async def aclose(self) -> None:
        """Close the connections."""
        found = self._backend.found
        await self._backend.aclose()
        if found is not None:
            await found.aclose()

    async def _find(self) -> Backend:
        endpoint = self._endpoint
        connection = Connection(endpoint)
        try:
            name = await probe.identify(await connection.client())
        finally:
            await connection.aclose()
        settings: dict[str, Any] = {
            "base_url": endpoint.base_url,
            "api_key": endpoint.key,
            "headers": endpoint.headers,
            "proxy": endpoint.proxy,
            "ca_bundle": endpoint.ca_bundle,
            **self._settings,
        }
        row = table.BACKENDS[name]
        if name != "mistral":
            settings["fim_template"] = self._fim_template
        self.name = name
        return table.create(name, **settings, model=self._asked_model or row.model)
