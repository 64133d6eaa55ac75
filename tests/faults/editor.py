"""An editor in the test's own process: settings and keys as a user has them, the whole engine,
and the backend that talks to Mistral."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

from codestral_ls.model import Edit, Nothing, Outcome, Request, Snapshot, Suggestion, Trigger
from codestral_ls.session.client import PlainClient
from codestral_ls.session.notices import Notice
from codestral_ls.session.session import Session

# A hang is a defect; on a busy machine everything else is over by then.
HANG_S = 60.0
NO_LIMIT_MS = 120_000
"""Where the time limit must not be what ends a request. A busy machine could reach the user's
default of 5 s before any other bound."""


class Listener(PlainClient):
    """Keeps what the user is told."""

    def __init__(self) -> None:
        self.told: list[Notice] = []

    def tell(self, notice: Notice) -> None:
        self.told.append(notice)


class Editor:
    """Asks for completions, and keeps what the user was told."""

    def __init__(self, session: Session, told: list[Notice]) -> None:
        self.session = session
        self.told = told
        self._asked = 0
        self._typed = "total = "

    async def ask(self, timeout_ms: int = NO_LIMIT_MS) -> Suggestion | Nothing:
        """Ask at a place of its own, so that no earlier answer is any use."""
        self._asked += 1
        async with asyncio.timeout(HANG_S):
            engine = await self.session.ready_engine()
            settings = dataclasses.replace(self.session.settings(), timeout_ms=timeout_ms)
            request = Request(_snapshot(self._asked), Trigger.INVOKED)
            outcome: Outcome = await engine.complete(request, settings)
        assert isinstance(outcome, Suggestion | Nothing)
        if isinstance(outcome, Nothing) and outcome.failure:
            self.session.tell_failure(outcome)
        return outcome

    async def type(self, key: str, timeout_ms: int) -> Outcome:
        """A key, and the question that an editor asks by itself after it."""
        self._typed += key
        snapshot = dataclasses.replace(_snapshot(0), before=self._typed)
        async with asyncio.timeout(HANG_S):
            engine = await self.session.ready_engine()
            settings = dataclasses.replace(
                self.session.settings(), timeout_ms=timeout_ms, debounce_ms=0
            )
            engine.edited(snapshot, Edit(key, 0, single=True), settings)
            return await engine.complete(Request(snapshot, Trigger.AUTOMATIC), settings)

    @property
    def generations(self) -> int:
        """How often the server was asked, or was to be."""
        assert self.session.engine is not None
        return self.session.engine.counters.requests

    @property
    def busy(self) -> bool:
        """A request is in flight."""
        return self.session.engine is not None and self.session.engine.status().busy


@contextlib.asynccontextmanager
async def editing(home: Path, url: str, **variables: str) -> AsyncIterator[Editor]:
    """Somebody whose settings say that Codestral is at ``url``."""
    client = Listener()
    environ = {
        "CODESTRAL_LS_CONFIG": str(home / "config.toml"),
        "CODESTRAL_LS_PROVIDER": "mistral",
        "CODESTRAL_LS_ENDPOINT": url,
        "CODESTRAL_LS_API_KEY": "key-of-no-value",
        # Few, so that what never ends is found out soon.
        "CODESTRAL_LS_MAX_TOKENS": "32",
        **variables,
    }
    session = Session(environ, {}, client)
    try:
        yield Editor(session, client.told)
    finally:
        await session.aclose()


def _snapshot(number: int) -> Snapshot:
    return Snapshot(
        f"file:///project/{number}.py",
        f"/project/{number}.py",
        "python",
        None,
        f"def add{number}(a, b):\n    return ",
        "\n",
        1,
        at_document_start=True,
        at_document_end=True,
    )
