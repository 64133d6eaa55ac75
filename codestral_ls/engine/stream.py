"""One answer under way: what it was asked for, what has arrived, and how it ended."""

from __future__ import annotations

import asyncio
import enum
import secrets
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace

from codestral_ls import postprocess
from codestral_ls.backends.base import (
    Backend,
    BackendError,
    BackendTimeout,
    Chunk,
    Finish,
    too_late,
)
from codestral_ls.engine.answers import Answer, Typed, typed_since
from codestral_ls.engine.growing import Growing
from codestral_ls.model import Seen, Snapshot, Usage
from codestral_ls.postprocess import Scene
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.prompt.snippets import Snippet
from codestral_ls.text.syntax import Syntax

# Code in Codestral's tokenizer; only estimates rest on it.
CHARS_PER_TOKEN = 3.3
# A head is followed by a comment and a line of its body.
_MOST_LINES_ON = 3
# A long text is looked at when it has grown by so much, or by a line: otherwise a server that sends
# it in pieces of a character has each of them read with all that came before.
_LOOK_SHARE = 64
# A packet may hold hundreds of pieces. What is read for so long lets others have a turn.
_TURN_S = 0.02


class Ending(enum.Enum):
    """Why nothing more will arrive."""

    FINISHED = enum.auto()
    """The model or its server ended the answer; ``finish`` says why."""
    ENOUGH = enum.auto()
    """A longer text would be shown the same, so the stream was closed, at once or a line later."""
    DIVERGED = enum.auto()
    """What arrived contradicts what was typed meanwhile, so the stream was closed."""
    FAILED = enum.auto()
    """The backend failed; ``error`` says how."""
    GIVEN_UP = enum.auto()
    """Nobody wanted the answer any more, so the stream was closed."""


