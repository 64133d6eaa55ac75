"""The backend's side: slots, pauses, who is asked. Knows no documents.

At most so many requests are in flight for the whole server. A stream that nobody waits for makes
room for one that is wanted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from codestral_ls.backends.base import Backend, BackendError, Replaced
from codestral_ls.backends.table import BACKENDS
from codestral_ls.config.settings import Settings
from codestral_ls.engine.daily_tokens import DailyTokens, next_midnight
from codestral_ls.engine.stream import Ending, Stream
from codestral_ls.engine.target import SnippetSource, Target
from codestral_ls.engine.throttle import Pause, Throttle
from codestral_ls.installation import RESTART, is_replaced
from codestral_ls.model import Usage
from codestral_ls.postprocess import Scene
from codestral_ls.privacy.text import name
from codestral_ls.prompt.build import Mask
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.workspace.listener import DocumentListener

_log = logging.getLogger(__name__)

# Of a backend that is not in the table.
_MAX_IN_FLIGHT = 2


@dataclass(frozen=True, slots=True)
class UpstreamStatus:
    """How the backend is, for ``status``."""

    provider: str
    host: str
    model: str
    busy: bool
    """An answer is under way."""
    loading: str
    """A sentence while the server loads its model."""
    has_fallback: bool
    has_answered: bool
    """An answer has come since the start."""
    pause: Pause | None
    """What is wrong since the last answer."""
    last_error: tuple[BackendError, datetime] | None
    """The last failure and when it was; None again after a success."""


class _OpenTarget:
    """A target's parts, opened, and what was learnt of them."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.backend = target.open_backend()
        self.fallback = target.open_fallback() if target.open_fallback else None
        self.snippets = target.open_snippets() if target.open_snippets else None
        self.tokens = DailyTokens(target.tokens_file) if target.counts_tokens else None
        self.throttle = Throttle(target.chance)
        self.last_error: tuple[BackendError, datetime] | None = None
        self.has_answered = False

    @property
    def parts(self) -> Sequence[Backend | SnippetSource]:
        return [part for part in (self.backend, self.fallback, self.snippets) if part is not None]

    def save(self) -> None:
        if self.tokens is not None:
            self.tokens.save()

    async def aclose(self) -> None:
        for part in self.parts:
            await part.aclose()
        self.save()


