"""stdin and stdout as a client's streams."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import threading
from collections.abc import Callable
from typing import BinaryIO

from codestral_ls.server.frames import ByteReader


async def reader_of(stdin: BinaryIO) -> ByteReader:
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


class PipeWriter:
    """Writes to stdout; when the reader is gone, it says so once instead of failing each time."""

    def __init__(self, stdout: BinaryIO, gone: Callable[[], None]) -> None:
        self._stdout = stdout
        self._gone = gone
        self._closed = False

    def write(self, data: bytes) -> None:
        """Write a message."""
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
        """Write no more."""
        self._closed = True
