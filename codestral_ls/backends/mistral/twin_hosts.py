"""A key that one of Mistral's two kinds of host refuses, tried once at the other.

``api.mistral.ai`` and ``codestral.mistral.ai`` have known keys of their own, and from
``CODESTRAL_API_KEY`` nobody can tell which kind it holds. The first answer tells, and holds for
the run.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from typing import Any, cast
from urllib.parse import urlsplit

from codestral_ls.backends.base import (
    AuthError,
    Backend,
    BackendError,
    Chunk,
    ModelError,
    NoAllowance,
    PromptTooLong,
    RateLimited,
    RateLimits,
)
from codestral_ls.backends.mistral.fim import MistralBackend
from codestral_ls.prompt.prompt import Prompt

_PAIR = ("https://api.mistral.ai", "https://codestral.mistral.ai")

# What a server says only to those whose key it accepts. Whatever else fails may fail before
# anybody looks at the key.
_KEY_WAS_ACCEPTED = (ModelError, NoAllowance, PromptTooLong, RateLimited)


def other_host(base_url: str) -> str | None:
    """The base URL of the host with the other kind of keys; None for all but those two.

    The regional hosts are none of them: whoever chose a region wants to stay there.
    """
    hosts = {urlsplit(url).netloc: url for url in _PAIR}
    parts = urlsplit(base_url)
    if parts.scheme != "https" or hosts.pop(parts.netloc, None) is None:
        return None
    (other,) = hosts.values()
    return other


def backend_for(provider: str, base_url: str, make: Callable[[str], Any]) -> Backend:
    """What ``make`` gives for a base URL, or for either host where there are two to try."""
    other = other_host(base_url) if provider == "mistral" else None
    return cast(Backend, make(base_url)) if other is None else TwinHosts(make, (base_url, other))


class TwinHosts:
    """A backend at one of two hosts: the first, unless only the second accepts the key."""

    name = "mistral"

    def __init__(
        self, make: Callable[[str], MistralBackend], base_urls: tuple[str, str] = _PAIR
    ) -> None:
        """``make`` gives a backend for a base URL; for the second only if it is needed."""
        self._make = make
        self._first = self._current = make(base_urls[0])
        self._second_url = base_urls[1]
        self._second: MistralBackend | None = None
        self._settled = False
        """It is known which host accepts the key, or that neither does."""
        self._refused_by_both: AuthError | None = None
        self.host = self._current.host
        self.model = self._current.model

    @property
    def rate_limits(self) -> RateLimits:
        """As of the last answer that named any."""
        return self._current.rate_limits

    @property
    def deprecation(self) -> str:
        """When the model is going to be retired, as the server put it."""
        return self._current.deprecation

    async def stream(self, generation: Prompt) -> AsyncGenerator[Chunk, None]:
        """The answer of the host that accepts the key."""
        asked, began = self._current, False
        try:
            async with aclosing(asked.stream(generation)) as chunks:
                async for chunk in chunks:
                    self._settled = began = True
                    yield chunk
            return
        except AuthError as error:
            if began:
                raise
            refusal, other = error, self._whom_else(asked, error)
        with self._trying(other, refusal):
            async with aclosing(other.stream(generation)) as chunks:
                async for chunk in chunks:
                    self._settle(other)
                    yield chunk

    async def list_models(self) -> list[dict[str, Any]]:
        """What the host that accepts the key offers."""
        asked = self._current
        try:
            models = await asked.list_models()
        except AuthError as error:
            refusal, other = error, self._whom_else(asked, error)
        else:
            self._settled = True
            return models
        with self._trying(other, refusal):
            models = await other.list_models()
        self._settle(other)
        return models

    async def warm(self) -> None:
        """Prepare what the first request would wait for."""
        await self._current.warm()

    async def aclose(self) -> None:
        """Close the connections to both."""
        await self._first.aclose()
        if self._second is not None:
            await self._second.aclose()

    def _whom_else(self, asked: MistralBackend, refusal: AuthError) -> MistralBackend:
        """Who is to be asked after a refusal. Raises the refusal where nobody is left."""
        if self._current is not asked:
            return self._current  # another request found out in the meantime
        if self._settled:
            raise self._refused_by_both or refusal
        if self._second is None:
            self._second = self._make(self._second_url)
        return self._second

    @contextlib.contextmanager
    def _trying(self, other: MistralBackend, refusal: AuthError) -> Iterator[None]:
        """Around a question to the other host: what its failures say about the key."""
        try:
            yield
        except AuthError as error:
            self._settled = True
            self._refused_by_both = AuthError(
                f"Neither {self._first.host} nor {other.host} accepts the key ({error.status}).",
                status=error.status,
            )
            raise self._refused_by_both from None
        except _KEY_WAS_ACCEPTED:
            self._settle(other)
            raise
        except BackendError:
            if self._current is other:
                raise
            raise refusal from None

    def _settle(self, backend: MistralBackend) -> None:
        self._settled = True
        self._current = backend
        self.host, self.model = backend.host, backend.model