class Upstream:
    """Opens streams of the target's backend, as many and as often as it may be asked."""

    def __init__(self, target: Target, status_changed: Callable[[], None]) -> None:
        """``status_changed`` is called when a stream begins, has brought enough, or has ended."""
        self._open = _OpenTarget(target)
        self._status_changed = status_changed
        self._running: dict[Stream, None] = {}  # a set that keeps the order
        self._tasks: set[asyncio.Task[None]] = set()
        """Those of running streams, and of ended ones that are closing."""

    @property
    def snippets(self) -> SnippetSource | None:
        """What knows the rest of the workspace; None for a backend that knows it itself."""
        return self._open.snippets

    @property
    def mask(self) -> Mask:
        """Takes secrets out of text that leaves the machine."""
        return self._open.target.mask

    @property
    def has_fallback(self) -> bool:
        """Another backend can answer while this one is away."""
        return self._open.fallback is not None

    @property
    def is_memory(self) -> bool:
        """What is asked is the embedded provider: it answers in 2 ms and costs nothing."""
        return self._open.backend.name == "workspace"

    @property
    def costs_time_alone(self) -> bool:
        """A server that takes no money, so that asking it ahead is free. (The embedded provider
        answers at once; nothing needs to be prepared for it.)"""
        row = BACKENDS.get(self._open.backend.name)
        return row is not None and row.is_local and self._open.target.counts_tokens

    @property
    def listeners(self) -> Sequence[DocumentListener]:
        """What wants to hear of open documents and of changes on disk."""
        return [part for part in self._open.parts if isinstance(part, DocumentListener)]

    @property
    def has_room(self) -> bool:
        """Another stream may be opened now."""
        # Looked up each time, since what answers at an endpoint may be found out later.
        row = BACKENDS.get(self._open.backend.name)
        most = self._open.target.max_in_flight or (row.max_in_flight if row else _MAX_IN_FLIGHT)
        return len(self._in_flight()) < most

    def pause(self, settings: Settings, *, automatic: bool) -> Pause | None:
        """Why nothing may be asked now; None if it may."""
        now = asyncio.get_running_loop().time()
        tokens = self._open.tokens
        return self._open.throttle.pause(
            now,
            settings,
            automatic=automatic,
            tokens_today=tokens.tokens_today if tokens else 0,
            midnight=now + (next_midnight() - datetime.now(UTC)).total_seconds(),
        )

    def status(self) -> UpstreamStatus:
        """How the backend is."""
        now = asyncio.get_running_loop().time()
        backend = self._open.backend
        return UpstreamStatus(
            provider=backend.name,
            host=backend.host,
            model=backend.model,
            busy=not all(stream.is_settled for stream in self._in_flight()),
            loading=backend.loading,
            has_fallback=self.has_fallback,
            has_answered=self._open.has_answered,
            pause=self._open.throttle.current(now),
            last_error=self._open.last_error,
        )

    def usage_of(self, stream: Stream) -> Usage:
        """What an ended stream cost: estimated, where tokens count and the server did not tell."""
        return stream.spent() if self._counts(stream) else stream.usage

    def is_failure(self, stream: Stream) -> bool:
        """The stream failed at the backend (and not at its fallback)."""
        return stream.error is not None and stream.backend is self._open.backend

    def make_room(self) -> None:
        """Close a stream that nobody waits for, if there is no room for another."""
        if self.has_room:
            return
        for stream in sorted(self._in_flight(), key=lambda stream: not stream.is_settled):
            if not stream.n_waiting:
                stream.give_up()
                return

    def open(
        self,
        scene: Scene,
        prompt: Callable[[], Awaitable[Prompt]],
        settings: Settings,
        *,
        changed: Callable[[], None],
        settled: Callable[[Stream], None],
        ended: Callable[[Stream], None],
        by_fallback: bool = False,
        prepared: bool = False,
    ) -> Stream | None:
        """Ask for the place of ``scene``; None if there is no room.

        ``prompt`` is awaited once the slot is taken. ``changed`` is called when text arrives,
        ``settled`` when there is enough of it, ``ended`` once, when the stream is closed.
        ``prepared``: for the place after a suggestion.
        """
        if not self.has_room:
            return None
        fallback = self._open.fallback if by_fallback else None
        backend = fallback or self._open.backend

        def is_answer(stream: Stream) -> None:
            if backend is self._open.backend:
                self._note_answer(stream)
            self._status_changed()
            settled(stream)

        reads_on = settings.speculate != "never"
        stream = Stream(scene, backend, changed, is_answer, prepared=prepared, reads_on=reads_on)
        self._running[stream] = None
        if fallback is None:
            self._open.throttle.asking(stream.started_at, settings)
        self._status_changed()

        async def run() -> None:
            await stream.run(await prompt(), settings.timeout_ms / 1000)

        task = asyncio.create_task(run())
        stream.start(task)
        self._tasks.add(task)

        def closed(task: asyncio.Task[None]) -> None:
            self._closed(stream, task)
            self._status_changed()
            ended(stream)

        task.add_done_callback(closed)
        return stream

    async def recall(self, prompt: Prompt, within_s: float) -> str:
        """What the fallback says, if it does so in time; empty if not."""
        fallback, text = self._open.fallback, ""
        if fallback is None:
            return text
        try:
            async with asyncio.timeout(within_s):
                async for chunk in fallback.stream(prompt):
                    text += chunk.text
        except (BackendError, TimeoutError):
            return ""
        return text

    def switch(self, target: Target) -> Callable[[], Awaitable[None]]:
        """Ask another target from now on; returns what releases the former one."""
        former, self._open = self._open, _OpenTarget(target)
        former.save()
        return former.aclose

    async def warm(self) -> None:
        """Prepare what the first request would wait for."""
        if self._open.snippets is not None:
            self._open.snippets.start()
        await self._open.backend.warm()

    async def aclose(self) -> None:
        """Wait for the streams to close, and release the target."""
        for stream in list(self._running):
            stream.give_up()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._open.aclose()

    def _in_flight(self) -> list[Stream]:
        """The streams that hold a slot: one that has ended is only closing."""
        return [stream for stream in self._running if stream.ending is None]

    def _closed(self, stream: Stream, task: asyncio.Task[None]) -> None:
        self._running.pop(stream, None)
        self._tasks.discard(task)
        if not task.cancelled() and (defect := task.exception()) is not None:
            _log.error("Provider %s broke", stream.backend.name, exc_info=defect)
            broke = BackendError(f"Provider {stream.backend.name} broke; see the log.")
            stream.fail(Replaced(RESTART) if is_replaced() else broke)
        if stream.request_id:
            ending = stream.ending.name.lower() if stream.ending else "cancelled"
            _log.info("request %s to %s: %s", stream.request_id, name(stream.backend.host), ending)
        if self._counts(stream) and self._open.tokens is not None:
            spent = stream.spent()
            self._open.tokens.add(spent.prompt_tokens + spent.completion_tokens)
        if stream.backend is self._open.backend:
            self._learn(stream)

    def _counts(self, stream: Stream) -> bool:
        return self._open.tokens is not None and stream.backend is self._open.backend

    def _learn(self, stream: Stream) -> None:
        throttle = self._open.throttle
        if stream.error is not None:
            now = asyncio.get_running_loop().time()
            error = stream.error
            if throttle.failed(
                error.kind,
                str(error),
                error.retry_after_s,
                now,
                asked_at=stream.started_at,
                recheck_s=error.recheck_s,
                # Nobody has asked yet for what comes after a suggestion.
                noticed=not stream.prepared,
            ):
                self._open.last_error = (error, datetime.now(UTC))
        elif stream.ending not in (None, Ending.GIVEN_UP) or stream.text:
            self._note_answer(stream)
        else:
            throttle.gave_up(stream.started_at)

    def _note_answer(self, stream: Stream) -> None:
        self._open.has_answered = True
        if self._open.throttle.succeeded(stream.started_at):
            self._open.last_error = None
        self._open.throttle.learned(stream.backend.rate_limits.requests_minute)
