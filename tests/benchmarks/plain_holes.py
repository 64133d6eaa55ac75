"""Holes at random places of a file: the rest of a line, arguments, a statement, a block."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator

from codestral_ls.text.languages import facts, opener_pattern
from tests.benchmarks.files import File, Hole, columns, width

KINDS = ("rest of line", "call arguments", "statement", "block")
_CALL = re.compile(r"\b\w+\((?P<arguments>[^()\"'`\n]+|[^()\"'`\n]*\([^()\"'`\n]*\)[^()\"'`\n]*)\)")
# Longer blocks than a model may write (`maxTokens`) say nothing about the filters.
MAX_HOLE_CHARS = 500


def holes(file: File, per_kind: int, seed: random.Random) -> Iterator[Hole]:
    """Some holes of each kind."""
    lines = file.lines
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    docstrings = _in_docstrings(lines)
    code = [
        i
        for i in range(1, len(lines) - 1)
        if i not in docstrings and _is_code(lines, i, file.language_id)
    ]
    seed.shuffle(code)
    found: Counter[str] = Counter()
    for index in code:
        for hole in _holes_at(lines, starts, index, file.language_id, seed):
            cut = file.text[hole.start : hole.end]
            if found[hole.kind] < per_kind and len(cut) <= MAX_HOLE_CHARS:
                found[hole.kind] += 1
                yield hole


def _in_docstrings(lines: list[str]) -> set[int]:
    inside, found = False, set()
    for index, line in enumerate(lines):
        if inside:
            found.add(index)
        inside ^= (line.count('"""') + line.count("'''")) % 2 == 1
    return found


def _is_code(lines: list[str], index: int, language_id: str) -> bool:
    language = facts(language_id)
    line = lines[index].strip()
    marks = (*language.line_comments, *(opener for opener, _ in language.block_comments), "*", "#")
    near = "\n".join(lines[max(0, index - 3) : index + 14])
    quoted = any(mark in near for mark in ('"""', "'''", "`", "<<"))
    return len(line) > 4 and line[0].isalpha() and not line.startswith(marks) and not quoted


def _holes_at(
    lines: list[str], starts: list[int], index: int, language_id: str, seed: random.Random
) -> Iterator[Hole]:
    line, start = lines[index], starts[index]
    end = start + len(line.rstrip())
    boundaries = [
        m.start() for m in re.finditer(r"(?<=[\s(,=.\[])\b\w", line) if m.start() > width(line)
    ]
    if boundaries:
        column = seed.choice(boundaries)
        if any(character.isalnum() for character in line[column:]):
            yield Hole("rest of line", start + column, end)
    calls = [m for m in _CALL.finditer(line) if m["arguments"].strip()]
    if calls:
        call = seed.choice(calls)
        yield Hole("call arguments", start + call.start("arguments"), start + call.end("arguments"))
    below = next((i for i in range(index + 1, len(lines)) if lines[i].strip()), None)
    if below is None:
        return
    complete = depth(line) == 0 and columns(lines[below]) <= columns(line)
    header = opener_pattern(facts(language_id)).search(line.rstrip()) is not None
    above = lines[index - 1].rstrip()
    goes_on = above.endswith((",", "\\", "&&", "||", "+", "(", "=")) or line.rstrip().endswith(
        (",", "\\")
    )
    if complete and not header and not goes_on:
        yield Hole("statement", start + width(line), end)
    if header and below == index + 1 and columns(lines[below]) > columns(line):
        last = below
        for i in range(below, len(lines)):
            if lines[i].strip():
                if columns(lines[i]) <= columns(line):
                    break
                last = i
        yield Hole(
            "block", starts[below] + width(lines[below]), starts[last] + len(lines[last].rstrip())
        )


def depth(line: str) -> int:
    return sum(line.count(c) for c in "([{") - sum(line.count(c) for c in ")]}")
