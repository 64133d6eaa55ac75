"""Where an endpoint is, and the way to it, which is opened off the event loop at first use.

Importing httpx takes 40 ms and reading the system's certificates 30, too long for a loop that
answers keystrokes. So this module knows neither; ``http`` does, and is imported by a thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from codestral_ls.backends.base import BackendError, NetworkFailure

if TYPE_CHECKING:
    from codestral_ls.backends.http import HttpClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One server, and how to talk to it."""

    base_url: str
    """With or without ``/v1`` and a trailing slash."""
    key: str = field(default="", repr=False)
    """Sent as a bearer token; empty for none."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy: str | None = field(default=None, repr=False)
    """None: what the environment says. This machine is never reached through a proxy."""
    ca_bundle: str | None = None
    """File with certificates to trust; None: the system's."""
    connect_timeout_s: float = 5.0
    """As long as one answer may take by default: connecting has no budget of its own."""
    idle_timeout_s: float = 5.0
    """The longest gap between two pieces of an answer. The total is the caller's business."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What a server may repeat and nobody may be shown: the key, and the user's own headers."""
        return (self.key, *self.headers.values())

    @property
    def root(self) -> str:
        """The base URL without ``/v1``: paths of every dialect are appended to it."""
        return self.base_url.strip().rstrip("/").removesuffix("/v1").rstrip("/")

    @property
    def host(self) -> str:
        """Name and, unless it is the scheme's own, port; for people."""
        try:
            parts = urlsplit(self.root)
            port = parts.port
        except ValueError:
            return self.root
        name = parts.hostname or self.root
        shown = f"[{name}]" if ":" in name and parts.hostname else name
        return f"{shown}:{port}" if port else shown

    @property
    def is_loopback(self) -> bool:
        """The server is on this machine."""
        try:
            name = urlsplit(self.root).hostname or ""
        except ValueError:
            return False
        if name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False


class Connection:
    """The pooled client of one endpoint, made once, whoever asks first."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._opening: asyncio.Task[HttpClient] | None = None
        self._closed = False

    async def client(self) -> HttpClient:
        """The client. Raises NetworkFailure when the proxy or the certificates cannot be used."""
        if self._closed:
            raise NetworkFailure(f"The connection to {self.endpoint.host} has been closed.")
        if self._opening is None:
            self._opening = asyncio.create_task(asyncio.to_thread(_open, self.endpoint))
        opening = self._opening
        try:
            # Shielded: a keystroke may cancel the request that opens, and the next one needs it.
            return await asyncio.shield(opening)
        except BackendError:
            # The next request tries anew; the certificate file may have been put right.
            if self._opening is opening:
                self._opening = None
            raise

    async def warm(self) -> None:
        """Have the client made and a connection standing. Failures are left to the request."""
        with contextlib.suppress(BackendError):
            await (await self.client()).warm()

    async def aclose(self) -> None:
        """Close all connections; streams under way fail."""
        self._closed = True
        opening, self._opening = self._opening, None
        if opening is not None:
            with contextlib.suppress(BackendError):
                await (await opening).aclose()


def _open(endpoint: Endpoint) -> HttpClient:
    from codestral_ls.backends.http import HttpClient

    return HttpClient(endpoint)
