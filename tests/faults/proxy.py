"""A proxy that tunnels with CONNECT, as companies have one between themselves and the world."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Mapping
from types import TracebackType
from typing import Self


class Proxy:
    """``async with Proxy({"api.example:443": port}) as proxy``: each name leads to a port here."""

    def __init__(self, routes: Mapping[str, int], *, credentials: str = "") -> None:
        """``credentials``: ``user:password``, without which nobody passes."""
        self.asked: list[str] = []
        """What was asked for, such as ``CONNECT api.example:443``."""
        self.port = 0
        self._routes = routes
        self._credentials = base64.b64encode(credentials.encode()).decode()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with contextlib.AsyncExitStack() as open_ends:
            open_ends.push_async_callback(_close, writer)
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            method, target, _ = head.split(" ", 2)
            self.asked.append(f"{method} {target}")
            if self._credentials and f"Basic {self._credentials}" not in head:
                writer.write(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
                return
            if method != "CONNECT" or target not in self._routes:
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                return
            beyond, to_beyond = await asyncio.open_connection("127.0.0.1", self._routes[target])
            open_ends.push_async_callback(_close, to_beyond)
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            ways = (_pass(reader, to_beyond), _pass(beyond, writer))
            tasks = [asyncio.ensure_future(way) for way in ways]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
