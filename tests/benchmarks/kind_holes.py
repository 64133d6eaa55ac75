"""Holes in files of any kind, found in their lines alone.

``line``: a line, asked for at its indentation. ``rest of line``: from a word on. ``block``: what is
indented below a line, asked for on its first line; ``head``: the same, asked for at the end of the
line above. ``pair``: what stands between a bracket at a line's end and the one that begins a later
line.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator

from codestral_ls.text.languages import facts
from codestral_ls.text.scan import scan
from tests.benchmarks.files import File, Hole, columns, width
from tests.benchmarks.plain_holes import MAX_HOLE_CHARS

KINDS = ("line", "rest of line", "block", "head", "pair")
_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_WORD_START = re.compile(r"(?<=[\s(,=.\[])\w")
_BLANKS_AT_END = re.compile(r"[ \t]$", re.MULTILINE)


def holes(file: File, per_kind: int, seed: random.Random) -> Iterator[Hole]:
    """Some holes of each kind."""
    lines = file.lines
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    indices = list(range(1, len(lines) - 1))
    seed.shuffle(indices)
    read = scan(file.text, facts(file.language_id))
    literals = [*read.strings, *(span for span in read.comments if "\n" in file.text[slice(*span)])]
    found: Counter[str] = Counter()
    for index in indices:
        for hole in _holes_at(file, lines, starts, index, seed):
            truth = file.text[hole.start : hole.end]
            # No filter keeps blanks at the ends of lines.
            fair = len(truth) <= MAX_HOLE_CHARS and not _BLANKS_AT_END.search(truth)
            fair = fair and bool(truth.strip()) and not _cuts_literal(hole, literals)
            if fair and found[hole.kind] < per_kind:
                found[hole.kind] += 1
                yield hole


def _cuts_literal(hole: Hole, literals: list[tuple[int, int]]) -> bool:
    """One end of the hole is in a string or comment of several lines, the other is not."""
    return any((start < hole.start < end) != (start < hole.end < end) for start, end in literals)


def _holes_at(
    file: File, lines: list[str], starts: list[int], index: int, seed: random.Random
) -> Iterator[Hole]:
    line, start = lines[index].rstrip(), starts[index]
    if not any(character.isalnum() for character in line):
        return
    above = next((ln for ln in reversed(lines[:index]) if ln.strip()), "")
    below = next((i for i in range(index + 1, len(lines)) if lines[i].strip()), None)
    words = [found.start() for found in _WORD_START.finditer(line, width(line) + 1)]
    if words:
        yield Hole("rest of line", start + seed.choice(words), start + len(line))
    if below is None:
        return
    heads = columns(lines[below]) > columns(line)
    # Nobody knows whether the same line again is meant.
    same = line.strip() in (above.strip(), lines[below].strip())
    if not heads and line[-1] not in "([{" and not same:
        yield Hole("line", start + width(line), start + len(line))
    if line[-1] in _CLOSERS:
        last = _closing_line(lines, index, _CLOSERS[line[-1]])
        if last is not None:
            yield Hole("pair", start + len(line), starts[last] + width(lines[last]))
    if heads and below == index + 1 and not facts(file.language_id).prose:
        last = below
        for i in range(below, len(lines)):
            if lines[i].strip():
                if columns(lines[i]) <= columns(line):
                    break
                last = i
        end = starts[last] + len(lines[last].rstrip())
        yield Hole("block", starts[below] + width(lines[below]), end)
        yield Hole("head", start + len(line), end)


def _closing_line(lines: list[str], index: int, closer: str) -> int | None:
    """The line below that begins with the closer, at the same indentation."""
    for i in range(index + 1, min(len(lines), index + 30)):
        if lines[i].strip() and columns(lines[i]) <= columns(lines[index]):
            same = columns(lines[i]) == columns(lines[index])
            return i if same and lines[i].strip()[0] == closer else None
    return None
