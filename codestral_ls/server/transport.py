"""The ways in, and how the process ends.

The readers of this folder replace pygls' own loops, which read stdin through a thread pool (three
hops a message), spin when the client is gone before its answer, always exit with 0 and take
messages of any size.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path
from typing import Any, NoReturn

from codestral_ls.client_tokens import BadTokenFile, new_token, token_of_file
from codestral_ls.installation import install_command
from codestral_ls.server import sockets, stdio
from codestral_ls.server.frames import read_messages
from codestral_ls.server.handlers import make_server
from codestral_ls.server.language_server import CodestralServer
from codestral_ls.server.protocol import QuietFilter
from codestral_ls.server.signals import ending_signal

_CLEANUP_S = 1.0
# The answer to initialize depends on the user's settings, and a home directory may be on a disk
# that does not answer.
_SETTINGS_WITHIN_S = 1.0


class CannotServe(Exception):
    """Why nothing can be served, in a sentence for the terminal."""


def serve_stdio(environ: Mapping[str, str], flags: Mapping[str, str | None]) -> NoReturn:
    """Serve one client over stdin and stdout; ends the process."""

    async def connect(server: CodestralServer) -> None:
        server.protocol.set_writer(stdio.PipeWriter(sys.stdout.buffer, server.stop))
        await read_messages(server, await stdio.reader_of(sys.stdin.buffer))

    _run(connect, environ, flags)


def serve_tcp(
    host: str,
    port: int,
    environ: Mapping[str, str],
    flags: Mapping[str, str | None],
    *,
    token_file: Path | None = None,
) -> NoReturn:
    """Serve the first client that connects by TCP, with the token of a file; ends the process."""
    try:
        token = token_of_file(token_file) if token_file else None
    except BadTokenFile as error:
        raise CannotServe(f"--token-file: {error}") from None
    _run(lambda server: sockets.serve_tcp_client(server, host, port, token), environ, flags)


def serve_pipe(path: Path, environ: Mapping[str, str], flags: Mapping[str, str | None]) -> NoReturn:
    """Serve the client at a Unix socket, whichever side listens; ends the process."""
    if not hasattr(socket, "AF_UNIX") or os.name != "posix":
        raise CannotServe("--pipe needs Unix sockets, which this system has not: use --stdio")
    _run(lambda server: sockets.serve_pipe_client(server, path), environ, flags)


def serve_ws(
    host: str,
    port: int,
    environ: Mapping[str, str],
    flags: Mapping[str, str | None],
    *,
    origins: Collection[str] = (),
    any_host: bool = False,
) -> NoReturn:
    """Serve the first client that connects by WebSocket; ends the process."""
    if importlib.util.find_spec("websockets") is None:
        raise CannotServe(f"--ws needs another library: {install_command('websockets')}")
    from codestral_ls.server.websocket import Entrance, serve_ws_client

    entrance = Entrance(new_token(), origins, any_host)
    _run(lambda server: serve_ws_client(server, host, port, entrance), environ, flags)


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
    except sockets.CannotListen as error:
        raise CannotServe(str(error)) from None
    except OSError as error:
        raise CannotServe(f"cannot listen ({error.strerror or error})") from None


async def _until_over(
    server: CodestralServer, connect: Callable[[CodestralServer], Awaitable[None]]
) -> int:
    """Serve until the client is done or gone, a signal comes, or the parent dies."""
    signalled = ending_signal()
    stopped = asyncio.Event()
    server.when_stopped = stopped.set
    await server.session.read_own_settings(_SETTINGS_WITHIN_S)
    serving = asyncio.ensure_future(connect(server))
    watching = [asyncio.ensure_future(wait) for wait in (server.parent.gone(), stopped.wait())]
    ends: set[asyncio.Future[Any]] = {serving, signalled, *watching}
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for task in (serving, *watching):
        task.cancel()
    # A socket that was listened on is removed.
    await asyncio.wait({serving}, timeout=_CLEANUP_S)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_CLEANUP_S):
            await server.aclose()
    if serving.done() and not serving.cancelled() and (error := serving.exception()) is not None:
        raise error
    if signalled.done():
        return 128 + signalled.result()
    return 0 if server.protocol.shutdown_requested else 1
