"""The backend for an endpoint of unknown kind: found out at the first use."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from codestral_ls.backends.base import (
    Backend,
    BackendError,
    BadRequest,
    Chunk,
    Loading,
    ModelError,
    NetworkFailure,
    ProtocolViolation,
    RateLimits,
)
from codestral_ls.backends.http.connection import Connection
from codestral_ls.backends.http.single_flight import SingleFlight
from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.served import probe
from codestral_ls.backends.served.arrival import Arrival, mark_cheap, until_loaded
from codestral_ls.prompt.prompt import Prompt


class AutoBackend:
    """Stands for the backend that fits the endpoint.

    Until that is known, ``name`` is ``auto`` and ``model`` the one asked for; then all is as that
    backend says. Satisfies ``Backend``.
    """

    def __init__(
        self, options: BackendOptions, create: Callable[[str, BackendOptions], Backend]
    ) -> None:
        """``create`` makes the backend of a provider, as ``table.create`` does."""
        self.host = options.host
        self._options = options
        self._create = create
        self._search = SingleFlight(self._find)
        self._arrival = Arrival(self.host)
        self._doubting = asyncio.Lock()
        self._former: list[Backend] = []

    @property
    def name(self) -> str:
        """Of the provider that was found; ``auto`` until then."""
        found = self._search.found
        return found.name if found else "auto"

    @property
    def model(self) -> str:
        """The one that answers; the one asked for until that is known."""
        found = self._search.found
        return found.model if found else self._options.model

    @property
    def rate_limits(self) -> RateLimits:
        """As of the last answer that named any."""
        found = self._search.found
        return found.rate_limits if found else RateLimits()

    @property
    def deprecation(self) -> str:
        """When the model is going to be retired, as the server put it."""
        found = self._search.found
        return found.deprecation if found else ""

    @property
    def loading(self) -> str:
        """A sentence while the server loads its model; else empty."""
        found = self._search.found
        return self._arrival.told or (found.loading if found else "")

    async def backend(self) -> Backend:
        """The backend that fits. Raises BackendError where none does, or nothing answers.

        Waits while the server loads its model and does not say yet what it is.
        """
        while True:
            try:
                return await self._search.get()
            except Loading as error:
                await self._arrival.run(error.message, lambda: until_loaded(self._identified))
            except NetworkFailure as error:
                mark_cheap(error)
                raise

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """The answer as it is generated; closing the generator ends it at the server."""
        backend, began = await self.backend(), False
        try:
            async with aclosing(backend.stream(prompt)) as chunks:
                async for chunk in chunks:
                    began = True
                    yield chunk
            return
        except (ModelError, BadRequest, ProtocolViolation):
            # Another server may listen there by now, which is asked in another way.
            if began or not await self._is_another(backend):
                raise
        async with aclosing((await self.backend()).stream(prompt)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def warm(self) -> None:
        """Find out what answers, and what it serves."""
        with contextlib.suppress(BackendError):
            await (await self.backend()).warm()

    async def aclose(self) -> None:
        """Close the connections."""
        found = self._search.found
        await self._arrival.aclose()
        await self._search.aclose()
        for backend in (*self._former, *filter(None, [found])):
            await backend.aclose()

    async def _is_another(self, backend: Backend) -> bool:
        """Whether something else answers now; then it is the one to ask."""
        async with self._doubting:
            if self._search.found is not backend:
                return True  # another request has found that out
            if not self._search.may_doubt():
                return False
            try:
                name = await self._identified()
            except BackendError:
                return False
            if name == backend.name:
                return False
            self._former.append(backend)  # closed later: it may have requests under way
            self._search.forget()
            return True

    async def _find(self) -> Backend:
        return self._create(await self._identified(), self._options)

    async def _identified(self) -> str:
        connection = Connection(self._options)
        try:
            return await probe.identify(await connection.client())
        finally:
            await connection.aclose()
