"""Indentation: not typed twice, of the file's kind, its lines in step."""

from __future__ import annotations

from codestral_ls.postprocess.measure import TAB_WIDTH, width_of
from codestral_ls.postprocess.place import USUAL_UNIT, Place, Style, opens_block, place_of
from codestral_ls.postprocess.scene import Dropped, Scene
from codestral_ls.text.languages import Block
from codestral_ls.text.scan import CLOSERS


def strip_doubled_indentation(text: str, scene: Scene) -> str | Dropped:
    """Take out blanks at the start that were typed already."""
    place = place_of(scene)
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
        style = place.style
        return max(place.width, width_of(above) + (style.unit if style else USUAL_UNIT))
    return max(place.width, width_of(above))


def follow_file_style(text: str, scene: Scene) -> str | Dropped:
    """Indent with tabs or spaces as the file does."""
    place = place_of(scene)
    if "\n" not in text and not text.startswith((" ", "\t")):
        return text
    style = place.style
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
    place = place_of(scene)
    lines = text.split("\n")
    if place.inside is not None or place.language.data or len(lines) < 2 or not lines[0].strip():
        return text
    head = place.line_before + lines[0]
    body = next((line for line in lines[1:] if line.strip()), None)
    style = place.style
    if body is None or style is None or not opens_block(head, place.language):
        return text
    base, width, unit = width_of(head), width_of(body), style.unit
    if place.next_width > base:
        return text
    if _in_other_unit(lines, base, width - base, place):
        return "\n".join(
            [lines[0], *(_rescaled(line, base, width - base, style) for line in lines[1:])]
        )
    if base > 0 and width == unit and width <= base and _looks_unshifted(lines, unit, place):
        return "\n".join([lines[0], *(_shifted(line, place.indentation) for line in lines[1:])])
    return text


def _in_other_unit(lines: list[str], base: int, step: int, place: Place) -> bool:
    """The lines are indented in steps that the file never takes."""
    if step < 2 or not place.steps or step in place.steps:
        return False
    deeper = [width_of(line) - base for line in lines[1:] if width_of(line) > base]
    opener = (place.line_before + lines[0]).rstrip()[-1:]
    return opener in ("{", ":") and all(width % step == 0 for width in deeper)


def _rescaled(line: str, base: int, step: int, style: Style) -> str:
    width = width_of(line)
    if width <= base or not line.strip():
        return line
    width = base + (width - base) // step * style.unit
    blanks = "\t" * (width // TAB_WIDTH) if style.tabs else " " * width
    return blanks + line.lstrip(" \t")


def _looks_unshifted(lines: list[str], unit: int, place: Place) -> bool:
    """Every later line stands where it would if the first had no indentation."""
    later = [line for line in lines[1:] if line.strip()]
    # Where indentation is no syntax, some indent no cases or labels; a closing brace tells.
    closed = any(line[0] in CLOSERS for line in later)
    indented = place.language.block is Block.INDENTATION
    return (indented or closed) and all(width_of(line) % unit == 0 for line in later)


def _shifted(line: str, indentation: str) -> str:
    return indentation + line if line.strip() else line
