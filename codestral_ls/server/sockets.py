"""Clients by TCP and by Unix socket: one is served, everything else is closed.

A connection is a client when its first line says so: it is the token where one is asked for, else
the first header of a message. Anything else, such as a browser's HTTP request, is closed, and
listening goes on. Nothing is waited for: connections that say nothing give way to newer ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import stat
import sys
from pathlib import Path

from codestral_ls import client_tokens
from codestral_ls.server.frames import read_messages
from codestral_ls.server.protocol import Server

_TOKEN_HEADER = "codestral-ls-token"  # noqa: S105  # its name, not a token
_MESSAGE_HEADER = re.compile(rb"content-(?:length|type)\s*:", re.IGNORECASE)
# A client sends its first line at once, so more are hardly ever waited for.
_MAX_WAITING = 16

_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class CannotListen(Exception):
    """Why there cannot be a client, in a sentence for the terminal."""


async def serve_tcp_client(server: Server, host: str, port: int, token: str | None) -> None:
    """Listen, and serve the first client until it is done."""
    door = _Door(token)
    listener = await asyncio.start_server(door.knock, host, port)
    actual = listener.sockets[0].getsockname()[1]
    _say_listening(f"{shown_host(host)}:{actual}")
    streams, line = await door.client
    listener.close()
    await _serve(server, streams, line)


async def serve_pipe_client(server: Server, path: Path) -> None:
    """Serve the editor that listens on a Unix socket; where none does, listen there."""
    try:
        streams = await _connect(path)
    except (FileNotFoundError, ConnectionRefusedError):
        await _listen_on_pipe(server, path)
    else:
        await _serve(server, streams, b"")


def shown_host(host: str) -> str:
    """A host as it stands before a port."""
    return f"[{host}]" if ":" in host else host


async def _connect(path: Path) -> _Streams:
    _check_owner(path)
    return await asyncio.open_unix_connection(path)


def _check_owner(path: Path) -> None:
    status = path.stat()
    if not stat.S_ISSOCK(status.st_mode):
        raise CannotListen(f"{path} exists and is no socket")
    if status.st_uid not in (os.getuid(), 0):
        raise CannotListen(f"{path} belongs to another user")


async def _listen_on_pipe(server: Server, path: Path) -> None:
    listening, ours = _bound(path)
    door = _Door(None)
    try:
        listener = await asyncio.start_unix_server(door.knock, sock=listening)
        _say_listening(str(path))
        streams, line = await door.client
        listener.close()
    finally:
        # Once: after this the path may be another server's, and it may be already.
        _remove(path, ours)
    await _serve(server, streams, line)


def _bound(path: Path) -> tuple[socket.socket, os.stat_result]:
    # Left behind by a process that is gone. What has come in its place since is not ours to remove.
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # The socket must never exist with more than the user's own permissions.
    before = os.umask(0o177)
    try:
        listening.bind(str(path))
    finally:
        os.umask(before)
    return listening, path.lstat()


def _remove(path: Path, ours: os.stat_result) -> None:
    with contextlib.suppress(FileNotFoundError):
        if os.path.samestat(path.lstat(), ours):
            path.unlink()


def _say_listening(where: str) -> None:
    sys.stderr.write(f"codestral-ls: listening on {where}\n")
    sys.stderr.flush()


class _Door:
    """Lets one client in: the first whose first line is right."""

    def __init__(self, token: str | None) -> None:
        self._token = token
        self._waiting: list[asyncio.StreamWriter] = []
        self.client: asyncio.Future[tuple[_Streams, bytes]]
        self.client = asyncio.get_running_loop().create_future()

    async def knock(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Somebody has connected."""
        self._waiting.append(writer)
        if len(self._waiting) > _MAX_WAITING:
            self._waiting.pop(0).close()
        line = b""
        with contextlib.suppress(ValueError, ConnectionError):  # an endless line; gone again
            line = await reader.readline()
        if writer in self._waiting:
            self._waiting.remove(writer)
        if self.client.done() or not self._is_client(line):
            writer.close()
            return
        self.client.set_result(((reader, writer), b"" if self._token else line))
        for other in self._waiting:
            other.close()

    def _is_client(self, line: bytes) -> bool:
        if self._token is None:
            return _MESSAGE_HEADER.match(line) is not None
        name, colon, value = line.decode("ascii", "replace").strip().partition(":")
        presented = value.strip() if colon and name.strip().lower() == _TOKEN_HEADER else name
        return line.endswith(b"\n") and client_tokens.same(self._token, presented)


async def _serve(server: Server, streams: _Streams, line: bytes) -> None:
    reader, writer = streams
    server.protocol.set_writer(_SocketWriter(writer))
    await read_messages(server, reader, line)
    # The answer to ``shutdown`` may still be on its way.
    with contextlib.suppress(ConnectionError):
        await writer.drain()
    writer.close()


class _SocketWriter:
    """Writes to a socket without waiting; asyncio buffers."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(data)

    def close(self) -> None:
        self._writer.close()
