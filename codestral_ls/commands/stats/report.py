"""``stats --report``: the statistics as a page, in the look of an evaluation's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from codestral_ls.backends.prices import PRICES_AS_OF
from codestral_ls.commands.page import charts
from codestral_ls.commands.page.charts import Point
from codestral_ls.commands.page.html import escaped, legend, page, section, table
from codestral_ls.commands.stats.overview import Overview, dollars, interval, told
from codestral_ls.statistics.counts import LATENCY_MS, Counts

# More columns than this are thinner than a pixel on a phone.
_MOST_DAYS = 370


def report(found: Overview, today: date) -> str:
    """The page."""
    first, last = min(found.days), max(found.days)
    days = _days(found, first, last)
    counts = [found.by_day.get(day, Counts()) for day in days]
    labels = [day.isoformat() for day in days]
    rows = [[escaped(title), escaped(text)] for title, text in told(found.whole).items()]
    body = [
        "<h1>Suggestions, day by day</h1>",
        f'<p class="soft">{first} to {last}, as of {today}. Counted on this machine, and sent '
        "nowhere.</p>",
        section("Over all", table(["", ""], rows)),
        '<div class="pair">',
        section(
            "Shown and taken",
            charts.columns(
                labels,
                [[c.taken for c in counts], [c.shown - c.taken for c in counts]],
                "Suggestions a day",
                _number,
            ),
            legend((("c0", "taken"), ("c1", "shown and not taken"))),
        ),
        section(
            "Characters saved",
            charts.columns(labels, [[c.chars for c in counts]], "Characters a day", _number),
        ),
        "</div>",
        '<div class="pair">',
        section(
            "Latency over time",
            '<p class="soft">Half of the answers, and nine of ten, came within this.</p>',
            charts.columns(labels, _latencies(counts), "Latency a day", _ms),
            legend((("c0", "half"), ("c1", "up to nine of ten"))),
        ),
        section(
            "Cost",
            f'<p class="soft">US dollars, at prices of {PRICES_AS_OF}.</p>',
            charts.columns(labels, [[dollars(c) for c in counts]], "Cost a day", _dollars),
        ),
        "</div>",
        '<div class="pair">',
        _rates("Taken, by language", found.by_language),
        _rates("Taken, by model", found.by_model),
        "</div>",
        section("How long answers took", _histogram(found.whole)),
    ]
    return page("codestral-ls: statistics", body)


def _days(found: Overview, first: date, last: date) -> list[date]:
    """A column each. Where a clock was wrong once, the days between would be thousands."""
    n_days = (last - first).days + 1
    if n_days > _MOST_DAYS:
        return sorted(found.by_day)
    return [first + timedelta(days=n) for n in range(n_days)]


def _latencies(counts: list[Counts]) -> list[list[float | None]]:
    """The median, and how much more nine of ten take: stacked, the columns end there."""
    half = [each.latency_ms(0.5) for each in counts]
    most = [each.latency_ms(0.9) for each in counts]
    more = [None if a is None or b is None else b - a for a, b in zip(half, most, strict=True)]
    return [half, more]


def _rates(title: str, groups: Mapping[str, Counts]) -> str:
    rows = []
    for name, counts in groups.items():
        found = interval(counts.taken, counts.shown)
        points = []
        if found is not None:
            value, low, high = found
            points = [Point(0, value, low, high, f"{name}: {_percent(value)}")]
        rows.append((f"{name} ({counts.taken:,} of {counts.shown:,})", points))
    note = '<p class="soft">Share of the suggestions shown, with its 95 % interval.</p>'
    return section(title, note, charts.intervals(rows, title, _percent))


def _histogram(counts: Counts) -> str:
    labels = [f"up to {end} ms" for end in LATENCY_MS] + ["longer"]
    return charts.columns(labels, [[float(n) for n in counts.latency]], "Latency", _number)


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _ms(value: float) -> str:
    return f"{value:,.0f} ms"


def _dollars(value: float) -> str:
    return f"${value:,.2f}" if value >= 1 or not value else f"${value:.3g}"


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"
