"""Indentation: not typed twice, of the file's kind, its lines in step."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from codestral_ls.languages import Block
from codestral_ls.postprocess.place import TAB_WIDTH, Place, opens_block, place_of, width_of
from codestral_ls.postprocess.scene import Dropped, Scene


@dataclass(frozen=True, slots=True)
class Style:
    """How a file indents."""

    tabs: bool
    unit: int
    """Columns a level is indented by."""


def strip_doubled_indentation(text: str, scene: Scene) -> str | Dropped:
    """Take out blanks at the start that were typed already."""
    place = place_of(scene.snapshot)
    if place.inside is not None or not text.startswith((" ", "\t")):
        return text
    first, newline, rest = text.partition("\n")
    bare = first.lstrip(" \t")
    if not bare:
        return text
    if place.on_blank_line:
        lead = first[: len(first) - len(bare)]
        return _missing_lead(lead, rest, place) + bare + newline + rest
    # Some models begin with the space that the prompt ended with; two in a row are alignment,
    # and not theirs.
    doubled = place.line_before.endswith(" ") and first.startswith(" ") and not place.tail
    aligned = place.line_before.endswith("  ") or first.startswith("  ")
    return text[1:] if doubled and not aligned else text


def _missing_lead(lead: str, rest: str, place: Place) -> str:
    """What of ``lead`` is not there yet."""
    typed = place.line_before
    expected = _expected_width(place)
    if not typed or expected is None:
        return lead
    missing = max(0, expected - width_of(typed))
    if width_of(typed + lead) <= expected:
        return lead
    return lead[:missing] if "\t" not in lead else ""


def _expected_width(place: Place) -> int | None:
    """The deepest indentation that code on the cursor's line can have; None if unknown."""
    if not place.above:
        return None
    above = place.above[-1]
    if opens_block(above, place.language):
        style = style_of(place)
        return max(place.width, width_of(above) + (style.unit if style else TAB_WIDTH))
    return max(place.width, width_of(above))


def follow_file_style(text: str, scene: Scene) -> str | Dropped:
    """Indent with tabs or spaces as the file does."""
    place = place_of(scene.snapshot)
    if "\n" not in text and not text.startswith((" ", "\t")):
        return text
    style = style_of(place)
    if style is None or place.inside is not None:
        return text
    lines = text.split("\n")
    unit = style.unit
    kept = "\t" if style.tabs else " "
    if any(line.startswith(kept) for line in lines[1:]):
        # Who writes both aligns with one of them.
        return text
    for index, line in enumerate(lines):
        blanks = line[: len(line) - len(line.lstrip(" \t"))]
        if not blanks or (index == 0 and not place.on_blank_line):
            continue
        if style.tabs and blanks.startswith(" "):
            lines[index] = _as_tabs(blanks, _space_unit(lines)) + line[len(blanks) :]
        elif not style.tabs and "\t" in blanks:
            lines[index] = blanks.replace("\t", " " * unit) + line[len(blanks) :]
    return "\n".join(lines)


def _as_tabs(blanks: str, unit: int) -> str:
    n_spaces = len(blanks.expandtabs(unit))
    # What is left over aligns with something above, as spaces do after tabs.
    return "\t" * (n_spaces // unit) + " " * (n_spaces % unit)


def _space_unit(lines: list[str]) -> int:
    widths = {len(line) - len(line.lstrip(" ")) for line in lines if line.strip()} - {0}
    return 2 if any(width % 4 == 2 for width in widths) else 4


def put_in_step(text: str, scene: Scene) -> str | Dropped:
    """Move lines under the block they belong to, where the model counted from the left margin or
    in another unit."""
    place = place_of(scene.snapshot)
    lines = text.split("\n")
    if place.inside is not None or len(lines) < 2 or not lines[0].strip():
        return text
    head = place.line_before + lines[0]
    body = next((line for line in lines[1:] if line.strip()), None)
    style = style_of(place)
    if body is None or style is None or not opens_block(head, place.language):
        return text
    base, width, unit = width_of(head), width_of(body), style.unit
    if place.next_width > base:
        return text
    if base > 0 and width == unit and width <= base and _looks_unshifted(lines, unit):
        return "\n".join([lines[0], *(_shifted(line, place.indentation) for line in lines[1:])])
    return text


def _looks_unshifted(lines: list[str], unit: int) -> bool:
    """Every later line stands where it would if the first had no indentation."""
    widths = [width_of(line) for line in lines[1:] if line.strip()]
    return all(width % unit == 0 for width in widths)


def _shifted(line: str, indentation: str) -> str:
    return indentation + line if line.strip() else line


def style_of(place: Place) -> Style | None:
    """What the lines round the cursor show; None if they show nothing."""
    lines = [*place.above, *place.below]
    indented = [line for line in lines if line[0] in " \t"]
    if not indented:
        return None
    n_tabs = sum(line[0] == "\t" for line in indented)
    if n_tabs * 10 > len(indented) * 9:
        return Style(tabs=True, unit=TAB_WIDTH)
    if n_tabs:
        return None
    widths = [width_of(line) for line in lines]
    steps = Counter(
        later - earlier
        for earlier, later in zip(widths, widths[1:], strict=False)
        if 2 <= later - earlier <= 8
    )
    if not steps:
        return Style(tabs=False, unit=min(width_of(line) for line in indented) or TAB_WIDTH)
    return Style(tabs=False, unit=steps.most_common(1)[0][0])


def is_indented_language(place: Place) -> bool:
    """Indentation is syntax."""
    return place.language.block is Block.INDENTATION
