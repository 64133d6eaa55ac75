"""How messages come in and go out, and how the process ends.

It replaces pygls' own loops, which read stdin through a thread pool (three hops a message), spin
when the client is gone before its answer, always exit with 0 and take messages of any size.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import signal
import stat
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, BinaryIO, NoReturn, Protocol

from codestral_ls.config.values import whole_number
from codestral_ls.server.handlers import make_server
from codestral_ls.server.language_server import CodestralServer
from codestral_ls.server.protocol import QuietFilter

_log = logging.getLogger(__name__)

# The largest document an editor edits comfortably is some 50 MB; more is skipped unread.
_MAX_MESSAGE_BYTES = 64 * 1024 * 1024
# The start of a skipped message says which document it was about.
_PEEK_BYTES = 4096
_URI = re.compile(rb'"uri"\s*:\s*("(?:[^"\\]|\\.)*")')
_PARENT_POLL_S = 1.0
_CLEANUP_S = 1.0


class CannotServe(Exception):
    """Why nothing can be served, in a sentence for the terminal."""


class _ByteReader(Protocol):
    """Where messages are read from; asyncio.StreamReader is one."""

    async def readline(self) -> bytes: ...

    async def readexactly(self, n: int, /) -> bytes: ...


def serve_stdio(environ: Mapping[str, str], flags: Mapping[str, str | None]) -> NoReturn:
    """Serve one client over stdin and stdout; ends the process."""

    async def connect(server: CodestralServer) -> None:
        server.protocol.set_writer(_PipeWriter(sys.stdout.buffer, server.stop))
        await _read_messages(server, await _stdin(sys.stdin.buffer))

    _run(connect, environ, flags)


def serve_tcp(
    host: str, port: int, environ: Mapping[str, str], flags: Mapping[str, str | None]
) -> NoReturn:
    """Serve the first client that connects by TCP; ends the process."""

    async def connect(server: CodestralServer) -> None:
        client: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
        client = asyncio.get_running_loop().create_future()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if client.done():
                writer.close()
            else:
                client.set_result((reader, writer))

        listener = await asyncio.start_server(accept, host, port)
        actual = listener.sockets[0].getsockname()[1]
        sys.stderr.write(f"codestral-ls: listening on {host}:{actual}\n")
        reader, writer = await client
        listener.close()
        server.protocol.set_writer(_SocketWriter(writer))
        await _read_messages(server, reader)
        writer.close()

    _run(connect, environ, flags)


def serve_ws(
    host: str, port: int, environ: Mapping[str, str], flags: Mapping[str, str | None]
) -> NoReturn:
    """Serve the first client that connects by WebSocket; ends the process."""
    try:
        from websockets.asyncio.server import ServerConnection, serve
    except ImportError:
        raise CannotServe("--ws needs an extra: pip install 'codestral-ls[ws]'") from None
    from pygls.io_ import run_websocket

    async def connect(server: CodestralServer) -> None:
        ended = threading.Event()
        gone = asyncio.Event()

        async def accept(socket: ServerConnection) -> None:
            await run_websocket(socket, ended, server.protocol)
            gone.set()

        async with serve(accept, host, port, max_size=_MAX_MESSAGE_BYTES) as listener:
            actual = next(iter(listener.sockets)).getsockname()[1]
            sys.stderr.write(f"codestral-ls: listening on ws://{host}:{actual}\n")
            await gone.wait()

    _run(connect, environ, flags)


def _run(
    connect: Callable[[CodestralServer], Awaitable[None]],
    environ: Mapping[str, str],
    flags: Mapping[str, str | None],
) -> NoReturn:
    for name in ("pygls.protocol.json_rpc", "pygls.protocol.language_server", "pygls.server"):
        logging.getLogger(name).addFilter(QuietFilter())
    server = make_server(environ, flags)

    async def serve() -> NoReturn:
        status = await _until_over(server, connect)
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        logging.shutdown()
        # asyncio would wait for every task and thread, one of which may hang in a read of stdin
        # or in name resolution. An editor that closed the pipe expects the process to be gone,
        # and everything worth saving is saved.
        os._exit(status)

    try:
        asyncio.run(serve())
    except OSError as error:
        raise CannotServe(f"cannot listen ({error.strerror})") from None


async def _until_over(
    server: CodestralServer, connect: Callable[[CodestralServer], Awaitable[None]]
) -> int:
    """Serve until the client is done or gone, a signal comes, or the parent dies."""
    signalled: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    _catch_signals(signalled)
    stopped = asyncio.Event()
    server.when_stopped = stopped.set
    serving = asyncio.ensure_future(connect(server))
    watching = [asyncio.ensure_future(wait) for wait in (_parent_gone(server), stopped.wait())]
    ends: set[asyncio.Future[Any]] = {serving, signalled, *watching}
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for task in (serving, *watching):
        task.cancel()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_CLEANUP_S):
            await server.aclose()
    if serving.done() and not serving.cancelled() and (error := serving.exception()) is not None:
        raise error
    if signalled.done():
        return 128 + signalled.result()
    return 0 if server.protocol.shutdown_requested else 1


def _catch_signals(signalled: asyncio.Future[int]) -> None:
    loop = asyncio.get_running_loop()

    def caught(number: int) -> None:
        if not signalled.done():
            signalled.set_result(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, caught, number)
        except NotImplementedError:
            # Windows' event loop has no signal handlers; the plain ones work there.
            signal.signal(number, lambda got, _: loop.call_soon_threadsafe(caught, got))


async def _parent_gone(server: CodestralServer) -> None:
    """Return when the process that started us for itself no longer exists."""
    while True:
        await asyncio.sleep(_PARENT_POLL_S)
        if server.process_id is not None and os.name == "posix":
            try:
                os.kill(server.process_id, 0)
            except ProcessLookupError:
                return
            except PermissionError:
                continue


async def _read_messages(server: CodestralServer, reader: _ByteReader) -> None:
    """Read and handle messages until ``exit`` or the end of the stream."""
    length = 0
    while not server.stopped:
        try:
            header = await reader.readline()
            if not header:
                return
            name, _, value = header.partition(b":")
            if name.strip().lower() == b"content-length" and value.strip().isdigit():
                length = int(value)
            elif length and not header.strip():
                if length > _MAX_MESSAGE_BYTES:
                    server.message_skipped(await _skip(reader, length))
                else:
                    handle_message(server, await reader.readexactly(length))
                length = 0
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        except ValueError:
            # An endless line is no header; the next line may be one.
            continue


def handle_message(server: CodestralServer, body: bytes) -> None:
    """Handle one message. Whatever it is, the next one is handled too."""
    protocol = server.protocol
    try:
        message = json.loads(body, object_hook=protocol.structure_message, parse_int=whole_number)
    except Exception as error:  # noqa: BLE001  # anything may come in, and nothing may stop us
        server.report_server_error(error, type(error))
        server.message_unreadable(_plain(body))
        return
    if not hasattr(message, "jsonrpc"):
        server.report_server_error(TypeError("not a JSON-RPC message"), TypeError)
        return
    protocol.handle_message(message)


def _plain(body: bytes) -> dict[str, Any]:
    """A message that does not fit its type, as plain JSON; empty if it is not even that."""
    try:
        message = json.loads(body, parse_int=whole_number)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


async def _skip(reader: _ByteReader, length: int) -> str | None:
    """Read past a message; returns its document's URI, if that is near the start."""
    head = await reader.readexactly(min(length, _PEEK_BYTES))
    left = length - len(head)
    while left:
        left -= len(await reader.readexactly(min(left, 1 << 20)))
    found = _URI.search(head)
    if found is None:
        return None
    uri: str = json.loads(found[1])
    return uri


