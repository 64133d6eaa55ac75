"""What is measured, as neither Prometheus nor OpenTelemetry would write it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from codestral_ls.engine.history import Counters, Histogram, History


@dataclass(frozen=True, slots=True)
class CounterMeasure:
    """A count since the start."""

    name: str
    """In snake case, without prefix or unit."""
    meaning: str
    value: int


@dataclass(frozen=True, slots=True)
class HistogramMeasure:
    """Durations in seconds since the start, in buckets."""

    name: str
    meaning: str
    bounds: tuple[float, ...]
    """Upper bounds of the buckets but the last, which has none."""
    counts: tuple[int, ...]
    """How many durations each bucket holds, one more bucket than bounds."""
    total_s: float


@dataclass(frozen=True, slots=True)
class Measures:
    """All of it at one moment."""

    instance: str
    """Random, the same for the run of one process."""
    version: str
    started_at: float
    """Unix time."""
    taken_at: float
    counters: Sequence[CounterMeasure]
    histograms: Sequence[HistogramMeasure]


_MEANINGS = {
    "requests": "Requests sent to the provider.",
    "joined": "Suggestions from a request that was under way.",
    "typed_through": "Suggestions that were typed along.",
    "cache_hits": "Suggestions from memory.",
    "cancelled": "Requests that the editor cancelled.",
    "failed": "Requests that failed at the provider.",
    "prompt_tokens": "Tokens of prompts.",
    "cached_tokens": "Tokens of prompts that the server had in its cache.",
    "completion_tokens": "Tokens of answers.",
    "shown": "Suggestions shown.",
    "accepted": "Suggestions accepted.",
    "accepted_chars": "Characters of accepted suggestions.",
}


def measured(
    history: History, *, instance: str, version: str, started_at: float, taken_at: float
) -> Measures:
    """What the history says now."""
    return Measures(
        instance,
        version,
        started_at,
        taken_at,
        counters=list(_counts(history.counters)),
        histograms=[
            _histogram(
                "first_token", "From the editor's request to the first text.", history.first
            ),
            _histogram("answer", "From the editor's request to the suggestion.", history.answered),
        ],
    )


def _counts(counters: Counters) -> Sequence[CounterMeasure]:
    return [
        CounterMeasure(name, _MEANINGS.get(name, f"Number of {name.replace('_', ' ')}."), value)
        for name, value in dataclasses.asdict(counters).items()
    ]


def _histogram(name: str, meaning: str, histogram: Histogram) -> HistogramMeasure:
    return HistogramMeasure(
        name, meaning, histogram.bounds_s, tuple(histogram.counts), histogram.total_s
    )
