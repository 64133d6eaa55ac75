"""Listens on loopback, and carries each request to what answers it. HTTP itself is h11's.

Nothing is waited for without end, and nothing is kept without a limit: heads and bodies have a
size and a time, connections a number. A head is checked before its body is read. A client that
hangs up takes its request back.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import logging
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus

import h11

from codestral_ls.bridge.entrance import HttpEntrance
from codestral_ls.bridge.messages import HttpAnswer, HttpRequest, of_error

_log = logging.getLogger(__name__)

Answering = Callable[[HttpRequest], Awaitable[HttpAnswer]]

_HOSTS = ("127.0.0.1", "::1")
_READ_BYTES = 65_536
# Of a body in chunks, which may have a byte each.
_EVENTS_A_TURN = 256
# How often a free port is looked for that is free for both addresses.
_ATTEMPTS = 8
# Of a system that has no IPv6, or not on loopback.
_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL, errno.ENOTSUP)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may take."""

    head_bytes: int = 16_384
    body_bytes: int = 2 * 1024 * 1024
    """An editor sends a few hundred lines and some passages: less than 200 KB."""
    connections: int = 32
    """Beyond them one that waits for nothing is closed, first of those that have shown no token;
    where each waits for something, the newest."""
    idle_s: float = 120.0
    """Between requests. Longer than the pauses in which editors keep a connection."""
    arrival_s: float = 10.0
    """From the first byte of a request to its last; on loopback it is milliseconds."""
    departure_s: float = 10.0
    """For an answer to be taken."""
    linger_s: float = 1.0
    """For a refused client to read why."""
    waiting_bytes: int = 65_536
    """Of further requests, while one is being answered."""


class CannotBind(Exception):
    """The port cannot be had; the sentence says why."""


