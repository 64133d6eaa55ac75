"""The child's side: answer one line after another, and work in between.

A thread reads the lines, as pipes cannot be polled on every platform. The main thread does one
small piece of work at a time and looks for a line after each, so that a request waits a few
milliseconds at most. The child ends when its stdin is closed, and also when it has another parent:
some other process may hold the pipe open. A piece of work that takes too long ends the process
(``limits``). It never writes to stderr, which is the editor's log.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import threading
from abc import ABC, abstractmethod
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO

from codestral_ls.workspace.looking import LOOK_EVERY_S, ChangeLook
from codestral_ls.workspace.pathnames import slashed
from codestral_ls.workspace.worklist import Worklist

_LOOK_AFTER_S = 2.0
"""An idle child sees so often whether its parent is still there."""
_WAKE = b""
_SWITCH_S = 0.001  # the reader thread gets its turn within a millisecond, not five

Message = dict[str, Any]
_Operation = Callable[[Message], Message | None]


class AnsweredLater(Exception):
    """The answer to a request comes with the ``news``."""


class Conversation(ABC):
    """Answers messages and reads files in between. Both children know these operations:

    - ``{"op": "document", "path", "text"}``: the text of an open document
    - ``{"op": "closed", "path"}``: the document was closed, what is on disk counts again
    - ``{"op": "changed", "paths"}``: files or directories changed on disk
    - ``{"op": "focus", "path"}``: requests will come from this file
    - ``{"op": "pass_over", "paths"}``: texts that a child before this one ended over
    - ``{"id", "op": "status"}``, answered by ``{"id", "done", "left_out"}`` and figures of its own
    """

    def __init__(
        self,
        worklist: Worklist,
        requests: Mapping[str, _Operation],
        look: ChangeLook | None = None,
    ) -> None:
        """``look`` notices changes on disk where the parent does not tell of them."""
        self.limit = worklist.limit
        self.idle_s = LOOK_EVERY_S if look is not None else _LOOK_AFTER_S
        """How long to wait for a message before ``look``."""
        self._changes = look
        self._worklist = worklist
        self._operations: dict[str, _Operation] = {
            "document": self._document,
            "closed": self._closed,
            "changed": self._changed,
            "focus": self._focus,
            "pass_over": self._pass_over,
            "status": self._status,
            **requests,
        }

    @abstractmethod
    def figures(self) -> Message:
        """How much was read, for ``status``."""

    def answer(self, line: bytes) -> bytes | None:
        """The line to send back; None where the message wants none or makes no sense.

        A message with an ``id`` is answered in any case, if only with the id.
        """
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            return None
        if not isinstance(message, dict):
            return None
        operation = self._operations.get(str(message.get("op")))
        if operation is None:
            return None
        if "id" in message:
            self._worklist.look_at_rules()
        path = message.get("path")
        path = slashed(path) if isinstance(path, str) else ""
        self.limit.begin(path)
        try:
            found = None if self._worklist.passes_over(path) else operation(message)
        except AnsweredLater:
            return None
        except (KeyError, TypeError, ValueError, OverflowError):
            found = None
        if "id" not in message:
            return None
        return encoded({"id": message["id"], **(found or {})})

    def look(self) -> bool:
        """While idle: look for changes on disk. True where there is something to read."""
        if self._changes is None or not self._worklist.is_done:
            return False
        self.limit.begin()
        return self._changes.look()

    def work(self) -> bool:
        """Read a little. False where nothing is left."""
        return self._worklist.step()

    def news(self) -> bytes | None:
        """Lines to send unasked, after a piece of work."""
        return None

    def _document(self, message: Message) -> None:
        self._worklist.opened(slashed(text(message, "path")), text(message, "text"))

    def _closed(self, message: Message) -> None:
        self._worklist.closed(slashed(text(message, "path")))

    def _changed(self, message: Message) -> None:
        for path in message["paths"]:
            if isinstance(path, str):
                self._worklist.changed(slashed(path))

    def _pass_over(self, message: Message) -> None:
        self._worklist.pass_over(
            slashed(path) for path in message["paths"] if isinstance(path, str)
        )

    def _focus(self, message: Message) -> None:
        self._worklist.focus_on(slashed(text(message, "path")))

    def _status(self, _message: Message) -> Message:
        worklist = self._worklist
        return {**self.figures(), "done": worklist.is_done, "left_out": worklist.left_out}


def parser(program: str) -> ArgumentParser:
    """The arguments that both children take."""
    arguments = ArgumentParser(prog=program)
    arguments.add_argument("--told", action="store_true", help="as in ``options``")
    arguments.add_argument("--note", type=int, help="descriptor of the file for notes")
    arguments.add_argument(
        "--notice-changes", action="store_true", help="look for changes on disk while idle"
    )
    arguments.add_argument("roots", nargs="*", help="directories to read")
    return arguments


def options(arguments: ArgumentParser, given: Sequence[str] | None) -> Namespace:
    """The arguments as they were given, and ``exclude``, globs of what is not read.

    With ``--told`` these are in an object that is the first line of stdin, ``told``: there may be
    more of them than a command line holds, and others who use the machine can read those.
    """
    found = arguments.parse_args(given)
    found.told = json.loads(sys.stdin.buffer.readline()) if found.told else {}
    found.exclude = found.told.get("exclude", [])
    return found


class LinesIn(queue.SimpleQueue["bytes | None"]):
    """What the parent sent; None at its end."""

    def wake(self) -> None:
        """There is work again, although no line came."""
        self.put(_WAKE)


def run(conversation: Conversation, lines: LinesIn, *, niceness: int = 0) -> None:
    """Serve the parent until it closes stdin; does not return.

    ``niceness``: by how much the process lowers its priority, on platforms that have ``nice``.
    """
    if niceness and hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(niceness)
    sys.setswitchinterval(_SWITCH_S)
    threading.Thread(target=_read, args=(sys.stdin.buffer, lines), daemon=True).start()
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        serve(conversation, lines, sys.stdout.buffer)
    # Without the interpreter's cleaning up: freeing what was read takes longer than the parent
    # waits, and flushing a broken stdout would print an error to stderr.
    os._exit(0)


def serve(
    conversation: Conversation, lines: queue.SimpleQueue[bytes | None], out: BinaryIO
) -> None:
    """Answer and work until there is no further line."""
    # The first message says where to begin, so nothing is read before it.
    idle = True
    parent = parent_number()
    while parent_number() == parent:
        try:
            line = lines.get(block=idle, timeout=conversation.idle_s)
        except queue.Empty:
            if idle:
                idle = not conversation.look()
                conversation.limit.end()
                continue
            idle = not conversation.work()
            conversation.limit.end()
            _send(out, conversation.news())
            continue
        if line is None:
            return
        if line == _WAKE:
            idle = False
            continue
        answer = conversation.answer(line)
        conversation.limit.end()
        _send(out, answer)
        idle = False


def parent_number() -> int:
    """The number of the parent, which changes when that has ended, as far as a platform does so."""
    return os.getppid() if os.name == "posix" else 0


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
