"""A server that does wrong on purpose, between a socket's opening and its end.

It stands alone: without a fault it answers every completion with a recorded stream of Mistral's.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Self

from tests.fakes.transport import Listener, ServerConnection
from tests.faults.answers import RECORDED, sized


class Door(Enum):
    """What happens to somebody who wants to connect."""

    OPEN = 1
    SHUT = 2
    """The connection is refused."""
    UNATTENDED = 3
    """The machine takes the connection, the server never does."""
    JAMMED = 4
    """So many wait already that the machine does not answer either."""


class Then(Enum):
    """What the server does when it has said what it had to say."""

    KEEP = 1
    """It waits for the next request."""
    CLOSE = 2
    RESET = 3
    STALL = 4
    REPEAT = 5
    """It says the last piece again, and again, for as long as anybody listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misdeed:
    """How the server treats a connection."""

    door: Door = Door.OPEN
    listens: bool = True
    """The request is read before anything is said."""
    says: bytes = b""
    piece: bytes = b""
    """What is said over and over."""
    bytes_at_a_time: int | None = None
    then: Then = Then.CLOSE


GOOD = Misdeed(says=sized(RECORDED), then=Then.KEEP)


class FaultServer:
    """``async with FaultServer() as server``; asked at ``server.port``, it does ``misdeed``."""

    def __init__(self, misdeed: Misdeed = GOOD, tls: ssl.SSLContext | None = None) -> None:
        self.misdeed = misdeed
        self.requests = 0
        self.sent_bytes = 0
        self.under_way = 0
        """Connections in the middle of an exchange."""
        self.open_now = 0
        """Connections, kept ones included."""
        self._changed = asyncio.Event()
        self._listener = Listener(self._serve, tls)
        self._socket = socket.socket()
        self._crowd: list[socket.socket] = []
        self._attended = False

    async def __aenter__(self) -> Self:
        self._socket.bind(("127.0.0.1", 0))
        await self._stand_at_the_door()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._listener.close()
        self._socket.close()
        self._disperse()

    @property
    def port(self) -> int:
        """Where it is, on this machine."""
        return int(self._socket.getsockname()[1])

    @property
    def accepted(self) -> int:
        """Connections taken."""
        return self._listener.accepted

    async def mend(self) -> None:
        """Answer well from now on."""
        self.misdeed = GOOD
        self._disperse()
        await self._stand_at_the_door()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something to become true of what the server sees. Fails after 10 s."""
        async with asyncio.timeout(10):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def _stand_at_the_door(self) -> None:
        match self.misdeed.door:
            case Door.SHUT:
                pass  # a socket that is bound, but does not listen, refuses
            case Door.UNATTENDED:
                self._socket.listen(16)
            case Door.JAMMED:
                self._socket.listen(0)
                for _ in range(2):
                    visitor = socket.socket()
                    visitor.setblocking(False)
                    with contextlib.suppress(BlockingIOError):
                        visitor.connect(self._socket.getsockname())
                    self._crowd.append(visitor)
            case Door.OPEN if not self._attended:
                self._attended = True
                await self._listener.open_at(self._socket)

    def _disperse(self) -> None:
        for visitor in self._crowd:
            visitor.close()
        self._crowd.clear()

    async def _serve(self, connection: ServerConnection) -> None:
        self.open_now += 1
        try:
            await self._converse(connection)
        finally:
            self.open_now -= 1
            self._changed.set()

    async def _converse(self, connection: ServerConnection) -> None:
        while not self.misdeed.listens or await connection.read_request() is not None:
            self.requests += 1
            self.under_way += 1
            try:
                await self._do(self.misdeed, connection)
                if self.misdeed.then is not Then.KEEP:
                    return
            finally:
                self.under_way -= 1
                self._changed.set()

    async def _do(self, misdeed: Misdeed, connection: ServerConnection) -> None:
        size = misdeed.bytes_at_a_time or len(misdeed.says) or 1
        for start in range(0, len(misdeed.says), size):
            await self._say(connection, misdeed.says[start : start + size])
            if misdeed.bytes_at_a_time:
                await connection.pause(0)
        match misdeed.then:
            case Then.STALL:
                await connection.wait_until_left()
            case Then.REPEAT:
                while True:
                    await self._say(connection, misdeed.piece)
                    await connection.pause(0)
            case Then.RESET:
                connection.reset()
            case Then.KEEP | Then.CLOSE:
                pass

    async def _say(self, connection: ServerConnection, data: bytes) -> None:
        await connection.send_raw(data)
        self.sent_bytes += len(data)
