"""What happened: counters for ``status``, and the last outcomes with their reasons for ``explain``.

Holds no source text: a record says where and why, never what.
"""

from __future__ import annotations

import bisect
import dataclasses
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cachetools import LRUCache

from codestral_ls.config.settings import camel_case
from codestral_ls.model import (
    Nothing,
    Outcome,
    Request,
    Seen,
    Source,
    Suggestion,
    Superseded,
    Timings,
    Trigger,
    Usage,
)

# An hour of typing asks a few hundred times; the last page of it is what a person looks at.
_RECORDS_KEPT = 100


@dataclass(slots=True)
class Counters:
    """Counts since the server started; names as in ``status``, in snake case."""

    requests: int = 0
    joined: int = 0
    typed_through: int = 0
    cache_hits: int = 0
    cancelled: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    shown: int = 0
    accepted: int = 0
    accepted_chars: int = 0

    def add_usage(self, usage: Usage) -> None:
        """Count what a backend reported for one stream."""
        self.prompt_tokens += usage.prompt_tokens
        self.cached_tokens += usage.cached_tokens
        self.completion_tokens += usage.completion_tokens

    def as_json(self) -> dict[str, int]:
        """The counters in camelCase."""
        return {camel_case(name): value for name, value in dataclasses.asdict(self).items()}


# From what seems to be there at once to the default ``timeoutMs``.
_BOUNDS_S = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 1.0, 2.0, 5.0)


@dataclass(slots=True)
class Histogram:
    """Durations in buckets, since the server started."""

    bounds_s: tuple[float, ...] = _BOUNDS_S
    """Upper bounds; what is longer is in a last bucket without one."""
    counts: list[int] = field(default_factory=lambda: [0] * (len(_BOUNDS_S) + 1))
    total_s: float = 0.0

    def add(self, milliseconds: float | None) -> None:
        """Count a duration, if there is one. Takes less than a microsecond."""
        if milliseconds is not None:
            self.counts[bisect.bisect_left(self.bounds_s, milliseconds / 1000)] += 1
            self.total_s += milliseconds / 1000


@dataclass(frozen=True, slots=True)
class Record:
    """One outcome, for ``explain``."""

    at: datetime
    uri: str
    line: int
    character: int
    outcome: str
    reason: str
    source: str | None
    timings: Timings
    seen: Seen | None = None
    """What the prompt showed; None where none was waited for."""
    failure: str = ""
    """The kind of error, where ``outcome`` is "failed"."""
    explicit: bool = False
    """The user asked for it."""
    request_id: str = ""
    """As sent to the server in ``X-Request-Id``; empty if nothing was sent."""

    def as_json(self) -> dict[str, object]:
        """The record as ``explain`` returns it."""
        timings = {
            camel_case(name): None if value is None else round(value, 1)
            for name, value in dataclasses.asdict(self.timings).items()
        }
        return {
            "at": self.at.isoformat(timespec="milliseconds"),
            "uri": self.uri,
            "line": self.line,
            "character": self.character,
            "outcome": self.outcome,
            "reason": self.reason,
            "source": self.source,
            "timingsMs": timings,
            "snippets": [{"file": file, "why": why} for file, why in self.snippets],
            "seen": _as_json(self.seen),
            "requestId": self.request_id or None,
        }

    @property
    def snippets(self) -> Sequence[tuple[str, str]]:
        """Path and reason of each passage of another file that the prompt showed."""
        return self.seen.snippets if self.seen else ()


def _as_json(seen: Seen | None) -> dict[str, object] | None:
    if seen is None:
        return None
    values = dataclasses.asdict(seen)
    del values["snippets"]
    return {camel_case(name): value for name, value in values.items()}


class Tally(Protocol):
    """Counts what happens, beyond the life of an engine. All methods return at once."""

    def asked(self, language_id: str) -> None:
        """A backend was asked."""
        ...

    def ended(self, language_id: str, usage: Usage, *, failed: bool) -> None:
        """A request to a backend has ended."""
        ...

    def answered(self, language_id: str, total_ms: float) -> None:
        """A request for which a backend was asked has its suggestion."""
        ...

    def shown(self, language_id: str) -> None:
        """A suggestion is shown that was not shown before."""
        ...

    def taken(self, language_id: str, n_suggestions: int, text: str, *, whole: bool) -> None:
        """Text of a suggestion was taken: the whole of it at once, or a word or a line."""
        ...

    def kept(self, language_id: str, after_s: float, *, is_there: bool) -> None:
        """Some time after text was taken, it is known whether it is still there."""
        ...


