"""The findings on a page, for people and for scripts."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from codestral_ls import __version__
from codestral_ls.commands.doctor.checks import all_well
from codestral_ls.commands.doctor.effective import Effective
from codestral_ls.commands.doctor.requests import Series
from codestral_ls.commands.doctor.verdict import Check, Status

_MARKS = {Status.OK: "ok", Status.FAILED: "FAILED", Status.SKIPPED: "-"}
# The marks and the names of the checks, each with room to the next column.
_MARK_WIDTH, _NAME_WIDTH = 8, 12
# Wider lines are hard to follow; narrower ones hold two words beside the names.
_WIDEST, _NARROWEST = 100, 52


def page(
    lines: Sequence[Check],
    settings: Sequence[Effective],
    series: Series | None,
    *,
    all_settings: bool,
    columns: int,
) -> str:
    """The report as text for a terminal of so many columns."""
    width = min(max(columns, _NARROWEST), _WIDEST)
    shown = [setting for setting in settings if all_settings or setting.is_set]
    parts = [f"codestral-ls {__version__}", ""]
    for line in lines:
        parts += _check(line, width)
        if line.name == "settings":
            parts += _settings(shown, width)
    if series is not None:
        parts += ["", *(wrapped for row in series.rows() for wrapped in _row(row, width))]
    parts += ["", _conclusion(lines, series)]
    return "\n".join(parts) + "\n"


def as_json(
    lines: Sequence[Check],
    settings: Sequence[Effective],
    series: Series | None,
    *,
    all_settings: bool,
) -> str:
    """The same as JSON, in one line."""
    found: dict[str, Any] = {
        "version": __version__,
        "ok": all_well(list(lines)) and (series is None or not series.n_failed),
        "checks": [
            {
                "name": line.name,
                "status": line.status.value,
                "text": line.text,
                "remedy": line.remedy,
            }
            for line in lines
        ],
        "settings": {
            setting.name: {"value": setting.value, "origin": setting.origin}
            for setting in settings
            if all_settings or setting.is_set
        },
    }
    if series is not None:
        found["requests"] = series.as_json()
    return json.dumps(found, ensure_ascii=False) + "\n"


def _check(line: Check, width: int) -> Iterator[str]:
    head = f"{_MARKS[line.status]:{_MARK_WIDTH}}{line.name:{_NAME_WIDTH}}"
    yield from _wrapped(line.text + ".", head, width)
    indent = " " * (_MARK_WIDTH + _NAME_WIDTH)
    for remedy in filter(None, line.remedy.split("\n")):
        yield from _wrapped(remedy, indent, width)


def _settings(shown: Sequence[Effective], width: int) -> Iterator[str]:
    indent = " " * _MARK_WIDTH
    name_width = max((len(setting.name) for setting in shown), default=0)
    for setting in shown:
        head = f"{indent}{setting.name:{name_width}} = "
        origin = f"({setting.origin})"
        yield from _wrapped(f"{setting.value} {origin}", head, width)


def _row(row: tuple[str, str], width: int) -> Iterator[str]:
    yield from _wrapped(row[1], f"{row[0]:{_MARK_WIDTH + _NAME_WIDTH}}", width)


def _wrapped(text: str, head: str, width: int) -> list[str]:
    """Text after a head, its further lines below its first; addresses and paths stay whole."""
    return textwrap.wrap(
        text,
        width,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [head.rstrip()]


def _conclusion(lines: Sequence[Check], series: Series | None) -> str:
    failed = [line.name for line in lines if line.status is Status.FAILED]
    if failed:
        return f"Failed: {', '.join(failed)}."
    if series is not None and series.n_failed:
        return "All checks passed, but some of the requests failed."
    return "All checks passed."
