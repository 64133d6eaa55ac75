"""A key that one of Mistral's two kinds of host refuses, tried once at the other.

``api.mistral.ai`` and ``codestral.mistral.ai`` take different keys, and ``CODESTRAL_API_KEY`` may
hold either kind. The first answer decides which host is asked until the process ends.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

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
from codestral_ls.backends.options import BackendOptions
from codestral_ls.privacy.addresses import Malformed, parse
from codestral_ls.privacy.hosts import other_key_host
from codestral_ls.prompt.prompt import Prompt

# What a server says only after it has accepted the key. Other failures may come before it looks
# at the key.
_KEY_WAS_ACCEPTED = (ModelError, NoAllowance, PromptTooLong, RateLimited)


def at_either_host(options: BackendOptions) -> Backend:
    """Mistral's backend for a key of unknown kind: where the base URL is that of one of the two
    hosts with keys of their own, the other is tried too."""
    second = other_base_url(options.base_url)
    return MistralBackend(options) if second is None else TwinHosts(options, second)


def other_base_url(base_url: str) -> str | None:
    """The base URL of the host with the other kind of keys; None for all but those two."""
    address = parse(base_url)
    if isinstance(address, Malformed) or address.scheme != "https":
        return None
    other = other_key_host(address.netloc)
    return f"https://{other}" if other else None


class TwinHosts:
    """A backend at one of two hosts: the first, unless only the second accepts the key."""

    name = "mistral"

    def __init__(self, options: BackendOptions, second_url: str) -> None:
        """The backend for the second base URL is made only if it is needed."""
        self._first = self._current = MistralBackend(options)
        self._second: MistralBackend | None = None
        self._second_options = replace(options, base_url=second_url)
        self._settled = False
        """It is known which host accepts the key, or that neither does."""
        self._refused_by_both: AuthError | None = None

    @property
    def host(self) -> str:
        """The one that is asked now."""
        return self._current.host

    @property
    def model(self) -> str:
        """The same at both."""
        return self._current.model

    @property
    def rate_limits(self) -> RateLimits:
        """As of the last answer that named any."""
        return self._current.rate_limits

    @property
    def deprecation(self) -> str:
        """When the model is going to be retired, as the server put it."""
        return self._current.deprecation

    @property
    def loading(self) -> str:
        """Nothing is loaded there."""
        return self._current.loading

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """The answer of the host that accepts the key."""
        asked, began = self._current, False
        try:
            async with aclosing(asked.stream(prompt)) as chunks:
                async for chunk in chunks:
                    self._settled = began = True
                    yield chunk
            return
        except AuthError as error:
            if began:
                raise
            refusal, other = error, self._untried(asked, error)
        with self._trying(other, refusal):
            async with aclosing(other.stream(prompt)) as chunks:
                async for chunk in chunks:
                    self._settle(other)
                    yield chunk

    async def list_models(self) -> list[dict[str, Any]]:
        """What the host that accepts the key offers."""
        asked = self._current
        try:
            models = await asked.list_models()
        except AuthError as error:
            refusal, other = error, self._untried(asked, error)
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

    def _untried(self, asked: MistralBackend, refusal: AuthError) -> MistralBackend:
        """The backend to ask after a refusal. Raises the refusal where there is none."""
        if self._current is not asked:
            return self._current  # another request found out in the meantime
        if self._settled:
            raise self._refused_by_both or refusal
        if self._second is None:
            self._second = MistralBackend(self._second_options)
        return self._second

    @contextlib.contextmanager
    def _trying(self, other: MistralBackend, refusal: AuthError) -> Iterator[None]:
        """Around a request to the other host: what its failures say about the key."""
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
