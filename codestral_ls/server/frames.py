"""Messages out of bytes, with bounds: the same for every way in."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Iterator
from typing import Protocol

from codestral_ls.config.values import whole_number
from codestral_ls.server.parts import parts
from codestral_ls.server.protocol import Server, log_unhandled

_log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""The largest document an editor edits comfortably is some 50 MB; more is skipped unread."""
# Of a number that may be a request's id; Python itself reads no more than 4300.
_MAX_DIGITS = 300
# What has arrived already is read without waiting.
_MESSAGES_A_TURN = 32
# The start of a message that is not read says which document it was about.
_PEEK_BYTES = 4096
_URI = re.compile(rb'"uri"\s*:\s*("(?:[^"\\]|\\.)*")')


class ByteReader(Protocol):
    """Where messages are read from; asyncio.StreamReader is one."""

    async def readline(self) -> bytes: ...

    async def readexactly(self, n: int, /) -> bytes: ...


async def read_messages(server: Server, reader: ByteReader, first_line: bytes = b"") -> None:
    """Read and handle messages until ``exit`` or the end of the stream.

    ``first_line`` was read already.
    """
    length = n_taken = 0
    while not server.stopped:
        try:
            header = first_line or await reader.readline()
            first_line = b""
            if not header:
                return
            name, _, value = header.partition(b":")
            if name.strip().lower() == b"content-length" and value.strip().isdigit():
                length = int(value)
            elif length and not header.strip():
                if length > MAX_MESSAGE_BYTES:
                    await _skip(server, reader, length)
                else:
                    await take_in_turns(server, await reader.readexactly(length))
                length, n_taken = 0, n_taken + 1
                if n_taken % _MESSAGES_A_TURN == 0:
                    await asyncio.sleep(0)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        except ValueError:
            # An endless line is no header; the next line may be one.
            continue


async def take_in_turns(server: Server, body: bytes) -> None:
    """Handle one message, a long one in several turns of the event loop. Whatever it is, the next
    one can be handled too."""
    for number, part in enumerate(_parts(server, body)):
        if number:
            await asyncio.sleep(0)
        server.protocol.take(part)


def _parts(server: Server, body: bytes) -> Iterator[object]:
    try:
        message = json.loads(body, parse_int=_integer)
    except (ValueError, RecursionError) as error:
        log_unhandled(error)
        lost = _document(body)
        if lost is not None:
            server.protocol.lose(lost)
        return
    yield from parts(message)


def _integer(digits: str) -> int:
    # A request's id must come back as it was.
    return int(digits) if len(digits) <= _MAX_DIGITS else whole_number(digits)


async def _skip(server: Server, reader: ByteReader, length: int) -> None:
    """Read past a message. Its document is unknown until it is opened again."""
    head = await reader.readexactly(min(length, _PEEK_BYTES))
    left = length - len(head)
    while left:
        left -= len(await reader.readexactly(min(left, 1 << 20)))
    _log.warning("a message of more than 64 MB was skipped")
    server.protocol.lose(_document(head))


def _document(message: bytes) -> str | None:
    """The URI of the document that a message is about, if it is near the start."""
    found = _URI.search(message, 0, _PEEK_BYTES)
    try:
        return None if found is None else str(json.loads(found[1]))
    except ValueError:
        return None
