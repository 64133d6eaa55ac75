"""Days of counts, added up: over all, and by day, language and model."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from codestral_ls.privacy.text import name
from codestral_ls.statistics.counts import LATENCY_MS, Counts, Page, total

_Z = 1.96  # of a 95 % interval


@dataclass(frozen=True, slots=True)
class Overview:
    """What was counted in some days."""

    days: Mapping[date, Page]
    whole: Counts
    by_day: Mapping[date, Counts]
    by_language: Mapping[str, Counts]
    by_model: Mapping[str, Counts]


def of(days: Iterable[tuple[date, Page]]) -> Overview:
    """The overview of some days."""
    known = dict(days)
    pairs = [(key, counts) for page in known.values() for key, counts in page.items()]
    return Overview(
        known,
        total(known.values()),
        {day: total([page]) for day, page in known.items()},
        _grouped((key[0], counts) for key, counts in pairs),
        _grouped((key[1], counts) for key, counts in pairs),
    )


def share(part: int, whole: int) -> float | None:
    """A share; None of nothing."""
    return part / whole if whole else None


def interval(part: int, whole: int) -> tuple[float, float, float] | None:
    """A share with its 95 % interval (Wilson's); None of nothing."""
    if not whole:
        return None
    p, z2 = part / whole, _Z * _Z
    middle = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    width = _Z * math.sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole)) / (1 + z2 / whole)
    return p, max(0.0, middle - width), min(1.0, middle + width)


def dollars(counts: Counts) -> float | None:
    """What was paid in US dollars; None where nothing of it is known."""
    known = counts.asked > counts.unpriced or not counts.asked
    return counts.micro_dollars / 1e6 if known else None


def figures(counts: Counts) -> dict[str, float | int | None]:
    """What the counts come to."""
    paid = dollars(counts)
    return {
        "shown": counts.shown,
        "taken": counts.taken,
        "acceptance_rate": share(counts.taken, counts.shown),
        "taken_whole": counts.taken_whole,
        "words_or_lines": counts.parts,
        "characters_saved": counts.chars,
        "lines_taken": counts.lines,
        "kept_after_30s": share(counts.kept_30s, counts.seen_30s),
        "kept_after_5min": share(counts.kept_5min, counts.seen_5min),
        "latency_ms_p50": counts.latency_ms(0.5),
        "latency_ms_p90": counts.latency_ms(0.9),
        "requests": counts.asked,
        "failed": counts.failed,
        "prompt_tokens": counts.prompt_tokens,
        "cached_tokens": counts.cached_tokens,
        "completion_tokens": counts.completion_tokens,
        "dollars": paid,
        "dollars_per_taken_line": None if paid is None or not counts.lines else paid / counts.lines,
        "requests_without_known_price": counts.unpriced,
    }


def as_json(found: Overview) -> dict[str, object]:
    """The overview for scripts."""
    return {
        "first_day": min(found.days).isoformat(),
        "last_day": max(found.days).isoformat(),
        "total": figures(found.whole),
        "by_day": {day.isoformat(): figures(counts) for day, counts in found.by_day.items()},
        "by_language": {each: figures(counts) for each, counts in found.by_language.items()},
        "by_model": {each: figures(counts) for each, counts in found.by_model.items()},
        "latency_classes_ms": list(LATENCY_MS),
        "latency": found.whole.latency,
    }


def rows(found: Overview) -> list[dict[str, object]]:
    """One for each day, language and model, with all that was counted."""
    table = []
    for day, page in found.days.items():
        for (language, model), counts in sorted(page.items()):
            numbers = dataclasses.asdict(counts)
            latency = numbers.pop("latency")
            names = [f"latency_{end}ms" for end in LATENCY_MS] + ["latency_longer"]
            classes = dict(zip(names, latency, strict=True))
            head = {"day": day.isoformat(), "language": language, "model": name(model)}
            table.append({**head, **numbers, **classes})
    return table


def table(found: Overview) -> str:
    """What the terminal shows."""
    whole = found.whole
    n_days = "1 day" if len(found.days) == 1 else f"{len(found.days)} days"
    lines = [f"{min(found.days)} to {max(found.days)}, {n_days} with suggestions", ""]
    lines += [f"{title:24}{text}" for title, text in told(whole).items()]
    for title, groups in (("by language", found.by_language), ("by model", found.by_model)):
        lines += ["", f"{title:24}{'shown':>8}{'taken':>8}{'rate':>8}{'chars':>10}{'cost':>10}"]
        for each, counts in groups.items():
            rate = share(counts.taken, counts.shown)
            lines.append(
                f"{name(each)[:23]:24}{counts.shown:>8,}{counts.taken:>8,}"
                f"{_percent(rate):>8}{counts.chars:>10,}{_dollars(dollars(counts)):>10}"
            )
    return "\n".join(lines) + "\n"


def told(counts: Counts) -> dict[str, str]:
    """What the counts come to, in words."""
    found = figures(counts)
    kept = [
        f"{_percent(share(part, seen))} after {after}"
        + (f" (of {seen:,} that could be seen)" if seen else "")
        for part, seen, after in (
            (counts.kept_30s, counts.seen_30s, "30 s"),
            (counts.kept_5min, counts.seen_5min, "5 min"),
        )
    ]
    per_line = found["dollars_per_taken_line"]
    cost = _dollars(dollars(counts))
    if counts.unpriced and cost != "unknown":
        cost += f", and {counts.unpriced:,} requests of unknown price"
    return {
        "suggestions shown": f"{counts.shown:,}",
        "taken": f"{counts.taken:,} ({_percent(share(counts.taken, counts.shown))}); "
        f"{counts.taken_whole:,} whole, {counts.parts:,} words or lines by themselves",
        "characters saved": f"{counts.chars:,}",
        "still there": "; ".join(kept),
        "answers within": f"{_ms(counts.latency_ms(0.5))} (half), "
        f"{_ms(counts.latency_ms(0.9))} (nine of ten)",
        "requests": f"{counts.asked:,}, {counts.failed:,} failed",
        "tokens": f"{counts.prompt_tokens:,} in ({counts.cached_tokens:,} cached), "
        f"{counts.completion_tokens:,} out",
        "cost": cost,
        "cost per line taken": "unknown" if per_line is None else f"${per_line:.5f}",
    }


def _percent(value: float | None) -> str:
    return "unknown" if value is None else f"{100 * value:.0f} %"


def _ms(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.0f} ms"


def _dollars(value: float | None) -> str:
    return "unknown" if value is None else f"${value:.2f}"


def _grouped(pairs: Iterable[tuple[str, Counts]]) -> dict[str, Counts]:
    groups: dict[str, Counts] = {}
    for key, counts in pairs:
        groups.setdefault(key, Counts()).add(counts)
    return {key: groups[key] for key in sorted(groups, key=lambda key: (-groups[key].shown, key))}
