"""Pictures as inline SVG. They have no scale of their own: widths are shares of the page's, so
that letters stay readable on a phone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from codestral_ls.commands.page.html import colour, escaped

_AXIS_PX = 22
_BAR_PX = 22
_POINT_PX = 16
_BESIDE_PX = 9
_PLOT_PX = 220
# Room for the labels left of a plot, in pixels.
_LEFT_PX = 52

_Form = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Point:
    """A value with its interval, of one series."""

    series: int
    value: float
    low: float
    high: float
    told: str
    """What a pointer over it shows."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar."""

    colour: str
    value: float
    told: str


def stacked(rows: Sequence[tuple[str, Sequence[Segment]]], title: str) -> str:
    """A bar for each row, its segments as shares of the row's sum."""
    parts = []
    for number, (label, segments) in enumerate(rows):
        top = number * (_BAR_PX + 24)
        parts.append(f'<text x="0" y="{top + 13}">{escaped(label)}</text>')
        total, at = sum(segment.value for segment in segments), 0.0
        for segment in segments:
            share = segment.value / total if total else 0.0
            if share:
                parts.append(
                    f'<rect x="{_percent(at)}" y="{top + 18}" width="{_percent(share)}" '
                    f'height="{_BAR_PX - 2}" fill="var(--{segment.colour})">'
                    f"<title>{escaped(segment.told)}</title></rect>"
                )
            at += share
    return _svg(len(rows) * (_BAR_PX + 24), parts, title)


def intervals(rows: Sequence[tuple[str, Sequence[Point]]], title: str, form: _Form) -> str:
    """A line for each point of each row, from 0 to 1."""
    parts, top = [], 0
    for label, points in rows:
        parts.append(f'<text x="0" y="{top + 13}">{escaped(label)}</text>')
        for number, point in enumerate(points):
            y = top + 26 + number * _POINT_PX
            ends = [_percent(min(each, 1.0)) for each in (point.low, point.high)]
            paint = f"var(--{colour(point.series)})"
            parts.append(
                f"<g><title>{escaped(point.told)}</title>"
                f'<line x1="0" x2="100%" y1="{y}" y2="{y}" class="grid"/>'
                f'<line x1="{ends[0]}" x2="{ends[1]}" y1="{y}" y2="{y}" stroke="{paint}" '
                f'stroke-width="4" stroke-opacity=".4" stroke-linecap="round"/>'
                f'<circle cx="{_percent(min(point.value, 1.0))}" cy="{y}" r="5" '
                f'fill="{paint}"/></g>'
            )
        top += 26 + max(1, len(points)) * _POINT_PX
    parts += _axis(top, form)
    return _svg(top + _AXIS_PX, parts, title)


def cumulative(series: Sequence[Sequence[float]], title: str, form: _Form) -> str:
    """For each series: the share of its values that are no larger than what the axis says."""
    values = [value for row in series for value in row]
    if not values:
        return ""
    end = _round_up(sorted(values)[min(len(values) - 1, int(len(values) * 0.98))])
    paths = []
    for number, row in enumerate(series):
        if not row:
            continue
        ordered = sorted(row)
        path = ["M0,100"]
        for count, value in enumerate(ordered, 1):
            x = 100 * min(value, end) / end
            path.append(f"H{x:.2f}V{100 - 100 * count / len(ordered):.2f}")
        path.append("H100")
        paths.append(
            f'<path d="{"".join(path)}" fill="none" stroke="var(--{colour(number)})" '
            'stroke-width="2" vector-effect="non-scaling-stroke"/>'
        )
    return _plot(paths, title, [_share(each) for each in (0, 0.5, 0.9, 1)], end, form)


def columns(
    labels: Sequence[str], series: Sequence[Sequence[float | None]], title: str, form: _Form
) -> str:
    """A column for each label, with the series stacked; None leaves a gap."""
    sums = [sum(row[i] or 0.0 for row in series) for i in range(len(labels))]
    top = _round_up(max(sums, default=0.0) or 1.0)
    width = 100 / max(len(labels), 1)
    parts = []
    for i, label in enumerate(labels):
        at = 0.0
        for number, row in enumerate(series):
            value = row[i] or 0.0
            if value:
                height = 100 * value / top
                parts.append(
                    f'<rect x="{i * width + width * 0.1:.3f}" y="{100 - at - height:.3f}" '
                    f'width="{width * 0.8:.3f}" height="{height:.3f}" '
                    f'fill="var(--{colour(number)})">'
                    f"<title>{escaped(label)}: {escaped(form(value))}</title></rect>"
                )
                at += height
    ticks = [(each, form(top * each)) for each in (0, 0.5, 1)]
    return _plot(parts, title, ticks, 0.0, form, ends=(labels[0], labels[-1]) if labels else ())