class History:
    """Counters and recent records of one engine."""

    def __init__(self, tally: Tally | None = None) -> None:
        self.counters = Counters()
        self._tally = tally
        self._shown: LRUCache[str, None] = LRUCache(_RECORDS_KEPT)
        """Ids of the suggestions that were shown."""
        self.first = Histogram()
        """From a request to the first text of its stream."""
        self.answered = Histogram()
        """From a request to its suggestion."""
        self._records: deque[Record] = deque(maxlen=_RECORDS_KEPT)

    def note(
        self,
        request: Request,
        outcome: Outcome,
        at: datetime,
        seen: Seen | None = None,
        request_id: str = "",
    ) -> None:
        """Count and record how a request ended, what its prompt showed, and the id under which it
        was sent."""
        kind, reason, source = _described(outcome)
        match source:
            case Source.JOINED:
                self.counters.joined += 1
            case Source.TYPED_THROUGH:
                self.counters.typed_through += 1
            case Source.CACHE:
                self.counters.cache_hits += 1
        self.counters.shown += kind == "suggestion"
        if isinstance(outcome, Suggestion):
            self._tally_shown(request.snapshot.language_id, outcome)
        self.first.add(outcome.timings.first_token)
        if kind == "suggestion":
            self.answered.add(outcome.timings.total)
        failure = outcome.failure if isinstance(outcome, Nothing) else ""
        self._add(request, kind, reason, source, outcome.timings, at, request_id, seen, failure)

    def note_cancelled(
        self, request: Request, timings: Timings, at: datetime, request_id: str = ""
    ) -> None:
        """Record that the client cancelled a request."""
        self.counters.cancelled += 1
        told = "The editor cancelled the request."
        self._add(request, "cancelled", told, None, timings, at, request_id)

    def note_asked(self, language_id: str) -> None:
        """Count a request to a backend."""
        self.counters.requests += 1
        if self._tally is not None:
            self._tally.asked(language_id)

    def note_stream(self, language_id: str, usage: Usage, *, failed: bool) -> None:
        """Count what an ended stream cost, and whether the backend failed."""
        self.counters.add_usage(usage)
        self.counters.failed += failed
        if self._tally is not None:
            self._tally.ended(language_id, usage, failed=failed)

    def note_accepted(self, language_id: str, n_suggestions: int, text: str, offered: str) -> None:
        """Count what was accepted of what was offered."""
        self.counters.accepted += n_suggestions
        self.counters.accepted_chars += len(text)
        if self._tally is not None:
            whole = n_suggestions > 0 and text == offered
            self._tally.taken(language_id, n_suggestions, text, whole=whole)

    def note_kept(self, language_id: str, after_s: float, *, is_there: bool) -> None:
        """Count whether accepted text is still there some time later."""
        if self._tally is not None:
            self._tally.kept(language_id, after_s, is_there=is_there)

    def records(self, uri: str | None = None) -> Iterator[Record]:
        """Newest first; of one document, or of the one asked in last."""
        if not self._records:
            return
        wanted = uri or self._records[-1].uri
        yield from (record for record in reversed(self._records) if record.uri == wanted)

    def _tally_shown(self, language_id: str, shown: Suggestion) -> None:
        if self._tally is None:
            return
        if shown.id not in self._shown:
            self._tally.shown(language_id)
        self._shown[shown.id] = None
        if shown.source in (Source.REQUEST, Source.JOINED, Source.WORKSPACE):
            self._tally.answered(language_id, shown.timings.total)

    def _add(
        self,
        request: Request,
        kind: str,
        reason: str,
        source: Source | None,
        timings: Timings,
        at: datetime,
        request_id: str,
        seen: Seen | None = None,
        failure: str = "",
    ) -> None:
        snapshot = request.snapshot
        self._records.append(
            Record(
                at,
                snapshot.uri,
                snapshot.line,
                len(snapshot.line_before),
                kind,
                reason,
                source.value if source else None,
                timings,
                seen,
                failure,
                explicit=request.trigger is Trigger.INVOKED,
                request_id=request_id,
            )
        )


def _described(outcome: Outcome) -> tuple[str, str, Source | None]:
    match outcome:
        case Suggestion():
            return "suggestion", outcome.note or _SHOWN[outcome.source], outcome.source
        case Nothing():
            return ("failed" if outcome.failure else "nothing"), outcome.reason, None
        case Superseded():
            return "superseded", outcome.reason, None


_SHOWN = {
    Source.REQUEST: "A new request was answered.",
    Source.JOINED: "A request that was already running had the answer.",
    Source.CACHE: "The answer was known from before.",
    Source.TYPED_THROUGH: "The text was typed along a known answer.",
    Source.WORKSPACE: "The embedded provider had seen the same in this workspace.",
}
