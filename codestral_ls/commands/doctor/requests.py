"""``doctor --requests N``: completions one after another, and what they took.

One at a time, as a person types; load tests are for other tools. When the server asks for a
pause, it gets one.
"""

from __future__ import annotations

import asyncio
import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from codestral_ls.backends.base import Backend, BackendError, Overloaded, RateLimited
from codestral_ls.backends.prices import CODESTRAL, PRICES_AS_OF
from codestral_ls.commands.doctor.samples import SAMPLES, prompt_of
from codestral_ls.commands.doctor.trial import Trial, try_completion
from codestral_ls.config import Settings
from codestral_ls.model import Usage
from codestral_ls.privacy.hosts import MISTRAL_HOSTS

_FAILURES_IN_A_ROW = 5
_PAUSE_S, _LONGEST_PAUSE_S = 2.0, 60.0


@dataclass(slots=True)
class Series:
    """The trials made, and sums over them."""

    host: str
    trials: list[Trial] = field(default_factory=list)
    n_languages: int = 0
    stopped_by: BackendError | None = None
    """Why there are fewer than requested."""

    @property
    def n_failed(self) -> int:
        """Trials that failed."""
        return sum(trial.error is not None for trial in self.trials)

    @property
    def errors(self) -> dict[str, int]:
        """How often each kind of error came."""
        return dict(Counter(t.error.kind for t in self.trials if t.error is not None))

    @property
    def usage(self) -> Usage:
        """All tokens together."""
        used = [trial.usage for trial in self.trials if trial.usage is not None]
        return Usage(
            sum(usage.prompt_tokens for usage in used),
            sum(usage.completion_tokens for usage in used),
            sum(usage.cached_tokens for usage in used),
        )

    @property
    def cost_usd(self) -> float | None:
        """Roughly what Mistral charges; None for other servers."""
        if self.host not in MISTRAL_HOSTS:
            return None
        return CODESTRAL.of(self.usage)

    def latencies_ms(self) -> tuple[list[float], list[float]]:
        """To the first text and to the end, of the trials that succeeded."""
        well = [trial for trial in self.trials if trial.error is None]
        first = [t.first_text_ms for t in well if t.first_text_ms is not None]
        return first, [trial.total_ms for trial in well]

    def rows(self) -> Iterator[tuple[str, str]]:
        """The report, as labels and texts."""
        n = len(self.trials)
        yield "requests", f"{n}, one at a time, in {self.n_languages} languages"
        first, whole = self.latencies_ms()
        yield "first text", _percentiles_text(first)
        yield "full answer", _percentiles_text(whole)
        kinds = ", ".join(f"{kind} {count}" for kind, count in self.errors.items())
        yield "failed", f"{self.n_failed} ({self.n_failed / n:.0%})" + (f": {kinds}" * bool(kinds))
        empty = sum(trial.error is None and not trial.text.strip() for trial in self.trials)
        yield "empty", str(empty)
        usage = self.usage
        yield (
            "tokens",
            f"{usage.prompt_tokens} in, {usage.cached_tokens} of them cached; "
            f"{usage.completion_tokens} out",
        )
        if self.cost_usd is not None:
            yield (
                "cost",
                f"about ${self.cost_usd:.5f} at Mistral's prices of {PRICES_AS_OF} "
                f"(per million tokens: ${CODESTRAL.prompt:.2f} in, a tenth of that when cached, "
                f"${CODESTRAL.completion:.2f} out)",
            )
        if self.stopped_by is not None:
            yield "stopped", f"early: {self.stopped_by}"

    def as_json(self) -> dict[str, Any]:
        """The report for scripts; times in milliseconds, None where nothing was measured."""
        first, whole = self.latencies_ms()
        usage = self.usage
        cost = self.cost_usd
        return {
            "n": len(self.trials),
            "first_text_ms": percentiles(first),
            "total_ms": percentiles(whole),
            "errors": self.errors,
            "error_rate": round(self.n_failed / len(self.trials), 4),
            "usage": {
                "prompt_tokens": usage.prompt_tokens,
                "completion_tokens": usage.completion_tokens,
                "cached_tokens": usage.cached_tokens,
            },
            "cost_usd": None if cost is None else round(cost, 6),
            "prices_as_of": None if cost is None else PRICES_AS_OF,
            "stopped_by": str(self.stopped_by) if self.stopped_by else None,
        }


async def ask_repeatedly(
    backend: Backend, settings: Settings, n_requests: int, progress: Callable[[str], None]
) -> Series:
    """Ask for the samples in turn, until the number is reached or going on is pointless."""
    series = Series(backend.host, n_languages=min(n_requests, len(SAMPLES)))
    in_a_row = 0
    for number, language in enumerate(itertools.islice(itertools.cycle(SAMPLES), n_requests), 1):
        progress(f"completion {number} of {n_requests}")
        prompt = prompt_of(
            language, max_tokens=settings.max_tokens, temperature=settings.temperature
        )
        trial = await try_completion(backend, prompt, settings.timeout_ms / 1000)
        series.trials.append(trial)
        in_a_row = in_a_row + 1 if trial.error else 0
        if trial.error is None:
            continue
        pause_s = _pause_s(trial.error)
        if in_a_row == _FAILURES_IN_A_ROW or trial.error.user_must_act or pause_s is None:
            series.stopped_by = trial.error if number < n_requests else None
            break
        if pause_s and number < n_requests:
            progress(f"the server asked to wait {pause_s:.0f} s")
            await asyncio.sleep(pause_s)
    return series


def _pause_s(error: BackendError) -> float | None:
    """How long to wait; None if that is longer than anyone waits for a report."""
    if error.retry_after_s is not None:
        wait_s = max(error.retry_after_s, _PAUSE_S)
        return wait_s if wait_s <= _LONGEST_PAUSE_S else None
    return _PAUSE_S if isinstance(error, RateLimited | Overloaded) else 0.0


def percentiles(values: Sequence[float]) -> dict[str, float | None]:
    """The values at 50, 90 and 99 % of a sorted row, each one that was measured."""
    row = sorted(values)
    ranks = {"p50": 50, "p90": 90, "p99": 99}
    return {
        name: round(row[math.ceil(len(row) * rank / 100) - 1], 1) if row else None
        for name, rank in ranks.items()
    }


def _percentiles_text(values: Sequence[float]) -> str:
    if not values:
        return "none"
    return ", ".join(f"{name} {value:.0f} ms" for name, value in percentiles(values).items())
