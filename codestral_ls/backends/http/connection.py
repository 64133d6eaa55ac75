"""The connections to one endpoint, opened off the event loop at first use.

Importing httpx takes 40 ms and reading the system's certificates 30, too long for a loop that
answers keystrokes. So this module knows neither; ``client`` does, and is imported by a thread.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from codestral_ls.backends.base import BackendError, NetworkFailure
from codestral_ls.backends.options import BackendOptions

if TYPE_CHECKING:
    from codestral_ls.backends.http.client import HttpClient


class Connection:
    """The pooled client of one endpoint, made once, at the first use."""

    def __init__(self, options: BackendOptions) -> None:
        self._options = options
        self._opening: asyncio.Task[HttpClient] | None = None
        self._closed = False

    async def client(self) -> HttpClient:
        """The client. Raises NetworkFailure when the proxy or the certificates cannot be used."""
        if self._closed:
            raise NetworkFailure(f"The connection to {self._options.host} has been closed.")
        if self._opening is None:
            self._opening = asyncio.create_task(asyncio.to_thread(_open, self._options))
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


def _open(options: BackendOptions) -> HttpClient:
    from codestral_ls.backends.http.client import HttpClient

    return HttpClient(options)
