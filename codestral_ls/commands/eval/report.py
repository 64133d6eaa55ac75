"""``eval --report``: one self-contained page. Whatever comes from files or servers is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from codestral_ls import __version__
from codestral_ls.backends.prices import PRICES_AS_OF
from codestral_ls.commands.eval import report_tasks, table
from codestral_ls.commands.eval.definitions import DEFINITIONS
from codestral_ls.commands.eval.figures import Figure
from codestral_ls.commands.eval.summary import Comparison, Part, RunSummary, Summary
from codestral_ls.commands.eval.tasks import KINDS
from codestral_ls.commands.page import charts
from codestral_ls.commands.page.charts import Point, Segment
from codestral_ls.commands.page.html import colour, escaped, legend, page, section
from codestral_ls.commands.page.html import table as html_table

VERDICTS = {
    "exact": ("good", "exact"),
    "right": ("fair", "right as far as it goes"),
    "silent": ("none", "silent"),
    "wrong": ("bad", "wrong"),
    "failed": ("fail", "failed"),
}
"""Colour and words of each verdict."""
_COMPARED = (
    *("exact", "right", "wrong", "silent", "saved", "first_text_p50", "answer_p50", "answer_p90"),
    "cost",
)
# The axis says seconds from here on.
_LEAST_SECONDS_MS = 10_000


def report(summary: Summary, workspace: str, at: datetime) -> str:
    """The page. ``workspace`` is its name for people; ``at`` is when it was measured."""
    parts = [
        f"<h1>{escaped(workspace)}</h1>",
        f'<p class="soft">{_told(summary, at)}</p>',
        _comparison(summary),
        '<div class="pair">',
        _groups("Quality by language", summary, "by_language"),
        _groups("Quality by kind of place", summary, "by_kind"),
        "</div>",
        '<div class="pair">',
        _latency(summary),
        _cost(summary),
        "</div>",
        report_tasks.tasks(summary),
        _definitions(),
    ]
    return page(f"{workspace}: evaluation", filter(None, parts), script=report_tasks.SCRIPT)


def _told(summary: Summary, at: datetime) -> str:
    languages = ", ".join(f"{n} {each}" for each, n in summary.languages.items())
    since = f", lines added since {summary.since}" if summary.since else ""
    return escaped(
        f"{summary.n_tasks} places of your code, completed as your editor would see it: "
        f"{languages}{since}. Seed {summary.seed}, {at:%Y-%m-%d %H:%M}, "
        f"codestral-ls {__version__}."
    )


def _comparison(summary: Summary) -> str:
    rows = []
    for run in summary.runs:
        results = run.run.results
        counts = {each: sum(r.verdict == each for r in results) for each in VERDICTS}
        rows.append(
            (
                run.title,
                [
                    Segment(paint, counts[each], f"{words}: {counts[each]} of {len(results)}")
                    for each, (paint, words) in VERDICTS.items()
                ],
            )
        )
    notes = "".join(f'<p class="soft">{escaped(note)}</p>' for note in _notes(summary))
    return section(
        "What you would have seen",
        charts.stacked(rows, "Verdicts of each run"),
        legend(VERDICTS.values()),
        "<br>",
        _differences(summary),
        html_table(_head(summary), _figure_rows(summary)),
        '<p class="soft">Small: 95 % intervals.</p>',
        notes,
    )


def _head(summary: Summary) -> list[str]:
    head = [""]
    for number, run in enumerate(summary.runs):
        where = f"at {run.run.host}" if run.run.host else "on this machine"
        told = " ".join(dict.fromkeys((run.run.provider, run.run.model)))
        dot = f'<i class="dot" style="background:var(--{colour(number)})"></i>'
        head.append(f"{dot}{escaped(run.title)}<small>{escaped(told)} {escaped(where)}</small>")
    return head


def _figure_rows(summary: Summary) -> Iterator[list[str]]:
    for name, definition in DEFINITIONS.items():
        row = [f'<span title="{escaped(definition.meaning)}">{escaped(definition.title)}</span>']
        yield row + [_cell(table.shown(definition, run.figures[name])) for run in summary.runs]


def _differences(summary: Summary) -> str:
    """What each run differs by from the first one."""
    if not summary.comparisons:
        return ""
    first = summary.comparisons[0].first
    head = ["", *(f"{escaped(each.second)}" for each in summary.comparisons)]
    rows = [
        [escaped(DEFINITIONS[name].title), *(_compared(e, name) for e in summary.comparisons)]
        for name in _COMPARED
    ]
    note = (
        f"Compared with {first}, at the same tasks in pairs. Better and worse are said only where "
        "the 95 % interval does not hold 0."
    )
    return f'<p class="soft">{escaped(note)}</p>' + html_table(head, rows) + "<br>"


def _cell(shown: str) -> str:
    value, bracket, interval = shown.partition(" (")
    small = f"<small>{escaped(interval.removesuffix(')'))}</small>" if bracket else ""
    return escaped(value) + small


def _compared(comparison: Comparison, name: str) -> str:
    definition, figure = DEFINITIONS[name], comparison.figures[name]
    value, _, interval = table.shown_difference(definition, figure).partition(" (")
    verdict = table.verdict(definition, figure)
    told = f' <span class="{verdict}">{verdict}</span>' if verdict else ""
    return f"{escaped(value)}{told}<small>{escaped(interval.removesuffix(')'))}</small>"


def _notes(summary: Summary) -> Iterator[str]:
    for run in summary.runs:
        if run.stopped:
            yield f"{run.title} ended early at {run.n_results} of {run.n_tasks}: {run.stopped}"
        if told := table.estimated(run):
            yield f"{run.title}: {told}"
        if run.run.is_batch:
            yield f"{run.title} ran as a batch: half the price, and nothing to say of latency."


def _groups(title: str, summary: Summary, field: str) -> str:
    parts: list[Part] = [getattr(run, field) for run in summary.runs]
    names = dict.fromkeys(name for part in parts for name in part)
    rows = []
    for name in names:
        points = [
            _point(number, part[name][1]["right"], f"{summary.runs[number].title}, {name}")
            for number, part in enumerate(parts)
            if name in part
        ]
        n = max(part[name][0] for part in parts if name in part)
        told = f"{name}: {KINDS[name]}" if name in KINDS else name
        rows.append((f"{told} ({n})", [point for point in points if point is not None]))
    picture = charts.intervals(rows, title, lambda value: f"{100 * value:.0f} %")
    note = '<p class="soft">Share of tasks where the suggestion is right as far as it goes.</p>'
    return section(title, note, picture, _runs_legend(summary.runs))


def _point(number: int, figure: Figure, label: str) -> Point | None:
    if figure.value is None or figure.low is None or figure.high is None:
        return None
    told = f"{label}: {table.shown(DEFINITIONS['right'], figure)}"
    return Point(number, figure.value, figure.low, figure.high, told)


def _latency(summary: Summary) -> str:
    series = [
        [] if run.run.is_batch else [
            r.total_ms for r in run.run.answered if r.total_ms is not None
        ]
        for run in summary.runs
    ]  # fmt: skip
    picture = charts.cumulative(series, "Latency", _axis_ms)
    if not picture:
        return section("Latency", '<p class="soft">Not measured: a batch has none.</p>')
    note = '<p class="soft">Share of requests that are answered within a time.</p>'
    return section("Latency", note, picture, _runs_legend(summary.runs))


def _axis_ms(value: float) -> str:
    return f"{value:.0f} ms" if value < _LEAST_SECONDS_MS else f"{value / 1000:g} s"


def _cost(summary: Summary) -> str:
    points, unknown = [], []
    names = [run.title for run in summary.runs]
    for number, run in enumerate(summary.runs):
        cost = run.figures["cost"].value
        point = _point(number, run.figures["right"], run.title)
        if cost is None or point is None:
            unknown.append(run.title)
        else:
            points.append((point, cost))
    if points and not any(cost for _, cost in points):
        told = "Free of charge: " + ", ".join(name for name in names if name not in unknown) + "."
        picture = f'<p class="soft">{escaped(told)}</p>'
    elif not points:
        picture = ""
    else:
        picture = charts.scatter(
            points,
            "Cost against quality",
            lambda value: f"${value:.3g}",
            lambda value: f"{100 * value:.0f} %",
        )
        picture += _runs_legend(summary.runs)
        picture += (
            '<p class="soft">Right as far as it goes, against US dollars for 1000 requests '
            f"(prices of {PRICES_AS_OF}, or yours).</p>"
        )
    missing = f"Cost unknown: {', '.join(unknown)}." if unknown else ""
    tail = f'<p class="soft">{escaped(missing)}</p>' if missing else ""
    return section("Cost against quality", picture, tail)


def _runs_legend(runs: Sequence[RunSummary]) -> str:
    return legend((colour(number), run.title) for number, run in enumerate(runs))


def _definitions() -> str:
    rows = "".join(
        f"<dt>{escaped(row.title)}</dt><dd>{escaped(row.meaning)}</dd>"
        for row in DEFINITIONS.values()
    )
    return section("What the figures mean", f"<dl>{rows}</dl>")