async def _stdin(stdin: BinaryIO) -> _ByteReader:
    """stdin as a stream: without threads where it is a pipe, through one elsewhere."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 22)
    mode = os.fstat(stdin.fileno()).st_mode
    # The event loop cannot watch a file (``codestral-ls < recorded``), /dev/null or a terminal.
    if os.name == "posix" and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), stdin)
        return reader
    threading.Thread(target=_pump, args=(stdin, reader, loop), daemon=True).start()
    return reader


def _pump(stdin: BinaryIO, reader: asyncio.StreamReader, loop: asyncio.AbstractEventLoop) -> None:
    with contextlib.suppress(RuntimeError, OSError):  # the loop or the pipe is gone: so are we
        while chunk := os.read(stdin.fileno(), 1 << 16):
            loop.call_soon_threadsafe(reader.feed_data, chunk)
        loop.call_soon_threadsafe(reader.feed_eof)


class _PipeWriter:
    """Writes to stdout; when the reader is gone, it says so once instead of failing each time."""

    def __init__(self, stdout: BinaryIO, gone: Callable[[], None]) -> None:
        self._stdout = stdout
        self._gone = gone
        self._closed = False

    def write(self, data: bytes) -> None:
        if self._closed:
            return
        try:
            self._stdout.write(data)
            self._stdout.flush()
        except (OSError, ValueError):
            self._closed = True
            # What is still buffered would fail again when the interpreter closes the file.
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stdout.fileno())
            self._gone()

    def close(self) -> None:
        self._closed = True


class _SocketWriter:
    """Writes to a socket without waiting; asyncio buffers."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(data)

    def close(self) -> None:
        self._writer.close()
