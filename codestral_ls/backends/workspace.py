"""The embedded provider: a child process of our own that learns the workspace.

No network and no model. Learning in this process would stop the event loop for ten milliseconds
at a time; in a child it costs the typing user nothing. Questions and answers are JSON lines
(``codestral_ls.workspace.process``), matched by number, so that a question nobody waits for any
more leaves the pipe as it was: its answer is read and dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import os
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path
from typing import Any

from codestral_ls.backends.base import Chunk, Finish, Generation, ServerFailure
from codestral_ls.model import Usage

MAX_RESTARTS = 3
"""A child that dies a fourth time dies of something that starting it cannot cure."""
MAX_DOCUMENT_CHARS = 200_000
"""As for files (``workspace.files``); and a longer text would stop the event loop for
milliseconds while it is written as JSON. Such a document is completed, but not learnt."""
MAX_QUEUED_BYTES = 4_000_000
"""Updates that wait in the pipe: a child this far behind learns more from later ones."""
_CLOSING_S = 0.5
_MAX_LINE = 1_000_000  # an answer is a few lines of code

_log = logging.getLogger(__name__)

Message = dict[str, Any]


class WorkspaceBackend:
    """Continues what was written before in the same situation. Satisfies ``Backend``."""

    name = "workspace"
    host = ""
    model = "workspace"

    def __init__(self, *, roots: Sequence[str], exclude: Sequence[str] = ()) -> None:
        """``roots`` are the directories to learn; ``exclude`` are globs as in .gitignore."""
        self._arguments = [f"--exclude={glob}" for glob in exclude]
        self._arguments += ["--", *(str(Path(root).absolute()) for root in roots)]
        self._child: _Child | None = None
        self._starting: asyncio.Task[_Child] | None = None
        self._n_starts = 0
        self._documents: dict[str, str] = {}
        self._was_told = False
        self._is_closed = False

    async def stream(self, generation: Generation) -> AsyncGenerator[Chunk, None]:
        """Yield one chunk; its text is empty where nothing is sure enough."""
        answer = await self._ask(
            {
                "op": "complete",
                "path": generation.path,
                "before": generation.prefix,
                "after": generation.suffix,
                "max_tokens": generation.max_tokens,
                "multiline": "\n" not in generation.stop,
            }
        )
        yield Chunk(
            text=str(answer.get("text", "")), finish=Finish.STOP, usage=Usage(), model=self.model
        )

    async def warm(self) -> None:
        """Start the child and let it begin to learn."""
        with contextlib.suppress(ServerFailure):
            await self.status()

    async def status(self) -> Message:
        """What was learnt: ``files``, ``tokens``, ``done``, ``left_out`` (a sentence or empty)."""
        return await self._ask({"op": "status"})

    def update(self, path: str, text: str) -> None:
        """Learn the text of a document that is open in the editor. Returns at once."""
        if len(text) > MAX_DOCUMENT_CHARS:
            text = ""
        self._documents[path] = text
        self._tell({"op": "update", "path": path, "text": text})

    def forget(self, path: str) -> None:
        """The document was closed, or the file changed: what is on disk, if anything, counts."""
        self._documents.pop(path, None)
        self._tell({"op": "close", "path": path})

    async def aclose(self) -> None:
        """End the child. Safe to call twice."""
        self._is_closed = True
        if self._starting is not None:
            with contextlib.suppress(ServerFailure):
                await self._starting
        child, self._child = self._child, None
        if child is not None:
            await child.aclose()

    async def _ask(self, question: Message) -> Message:
        # Twice: that a child died since the last question may show only in asking it.
        for _ in range(2):
            child = await self._living_child()
            if child is None:
                break
            with contextlib.suppress(ConnectionError):
                return await child.ask(question)
        return {}

    def _tell(self, message: Message) -> None:
        # A child that does not run learns the open documents when it starts, and the disk anyway.
        if self._child is not None and self._child.is_alive:
            self._child.tell(message)

    async def _living_child(self) -> _Child | None:
        """The child, started where there is none; None when it is not to be started again."""
        if self._child is not None and self._child.is_alive:
            return self._child
        if self._is_closed:
            return None
        if self._starting is None:
            if self._n_starts > MAX_RESTARTS:
                self._give_up()
                return None
            self._n_starts += 1
            self._starting = asyncio.create_task(self._start())
        # Shielded: whoever stops waiting must not stop the start for those who ask next.
        return await asyncio.shield(self._starting)

    def _give_up(self) -> None:
        """Say so, the first time."""
        if not self._was_told:
            self._was_told = True
            raise ServerFailure(
                "The embedded completer keeps ending unexpectedly and was switched off; "
                "restart the language server to try it again."
            )

    async def _start(self) -> _Child:
        try:
            self._child = child = await _Child.start(self._arguments)
        except OSError as error:
            raise ServerFailure("The embedded completer could not be started.") from error
        finally:
            self._starting = None
        for path, text in self._documents.items():
            child.tell({"op": "update", "path": path, "text": text})
        return child


class _Child:
    """One run of the child process, with the questions that wait for its answers."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        stdin: asyncio.StreamWriter,
        stdout: asyncio.StreamReader,
    ) -> None:
        self._process = process
        self._stdin = stdin
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._is_closing = False
        self._reader = asyncio.create_task(self._read(stdout))

    @classmethod
    async def start(cls, arguments: Sequence[str]) -> _Child:
        """Start the process. Raises OSError."""
        process = await asyncio.create_subprocess_exec(
            *_command(),
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_environment(os.environ),
            limit=_MAX_LINE,
        )
        assert process.stdin is not None  # both pipes were asked for
        assert process.stdout is not None
        return cls(process, process.stdin, process.stdout)

    @property
    def is_alive(self) -> bool:
        return not self._reader.done() and self._process.returncode is None

    async def ask(self, question: Message) -> Message:
        """The answer. Raises ConnectionError when the process ends before it."""
        number = next(self._numbers)
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            self._write({"id": number, **question})
            return await answer
        finally:
            del self._answers[number]

    def tell(self, message: Message) -> None:
        """Send without waiting; dropped where the process is far behind."""
        if self._stdin.transport.get_write_buffer_size() < MAX_QUEUED_BYTES:
            self._write(message)

    async def aclose(self) -> None:
        self._is_closing = True
        self._stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _CLOSING_S)
        except TimeoutError:
            self._kill()
        await self._reader

    def _write(self, message: Message) -> None:
        self._stdin.write(json.dumps(message).encode("ascii") + b"\n")

    async def _read(self, stdout: asyncio.StreamReader) -> None:
        # ValueError: a line beyond the limit. That is not our child's way; it is given up.
        with contextlib.suppress(ValueError, ConnectionError):
            async for line in stdout:
                self._deliver(line)
        if not self._is_closing:
            self._kill()
        status = await self._process.wait()
        if not self._is_closing:
            _log.warning("the embedded completer ended unexpectedly, with status %s", status)
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ConnectionResetError())

    def _deliver(self, line: bytes) -> None:
        try:
            message = json.loads(line)
            answer = self._answers.get(message.pop("id"))
        except (ValueError, KeyError, AttributeError, TypeError):
            return
        if answer is not None and not answer.done():
            answer.set_result(message)

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()


def _command() -> list[str]:
    # -P, and our package at the end of the path: what lies in the current directory, which is
    # often the workspace, must never be imported in place of the standard library or of us.
    package = str(Path(__file__).resolve().parents[2])
    start = (
        f"import sys; sys.path.append({package!r}); "
        "from codestral_ls.workspace.process import main; sys.exit(main())"
    )
    return [sys.executable, "-P", "-c", start]


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Ours, without the keys, for which the child has no use."""
    return {name: value for name, value in ours.items() if not name.upper().endswith("API_KEY")}
