"""Counts of verdicts, printed as tables of shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

Counts = Counter[tuple[str, ...]]
"""By what the answers differ in, and last the verdict."""


def print_tables(
    counts: Counts, titles: Iterable[tuple[str, int]], verdicts: Sequence[str]
) -> None:
    """A table for each title, with a row for each value of its column, and a last row."""
    for title, column in titles:
        print(f"\n{title:<36}{'answers':>8}" + "".join(f"{name:>9}" for name in verdicts))
        for row in dict.fromkeys(key[column] for key in counts):
            _print_row(
                row,
                [
                    sum(n for k, n in counts.items() if k[column] == row and k[-1] == v)
                    for v in verdicts
                ],
            )
    print()
    _print_row("all", [sum(n for k, n in counts.items() if k[-1] == v) for v in verdicts])


def _print_row(name: str, numbers: list[int]) -> None:
    total = sum(numbers) or 1
    print(f"{name:<36}{total:>8}" + "".join(f"{n / total:>8.2%} " for n in numbers))
