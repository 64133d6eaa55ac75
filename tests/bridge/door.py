"""A listener on loopback, and what a client sends and gets, byte for byte."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from codestral_ls.bridge.entrance import HttpEntrance
from codestral_ls.bridge.listener import Answering, HttpListener, Limits

TOKEN = "token-of-a-test-1234"
_WITHIN_S = 20.0
"""A hang is a fault; nothing takes so long."""


@dataclass(frozen=True)
class Received:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The sentence of an error, which clients show."""
        message = self.json["error"]["message"]
        assert isinstance(message, str)
        assert "\n" not in message
        return message


def post(path: str, body: object, *headers: str, token: str = TOKEN) -> bytes:
    """A request as an editor sends it."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {token}",
        f"Content-Length: {len(data)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def get(path: str, *headers: str) -> bytes:
    """A request without a body."""
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", f"X-API-Key: {TOKEN}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


class Caller:
    """A connection to the listener."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, data: bytes) -> Received:
        """Send something, and read an answer."""
        self.writer.write(data)
        return await self.answer()

    async def answer(self) -> Received:
        async with asyncio.timeout(_WITHIN_S):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            status, *lines = head.strip().split("\r\n")
            pairs = (line.partition(": ") for line in lines)
            headers = {name.lower(): value for name, _, value in pairs}
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return Received(int(status.split()[1]), headers, body)

    async def is_closed(self) -> bool:
        """Nothing more comes."""
        async with asyncio.timeout(_WITHIN_S):
            return await self.reader.read() == b""

    async def hang_up(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


class Door:
    """The listener, and its callers."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._callers: list[Caller] = []

    async def call(self, host: str = "127.0.0.1") -> Caller:
        """Connect."""
        caller = Caller(*await asyncio.open_connection(host, self.port))
        self._callers.append(caller)
        return caller

    async def ask(self, data: bytes) -> Received:
        """One request on a connection of its own."""
        return await (await self.call()).ask(data)

    async def aclose(self) -> None:
        for caller in self._callers:
            await caller.hang_up()


@contextlib.asynccontextmanager
async def opened(answer: Answering, limits: Limits | None = None) -> AsyncIterator[Door]:
    """The door, open."""
    listener = HttpListener(HttpEntrance(TOKEN), answer, limits or Limits())
    door = Door(await listener.start(0))
    try:
        yield door
    finally:
        await door.aclose()
        await listener.aclose()
