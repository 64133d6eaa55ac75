"""HTTP/1.1 on asyncio streams, bare enough to be done wrong on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any


class ClientLeft(Exception):
    """The client closed the connection before the answer was whole."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    """By lower-case name."""
    content: bytes

    @property
    def body(self) -> Any:
        """The content as JSON; None if it is none."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None

    def with_fields(self, **fields: Any) -> HttpRequest:
        """The same with other fields in its body, if that is an object."""
        if not isinstance(self.body, dict):
            return self
        return dataclasses.replace(self, content=json.dumps({**self.body, **fields}).encode())


class _Protocol(asyncio.StreamReaderProtocol):
    """Notices at once when the client leaves, even while nobody reads."""

    gone: asyncio.Event

    def eof_received(self) -> bool | None:
        self.gone.set()
        return super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()
        super().connection_lost(exc)


class ServerConnection:
    """One accepted connection."""

    def __init__(
        self,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        gone: asyncio.Event,
    ) -> None:
        self.number = number
        self.gone = gone
        self._reader = reader
        self._writer = writer
        self._chunked = False

    async def read_request(self) -> HttpRequest | None:
        """The next request; None when the client is done."""
        try:
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.rstrip().split("\r\n")
            method, path, _ = first.split(" ")
            pairs = (line.partition(":") for line in lines)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            content = await self._reader.readexactly(int(headers.get("content-length", 0)))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        return HttpRequest(method, path, headers, content)

    async def pause(self, seconds: float) -> None:
        """Wait, unless the client leaves. Raises ClientLeft."""
        if seconds:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.gone.wait(), seconds)
        else:
            await asyncio.sleep(0)
        if self.gone.is_set():
            raise ClientLeft

    async def wait_for(self, event: asyncio.Event) -> None:
        """Wait for something, unless the client leaves. Raises ClientLeft."""
        waits = {asyncio.ensure_future(e.wait()) for e in (event, self.gone)}
        _, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        if self.gone.is_set():
            raise ClientLeft

    async def wait_until_left(self) -> None:
        """Do nothing until the client leaves, and raise ClientLeft."""
        await self.gone.wait()
        raise ClientLeft

    async def send_head(
        self, status: int, headers: Mapping[str, str], *, length: int | None
    ) -> None:
        """Status and headers; ``length`` None announces a chunked body."""
        self._chunked = length is None
        framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        lines = [f"HTTP/1.1 {status} Whatever", framing]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        await self.send_raw(("\r\n".join(lines) + "\r\n\r\n").encode())

    async def send(self, data: bytes) -> None:
        """A piece of the body. Raises ClientLeft."""
        if data:
            await self.send_raw(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)

    async def end_body(self) -> None:
        """The end of a chunked body."""
        if self._chunked:
            await self.send_raw(b"0\r\n\r\n")

    async def send_raw(self, data: bytes) -> None:
        """Bytes as they are. Raises ClientLeft."""
        if self.gone.is_set():
            raise ClientLeft
        try:
            self._writer.write(data)
            await self._writer.drain()
        except ConnectionError:
            raise ClientLeft from None

    def reset(self) -> None:
        """Break the connection off with a reset instead of an orderly end."""
        transport = self._writer.transport
        linger = struct.pack("ii", 1, 0)  # on, for no time at all: what is unsent is dropped
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()

    async def close(self) -> None:
        """Close, whatever was under way."""
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


Handler = Callable[[ServerConnection], Awaitable[None]]


class Listener:
    """Accepts on loopback and counts."""

    def __init__(self, handle: Handler, tls: ssl.SSLContext | None = None) -> None:
        self.accepted = 0
        self._handle = handle
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self, port: int) -> int:
        """Listen on the port, or on any for 0; the port is returned."""
        door = socket.create_server(("127.0.0.1", port))
        await self.open_at(door)
        return int(door.getsockname()[1])

    async def open_at(self, door: socket.socket) -> None:
        """Listen at a socket that is bound already."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, sock=door, ssl=self._tls)

    def refuse(self) -> None:
        """Stop listening; connections that stand go on."""
        if self._server is not None:
            self._server.close()

    async def close(self) -> None:
        """Stop listening, and end what is under way."""
        self.refuse()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _protocol(self) -> _Protocol:
        gone = asyncio.Event()
        protocol = _Protocol(
            asyncio.StreamReader(limit=1 << 24),
            lambda reader, writer: self._accept(reader, writer, gone),
        )
        protocol.gone = gone
        return protocol

    def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gone: asyncio.Event
    ) -> None:
        self.accepted += 1
        # asyncio sets it only for sockets that it made itself; without it every later answer on a
        # kept connection waits 40 ms for an acknowledgement.
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = ServerConnection(self.accepted, reader, writer, gone)
        task = asyncio.create_task(self._serve(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: ServerConnection) -> None:
        try:
            await self._handle(connection)
        except ClientLeft:
            pass
        finally:
            await connection.close()
