"""A generation under way: what it was asked for, what has arrived, and who wakes when more does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace

from codestral_ls import postprocess
from codestral_ls.backends.base import (
    Backend,
    BackendError,
    BackendTimeout,
    Chunk,
    Finish,
)
from codestral_ls.engine.answers import Answer, Typed, typed_since
from codestral_ls.model import Snapshot, Usage
from codestral_ls.postprocess import Scene
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.prompt.snippets import Snippet
from codestral_ls.text.syntax import Syntax

# Code in Codestral's tokenizer; only estimates rest on it.
CHARS_PER_TOKEN = 3.3


class Stream:
    """One stream of a backend, for one state of one document.

    It outlives the requests that wait for it: a client that cancels or asks again does not end
    what the next question may still want. ``changed`` is called whenever there is news.
    """

    def __init__(self, scene: Scene, changed: Callable[[], None], backend: Backend) -> None:
        self.scene = scene
        """The place that was asked about."""
        self.backend = backend
        self.snippets: tuple[Snippet, ...] = ()
        """Passages of other files that the prompt shows."""
        self._prompt_chars = 0
        self.text = ""
        self.finish: Finish | None = None
        """Why the model stopped; None while it goes on, or if we stopped it."""
        self.stopped = False
        """We had enough and closed the stream."""
        self.diverged = False
        """What arrived contradicts what was typed meanwhile; the stream was closed."""
        self.error: BackendError | None = None
        self.answer: Answer | None = None
        """What came of it, once it is over."""
        self.usage = Usage()
        self.started_at = asyncio.get_running_loop().time()
        self.first_text_at: float | None = None
        self.prepared = False
        """Started for the place after a suggestion, before that was taken."""
        self.waiting = 0
        """Requests that wait for this generation."""
        self.task: asyncio.Task[None] | None = None
        self._changed = changed
        self._typed = ""
        self._scene_now = scene

    @property
    def over(self) -> bool:
        """Nothing more will arrive."""
        ended = self.stopped or self.diverged or self.error is not None
        return ended or self.finish is not None

    @property
    def cut(self) -> bool:
        """The text ends where the model had not finished, and nobody found it enough."""
        return not self.stopped and self.finish is not Finish.STOP

    def covers(self, now: Snapshot) -> Typed | None:
        """What was typed since the start, if this generation still is about the text as it is.

        The typed text must agree with what has arrived, or run ahead of it while more may come.
        """
        typed = typed_since(self.scene.snapshot, now)
        if typed is None:
            return None
        ahead = not self.over and typed.text.startswith(self.text)
        return typed if ahead or self.text.startswith(typed.text) else None

    def follow(self, now: Snapshot) -> bool:
        """Go on for the text as it is now; False if the generation is about something else.

        What is enough depends on where the cursor has come to: who has pressed Enter wants the
        next line too.
        """
        typed = self.covers(now)
        if typed is not None:
            self._typed, self._scene_now = typed.text, self._scene_at(now, typed)
        return typed is not None

    def is_ahead_of(self, now: Snapshot) -> bool:
        """The text now is on its way to the one that was asked about, which was prepared ahead."""
        return self.prepared and typed_since(now, self.scene.snapshot) is not None

    def use_tree(self, tree: Syntax | None) -> None:
        """The syntax of the document that was asked about; nothing after the first text, so that
        a stream is judged by one measure."""
        if self.first_text_at is None and not self.over:
            self.scene = replace(self.scene, tree=tree)
            if not self._typed:
                self._scene_now = self.scene

    def end(self) -> None:
        """Stop the stream now; the server sees the connection close."""
        if self.task is not None:
            self.task.cancel()

    def sends(self, generation: Prompt) -> None:
        """Note what is asked, for counting and explaining."""
        self.snippets = generation.snippets
        shown = sum(len(snippet.text) for snippet in generation.snippets)
        self._prompt_chars = len(generation.prefix) + len(generation.suffix) + shown

    def spent(self) -> Usage:
        """Tokens as the server counted them; estimated where we closed the stream before it
        told."""
        if self.usage.prompt_tokens:
            return self.usage
        return Usage(
            round(self._prompt_chars / CHARS_PER_TOKEN), round(len(self.text) / CHARS_PER_TOKEN)
        )

    async def run(self, generation: Prompt, timeout_s: float) -> None:
        """Read the stream to its end, to enough, or to a failure, which is kept, not raised."""
        try:
            async with (
                asyncio.timeout(timeout_s),
                contextlib.aclosing(self.backend.stream(generation)) as stream,
            ):
                async for chunk in stream:
                    if self._take(chunk):
                        return
        except BackendError as error:
            # Kept for status and explain; its frames would keep prompt and answer alive too.
            self.error = error.with_traceback(None)
            self.error.__cause__ = self.error.__context__ = None
        except TimeoutError:
            self.error = BackendTimeout(
                f"{self.backend.host or self.backend.name} did not finish within {timeout_s:g} s."
            )
        else:
            # A stream without an end marker was cut; what came may still be good to a point.
            self.finish = self.finish or Finish.UNKNOWN

    def _take(self, chunk: Chunk) -> bool:
        """Add a chunk; True when no more is needed."""
        self.usage = chunk.usage or self.usage
        if chunk.text:
            if self.first_text_at is None:
                self.first_text_at = asyncio.get_running_loop().time()
            self.text += chunk.text
            if not (self.text.startswith(self._typed) or self._typed.startswith(self.text)):
                self.diverged = True
                return True
            if chunk.finish is None and self._is_enough():
                self.stopped = True
                return True
            self._changed()
        # Usage follows the end in some dialects, so reading goes on until the stream ends.
        self.finish = chunk.finish or self.finish
        return False

    def _scene_at(self, now: Snapshot, typed: Typed) -> Scene:
        return replace(self.scene, snapshot=now, tree=None) if typed.text else self.scene

    def _is_enough(self) -> bool:
        to_come = self.text[len(self._typed) :]
        return bool(to_come) and postprocess.enough(to_come, self._scene_now)
