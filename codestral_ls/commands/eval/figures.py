"""Figures of a run and differences between two, each with a 95 % interval. Pure.

An interval is the middle 95 % of what the figure would be for tasks drawn at random, with
replacement, from those that were asked (a bootstrap, seeded). Of a comparison the tasks are drawn
in pairs: what counts is how the two differ at the same task.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Protocol, TypeVar

from codestral_ls.backends.prices import Price
from codestral_ls.commands.eval.definitions import DEFINITIONS
from codestral_ls.commands.eval.results import Result

_RESAMPLES = 1_000
_SEED = 1
_TAIL = 0.025
# Where all tasks agree, resampling shows no doubt; by the rule of three there is this much.
_RULE_OF_THREE = 3.0


@dataclass(frozen=True, slots=True)
class Figure:
    """A value and its interval; all None where the value is not known."""

    value: float | None = None
    low: float | None = None
    high: float | None = None

    def as_json(self) -> dict[str, float | None]:
        """The figure for scripts."""
        return {
            name: None if number is None else round(number, 6)
            for name, number in (("value", self.value), ("low", self.low), ("high", self.high))
        }


_QUALITY = ("exact", "right", "first_line", "similarity", "wrong", "silent", "more_errors", "saved")

_T = TypeVar("_T")
_Row = tuple[float, float] | None
"""What a task adds to a figure's numerator and denominator; None: nothing to both."""


class _Draw(Protocol):
    """Some of the tasks: what a row of values has for these."""

    def __call__(self, values: Sequence[_T], /) -> Sequence[_T]: ...


def quality(results: Sequence[Result]) -> dict[str, Figure]:
    """The figures of quality alone, of some results."""
    answered = [result for result in results if not result.failure]
    draws, ratios = _draws(len(answered)), _ratios(None, answered)
    return {name: _ratio(name, map(ratios[name], answered), draws) for name in _QUALITY}


def figures(
    results: Sequence[Result], price: Price | None, *, timed: bool = True
) -> dict[str, Figure]:
    """All figures of some results. Not ``timed``: nothing can be said of latency."""
    answered = [result for result in results if not result.failure]
    draws, ratios = _draws(len(answered)), _ratios(price, answered)
    found = {name: _ratio(name, map(of, answered), draws) for name, of in ratios.items()}
    for name, (of_time, share) in _TIMES.items():
        times = [of_time(result) if timed else None for result in answered]
        found[name] = _percentile(times, share, draws)
    everything = [(float(bool(result.failure)), 1.0) for result in results]
    found["failed"] = _ratio("failed", everything, _draws(len(everything)))
    return {name: found[name] for name in DEFINITIONS}


def differences(
    first: Sequence[Result], second: Sequence[Result], prices: tuple[Price | None, Price | None],
    *, timed: bool = True,
) -> dict[str, Figure]:  # fmt: skip
    """The second less the first, over the tasks that both answered."""
    known = {result.task: result for result in first if not result.failure}
    pairs = [
        (known[result.task], result)
        for result in second
        if not result.failure and result.task in known
    ]
    draws = _draws(len(pairs))
    one, other = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    found = {}
    ratios = _ratios(prices[0], one), _ratios(prices[1], other)
    for name in ratios[0]:
        scale = _UNIT_SCALE.get(name, 1.0)
        before = _Ratio([ratios[0][name](result) for result in one], scale)
        after = _Ratio([ratios[1][name](result) for result in other], scale)
        found[name] = _difference(before, after, draws)
        if DEFINITIONS[name].unit in ("share", "ratio"):
            found[name] = _with_doubt(found[name], before, after)
    for name, (of_time, share) in _TIMES.items():
        found[name] = _difference(
            _Quantile([of_time(result) if timed else None for result in one], share),
            _Quantile([of_time(result) if timed else None for result in other], share),
            draws,
        )
    return {name: found[name] for name in DEFINITIONS if name in found}


def _with_doubt(difference: Figure, before: _Ratio, after: _Ratio) -> Figure:
    """The difference of two shares; where all pairs agree on it, by the rule of three."""
    if difference.value is None:
        return difference
    counted = [i for i, n in enumerate(before.below) if n and after.below[i]]
    if len({after.above[i] - before.above[i] for i in counted}) != 1:
        return difference
    value, doubt = difference.value, _RULE_OF_THREE / len(counted)
    # Each of the few that may differ is at most at the other end.
    low, high = value - doubt * (1 + value), value + doubt * (1 - value)
    return Figure(value, max(-1.0, low), min(1.0, high))


