"""The backend's side of the engine: slots, starting and ending streams, keeping what came.

At most so many requests are in flight for the whole server. A generation that nobody waits for
makes room for one that somebody does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, MutableMapping
from dataclasses import replace
from datetime import UTC, datetime

from codestral_ls.backends.base import Backend, BackendError, Finish
from codestral_ls.config.settings import Settings
from codestral_ls.engine import recall
from codestral_ls.engine.daily_tokens import DailyTokens, next_midnight
from codestral_ls.engine.document import DocumentState
from codestral_ls.engine.history import Counters
from codestral_ls.engine.selection import SnippetSource, shelf_for
from codestral_ls.engine.stream import Stream
from codestral_ls.engine.throttle import Pause, Throttle
from codestral_ls.model import Snapshot
from codestral_ls.postprocess import Scene
from codestral_ls.prompt import build, window
from codestral_ls.text.syntax import Syntax

_log = logging.getLogger(__name__)


class Upstream:
    """Asks the backend on behalf of the documents' tracks."""

    def __init__(
        self,
        backend: Backend,
        tracks: MutableMapping[str, DocumentState],
        counters: Counters,
        *,
        max_in_flight: Callable[[], int],
        mask: build.Mask,
        diverged: Callable[[DocumentState], None],
        trees: Callable[[Snapshot], Syntax | None],
    ) -> None:
        """``diverged`` is called when a generation turned out to be about something else than what
        was typed meanwhile."""
        self.backend = backend
        self.fallback: Backend | None = None
        """Who answers while the backend is away; None: nobody."""
        self.manners = Throttle()
        self.is_local: Callable[[], bool] = lambda: False
        """Whether a request costs time alone."""
        self.source: SnippetSource | None = None
        """Who knows the rest of the workspace; None for a backend that knows it itself."""
        self.ledger: DailyTokens | None = None
        """Counts tokens against ``tokensPerDay``; None for a backend that costs none."""
        self.last_error: tuple[BackendError, datetime] | None = None
        """The last failure and when it was; None again after a success."""
        self._tracks = tracks
        self._counters = counters
        self._max_in_flight = max_in_flight
        self._mask = mask
        self._diverged = diverged
        self._trees = trees
        self._running: set[Stream] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        """Those of running generations and of ended ones whose streams are closing."""

    @property
    def busy(self) -> bool:
        """A request is in flight."""
        return bool(self._running)

    async def use(
        self, backend: Backend, *, max_in_flight: Callable[[], int], mask: build.Mask
    ) -> None:
        """Ask another backend from now on. Open questions are asked there."""
        if self.ledger is not None:
            self.ledger.save()
        former = (self.backend, self.fallback, self.source)
        self.backend, self.fallback, self.source, self.ledger = backend, None, None, None
        self._max_in_flight, self._mask = max_in_flight, mask
        self.last_error = None
        self.manners = Throttle()
        for track in list(self._tracks.values()):
            self.end(track)
            track.answers.clear()
            track.shelf = track.context = None
            track.wake()
        await self._release(*former)

    async def aclose(self) -> None:
        """Wait for the ended streams to close, and release the backend."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._release(self.backend, self.fallback, self.source)
        if self.ledger is not None:
            self.ledger.save()

    async def _release(self, *resources: Backend | SnippetSource | None) -> None:
        for resource in resources:
            if resource is not None:
                await resource.aclose()

    def quiet(self, settings: Settings, *, automatic: bool) -> Pause | None:
        """Why nothing may be asked now; None if it may."""
        now = asyncio.get_running_loop().time()
        return self.manners.quiet(
            now,
            settings,
            automatic=automatic,
            tokens_today=self.ledger.tokens_today if self.ledger else 0,
            midnight=now + (next_midnight() - datetime.now(UTC)).total_seconds(),
        )

    def has_slot(self, track: DocumentState) -> bool:
        """Whether a generation may start now; ends one that nobody waits for if that helps."""
        if len(self._running) >= self._max_in_flight():
            for other in list(self._tracks.values()):
                if other is not track and other.live is not None and not other.live.waiting:
                    self.end(other)
                    break
        return len(self._running) < self._max_in_flight()

    def end(self, track: DocumentState) -> None:
        """Stop the document's generation, and its stream, now."""
        live, track.live = track.live, None
        if live is not None:
            live.end()
            self._running.discard(live)

    def start(
        self,
        track: DocumentState,
        scene: Scene,
        settings: Settings,
        *,
        again: bool = False,
        backend: Backend | None = None,
    ) -> Stream:
        """Ask the backend, or another one in its place. ``again``: for another candidate."""
        live = Stream(scene, track.wake, backend or self.backend)
        track.live = live
        self._running.add(live)
        self._counters.requests += 1
        if live.backend is self.backend:
            self.manners.asking(asyncio.get_running_loop().time(), settings)
        live.task = asyncio.create_task(self._ask(track, live, settings, again=again))
        self._tasks.add(live.task)
        # After the request is on its way: a tree takes a millisecond or two to bring up to date.
        asyncio.get_running_loop().call_soon(lambda: live.use_tree(self._trees(scene.snapshot)))
        live.task.add_done_callback(lambda task: self._finished(track, live, task))
        return live

    async def _ask(
        self, track: DocumentState, live: Stream, settings: Settings, *, again: bool
    ) -> None:
        snapshot = live.scene.snapshot
        shelf = None
        if self.source is not None and live.backend is self.backend:
            now = asyncio.get_running_loop().time()
            max_chars = settings.max_context_chars
            shelf = await shelf_for(track, snapshot, self.source, max_chars=max_chars, now=now)
        track.context = window.gather(
            snapshot,
            max_prefix_chars=settings.max_prefix_chars,
            max_suffix_chars=settings.max_suffix_chars,
            former=track.context,
        )
        generation = build.build(
            track.context,
            snapshot,
            settings,
            cache_key=track.cache_key,
            mask=self._mask,
            snippets=shelf.snippets if shelf else (),
            shown_path=self.source.relative(snapshot.path or "") if self.source else "",
            alternative=again,
        )
        live.sends(generation)
        await live.run(generation, settings.timeout_ms / 1000)

    def _finished(self, track: DocumentState, live: Stream, task: asyncio.Task[None]) -> None:
        self._running.discard(live)
        self._tasks.discard(task)
        if track.live is live:
            track.live = None
        if not task.cancelled() and (defect := task.exception()) is not None:
            _log.error("Provider %s broke", live.backend.name, exc_info=defect)
            live.error = BackendError(f"Provider {live.backend.name} broke; see the log.")
        self._count(live)
        if live.backend is self.backend:
            self._learn_manners(live)
        if live.diverged:
            self._diverged(track)
        elif live.over and live.error is None:
            self._remember(track, live)
        for other in list(self._tracks.values()):
            # A slot is free; whoever waits for one looks again.
            other.wake()

    def _count(self, live: Stream) -> None:
        usage = live.usage
        if self.ledger is not None and live.backend is self.backend:
            usage = live.spent()
            self.ledger.add(usage.prompt_tokens + usage.completion_tokens)
        self._counters.add_usage(usage)

    def _learn_manners(self, live: Stream) -> None:
        now = asyncio.get_running_loop().time()
        if live.error is not None:
            self._counters.failed += 1
            self.last_error = (live.error, datetime.now(UTC))
            error = live.error
            self.manners.failed(error.kind, str(error), error.retry_after_s, now)
        elif live.over or live.text:
            self.last_error = None
            self.manners.succeeded()
            self.manners.learned(live.backend.rate_limits.requests_minute)
        else:
            self.manners.gave_up()

    def _remember(self, track: DocumentState, live: Stream) -> None:
        live.answer = recall.new_answer(
            live.text, replace(live.scene, cut=live.cut), whole=live.finish is Finish.STOP
        )
        live.answer.accepted = any(
            known.accepted and known.text == live.answer.text
            for known in track.answers.same_place(live.answer)
        )
        # What was cut short is for who waits now; the next question asks again.
        if live.finish is not Finish.UNKNOWN and (live.answer.text or not live.cut):
            track.answers.add(live.answer)