class Stream:
    """One answer of a backend, for one state of one document.

    It outlives the requests that wait for it: a client that cancels or asks again does not end
    what the next request may still want. ``changed`` is called whenever there is news, ``settled``
    when there is enough for the place where the cursor is.
    """

    def __init__(
        self,
        scene: Scene,
        backend: Backend,
        changed: Callable[[], None],
        settled: Callable[[Stream], None],
        *,
        prepared: bool,
        reads_on: bool = False,
    ) -> None:
        self.scene = scene
        """The place that was asked about."""
        self.backend = backend
        # As long as a trace's id is by W3C's Trace Context, and as random.
        self.request_id = secrets.token_hex(16) if backend.host else ""
        """Sent along; empty where nothing leaves this machine."""
        self.snippets: tuple[Snippet, ...] = ()
        """Passages of other files that the prompt shows."""
        self.text = ""
        self.ending: Ending | None = None
        """None while more may arrive."""
        self.finish = Finish.UNKNOWN
        """Why the model stopped, where ``ending`` is FINISHED."""
        self.error: BackendError | None = None
        """Where ``ending`` is FAILED."""
        self.answer: Answer | None = None
        """What came of it, once it has ended."""
        self.growing = Growing(scene)
        """What of it can be shown before its end."""
        self.is_watched = False
        """The client is told when more of it can be shown."""
        self.usage = Usage()
        self.started_at = asyncio.get_running_loop().time()
        self.first_text_at: float | None = None
        self.prepared = prepared
        """Started for the place after a suggestion, before that was accepted."""
        self.n_waiting = 0
        """Requests that wait for this stream."""
        self.reads_on = reads_on
        """Goes on for a line when there is enough. Where the user goes on as the model did, that
        line needs no request."""
        self._changed = changed
        self._settled = settled
        self._task: asyncio.Task[None] | None = None
        self.seen: Seen | None = None
        """What the prompt showed the model; None before it is built."""
        self._prompt_chars = 0
        self._typed = ""
        self._scene_now = scene
        self._settled_at: int | None = None
        self._n_looked_at = 0

    @property
    def is_settled(self) -> bool:
        """A longer text would be shown the same, where the cursor is: what the stream still reads
        is for the places after that."""
        return self._settled_at is not None

    @property
    def cut(self) -> bool:
        """The text ends where the model had not finished, and it is not judged enough."""
        whole = self.ending is Ending.FINISHED and self.finish is Finish.STOP
        return not whole and not self.is_settled

    def covers(self, now: Snapshot) -> Typed | None:
        """What was typed since the start, if this stream still is about the text as it is.

        The typed text must agree with what has arrived, or run ahead of it while more may come.
        """
        typed = typed_since(self.scene.snapshot, now)
        if typed is None:
            return None
        ahead = self.ending is None and typed.text.startswith(self.text)
        return typed if ahead or self.text.startswith(typed.text) else None

    def is_ahead_of(self, now: Snapshot) -> bool:
        """The text now is on its way to the one that was asked about, which was prepared ahead."""
        return self.prepared and typed_since(now, self.scene.snapshot) is not None

    def follow(self, now: Snapshot, typed: Typed) -> bool:
        """Go on for the text as it is now, which the stream ``covers`` with what was ``typed``.

        What is enough, and what is shown early, depends on where the cursor has come to: after
        Enter the next line is wanted too. True if what is shown early has a new base, whose tree
        is not known.
        """
        at_start, has_moved = self.scene, typed.text != self._typed
        self._typed = typed.text
        self._scene_now = replace(at_start, snapshot=now, tree=None) if typed.text else at_start
        clock = asyncio.get_running_loop().time()
        if has_moved and self.is_settled and not self._is_enough():
            self._settled_at = None
        return self.growing.follow(self.text, typed, self._scene_now, clock)

    def use_tree(self, tree: Syntax | None) -> None:
        """Use the syntax of the document that was asked about.

        Changes nothing after the first text, so that a stream is judged by one measure.
        """
        if self.first_text_at is None and self.ending is None:
            at_base = self.growing.base is self.scene
            self.scene = replace(self.scene, tree=tree)
            if not self._typed:
                self._scene_now = self.scene
            if at_base:
                self.growing.base = self.scene

    def start(self, task: asyncio.Task[None]) -> None:
        """Let ``task``, which awaits ``run``, be what ``give_up`` ends."""
        self._task = task

    def give_up(self) -> None:
        """Close the stream now, if it has not ended; the server sees the connection close."""
        if self.ending is None:
            self.ending = Ending.GIVEN_UP
            if self._task is not None:
                self._task.cancel()

    def fail(self, error: BackendError) -> None:
        """End with a failure."""
        # Kept for status and explain; its frames would keep prompt and answer alive too.
        self.error = error.with_traceback(None)
        self.error.__cause__ = self.error.__context__ = None
        self.ending = Ending.FAILED

    def spent(self) -> Usage:
        """Tokens as the server counted them; estimated where the stream was closed before it
        told. None for a request that never left, or was refused."""
        if self.usage.prompt_tokens or not (self.text or self._may_have_left()):
            return self.usage
        return Usage(
            round(self._prompt_chars / CHARS_PER_TOKEN), round(len(self.text) / CHARS_PER_TOKEN)
        )

    def _may_have_left(self) -> bool:
        """The server may have begun to answer. What was refused, or found no connection, cost
        nothing, and neither did what waited for a model to be found or loaded."""
        if self.error is not None:
            return self.error.kind == BackendTimeout.kind and self.error.status is None
        return self.backend.name != "auto" and not self.backend.loading

    async def run(self, prompt: Prompt, timeout_s: float) -> None:
        """Read the stream to its end, to enough, or to a failure, which is kept, not raised."""
        self.snippets = prompt.snippets
        shown = sum(len(snippet.text) for snippet in prompt.snippets)
        self._prompt_chars = len(prompt.prefix) + len(prompt.suffix) + shown
        self.seen = Seen(
            self.backend.name,
            len(prompt.prefix),
            len(prompt.suffix),
            shown,
            round(self._prompt_chars / CHARS_PER_TOKEN),
            tuple((snippet.path, snippet.why) for snippet in prompt.snippets),
        )
        chunks = self.backend.stream(replace(prompt, request_id=self.request_id))
        try:
            await self._read(chunks, timeout_s)
        finally:
            # Neither the timeout nor ``give_up`` reaches into this: an HTTP connection whose
            # closing is cancelled leaks its socket.
            await chunks.aclose()

    async def _read(self, chunks: AsyncGenerator[Chunk, None], timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                loop, worked_s = asyncio.get_running_loop(), 0.0
                async for chunk in chunks:
                    began_at = loop.time()
                    self._take(chunk)
                    worked_s += loop.time() - began_at
                    if self.ending in (Ending.ENOUGH, Ending.DIVERGED):
                        return
                    if worked_s > _TURN_S:
                        worked_s = 0.0
                        await asyncio.sleep(0)
        except BackendError as error:
            self._break_off(error)
        except TimeoutError:
            self._break_off(too_late(self.backend, timeout_s))
        else:
            self._settle()
            # A stream without an end marker was cut; what came may still be good to a point.
            self.ending = Ending.FINISHED

    def _break_off(self, error: BackendError) -> None:
        self._settle()
        if self.is_settled:
            # What was asked for is there.
            self.ending = Ending.ENOUGH
        else:
            self.fail(error)

    def _take(self, chunk: Chunk) -> None:
        self.usage = chunk.usage or self.usage
        if chunk.text:
            now = asyncio.get_running_loop().time()
            if self.first_text_at is None:
                self.first_text_at = now
            self.text += chunk.text
            self.growing.arrived(chunk.text, now)
            if not (self.text.startswith(self._typed) or self._typed.startswith(self.text)):
                self.ending = Ending.DIVERGED
                return
            if self._is_due(chunk.text):
                self._settle()
            if chunk.finish is None and self._has_read_on():
                self.ending = Ending.ENOUGH
                return
            self._changed()
        if chunk.finish is not None:
            # Usage follows the end in some dialects, so reading goes on until the stream ends.
            self.finish, self.ending = chunk.finish, Ending.FINISHED

    def _settle(self) -> None:
        """Look whether there is enough; also at the end, where the last pieces were too short for
        another look."""
        if not self.is_settled and self._is_enough():
            self._settled_at = len(self.text)
            self._settled(self)

    def _has_read_on(self) -> bool:
        """Enough has come, and a line more: the head of a block with a line of its body.

        Replayed (``tests.benchmarks.replay``), that line saves one request in thirty. Two lines
        bring the median of the delays down by 20 ms more in VS Code, but have 1 % less of the
        typing time on screen in Neovim: they were foreseen from farther away.
        """
        if self._settled_at is None:
            return False
        if not self.reads_on:
            return True
        beyond = self.text[self._settled_at :].split("\n")[:-1]
        n_lines = sum(not line.isspace() and line != "" for line in beyond)
        if n_lines >= _MOST_LINES_ON:
            return True
        lines = self.text[: self.text.rfind("\n")]
        return n_lines > 0 and not postprocess.ends_in_head(lines, self._scene_now)

    def _is_due(self, piece: str) -> bool:
        """Enough has come since the last look to look again."""
        n_new = len(self.text) - self._n_looked_at
        if "\n" not in piece and n_new < len(self.text) // _LOOK_SHARE:
            return False
        self._n_looked_at = len(self.text)
        return True

    def _is_enough(self) -> bool:
        to_come = self.text[len(self._typed) :]
        if not to_come or not postprocess.enough(to_come, self._scene_now):
            return False
        # After the first lines of a block were accepted, the rest of it is wanted still.
        return self._scene_now is self.scene or postprocess.enough(self.text, self.scene)
