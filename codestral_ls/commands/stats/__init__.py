"""``codestral-ls stats``: what was shown, taken, kept and paid, from the counts on this machine."""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

from codestral_ls import paths
from codestral_ls.commands import exits
from codestral_ls.commands.stats import overview
from codestral_ls.commands.stats.overview import Overview
from codestral_ls.commands.stats.report import report
from codestral_ls.statistics.store import StatisticsStore


def run(arguments: argparse.Namespace) -> int:
    """Print the statistics; returns the exit status."""
    state = paths.state_directory()
    if state is None:
        exits.fail("there is no home directory, so no statistics are kept")
    today = datetime.now().astimezone().date()
    since = since_of(arguments.since, today)
    found = overview.of(StatisticsStore(state).days(since))
    if not found.days:
        exits.fail(
            f"nothing was counted since {since}; counts are kept while an editor uses "
            "codestral-ls, unless statistics = false is set",
            exits.NOTHING,
        )
    if arguments.report is not None:
        _write(arguments.report, report(found, today))
    if arguments.json:
        sys.stdout.write(json.dumps(overview.as_json(found), ensure_ascii=False, indent=2) + "\n")
    elif arguments.csv:
        sys.stdout.write(_csv(found))
    else:
        sys.stdout.write(overview.table(found))
    return exits.DONE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``stats``."""
    parser.add_argument(
        "--since", default="30d", metavar="30d", type=_checked,
        help="so many days back, or from a date such as 2026-10-01. Default: 30d",
    )  # fmt: skip
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print them as JSON")
    form.add_argument("--csv", action="store_true", help="print one line a day, language and model")
    parser.add_argument(
        "--report", type=Path, metavar="FILE.html", help="also write them as a page"
    )


def since_of(text: str, today: date) -> date:
    """The first day of ``30d``, which today is one of, or of a date. Raises ValueError."""
    if text.endswith("d") and text[:-1].isascii() and text[:-1].isdigit() and len(text) <= 5:
        return today - timedelta(days=max(int(text[:-1]) - 1, 0))
    return date.fromisoformat(text)


def _checked(text: str) -> str:
    try:
        since_of(text, date.max)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError("give days such as 30d, or a date 2026-10-01") from None
    return text


def _csv(found: Overview) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    rows = overview.rows(found)
    writer.writerow(rows[0])
    writer.writerows(map(_cell, row.values()) for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    """A spreadsheet takes a text that begins like a formula for one, unless a quote is before."""
    is_formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@"))
    return f"'{value}" if is_formula else value


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        exits.fail(f"--report {file} cannot be written ({error.strerror})")
