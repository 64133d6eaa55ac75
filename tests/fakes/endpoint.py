"""The fake endpoint in a thread of its own, for tests that drive a process and do not await."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Self

from tests.fakes.behaviour import Behaviour
from tests.fakes.dialect import Dialect
from tests.fakes.fim_server import KEY, FakeFim

# Far more than opening a listening socket takes.
_START_WITHIN_S = 10.0


class Endpoint:
    """``with Endpoint() as endpoint``: asked at ``endpoint.url``, it continues ``intends``."""

    def __init__(self, dialect: str | Dialect = "mistral") -> None:
        self._intended = ""
        self._known_from = 1
        self.fake = FakeFim(answer=self._continue, dialect=dialect)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="fake endpoint")

    def intends(
        self,
        text: str,
        *,
        delay_s: float = 0.0,
        pace_s: float = 0.0,
        known_from: int = 1,
        status: int = 200,
    ) -> None:
        """From now on complete whatever is a beginning of ``text``, of at least ``known_from``
        characters, to the whole of it, and nothing else; or refuse with another status.
        ``pace_s`` is between tokens."""
        self._intended = text
        self._known_from = known_from
        body = None if status == 200 else b"{}"
        self.fake.default = Behaviour(
            first_byte_delay_s=delay_s, pace_s=pace_s, status=status, body=body
        )

    def set(self, event: asyncio.Event) -> None:
        """Set an event that an answer waits for."""
        self._loop.call_soon_threadsafe(event.set)

    @property
    def url(self) -> str:
        """Where to ask."""
        return self.fake.url

    @property
    def environment(self) -> dict[str, str]:
        """What makes a server ask here."""
        return {
            "CODESTRAL_LS_PROVIDER": "mistral",
            "CODESTRAL_LS_ENDPOINT": self.url,
            "MISTRAL_API_KEY": KEY,
        }

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(_START_WITHIN_S), "the fake endpoint did not start"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        async with self.fake:
            self._ready.set()
            await self._over.wait()

    def _continue(self, prompt: str, suffix: str) -> str:
        del suffix
        text = self._intended
        for length in range(len(text), self._known_from - 1, -1):
            if prompt.endswith(text[:length]):
                return text[length:]
        return ""
