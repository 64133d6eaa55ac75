"""A client by WebSocket, such as an editor in a browser. Needs the extra ``ws``.

Any page that the user visits can connect to this machine, and so can any user of it. So the URL
has a token, the page's origin must be one that the user named, and the Host header must be a name
of this machine, which it is not when a page's own name resolves to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import http
import logging
import sys
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from codestral_ls import client_tokens
from codestral_ls.server.frames import MAX_MESSAGE_BYTES, take_in_turns
from codestral_ls.server.protocol import QuietFilter, Server
from codestral_ls.server.sockets import shown_host

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_BUSY = 1013  # WebSocket's "try again later"
# A client asks at once, so more than a few are hardly ever under way.
_MAX_WAITING = 16
_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True)
class Entrance:
    """Who is let in by WebSocket."""

    token: str
    origins: Collection[str]
    """Pages that may connect, as the user named them."""
    any_host: bool
    """The user lets other machines connect, by names that are not known here."""

    def refusal(self, path: str, headers: Headers) -> tuple[http.HTTPStatus, str] | None:
        """Why a request is refused; None if it is let in."""
        hosts = headers.get_all("Host")
        if len(hosts) != 1 or not (self.any_host or _host_name(hosts[0]) in _LOOPBACK):
            return http.HTTPStatus.FORBIDDEN, "The Host header is not this machine.\n"
        allowed = {_origin(origin) for origin in self.origins}
        if any(_origin(origin) not in allowed for origin in headers.get_all("Origin")):
            return http.HTTPStatus.FORBIDDEN, "The Origin is not allowed (--allow-origin).\n"
        if not client_tokens.same(self.token, _token(path)):
            return http.HTTPStatus.UNAUTHORIZED, "The token in the URL is missing or wrong.\n"
        return None


async def serve_ws_client(server: Server, host: str, port: int, entrance: Entrance) -> None:
    """Listen, and serve the first client until it is done."""
    # It logs whole requests, and tracebacks of those that are none.
    logging.getLogger("websockets.server").addFilter(QuietFilter())
    client: asyncio.Future[None] | None = None
    ended = asyncio.get_running_loop().create_future()

    def check(connection: ServerConnection, request: Request) -> Response | None:
        refusal = entrance.refusal(request.path, request.headers)
        if refusal is None and client is not None:
            refusal = http.HTTPStatus.CONFLICT, "The server has its client already.\n"
        return None if refusal is None else connection.respond(*refusal)

    async def accept(connection: ServerConnection) -> None:
        nonlocal client
        if client is not None:
            await connection.close(_BUSY, "the server has its client already")
            return
        client = ended
        assert isinstance(connection, _WebSocket)
        connection.stop_waiting()
        await _serve(server, connection)
        if not ended.done():
            ended.set_result(None)

    async with serve(
        accept,
        host,
        port,
        process_request=check,
        create_connection=cast("type[ServerConnection]", partial(_WebSocket, [])),
        max_size=MAX_MESSAGE_BYTES,
        compression=None,
        server_header=None,
    ) as listener:
        actual = next(iter(listener.sockets)).getsockname()[1]
        url = f"ws://{shown_host(host)}:{actual}/?token={entrance.token}"
        sys.stderr.write(f"codestral-ls: listening on {url}\n")
        sys.stderr.flush()
        await ended


class _WebSocket(ServerConnection):
    """A connection that answers what is no HTTP request too; the library only closes it.

    Those that are not the client have little time but may be many, and each takes a descriptor: the
    oldest give way to newer ones.
    """

    def __init__(self, waiting: list[_WebSocket], *args: Any, **named: Any) -> None:
        """``waiting``: all that are not the client, the oldest first."""
        super().__init__(*args, **named)
        self._waiting = waiting
        self._told = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody has connected."""
        super().connection_made(transport)
        self._waiting.append(self)
        for other in self._waiting[:-_MAX_WAITING]:
            other.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self.stop_waiting()
        super().connection_lost(exc)

    def stop_waiting(self) -> None:
        """It is the client, or is gone."""
        if self in self._waiting:
            self._waiting.remove(self)

    def send_data(self) -> None:
        """Send what is due."""
        if self.request is None and self.protocol.handshake_exc is not None and not self._told:
            self._told = True
            # An empty entry ends the connection.
            if self.protocol.writes[:1] == [b""]:
                self.transport.write(_BAD_REQUEST)
        super().send_data()


async def _serve(server: Server, connection: ServerConnection) -> None:
    writer = _WebSocketWriter(connection)
    server.protocol.set_writer(writer, include_headers=False)
    with contextlib.suppress(ConnectionClosed):
        async for message in connection:
            body = message.encode() if isinstance(message, str) else message
            await take_in_turns(server, body)
            if server.stopped:
                break
    await writer.flush()


class _WebSocketWriter:
    """Sends messages in their order, without waiting."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._unsent: asyncio.Queue[str] = asyncio.Queue()
        self._sending = asyncio.ensure_future(self._send())

    def write(self, data: bytes) -> None:
        # Browsers hand text to the page as a string, and bytes as a blob that few pages expect.
        self._unsent.put_nowait(data.decode())

    def close(self) -> None:
        self._sending.cancel()

    async def flush(self) -> None:
        """Wait until all is sent, or the client is gone."""
        all_sent = asyncio.ensure_future(self._unsent.join())
        await asyncio.wait({all_sent, self._sending}, return_when=asyncio.FIRST_COMPLETED)
        all_sent.cancel()
        self.close()

    async def _send(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self._connection.send(await self._unsent.get())
                self._unsent.task_done()


def _host_name(header: str) -> str:
    """The name in a Host header, without the port; empty where it is none."""
    try:
        return (urlsplit(f"//{header}").hostname or "") if "@" not in header else ""
    except ValueError:
        return ""


def _origin(text: str) -> str:
    return text.strip().rstrip("/").lower()


def _token(path: str) -> str:
    try:
        found = parse_qs(urlsplit(path).query).get("token", [])
    except ValueError:
        return ""
    return found[0] if len(found) == 1 else ""
