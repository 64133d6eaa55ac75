"""How the code round the cursor is indented."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass

from codestral_ls.postprocess.measure import TAB_WIDTH, opens_block, width_of
from codestral_ls.text.language import Block, Language
from codestral_ls.text.scan import PAIRS, Scan

USUAL_UNIT = 4


@dataclass(frozen=True, slots=True)
class Style:
    """How a file indents."""

    tabs: bool
    unit: int
    """Columns a level is indented by."""


def code_lines(text: str, start: int, found: Scan) -> list[str]:
    """Lines that are code: those within strings and comments are indented as their content is,
    those that stand under something behind a bracket as that is."""
    aligned = _aligned_lines(text, found)
    spans = [*found.strings, *(span for span in found.comments if "\n" in text[slice(*span)])]
    lines = []
    position = text.find("\n", start) + 1 if start > 0 else 0
    # The next one last.
    coming = sorted(spans, reverse=True)
    furthest = -1
    for line in text[position:].split("\n"):
        while coming and coming[-1][0] < position:
            furthest = max(furthest, coming.pop()[1])
        if position > furthest and line.strip() and position not in aligned:
            lines.append(line)
        position += len(line) + 1
    return lines


def _aligned_lines(text: str, found: Scan) -> set[int]:
    """Starts of lines whose innermost bracket does not end the line that it stands in."""
    aligned: set[int] = set()
    opened: list[int] = []
    position = 0
    for offset, character in found.brackets:
        if opened and text[opened[-1] + 1 : text.find("\n", opened[-1])].strip():
            line = text.find("\n", max(position, opened[-1]), offset) + 1
            while line:
                aligned.add(line)
                line = text.find("\n", line, offset) + 1
        position = offset
        if character in PAIRS:
            opened.append(offset)
        elif opened:
            opened.pop()
    return aligned


def style_of(
    lines: tuple[str, ...],
    indentation: str,
    steps: Counter[int],
    language: Language,
    editors: str,
) -> Style | None:
    """How the lines round the cursor are indented; where they show nothing, as the editor says
    (``editors``, a level's blanks or empty), or as all people of the language do."""
    if language.habit == "\t" and language.block is Block.INDENTATION:
        # The language itself asks for tabs.
        return Style(tabs=True, unit=TAB_WIDTH)
    indented = [line for line in lines if line[0] in " \t"]
    # The cursor's own line tells the kind, but it may be indented only half.
    kinds = Counter([*(line[0] for line in indented), *indentation[:1]])
    if not kinds:
        return _usual(editors or ("\t" if language.habit == "\t" else ""))
    if kinds["\t"]:
        # Lines that align with something above begin with blanks in any file.
        return Style(tabs=True, unit=TAB_WIDTH) if kinds["\t"] > 9 * kinds[" "] else None
    unit = steps.most_common(1)[0][0] if steps else min(map(width_of, indented), default=USUAL_UNIT)
    return Style(tabs=False, unit=unit)


def _usual(blanks: str) -> Style | None:
    if blanks == "\t":
        return Style(tabs=True, unit=TAB_WIDTH)
    return Style(tabs=False, unit=len(blanks)) if blanks else None


def steps_of(
    lines: tuple[str, ...], indentation: str, above: tuple[str, ...], language: Language
) -> Counter[int]:
    widths = [width_of(line) for line in lines]
    steps = Counter(
        later - earlier
        for earlier, later in itertools.pairwise(widths)
        if 2 <= later - earlier <= 8
    )
    # The cursor's own block tells most, unless the line is indented only half.
    own = _own_step(indentation, above, language)
    if own and own >= max(steps, default=len(language.habit.expandtabs(4))):
        steps[own] += sum(steps.values()) + 1
    return steps


def _own_step(indentation: str, above: tuple[str, ...], language: Language) -> int:
    """By how much the cursor's line is indented deeper than the head of its block."""
    width = width_of(indentation)
    header = next((line for line in reversed(above) if width_of(line) < width), "")
    step = width - width_of(header)
    return step if header and 2 <= step <= 8 and opens_block(header, language) else 0
