"""What ``eval`` takes on the command line, and what its help says of the figures."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

from codestral_ls.backends.prices import PRICES_AS_OF, Price
from codestral_ls.commands.eval.definitions import DEFINITIONS
from codestral_ls.commands.eval.tasks import KINDS

_MOST_TASKS = 10_000
_WIDTH = 78


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``eval``."""
    parser.add_argument(
        "path", metavar="PATH", nargs="?", default=".", help="a repository, or a part of it"
    )
    tasks = parser.add_argument_group("tasks")
    tasks.add_argument(
        "--count", type=_count, default=100, metavar="N", help="how many tasks. Default: 100"
    )
    tasks.add_argument(
        "--seed", type=int, default=1, metavar="N",
        help="another number gives other tasks. Default: 1",
    )  # fmt: skip
    tasks.add_argument(
        "--since", default="", metavar="REV",
        help="take them from the lines that commits after this one added",
    )  # fmt: skip
    tasks.add_argument(
        "--tasks", type=Path, metavar="FILE",
        help="save the tasks, or use those that were saved there. The file holds code of yours",
    )  # fmt: skip
    tried = parser.add_argument_group("what is tried")
    tried.add_argument(
        "--compare", action="append", default=[], metavar="SETTING=VALUE",
        help="also try the tasks with this setting, such as model=codestral-latest or "
        "provider=workspace; may be given several times, and may hold several settings",
    )  # fmt: skip
    tried.add_argument(
        "--price", type=_price, metavar="IN,CACHED,OUT",
        help=f"US dollars for a million tokens. Default: Mistral's prices of {PRICES_AS_OF}, "
        "where the model is in the table",
    )  # fmt: skip
    sending = parser.add_argument_group("before anything is sent")
    sending.add_argument("--yes", action="store_true", help="agree, and do not ask")
    sending.add_argument(
        "--dry-run", action="store_true", help="show the prompts of three tasks, and send nothing"
    )
    batch = parser.add_argument_group("batches, at half the price and hours later (Mistral)")
    which = batch.add_mutually_exclusive_group()
    which.add_argument("--batch", action="store_true", help="ask all tasks as one batch job")
    which.add_argument(
        "--resume", action="store_true", help="go on with the batch under way, and report"
    )
    which.add_argument("--cancel", action="store_true", help="end the batch under way")
    output = parser.add_argument_group("output")
    output.add_argument("--json", action="store_true", help="print the report as JSON")
    output.add_argument(
        "--report", type=Path, metavar="FILE.html",
        help="also write it as a page, with every task. The page holds code of yours",
    )  # fmt: skip


def explained() -> str:
    """What the figures and the kinds of place mean, for the end of the help."""
    lines = ["figures, each with its 95 % interval:"]
    for row in DEFINITIONS.values():
        lines += _entry(row.title, row.meaning)
    lines += ["", "kinds of place:"]
    for kind, meaning in KINDS.items():
        lines += _entry(kind, f"{meaning}.")
    return "\n".join(lines)


def _entry(title: str, meaning: str) -> list[str]:
    head = f"  {title:22}"
    return textwrap.wrap(head + meaning, _WIDTH, subsequent_indent=" " * len(head))


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MOST_TASKS:
        raise argparse.ArgumentTypeError(f"N must be a number from 1 to {_MOST_TASKS}")
    return int(text)


def _price(text: str) -> Price:
    try:
        fresh, cached, out = (float(part) for part in text.split(","))
    except ValueError:
        fresh = cached = out = -1.0
    if not all(0 <= part < 1e6 for part in (fresh, cached, out)):
        raise argparse.ArgumentTypeError("give three numbers, such as 0.30,0.03,0.90")
    return Price(fresh, cached, out)
