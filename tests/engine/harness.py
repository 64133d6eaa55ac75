"""Somebody types in one document, an editor asks, a scripted backend answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from codestral_ls.backends.base import BackendError, Chunk, Finish, RateLimits
from codestral_ls.config.settings import Settings
from codestral_ls.engine.engine import Engine
from codestral_ls.engine.history import Tally
from codestral_ls.engine.target import Target
from codestral_ls.model import (
    ClientHabits,
    Edit,
    Growth,
    Nothing,
    Outcome,
    Request,
    Selected,
    Snapshot,
    Suggestion,
    Superseded,
    Trigger,
    Usage,
)
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.text.syntax import Syntax

Answering = Callable[[Prompt], "str | BackendError"]


@dataclass
class Asked:
    """One prompt as the backend saw it."""

    prompt: Prompt
    at: float
    sent: str = ""
    ended_at: float | None = None
    closed_early: bool = False


@dataclass
class ScriptedBackend:
    """Answers by a function of the prompt, after a delay, at a pace."""

    answer: Answering
    first_byte_s: float = 0.15
    s_per_piece: float = 0.008
    piece_chars: int = 4
    pieces: Sequence[str] = ()
    """What the text is sent in; empty: pieces of ``piece_chars``."""
    finish: Finish | None = Finish.STOP
    name: str = "scripted"
    host: str = "test"
    model: str = "scripted"
    rate_limits: RateLimits = field(default_factory=RateLimits)
    deprecation: str = ""
    loading: str = ""
    asked: list[Asked] = field(default_factory=list)
    open_now: int = 0
    most_open: int = 0
    closed: bool = False

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        loop = asyncio.get_running_loop()
        asked = Asked(prompt, loop.time())
        self.asked.append(asked)
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            await asyncio.sleep(self.first_byte_s)
            text = self.answer(prompt)
            if isinstance(text, BackendError):
                raise text
            starts = range(0, len(text), self.piece_chars)
            for piece in self.pieces or [text[at : at + self.piece_chars] for at in starts]:
                asked.sent += piece
                yield Chunk(piece)
                await asyncio.sleep(self.s_per_piece)
            if self.finish is not None:
                yield Chunk(finish=self.finish, usage=Usage(100, len(text) // 4, 64))
        except (GeneratorExit, asyncio.CancelledError):
            asked.closed_early = True
            raise
        finally:
            self.open_now -= 1
            asked.ended_at = loop.time()

    async def warm(self) -> None:
        return None

    async def aclose(self) -> None:
        self.closed = True


class FakeEditor:
    """One document, its cursor, and the engine under test."""

    def __init__(
        self,
        answer: Answering | str,
        *,
        before: str = "",
        after: str = "\n",
        settings: Settings | None = None,
        habits: ClientHabits | None = None,
        max_in_flight: int = 2,
        syntax: Callable[[Snapshot], Syntax | None] = lambda _: None,
        fallback: ScriptedBackend | None = None,
        tokens_file: Path | None = None,
        counts_tokens: bool = False,
        language_id: str = "python",
        tally: Tally | None = None,
        **backend: float | Finish | Sequence[str] | None,
    ) -> None:
        self.backend = ScriptedBackend(
            answer if callable(answer) else lambda _: answer,
            **backend,  # type: ignore[arg-type]  # the backend's own fields
        )
        self.target = Target(
            open_backend=lambda: self.backend,
            open_fallback=(lambda: fallback) if fallback else None,
            counts_tokens=counts_tokens,
            tokens_file=tokens_file,
            max_in_flight=max_in_flight,
        )
        self.fallback = fallback
        self.growths: list[Growth] = []
        grown = self.growths.append
        self.engine = Engine(self.target, habits=habits, syntax=syntax, grown=grown, tally=tally)
        self.settings = settings or Settings()
        self.before, self.after = before, after
        self.uri, self.path = "file:///editor.py", "/editor.py"
        self.language_id = language_id

    @property
    def counters(self) -> dict[str, int]:
        return self.engine.counters.as_json()

    def snapshot(self) -> Snapshot:
        return Snapshot(
            self.uri,
            self.path,
            self.language_id,
            None,
            self.before,
            self.after,
            self.before.count("\n"),
            at_document_start=True,
            at_document_end=True,
        )

    def insert(self, text: str, closers: str = "") -> None:
        """The editor inserts text at the cursor, and closers after it."""
        self.before += text
        self.after = closers + self.after
        self._edited(Edit(text + closers, 0, single=True))

    def backspace(self, count: int = 1) -> None:
        self.before = self.before[:-count]
        self._edited(Edit("", count, single=True))

    def replace_elsewhere(self) -> None:
        """Something else changes the document, not at the cursor."""
        self.before = "# new first line\n" + self.before
        snapshot = replace(self.snapshot(), before="# new first line\n", line=1)
        self.engine.edited(snapshot, Edit("# new first line\n", 0, single=True), self.settings)

    def _edited(self, edit: Edit) -> None:
        self.engine.edited(self.snapshot(), edit, self.settings)

    def ask(
        self, trigger: Trigger = Trigger.AUTOMATIC, selected: Selected | None = None
    ) -> asyncio.Task[Outcome]:
        """The editor asks; the answer may be awaited later."""
        request = Request(self.snapshot(), trigger, selected)
        return asyncio.create_task(self.engine.complete(request, self.settings))

    async def ghost(self, trigger: Trigger = Trigger.AUTOMATIC) -> str | None:
        """Ask and wait: the suggested text, or None."""
        return text_of(await self.ask(trigger))

    async def type(self, text: str, *, s_per_key: float = 0.1) -> list[str | None]:
        """Type key by key, asking after each as VS Code does; what was on screen after each."""
        shown = []
        for key in text:
            await asyncio.sleep(s_per_key)
            self.insert(key)
            shown.append(await self.ghost())
        return shown

    async def type_without_asking(self, text: str, *, s_per_key: float) -> None:
        """Type faster than an editor asks that waits for a pause."""
        for key in text:
            await asyncio.sleep(s_per_key)
            self.insert(key)


def text_of(outcome: Outcome) -> str | None:
    return outcome.text if isinstance(outcome, Suggestion) else None


def check_superseded(outcome: Outcome) -> None:
    assert isinstance(outcome, Superseded)


def check_nothing(outcome: Outcome, *words: str) -> None:
    assert isinstance(outcome, Nothing), outcome
    for word in words:
        assert word in outcome.reason


def knowing(*documents: str) -> Answering:
    """A backend that knows how documents go on after what stands before the cursor."""

    def answer(prompt: Prompt) -> str:
        for document in documents:
            if document.startswith(prompt.prefix):
                return document[len(prompt.prefix) :].removesuffix(prompt.suffix)
        return ""

    return answer


__all__: Sequence[str] = [
    "Asked",
    "FakeEditor",
    "ScriptedBackend",
    "check_nothing",
    "check_superseded",
    "knowing",
    "text_of",
]