def scatter(points: Sequence[tuple[Point, float]], title: str, x_form: _Form, y_form: _Form) -> str:
    """Values against another measure: each with its interval and its place on the x axis."""
    if not points:
        return ""
    end = _round_up(max(x for _, x in points) * 1.15 or 1.0)
    parts = []
    for point, x in points:
        left = f"{100 * x / end:.2f}%"
        ys = [f"{100 - 100 * each:.2f}%" for each in (point.low, point.value, point.high)]
        paint = f"var(--{colour(point.series)})"
        # Beside each other where they cost the same.
        parts.append(
            f'<g transform="translate({point.series * _BESIDE_PX})"><title>{escaped(point.told)}'
            f'</title><line x1="{left}" x2="{left}" y1="{ys[0]}" y2="{ys[2]}" stroke="{paint}" '
            'stroke-width="4" stroke-opacity=".4" stroke-linecap="round"/>'
            f'<circle cx="{left}" cy="{ys[1]}" r="6" fill="{paint}"/></g>'
        )
    ticks = [(each, y_form(each)) for each in (0, 0.25, 0.5, 0.75, 1)]
    return _plot(parts, title, ticks, end, x_form, scaled=False)


def _plot(
    parts: Sequence[str],
    title: str,
    ticks: Sequence[tuple[float, str]],
    end: float,
    form: _Form,
    *,
    scaled: bool = True,
    ends: Sequence[str] = (),
) -> str:
    """A plot with axes. ``scaled``: ``parts`` are drawn in a square of 100 by 100."""
    box = 'viewBox="0 0 100 100" preserveAspectRatio="none"' if scaled else ""
    marks = [(share, form(end * share)) for share in (0, 0.5, 1)]
    if ends:
        marks = [(0.0, ends[0]), (1.0, ends[1])]
    parts = [f'<svg y="8" width="100%" height="{_PLOT_PX}" overflow="visible" {box}>', *parts]
    parts.append("</svg>")
    for share, label in marks:
        parts.append(
            f'<text x="{_percent(share)}" y="{_PLOT_PX + 25}" class="soft" '
            f'text-anchor="{_anchor(share)}">{escaped(label)}</text>'
        )
    lines = []
    for share, label in ticks:
        y = 8 + (1 - share) * _PLOT_PX
        lines.append(f'<line x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        lines.append(
            f'<text x="-8" y="{y + 4:.1f}" text-anchor="end" class="soft">{escaped(label)}</text>'
        )
    return _svg(_PLOT_PX + 8 + _AXIS_PX, [*lines, *parts], title, left_px=_LEFT_PX)


def _axis(top: int, form: _Form) -> list[str]:
    return [
        f'<text x="{_percent(share)}" y="{top + 14}" class="soft" text-anchor="{_anchor(share)}">'
        f"{escaped(form(share))}</text>"
        for share in (0, 0.25, 0.5, 0.75, 1)
    ]


def _svg(height: int, parts: Sequence[str], title: str, *, left_px: int = 0) -> str:
    """``left_px``: room for what is drawn left of 0."""
    style = f' style="margin-left:{left_px}px;width:calc(100% - {left_px}px)"' if left_px else ""
    return (
        f'<svg height="{height}"{style} role="img" aria-label="{escaped(title)}" '
        f'xmlns="http://www.w3.org/2000/svg">' + "".join(parts) + "</svg>"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"


def _share(share: float) -> tuple[float, str]:
    return share, f"{100 * share:.0f} %"


def _anchor(share: float) -> str:
    return {0.0: "start", 1.0: "end"}.get(float(share), "middle")


def _round_up(value: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * step for step in (1, 2, 5, 10) if value <= power * step * 1.0000001)
