"""Counts in memory, written once a minute and at the end, off the event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import date, datetime

from codestral_ls.backends.prices import price_of
from codestral_ls.engine.upstream import UpstreamStatus
from codestral_ls.model import Usage
from codestral_ls.statistics.counts import (
    KEPT_AFTER_S,
    Counts,
    Page,
    language_name,
    merge,
    model_name,
    total,
)
from codestral_ls.statistics.store import StatisticsStore

_WRITE_EVERY_S = 60.0


class StatisticsRecorder:
    """What the engine tells, as counts. Satisfies ``engine.history.Tally``.

    All methods belong to one event loop.
    """

    def __init__(
        self,
        store: StatisticsStore,
        is_wanted: Callable[[], bool],
        today: Callable[[], date] = lambda: datetime.now().astimezone().date(),
    ) -> None:
        self._store = store
        self._is_wanted = is_wanted
        self._today = today
        self._status: Callable[[], UpstreamStatus | None] = lambda: None
        self._unwritten: dict[date, Page] = {}
        self._written: tuple[date, Counts] | None = None
        """A day as it was when this process last wrote it."""
        self._writing: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def watch(self, status: Callable[[], UpstreamStatus | None]) -> None:
        """Have ``status`` tell who is asked."""
        self._status = status

    def asked(self, language_id: str) -> None:
        """A backend was asked."""
        self._count(language_id, asked=1)

    def ended(self, language_id: str, usage: Usage, *, failed: bool) -> None:
        """A request to a backend has ended."""
        status = self._status()
        price = price_of(status.provider, status.host, status.model) if status else None
        cost = 0 if price is None else round(price.of(usage) * 1e6)
        self._count(
            language_id,
            failed=int(failed),
            prompt_tokens=usage.prompt_tokens,
            cached_tokens=usage.cached_tokens,
            completion_tokens=usage.completion_tokens,
            micro_dollars=cost,
            unpriced=int(price is None),
        )

    def answered(self, language_id: str, total_ms: float) -> None:
        """A request of the editor's for which a backend was asked has its suggestion."""
        counts = self._counts(language_id)
        if counts is not None:
            counts.add_latency(total_ms)

    def shown(self, language_id: str) -> None:
        """A suggestion is shown that was not shown before."""
        self._count(language_id, shown=1)

    def taken(self, language_id: str, n_suggestions: int, text: str, *, whole: bool) -> None:
        """Text of a suggestion was taken: the whole of it at once, or a word or a line."""
        self._count(
            language_id,
            taken=n_suggestions,
            taken_whole=int(whole),
            parts=int(not whole),
            chars=len(text),
            lines=len([line for line in text.split("\n") if line.strip()]),
        )

    def kept(self, language_id: str, after_s: float, *, is_there: bool) -> None:
        """Some time after text was taken its document tells whether it is still there."""
        if after_s == KEPT_AFTER_S[0]:
            self._count(language_id, seen_30s=1, kept_30s=int(is_there))
        else:
            self._count(language_id, seen_5min=1, kept_5min=int(is_there))

    def line_of_today(self) -> str:
        """Today in a line; empty where nothing is counted."""
        if not self._is_wanted():
            return ""
        today = self._today()
        whole = total([self._unwritten.get(today, {})])
        if self._written is not None and self._written[0] == today:
            whole.add(self._written[1])
        rate = f" ({whole.taken / whole.shown:.0%})" if whole.shown else ""
        cost = f", ${whole.micro_dollars / 1e6:.2f}" if whole.micro_dollars else ""
        return (
            f"Today: {whole.shown:,} shown, {whole.taken:,} taken{rate}, "
            f"{whole.chars:,} characters{cost}"
        )

    async def aclose(self) -> None:
        """Write what is left."""
        self._closing.set()
        if self._writing is not None:
            await self._writing
        await self._write()

    async def start(self) -> None:
        """Read what was counted today before."""
        today = self._today()
        page = await asyncio.to_thread(self._store.day, today)
        if self._written is None:
            self._written = today, total([page])

    def _count(self, language_id: str, **numbers: int) -> None:
        counts = self._counts(language_id)
        if counts is not None:
            for name, number in numbers.items():
                setattr(counts, name, getattr(counts, name) + number)

    def _counts(self, language_id: str) -> Counts | None:
        if not self._is_wanted():
            return None
        status = self._status()
        key = language_name(language_id), model_name(status.model if status else "")
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_soon())
        return self._unwritten.setdefault(self._today(), {}).setdefault(key, Counts())

    async def _write_soon(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_WRITE_EVERY_S):
                await self._closing.wait()
        await self._write()

    async def _write(self) -> None:
        unwritten, self._unwritten = self._unwritten, {}
        for day, page in unwritten.items():
            written = await asyncio.to_thread(self._store.add, day, page)
            if written is None:
                merge(self._unwritten.setdefault(day, {}), page)
            else:
                self._written = day, total([written])
