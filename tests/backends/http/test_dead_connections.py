"""Kept connections on which nothing comes back any more: after sleep, or another network.

A real server, which takes what old connections bring and never answers it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from codestral_ls.backends.base import BackendTimeout, NetworkFailure
from codestral_ls.backends.http.connection import Connection
from codestral_ls.backends.http.response import EVENTS_TYPE, JSON_TYPE
from codestral_ls.backends.options import BackendOptions
from tests.fakes.transport import Listener, ServerConnection
from tests.faults.answers import RECORDED, as_json, sized
from tests.faults.checks import check_seen, check_well
from tests.faults.editor import editing
from tests.faults.setup import DEAD_CONNECTIONS


class BlackHole:
    """``async with BlackHole() as server``; what stands at ``swallow`` is never answered again."""

    def __init__(self, answer: bytes = as_json(b"{}")) -> None:
        self.requests = 0
        self.delay_s = 0.0
        """Before each answer."""
        self.open_now: set[int] = set()
        """The connections that stand, numbered as they came."""
        self.swallows_all = False
        self._answer = answer
        self._swallowed: set[int] = set()
        self._changed = asyncio.Event()
        self._listener = Listener(self._serve)
        self._port = 0

    @property
    def connections(self) -> int:
        return self._listener.accepted

    async def __aenter__(self) -> Self:
        self._port = await self._listener.open(0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._listener.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def swallow(self) -> None:
        """The machine sleeps, or the VPN changes."""
        self._swallowed |= self.open_now

    def refuse(self) -> None:
        """No new connection comes about."""
        self._listener.refuse()

    async def until_open(self, numbers: set[int]) -> None:
        """Wait until just these connections stand. Fails after 10 s."""
        async with asyncio.timeout(10):
            while self.open_now != numbers:
                self._changed.clear()
                await self._changed.wait()

    async def _serve(self, connection: ServerConnection) -> None:
        number = connection.number
        self.open_now.add(number)
        try:
            while await connection.read_request() is not None:
                self.requests += 1
                if self.swallows_all or number in self._swallowed:
                    await connection.wait_until_left()
                    return
                await connection.pause(self.delay_s)
                await connection.send_raw(self._answer)
        finally:
            self.open_now.discard(number)
            self._changed.set()


@asynccontextmanager
async def connected(server: BlackHole, answer_within_s: float) -> AsyncIterator[Connection]:
    connection = Connection(
        BackendOptions(base_url=server.url, answer_within_s=answer_within_s, idle_timeout_s=10)
    )
    try:
        yield connection
    finally:
        await connection.aclose()


async def ask(connection: Connection, accept: str = JSON_TYPE) -> None:
    client = await connection.client()
    async with client.request("POST", "/v1/x", body={}, accept=accept) as answer:
        await answer.error_body()


async def test_after_the_first_silence_all_of_that_age_go_and_the_question_is_answered() -> None:
    async with BlackHole() as server, connected(server, 0.4) as connection:
        await asyncio.gather(*(ask(connection) for _ in range(3)))
        kept = server.connections
        assert kept == len(server.open_now) == 3
        server.swallow()
        await ask(connection)
        await server.until_open({kept + 1})
        await ask(connection)
        assert (server.requests, server.connections) == (3 + 2 + 1, kept + 1)


async def test_a_request_under_way_on_an_old_connection_may_end() -> None:
    async with BlackHole() as server, connected(server, 0.4) as connection:
        await asyncio.gather(ask(connection), ask(connection))
        client = await connection.client()
        async with client.request("POST", "/v1/x", body={}, accept=JSON_TYPE) as answer:
            server.swallow()
            await ask(connection)
            assert await answer.error_body() == {}
        await server.until_open({3})


async def test_a_server_that_is_silent_on_a_new_connection_too_is_asked_no_third_time() -> None:
    async with BlackHole() as server, connected(server, 0.2) as connection:
        await ask(connection)
        server.swallows_all = True
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.6):
                await ask(connection)
        assert server.requests == 1 + 2


async def test_a_request_that_went_out_once_counts_as_sent_although_no_second_could() -> None:
    async with BlackHole() as server, connected(server, 0.4) as connection:
        await ask(connection)
        server.swallow()
        server.refuse()
        with pytest.raises(NetworkFailure, match="Nothing listens") as caught:
            await ask(connection)
        assert server.requests == 2
        assert caught.value.was_sent


async def test_a_server_that_is_always_slow_is_not_asked_twice() -> None:
    async with BlackHole() as server, connected(server, 0.4) as connection:
        server.delay_s = 0.25
        for _ in range(3):
            await ask(connection, EVENTS_TYPE)
        assert (server.requests, server.connections) == (3, 1)


async def test_a_kept_connection_on_which_somebody_waited_in_vain_is_not_used_again() -> None:
    """The time was too short for a second attempt; the next question does not pay again."""
    async with BlackHole() as server, connected(server, 60) as connection:
        await ask(connection)
        server.swallow()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.1):
                await ask(connection)
        await server.until_open(set())
        await ask(connection)
        assert server.connections == 2


async def test_silence_within_an_answers_time_is_a_time_out() -> None:
    async with BlackHole() as server:
        connection = Connection(
            BackendOptions(base_url=server.url, answer_within_s=60, idle_timeout_s=0.1)
        )
        await ask(connection)
        server.swallows_all = True
        with pytest.raises(BackendTimeout):
            await ask(connection)
        await connection.aclose()
        assert server.requests == 1 + 2


async def test_an_editor_after_sleep_gets_its_suggestion_from_the_first_question(
    tmp_path: Path,
) -> None:
    async with BlackHole(sized(RECORDED)) as server, editing(tmp_path, server.url) as editor:
        await check_well(editor)
        server.swallow()
        check_seen(await editor.ask(), DEAD_CONNECTIONS, "")
        await check_well(editor)
        assert server.requests == 1 + 2 + 1
