"""The runs of an evaluation in figures: whole, by language, by kind of place, and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codestral_ls import __version__
from codestral_ls.backends.prices import PRICES_AS_OF, Price
from codestral_ls.commands.eval.definitions import DEFINITIONS
from codestral_ls.commands.eval.figures import (
    Figure,
    differences,
    figures,
    quality,
)
from codestral_ls.commands.eval.results import EvalRun, Result
from codestral_ls.commands.eval.tasks import KINDS, TaskSet, counted

Part = Mapping[str, tuple[int, Mapping[str, Figure]]]
"""Number of results and figures of quality, by language or kind."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run."""

    title: str
    run: EvalRun
    n_tasks: int
    n_results: int
    n_failed: int
    estimated: int
    """Answers whose tokens are estimated."""
    price: Price | None
    figures: Mapping[str, Figure]
    by_language: Part
    by_kind: Part

    @property
    def stopped(self) -> str:
        """Why it ended early; empty if it did not."""
        return self.run.stopped


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a run differs by from the first one."""

    first: str
    second: str
    n_pairs: int
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Summary:
    """All that a report shows."""

    n_tasks: int
    seed: int
    since: str
    languages: Mapping[str, int]
    kinds: Mapping[str, int]
    runs: tuple[RunSummary, ...]
    comparisons: tuple[Comparison, ...]

    def as_json(self) -> dict[str, object]:
        """The report for scripts."""
        return {
            "version": __version__,
            "tasks": {
                "count": self.n_tasks,
                "seed": self.seed,
                "since": self.since or None,
                "languages": dict(self.languages),
                "kinds": dict(self.kinds),
            },
            "runs": [_run_as_json(run) for run in self.runs],
            "comparisons": [
                {
                    "first": comparison.first,
                    "second": comparison.second,
                    "pairs": comparison.n_pairs,
                    "figures": _as_json(comparison.figures),
                }
                for comparison in self.comparisons
            ],
            "definitions": {row.name: row.meaning for row in DEFINITIONS.values()},
            "prices_as_of": PRICES_AS_OF,
        }


def summarise(tasks: TaskSet, runs: Sequence[EvalRun], prices: Sequence[Price | None]) -> Summary:
    """The figures of all runs; each but the first is compared with the first."""
    counts = counted(tasks.tasks)
    summaries = tuple(
        _summary_of(run, len(tasks.tasks), price, counts)
        for run, price in zip(runs, prices, strict=True)
    )
    first = summaries[0]
    comparisons = tuple(_compared(first, other) for other in summaries[1:])
    return Summary(
        len(tasks.tasks),
        tasks.seed,
        tasks.since,
        counts["languages"],
        counts["kinds"],
        summaries,
        comparisons,
    )


def title_of(run: EvalRun) -> str:
    """What a run is called."""
    return run.name or run.model or run.provider


def _summary_of(
    run: EvalRun, n_tasks: int, price: Price | None, counts: Mapping[str, Mapping[str, int]]
) -> RunSummary:
    by_language = {
        each: _quality([r for r in run.results if r.task.language_id == each])
        for each in counts["languages"]
    }
    by_kind = {each: _quality([r for r in run.results if r.task.kind == each]) for each in KINDS}
    return RunSummary(
        title=title_of(run),
        run=run,
        n_tasks=n_tasks,
        n_results=len(run.results),
        n_failed=sum(bool(result.failure) for result in run.results),
        estimated=sum(result.is_estimated for result in run.results),
        price=price,
        figures=figures(run.results, price, timed=not run.is_batch),
        by_language={each: row for each, row in by_language.items() if row[0]},
        by_kind={each: row for each, row in by_kind.items() if row[0]},
    )


def _quality(results: Sequence[Result]) -> tuple[int, Mapping[str, Figure]]:
    return len(results), quality(results)


def _compared(first: RunSummary, second: RunSummary) -> Comparison:
    timed = not (first.run.is_batch or second.run.is_batch)
    one, other = first.run, second.run
    answered = {result.task for result in one.answered}
    return Comparison(
        first.title,
        second.title,
        sum(result.task in answered for result in other.answered),
        differences(one.results, other.results, (first.price, second.price), timed=timed),
    )


def _run_as_json(summary: RunSummary) -> dict[str, object]:
    run = summary.run
    return {
        "name": summary.title,
        "changes": dict(run.changes),
        "provider": run.provider,
        "model": run.model,
        "host": run.host,
        "batch": run.is_batch,
        "tasks": summary.n_tasks,
        "results": summary.n_results,
        "failed": summary.n_failed,
        "stopped": summary.stopped or None,
        "tokens_estimated": summary.estimated,
        "figures": _as_json(summary.figures),
        "by_language": _part_as_json(summary.by_language),
        "by_kind": _part_as_json(summary.by_kind),
    }


def _as_json(figures: Mapping[str, Figure]) -> dict[str, object]:
    return {name: figure.as_json() for name, figure in figures.items()}


def _part_as_json(part: Part) -> dict[str, object]:
    return {each: {"results": n, "figures": _as_json(row)} for each, (n, row) in part.items()}
