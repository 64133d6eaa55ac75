"""The parent's side: start a child, send it requests, and start it again when it dies.

Answers carry the number of their request. When a request is cancelled, its answer is still read
from the pipe, and dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO, cast

from codestral_ls.workspace.process import interpreter
from codestral_ls.workspace.process.limits import ENDED_BY_OTHERS, noted

MAX_RESTARTS = 3
"""If a child dies once more, starting it again does not help."""
FORGIVEN_AFTER_S = 600.0
"""A child that lived so long was well: what came before it does not count any more."""
_MAX_PASSED_OVER = 32
"""So many texts may end a child without any blame on it. Each costs seconds of computing."""
_MAX_QUEUED_BYTES = 4_000_000
"""Of messages that wait in the pipe. When a child is further behind, messages are dropped."""
_CLOSING_S = 0.5
_MAX_LINE = 1_000_000  # an answer is a few pages of text at most

_log = logging.getLogger(__name__)

Message = dict[str, Any]


class Child:
    """One run of a child process, with the requests that are still unanswered."""

    def __init__(
        self,
        name: str,
        process: asyncio.subprocess.Process,
        on_message: Callable[[Message], None],
        note: BinaryIO | None,
    ) -> None:
        assert process.stdin is not None  # both pipes were asked for
        assert process.stdout is not None
        self._name = name
        self._process = process
        self._stdin = process.stdin
        self._on_message = on_message
        self._note = note
        self.culprit = ""
        """The path of the text that ended it, if one did; known once it ``has_ended``."""
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._is_closing = False
        self._reader = asyncio.create_task(self._read(process.stdout))

    @classmethod
    async def start(
        cls,
        module: str,
        arguments: Sequence[str],
        *,
        name: str,
        roots: Sequence[str] = (),
        first: Message | None = None,
        on_message: Callable[[Message], None],
    ) -> Child:
        """Run ``main()`` of a module of this package. Raises OSError.

        Nothing in ``roots`` or the current directory is run.

        ``first`` is the first line that the child reads. ``name`` is for the log; ``on_message``
        is called with each message that is no answer.
        """
        note = _file_for_note()
        descriptors = [note.fileno()] if note is not None else []
        try:
            process = await asyncio.create_subprocess_exec(
                *interpreter.command(module, roots),
                *(f"--note={descriptor}" for descriptor in descriptors),
                *arguments,
                pass_fds=descriptors,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=interpreter.environment(os.environ),
                cwd=interpreter.working_directory(),
                limit=_MAX_LINE,
            )
        except BaseException:
            if note is not None:
                note.close()
            raise
        child = cls(name, process, on_message, note)
        if first is not None:
            child._write(first)
        return child

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it can take requests."""
        return not self._reader.done() and self._process.returncode is None

    @property
    def has_ended(self) -> bool:
        """Whether all is known of its end."""
        return self._reader.done()

    async def ended(self) -> None:
        """Wait for its end."""
        await asyncio.wait({self._reader})

    async def ask(self, request: Message) -> Message:
        """The answer. Raises ConnectionError when the process ends before it."""
        number = next(self._numbers)
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            self._write({"id": number, **request})
            return await answer
        finally:
            del self._answers[number]

    def tell(self, message: Message) -> None:
        """Send without waiting; dropped where the process is far behind."""
        if self._stdin.transport.get_write_buffer_size() < _MAX_QUEUED_BYTES:
            self._write(message)

    async def aclose(self) -> None:
        """End the process; kill it if it does not end by itself."""
        self._is_closing = True
        self._stdin.close()
        await self._end()
        await self._reader

    def _write(self, message: Message) -> None:
        # ASCII: a lone surrogate in a text must not break the pipe.
        self._stdin.write(json.dumps(message).encode("ascii") + b"\n")

    async def _read(self, stdout: asyncio.StreamReader) -> None:
        # ValueError: a line beyond the limit. Our children write none; something is wrong with it.
        with contextlib.suppress(ValueError, ConnectionError):
            async for line in stdout:
                self._deliver(line)
        if not self._is_closing:
            await self._end()
        status = await self._process.wait()
        if self._note is not None:
            if not self._is_closing and status not in ENDED_BY_OTHERS:
                self.culprit = noted(self._note.fileno())
            self._note.close()
        if not self._is_closing:
            over = " over a text that is passed over from now on" if self.culprit else ""
            _log.warning("%s ended unexpectedly%s, with status %s", self._name, over, status)
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ConnectionResetError())

    def _deliver(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            return
        if not isinstance(message, dict):
            return
        if "id" not in message:
            self._on_message(message)
            return
        answer = self._answers.get(message.pop("id"))
        if answer is not None and not answer.done():
            answer.set_result(message)

    async def _end(self) -> None:
        # Not killed before that: killing looks whether it has ended, and takes the status that says
        # how from those who wait for it.
        try:
            await asyncio.wait_for(self._process.wait(), _CLOSING_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()


class SupervisedChild:
    """A child that starts when it is first needed, and again when it dies, three times at most.

    A death over one text does not count: the next child passes that text over. After ten minutes
    of life earlier deaths do not count either.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str] = (),
        *,
        name: str,
        roots: Sequence[str] = (),
        first: Message | None = None,
        on_message: Callable[[Message], None] = lambda message: None,
        on_start: Callable[[Child], None] = lambda child: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """As for ``Child.start``; ``on_start`` tells a new child what it must know before the
        first request."""
        self._module = module
        self._arguments = arguments
        self._name = name
        self._roots = roots
        self._first = first
        self._on_message = on_message
        self._on_start = on_start
        self._child: Child | None = None
        self._starting: asyncio.Task[Child] | None = None
        self._clock = clock
        self._started_at = 0.0
        self._n_failures = 0
        self._passed_over: list[str] = []
        """Texts that a child ended over."""
        self._is_closed = False

    @property
    def has_given_up(self) -> bool:
        """Whether it died too often and is not started any more; known after the next ``ask``."""
        return self._n_failures > MAX_RESTARTS and not self._is_closed

    @property
    def running(self) -> Child | None:
        """The child, if it runs now."""
        child = self._child
        return child if child is not None and child.is_alive else None

    async def started(self) -> Child | None:
        """The child, started where there is none; None when it is not to be started again.

        Raises OSError where it cannot be started.
        """
        while self._child is not None:
            if self._child.is_alive:
                return self._child
            await self._child.ended()
            self._judge()
        if self._is_closed or self.has_given_up:
            return None
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
        # Shielded: when one request is cancelled, others may wait for the same start.
        return await asyncio.shield(self._starting)

    async def ask(self, request: Message) -> Message:
        """The answer; empty where there is no child. Raises OSError."""
        # Twice: a child that died since the last request may seem alive until it is asked.
        for _ in range(2):
            child = await self.started()
            if child is None:
                break
            with contextlib.suppress(ConnectionError):
                return await child.ask(request)
        return {}

    def tell(self, message: Message) -> None:
        """Send a message if the child runs. ``on_start`` tells a later child what it must know."""
        if self.running is not None:
            self.running.tell(message)

    async def aclose(self) -> None:
        """End the child. Safe to call twice."""
        self._is_closed = True
        if self._starting is not None:
            with contextlib.suppress(OSError):
                await self._starting
        child, self._child = self._child, None
        if child is not None:
            await child.aclose()

    async def _start(self) -> Child:
        self._started_at = self._clock()
        try:
            self._child = child = await Child.start(
                self._module,
                self._arguments,
                name=self._name,
                roots=self._roots,
                first=self._first,
                on_message=self._on_message,
            )
        except OSError:
            self._n_failures += 1
            raise
        finally:
            self._starting = None
        if self._passed_over:
            child.tell({"op": "pass_over", "paths": self._passed_over})
        self._on_start(child)
        return child

    def _judge(self) -> None:
        """Take over what the end of the last child means, once."""
        child = self._child
        if child is None or not child.has_ended:
            return
        self._child = None
        if self._clock() - self._started_at >= FORGIVEN_AFTER_S:
            self._n_failures = 0
        path = child.culprit
        is_new = path != "" and path not in self._passed_over
        if is_new and len(self._passed_over) < _MAX_PASSED_OVER:
            self._passed_over.append(path)
        else:
            self._n_failures += 1


def _file_for_note() -> BinaryIO | None:
    """A file without a name that the child can write to; None where there can be none."""
    if os.name != "posix":
        return None
    try:
        return cast(BinaryIO, tempfile.TemporaryFile(buffering=0))
    except OSError:
        return None
