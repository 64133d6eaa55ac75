"""Indentation of the file's kind: tabs or blanks."""

from __future__ import annotations

import itertools
import re

from codestral_ls.postprocess.measure import (
    TAB_WIDTH,
    first_word,
    goes_on_between,
    opens_block,
    width_of,
)
from codestral_ls.postprocess.place import Place, expected_width, place_of
from codestral_ls.postprocess.scene import Dropped, Scene
from codestral_ls.text.languages import Block
from codestral_ls.text.scan import scan

_USUAL_UNITS = (2, 4, 8)


def follow_file_style(text: str, scene: Scene) -> str | Dropped:
    """Indent with tabs or spaces as the file does."""
    place = place_of(scene)
    if "\n" not in text and not text.startswith((" ", "\t")):
        return text
    style = place.style
    if style is None or place.inside is not None:
        return text
    lines = text.split("\n")
    if _is_in_section(lines, place):
        return text
    unit = style.unit
    kept = "\t" if style.tabs else " "
    if any(line.startswith(kept) for line in lines[1:]):
        # Who writes both aligns with one of them.
        return text
    strings = scan(text, place.language, 0, place.stack).strings
    # Who writes blanks behind tabs counts a tab as it is shown in a terminal.
    unit_of_tab = TAB_WIDTH if " " in place.indentation else _unit_of_tab(lines, place)
    written = tuple(lines)
    starts = itertools.accumulate((len(line) + 1 for line in lines), initial=0)
    for (index, line), start in zip(enumerate(lines), starts, strict=False):
        blanks = line[: len(line) - len(line.lstrip(" \t"))]
        if not blanks or (index == 0 and not place.on_blank_line):
            continue
        if any(begins < start < ends for begins, ends in strings):
            # Content.
            continue
        above = (written[index - 1] if index else (place.above or ("",))[-1]).rstrip()
        at_margin = not place.indentation and not written[0].startswith((" ", "\t"))
        aligns = at_margin and _stands_under(blanks, above)
        if above.endswith("\\") and (aligns or _is_known(blanks, place)):
            continue
        if style.tabs and blanks.startswith(" "):
            lines[index] = _as_tabs(blanks, unit_of_tab) + line[len(blanks) :]
        elif not style.tabs and "\t" in blanks:
            lines[index] = blanks.replace("\t", " " * unit) + line[len(blanks) :]
    return "\n".join(lines)


def _stands_under(blanks: str, above: str) -> bool:
    """The blanks reach to the beginning of a word of the line above."""
    column = len(blanks)
    return above[column - 1 : column] == " " and not above[column : column + 1].isspace()


def _is_known(blanks: str, place: Place) -> bool:
    """Some line near the cursor is indented with just these blanks."""
    others = (*place.above, *place.below)
    return any(line.startswith(blanks) and line[len(blanks)] not in " \t" for line in others)


def _is_in_section(lines: list[str], place: Place) -> bool:
    """The text is below a condition of a makefile, where lines that are no recipes have blanks."""
    language = place.language
    if language.habit != "\t" or language.block is not Block.INDENTATION:
        return False
    if language.sections is None:
        return False
    head = lines[0] if place.on_blank_line else place.line_before
    if not opens_block(head, language):
        head = place.header
    branch = first_word(head) in language.continuations
    return branch or re.match(language.sections[0], head.strip()) is not None


def _as_tabs(blanks: str, unit: int) -> str:
    n_spaces = len(blanks.expandtabs(unit))
    # What is left over aligns with something above, as spaces do after tabs.
    return "\t" * (n_spaces // unit) + " " * (n_spaces % unit)


def _unit_of_tab(lines: list[str], place: Place) -> int:
    """How many blanks stand for a tab in the text: where its first indented line belongs tells."""
    index = next((i for i, line in enumerate(lines) if line[:1] == " " and line.strip()), None)
    if index is None:
        return _space_unit(lines)
    width = width_of(lines[index])
    if index == 0:
        expected = expected_width(place) if not place.line_before else None
    else:
        first = place.line_before + lines[0] if lines[0].strip() else place.line_before
        heads = opens_block(first, place.language)
        heads = heads or goes_on_between(first, lines[index], place.language)
        expected = width_of(first) + (TAB_WIDTH if heads else 0)
    depth = (expected or 0) // TAB_WIDTH
    unit = width // depth if depth else 0
    even = unit in _USUAL_UNITS and all(
        width_of(line) % unit == 0 for line in lines if line[:1] == " " and line.strip()
    )
    return unit if even else _space_unit(lines)


def _space_unit(lines: list[str]) -> int:
    widths = {len(line) - len(line.lstrip(" ")) for line in lines if line.strip()} - {0}
    if min(widths, default=4) == 1:
        return 1
    return 2 if any(width % 4 == 2 for width in widths) else 4