class HttpListener:
    """Serves any number of clients at a port of this machine."""

    def __init__(self, entrance: HttpEntrance, answer: Answering, limits: Limits) -> None:
        self._entrance = entrance
        self._answer = answer
        self._limits = limits
        self._servers: list[asyncio.Server] = []
        self._visits: dict[_Visit, asyncio.Task[None]] = {}

    async def start(self, port: int) -> int:
        """Listen; returns the port, which the system chooses for 0. Raises CannotBind."""
        for attempt in range(_ATTEMPTS):
            try:
                return await self._listen(port)
            except OSError as error:
                await self.aclose()
                taken = error.errno == errno.EADDRINUSE
                if not (taken and port == 0 and attempt + 1 < _ATTEMPTS):
                    raise CannotBind(_why_not(error, port)) from None
        raise AssertionError("the last attempt raises or returns")

    async def aclose(self) -> None:
        """Stop listening, and end what is under way."""
        for server in self._servers:
            server.close()
        self._servers.clear()
        visits = list(self._visits.values())
        for visit in visits:
            visit.cancel()
        if visits:
            await asyncio.wait(visits)

    async def _listen(self, port: int) -> int:
        for host in _HOSTS:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            try:
                server = await asyncio.start_server(self.serve_client, host, port, family=family)
            except OSError as error:
                is_there = not isinstance(error, socket.gaierror)
                if host == _HOSTS[0] or (is_there and error.errno not in _NO_SUCH_ADDRESS):
                    raise
                continue
            self._servers.append(server)
            port = server.sockets[0].getsockname()[1]
        return port

    async def serve_client(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve a connection to its end."""
        task = asyncio.current_task()
        assert task is not None
        if len(self._visits) >= self._limits.connections and not self._make_room():
            writer.close()
            return
        visit = _Visit(reader, writer, self._entrance, self._answer, self._limits)
        self._visits[visit] = task
        try:
            await visit.serve()
        except asyncio.CancelledError:
            # By us, and it ends here: Python 3.11 logs a traceback of a handler that was cancelled.
            pass
        except (OSError, h11.LocalProtocolError):
            _log.debug("a connection ended in the middle of a request")
        finally:
            del self._visits[visit]
            writer.close()

    def _make_room(self) -> bool:
        """Close the oldest connection that is in the middle of nothing: of those that have shown no
        token, if there is one. A client connects again for its next request."""
        idle = [
            (visit.was_admitted, task)
            for visit, task in self._visits.items()
            if not visit.is_busy and not task.cancelling()
        ]
        if not idle:
            return False
        min(idle, key=lambda each: each[0])[1].cancel()
        return True


class _HungUp(Exception):
    """The client is gone while its request was being answered."""


class _Visit:
    """One connection, from its first request to its last."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        entrance: HttpEntrance,
        answer: Answering,
        limits: Limits,
    ) -> None:
        self.is_busy = False
        """A request that was let in is arriving or being answered."""
        self.was_admitted = False
        """A request of this connection was let in."""
        self._wants_body = True
        self._reader, self._writer = reader, writer
        self._entrance, self._answer, self._limits = entrance, answer, limits
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.head_bytes)

    async def serve(self) -> None:
        """Answer requests until the client or a fault ends it."""
        while True:
            try:
                answer = await self._next()
            except h11.RemoteProtocolError as error:
                self._wants_body = True
                answer = of_error(error.error_status_hint, "The request is not HTTP as it must be.")
            except _HungUp:
                return
            except TimeoutError:
                answer = of_error(408, "The request did not arrive in time.")
            if answer is None or not await self._send(answer):
                return
            self.is_busy = False

    async def _next(self) -> HttpAnswer | None:
        """The answer to the next request; None if there is none."""
        head = await self._head()
        if head is None:
            return None
        self._wants_body = head.method != b"HEAD"
        path = self._entrance.admit(head.target.decode("latin-1"), list(head.headers))
        if isinstance(path, HttpAnswer):
            return path
        self.is_busy = self.was_admitted = True
        async with asyncio.timeout(self._limits.arrival_s):
            body = await self._body(head)
        if body is None:
            size = self._limits.body_bytes // 1024
            return of_error(413, f"The body is larger than {size} KB: send less of the text.")
        method = head.method.decode("latin-1")
        return await self._unless_gone(self._answer(HttpRequest(method, path, body)))

    async def _head(self) -> h11.Request | None:
        """The head of the next request; None if none comes."""
        event = self._http.next_event()
        if event is h11.NEED_DATA and not self._http.trailing_data[0]:
            try:
                async with asyncio.timeout(self._limits.idle_s):
                    await self._receive(self._limits.head_bytes)
            except TimeoutError:
                return None
            event = self._http.next_event()
        async with asyncio.timeout(self._limits.arrival_s):
            while event is h11.NEED_DATA:
                await self._receive(self._limits.head_bytes)
                event = self._http.next_event()
        return event if isinstance(event, h11.Request) else None

    async def _body(self, head: h11.Request) -> bytes | None:
        """The whole body; None if it is too large."""
        limit = self._limits.body_bytes
        # h11 has seen to it that there is one length at most, and that it is a number.
        if any(name == b"content-length" and int(value) > limit for name, value in head.headers):
            return None
        body = bytearray()
        for n_events in itertools.count(1):
            if n_events % _EVENTS_A_TURN == 0:
                await asyncio.sleep(0)
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if self._http.they_are_waiting_for_100_continue:
                    self._write(h11.InformationalResponse(status_code=100, headers=[]))
                await self._receive()
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > limit:
                    return None
            else:
                break
        return bytes(body)

    async def _receive(self, max_bytes: int = _READ_BYTES) -> None:
        """Take what comes, or the end. h11 has a limit for what is incomplete only."""
        self._http.receive_data(await self._reader.read(max_bytes))

    async def _unless_gone(self, answering: Awaitable[HttpAnswer]) -> HttpAnswer:
        """The answer, unless the client hangs up before; then the request is taken back."""
        task = asyncio.ensure_future(answering)
        gone = asyncio.ensure_future(self._gone())
        try:
            await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done() and gone.done() and not gone.cancelled() and gone.result():
                raise _HungUp
            return await task
        finally:
            for each in (task, gone):
                each.cancel()
            await asyncio.wait({task, gone})

    async def _gone(self) -> bool:
        """Wait for the client to hang up. What it sends meanwhile is its next request; too much
        of that is left to wait, and then nobody looks any more."""
        n_waiting = 0
        while n_waiting < self._limits.waiting_bytes:
            data = await self._reader.read(_READ_BYTES)
            self._http.receive_data(data)
            if not data:
                return True
            n_waiting += len(data)
        return False

    async def _send(self, answer: HttpAnswer) -> bool:
        """Whether another request may follow."""
        # What is left of a request that was not read would be taken for the next one.
        was_read = self._http.their_state is h11.DONE
        headers = [
            ("Date", formatdate(usegmt=True)),
            ("Content-Type", answer.content_type),
            ("Content-Length", str(len(answer.body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            *answer.headers,
            *([] if was_read else [("Connection", "close")]),
        ]
        reason = HTTPStatus(answer.status).phrase
        self._write(h11.Response(status_code=answer.status, headers=headers, reason=reason))
        if self._wants_body:
            self._write(h11.Data(data=answer.body))
        self._write(h11.EndOfMessage())
        async with asyncio.timeout(self._limits.departure_s):
            await self._writer.drain()
        if was_read and self._http.our_state is h11.DONE:
            self._http.start_next_cycle()
            return True
        if not was_read:
            await self._linger()
        return False

    async def _linger(self) -> None:
        """Take what still comes for a moment: a connection that is closed before is reset, and the
        client may not see its answer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._limits.linger_s):
                self._writer.write_eof()
                while await self._reader.read(_READ_BYTES):
                    pass

    def _write(self, event: h11.Event) -> None:
        self._writer.write(self._http.send(event) or b"")


def _why_not(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use; end the program that uses it, or choose another --port"
    return f"cannot listen on port {port} ({error.strerror or error})"
