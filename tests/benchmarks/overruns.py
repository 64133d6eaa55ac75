"""What models write: the true text, and the ways in which they go on after it."""

from __future__ import annotations

import random

from codestral_ls.text.languages import Block, facts, opener_pattern
from tests.benchmarks.files import File, Hole, width

OVERRUNS = ("none", "following lines", "other function", "closers", "talk", "remark")
KIND_OVERRUNS = ("none", "following lines", "next lines again")
EDITOR_OVERRUNS = ("none", "following lines", "next lines again", "other function")
_CLOSERS_AND_ENDS = ")]};, "
_TALK = "\n```\n\nThis code does what was asked. Let me know if anything else is needed.\n"


def filled(file: File, other: File, hole: Hole, overrun: str, seed: random.Random) -> str:
    """The true text with what a model runs on with."""
    truth, after = file.text[hole.start : hole.end], file.text[hole.end :]
    rest, _, later = after.partition("\n")
    before = file.text[: hole.start].split("\n")
    outer = next(
        (ln for ln in reversed(before[:-1]) if ln.strip() and width(ln) < width(before[-1])), ""
    )
    margin = outer[: width(outer)]
    match overrun:
        case "following lines":
            return truth + rest + "\n" + "\n".join(later.split("\n")[:6])
        case "next lines again":
            # Closers alone may be forgotten; a head behind them is not.
            behind = rest if rest.strip(_CLOSERS_AND_ENDS) else ""
            shown = truth.rstrip() if not behind else truth
            return shown + behind + "\n" + "\n".join(_lines_with_text(later)[:3]) + "\n"
        case "other function":
            return truth + rest + "\n\n" + _other_function(other, margin, seed)
        case "closers":
            return truth + rest + _closers(file.language_id, truth + rest, margin)
        case "talk":
            return truth + rest + _TALK
        case "remark":
            inside = before[-1][: width(before[-1])]
            return truth + rest + f"\n{inside}All remaining cases are handled further below.\n"
        case _:
            return truth


def _lines_with_text(text: str) -> list[str]:
    return [line for line in text.split("\n", 12) if line.strip()]


def _closers(language_id: str, line: str, margin: str) -> str:
    language = facts(language_id)
    if language.block is Block.BRACES:
        return f"\n{margin}}}\n{margin}}}\n"
    if language.block is Block.TAGS:
        return f"\n{margin}</div>\n{margin}</div>\n"
    commented = any(mark in line for mark in language.line_comments)
    return "\n)\n)\n" if commented else ")\n)\n"


def _other_function(other: File, margin: str, seed: random.Random) -> str:
    lines = other.lines
    pattern = opener_pattern(facts(other.language_id))
    headers = [
        i
        for i, line in enumerate(lines[:-2])
        if line[:1].isalpha() and pattern.search(line.rstrip()) and width(lines[i + 1]) > 0
    ]
    if not headers:
        return margin + "\n".join(lines[5:8])
    start = seed.choice(headers)
    return "\n".join(margin + line for line in lines[start : start + 8])