def _ratios(price: Price | None, results: Sequence[Result]) -> dict[str, Callable[[Result], _Row]]:
    """What a task adds to each figure of these results."""
    sizes = [result.usage.prompt_tokens for result in results if result.usage is not None]
    mean_prompt = sum(sizes) / len(sizes) if sizes else 0.0

    def cost(result: Result) -> _Row:
        if price is None or result.usage is None:
            return None
        return price.of(result.usage), 1.0

    def tokens(name: str) -> Callable[[Result], _Row]:
        def of(result: Result) -> _Row:
            return None if result.usage is None else (float(getattr(result.usage, name)), 1.0)

        return of

    def cached(result: Result) -> _Row:
        # Of an answer that was not counted nothing is known of the cache; the share of the counted
        # ones is taken for all, so that no more is cached than was asked.
        if result.usage is None or result.is_estimated:
            return None
        if not mean_prompt:
            return 0.0, 1.0
        return result.usage.cached_tokens * mean_prompt, float(result.usage.prompt_tokens)

    return {
        "exact": lambda r: (float(r.judgement is not None and r.judgement.exact), 1.0),
        "right": lambda r: (float(r.judgement is not None and r.judgement.right), 1.0),
        "first_line": lambda r: (float(r.judgement is not None and r.judgement.first_line), 1.0),
        "similarity": lambda r: (r.judgement.similarity if r.judgement else 0.0, 1.0),
        "wrong": lambda r: (float(r.judgement is not None and not r.judgement.right), 1.0),
        "silent": lambda r: (float(r.judgement is None), 1.0),
        "more_errors": _more_errors,
        "saved": lambda r: (r.judgement.saved if r.judgement else 0.0, len(r.task.truth)),
        "tokens_in": tokens("prompt_tokens"),
        "tokens_cached": cached,
        "tokens_out": tokens("completion_tokens"),
        "cost": cost,
    }


def _more_errors(result: Result) -> _Row:
    if result.judgement is None or result.judgement.more_errors is None:
        return None
    return float(result.judgement.more_errors), 1.0


_UNIT_SCALE = {"saved": 100.0, "cost": 1000.0}
_TIMES: Mapping[str, tuple[Callable[[Result], float | None], float]] = {
    "first_text_p50": (lambda result: result.first_text_ms, 0.5),
    "first_text_p90": (lambda result: result.first_text_ms, 0.9),
    "answer_p50": (lambda result: result.total_ms, 0.5),
    "answer_p90": (lambda result: result.total_ms, 0.9),
}


class _Ratio:
    """A sum over tasks divided by another, for any draw of the tasks."""

    def __init__(self, rows: Sequence[_Row], scale: float) -> None:
        self.above = [row[0] if row else 0.0 for row in rows]
        self.below = [row[1] if row else 0.0 for row in rows]
        self._scale = scale

    def of(self, draw: _Draw | None = None) -> float | None:
        above: Sequence[float] = self.above
        below: Sequence[float] = self.below
        if draw is not None:
            above, below = draw(above), draw(below)
        total = sum(below)
        return self._scale * sum(above) / total if total else None


class _Quantile:
    """A quantile over those tasks for which something was measured, for any draw."""

    def __init__(self, values: Sequence[float | None], share: float) -> None:
        self._values = values
        self._share = share

    def of(self, draw: _Draw | None = None) -> float | None:
        values = self._values if draw is None else draw(self._values)
        return _quantile([value for value in values if value is not None], self._share)


def _quantile(values: Sequence[float], share: float) -> float | None:
    """The value below which a share of the values lies, one that was measured."""
    row = sorted(values)
    return row[max(0, math.ceil(len(row) * share) - 1)] if row else None


def _ratio(name: str, rows: Iterable[_Row], draws: Sequence[_Draw]) -> Figure:
    ratio = _Ratio(list(rows), _UNIT_SCALE.get(name, 1.0))
    value = ratio.of()
    if value is None:
        return Figure()
    if DEFINITIONS[name].unit == "share" and value in (0.0, 1.0):
        doubt = min(1.0, _RULE_OF_THREE / sum(ratio.below))
        return Figure(value, value - doubt * value, value + doubt * (1 - value))
    return Figure(value, *_middle([ratio.of(draw) for draw in draws], value))


def _percentile(values: Sequence[float | None], share: float, draws: Sequence[_Draw]) -> Figure:
    row = _Quantile(values, share)
    value = row.of()
    return Figure() if value is None else Figure(value, *_middle([row.of(d) for d in draws], value))


def _difference(
    one: _Ratio | _Quantile, other: _Ratio | _Quantile, draws: Sequence[_Draw]
) -> Figure:
    before, after = one.of(), other.of()
    if before is None or after is None:
        return Figure()
    drawn = []
    for draw in draws:
        a, b = one.of(draw), other.of(draw)
        drawn.append(None if a is None or b is None else b - a)
    return Figure(after - before, *_middle(drawn, after - before))


def _middle(drawn: Sequence[float | None], value: float) -> tuple[float, float]:
    """The middle 95 % of what was drawn; the value is always within."""
    row = sorted(each for each in drawn if each is not None)
    if not row:
        return value, value
    low = row[int(len(row) * _TAIL)]
    high = row[min(len(row) - 1, math.ceil(len(row) * (1 - _TAIL)) - 1)]
    return min(low, value), max(high, value)


def _draws(n: int) -> list[_Draw]:
    if n < 2:
        return []
    chooser = random.Random(_SEED)  # noqa: S311  # seeded on purpose
    everything = range(n)
    return [itemgetter(*chooser.choices(everything, k=n)) for _ in range(_RESAMPLES)]
