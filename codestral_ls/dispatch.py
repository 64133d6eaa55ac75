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

from codestral_ls import context, prompt, recall
from codestral_ls.backends.base import Backend, BackendError, Finish
from codestral_ls.config.settings import Settings
from codestral_ls.generation import Live
from codestral_ls.journal import Counters
from codestral_ls.postprocess import Scene
from codestral_ls.tracks import Track

_log = logging.getLogger(__name__)


class Dispatcher:
    """Asks the backend on behalf of the documents' tracks."""

    def __init__(
        self,
        backend: Backend,
        tracks: MutableMapping[str, Track],
        counters: Counters,
        *,
        max_in_flight: int,
        mask: prompt.Mask,
        diverged: Callable[[Track], None],
    ) -> None:
        """``diverged`` is called when a generation turned out to be about something else than what
        was typed meanwhile."""
        self.backend = backend
        self.last_error: tuple[BackendError, datetime] | None = None
        """The last failure and when it was; None again after a success."""
        self._tracks = tracks
        self._counters = counters
        self._max_in_flight = max_in_flight
        self._mask = mask
        self._diverged = diverged
        self._running: set[Live] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        """Those of running generations and of ended ones whose streams are closing."""

    @property
    def busy(self) -> bool:
        """A request is in flight."""
        return bool(self._running)

    async def use(self, backend: Backend, *, max_in_flight: int, mask: prompt.Mask) -> None:
        """Ask another backend from now on. Open questions are asked there."""
        former, self.backend = self.backend, backend
        self._max_in_flight, self._mask = max_in_flight, mask
        self.last_error = None
        for track in list(self._tracks.values()):
            self.end(track)
            track.answers.clear()
            track.wake()
        await former.aclose()

    async def aclose(self) -> None:
        """Wait for the ended streams to close, and release the backend."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.backend.aclose()

    def has_slot(self, track: Track) -> bool:
        """Whether a generation may start now; ends one that nobody waits for if that helps."""
        if len(self._running) >= self._max_in_flight:
            for other in list(self._tracks.values()):
                if other is not track and other.live is not None and not other.live.waiting:
                    self.end(other)
                    break
        return len(self._running) < self._max_in_flight

    def end(self, track: Track) -> None:
        """Stop the document's generation, and its stream, now."""
        live, track.live = track.live, None
        if live is not None:
            live.end()
            self._running.discard(live)

    def start(self, track: Track, scene: Scene, settings: Settings, *, again: bool) -> Live:
        """Ask the backend."""
        snapshot = scene.snapshot
        window = context.gather(
            snapshot,
            max_prefix_chars=settings.max_prefix_chars,
            max_suffix_chars=settings.max_suffix_chars,
        )
        generation = prompt.build(
            window,
            snapshot,
            settings,
            cache_key=track.cache_key,
            mask=self._mask,
            alternative=again,
        )
        live = Live(scene, track.wake)
        track.live = live
        self._running.add(live)
        self._counters.requests += 1
        timeout_s = settings.timeout_ms / 1000
        live.task = asyncio.create_task(live.run(self.backend, generation, timeout_s))
        self._tasks.add(live.task)
        live.task.add_done_callback(lambda task: self._finished(track, live, task))
        return live

    def _finished(self, track: Track, live: Live, task: asyncio.Task[None]) -> None:
        self._running.discard(live)
        self._tasks.discard(task)
        if track.live is live:
            track.live = None
        self._counters.add_usage(live.usage)
        if not task.cancelled() and (defect := task.exception()) is not None:
            _log.error("Provider %s broke", self.backend.name, exc_info=defect)
            live.error = BackendError(f"Provider {self.backend.name} broke; see the log.")
        if live.error is not None:
            self._counters.failed += 1
            self.last_error = (live.error, datetime.now(UTC))
        elif live.diverged:
            self._diverged(track)
        elif live.over:
            self.last_error = None
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
        for other in list(self._tracks.values()):
            # A slot is free; whoever waits for one looks again.
            other.wake()
