"""The child's side: answer one line after another, and work in between.

A reader thread hands lines over, as pipes cannot be polled on every platform. The main thread does
one small piece of work at a time and looks for a question after each, so that a question waits a
few milliseconds. Ends when stdin is closed. Nothing is ever written to stderr: it is the editor's
log.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Protocol

_SWITCH_S = 0.001  # the reader thread gets its turn within a millisecond, not five

Message = dict[str, Any]
Operation = Callable[[Message], Message | None]


class Worker(Protocol):
    """What a child does."""

    def answer(self, line: bytes) -> bytes | None:
        """The line to send back, if any."""
        ...

    def work(self) -> bool:
        """Do one piece of work. False where nothing is left."""
        ...

    def news(self) -> bytes | None:
        """A line to send unasked, after a piece of work."""
        ...


def run(worker: Worker, *, niceness: int) -> None:
    """Serve the parent until it closes stdin; does not return.

    ``niceness``: how far work gives way to the editor, where the platform knows such a thing.
    """
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(niceness)
    sys.setswitchinterval(_SWITCH_S)
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin.buffer, lines), daemon=True).start()
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        serve(worker, lines, sys.stdout.buffer)
    # Without the interpreter's tidying up: freeing what was learnt takes longer than the parent
    # waits, and flushing a broken stdout would complain on stderr.
    os._exit(0)


def serve(worker: Worker, lines: queue.SimpleQueue[bytes | None], out: BinaryIO) -> None:
    """Answer and work until there is no further line."""
    # What a child is told first says where to begin; so a line is awaited before any work.
    idle = True
    while True:
        try:
            line = lines.get(block=idle)
        except queue.Empty:
            idle = not worker.work()
            _send(out, worker.news())
            continue
        if line is None:
            return
        _send(out, worker.answer(line))
        idle = False


def answer(line: bytes, operations: Mapping[str, Operation]) -> bytes | None:
    """The line to send back; None where the question wants none or makes no sense.

    A message names its operation by ``op``; one with an ``id`` is answered, if only by the id.
    """
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict):
        return None
    operation = operations.get(str(message.get("op")))
    if operation is None:
        return None
    try:
        found = operation(message)
    except (KeyError, TypeError, ValueError, OverflowError):
        found = None
    if "id" not in message:
        return None
    return encoded({"id": message["id"], **(found or {})})


def encoded(message: Message) -> bytes:
    """A message as a line. ASCII: a lone surrogate in a text must not break the pipe."""
    return json.dumps(message).encode("ascii") + b"\n"


def text(message: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """A text of a message. Raises KeyError and TypeError."""
    value = message[name] if default is None else message.get(name) or default
    if not isinstance(value, str):
        raise TypeError(name)
    return value


def _send(out: BinaryIO, line: bytes | None) -> None:
    if line is not None:
        out.write(line)
        out.flush()


def _read(source: BinaryIO, lines: queue.SimpleQueue[bytes | None]) -> None:
    with contextlib.suppress(OSError, ValueError):
        for line in source:
            lines.put(line)
    lines.put(None)
