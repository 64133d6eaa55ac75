"""Indentation: not typed twice, its lines in step."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

from codestral_ls.postprocess.further_out import is_like_header, is_outer_definition, name_of
from codestral_ls.postprocess.held import held
from codestral_ls.postprocess.measure import (
    TAB_WIDTH,
    first_word,
    goes_on_after,
    goes_on_between,
    goes_on_with,
    is_lone_opener,
    opens_block,
    width_of,
)
from codestral_ls.postprocess.place import Place, expected_width, place_of, statement_width
from codestral_ls.postprocess.reader import Reader
from codestral_ls.postprocess.rules import ends_or_continues
from codestral_ls.postprocess.scene import Dropped, Scene
from codestral_ls.postprocess.style import USUAL_UNIT, Style
from codestral_ls.text.languages import Block
from codestral_ls.text.scan import CLOSERS, Bracket, code_part, scan


def strip_doubled_indentation(text: str, scene: Scene) -> str | Dropped:
    """Take out blanks at the start that were typed already or do not belong, from all lines that
    have them."""
    place = place_of(scene)
    language = place.language
    in_text = place.in_text and text.lstrip()[:1] != "<"
    is_code = not in_text and (language.block is not Block.NONE or not language.data)
    is_code = is_code and not language.prose
    if place.inside is not None or not is_code or not text.startswith((" ", "\t")):
        return text
    first, newline, rest = text.partition("\n")
    bare = first.lstrip(" \t")
    if not bare:
        return text
    if place.on_blank_line:
        lead = first[: len(first) - len(bare)]
        missing = _missing_lead(lead, rest, place)
        surplus = width_of(lead) - width_of(missing)
        if surplus and not place.line_before:
            opened = opens_block(bare, place.language)
            rest = _moved_out(rest, surplus, width_of(missing), place, opened=opened)
        return missing + bare + newline + rest
    # Some models begin with the space that the prompt ended with; two in a row are alignment,
    # and not theirs.
    doubled = place.line_before.endswith(" ") and first.startswith(" ") and not place.tail
    aligned = place.line_before.endswith("  ") or first.startswith("  ")
    return text[1:] if doubled and not aligned else text


def _missing_lead(lead: str, rest: str, place: Place) -> str:
    """What of ``lead`` is not there yet."""
    typed = place.line_before
    expected = expected_width(place)
    if expected is None or width_of(typed + lead) <= expected:
        # One blank is no indentation.
        return "" if lead == " " and not typed and expected is None else lead
    if not typed:
        return _blanks(expected, place) if expected or lead == " " else lead
    missing = max(0, expected - width_of(typed))
    return lead[:missing] if "\t" not in lead else ""


def _blanks(width: int, place: Place) -> str:
    tabs = place.style is not None and place.style.tabs
    return "\t" * (width // TAB_WIDTH) if tabs else " " * width


def _moved_out(rest: str, surplus: int, base: int, place: Place, *, opened: bool) -> str:
    """The later lines, moved out as the first one was, if all of them stand further in."""
    lines = rest.split("\n")
    widths = [width_of(line) for line in lines if line.strip()]
    unit = place.style.unit if place.style is not None else USUAL_UNIT
    in_step = all((width - base) % unit == 0 for width in widths)
    least = base + surplus + (1 if opened else 0)
    if not widths or min(*widths, widths[0]) < base + surplus or widths[0] < least:
        return rest
    if in_step and surplus % unit:
        return rest
    return "\n".join(line[_prefix(line, surplus) :] for line in lines)


def _prefix(line: str, columns: int) -> int:
    """Characters that take up so many columns of a line's indentation."""
    taken = 0
    while taken < len(line) and line[taken] in " \t" and width_of(line[:taken] + "x") < columns:
        taken += 1
    return taken


def put_in_step(text: str, scene: Scene) -> str | Dropped:
    """Move lines under the block they belong to, where the model counted from the left margin, in
    another unit, or from one blank too far."""
    place = place_of(scene)
    lines = text.split("\n")
    if place.inside is not None or place.language.prose:
        return text
    if len(lines) < 2:
        return "\n".join(_under_head(lines, place))
    lines = _one_blank_less(lines, place)
    if place.language.data:
        return "\n".join(lines)
    lines = _under_head(_under_first(lines, place), place)
    begins = 0 if lines[0].strip() else next((i for i, ln in enumerate(lines) if ln.strip()), 0)
    head = place.line_before if begins else place.line_before + lines[0]
    unshifted, n_kept = "\n".join(lines), max(1, begins)
    style = place.style
    opens_body = style is not None and opens_block(head, place.language)
    is_held = held(lines, place) if opens_body else None
    if style is None or is_held is None:
        return unshifted
    free = zip(lines[n_kept:], is_held[n_kept:], strict=True)
    later = [line for line, stays in free if not stays]
    body = next((line for line in later if line.strip()), None)
    if body is None:
        return unshifted
    # The head may have begun some lines above.
    base = width_of(head) if place.on_blank_line else place.width
    base = place.head_width if begins else min(base, statement_width(lines[0], place))
    width, unit = width_of(body), style.unit
    sections = place.language.sections
    if place.next_width > base or (sections and re.match(sections[0], head.strip())):
        return unshifted

    def put(move: Callable[[str], str]) -> str:
        stays = (index < n_kept or is_held[index] for index in range(len(lines)))
        return "\n".join(ln if stay else move(ln) for ln, stay in zip(lines, stays, strict=True))

    other = _other_base(later, head, base, style, place)
    if other is not None:
        return put(lambda line: _moved(line, base, other, width - other, style))
    if _in_other_unit(later, head, base, width - base, place):
        return put(lambda line: _rescaled(line, base, width - base, style))
    from_margin = base > 0 and 0 < width <= base and (width == unit or width < unit)
    # Where indentation is no syntax, what follows may stand below its head.
    flat = bool(place.language.ends) or goes_on_with(body, place.language)
    from_margin = from_margin and not (width == base and flat)
    from_margin = from_margin and not (begins == 0 and is_outer_definition(lines[0], place))
    if from_margin and _looks_unshifted(later, width, place):
        return put(lambda line: _from_margin(line, width, base, style))
    return unshifted


def may_be_moved(lines: list[str], place: Place) -> bool:
    """The text begins with the head of a block whose lines stand no deeper, and ``put_in_step``
    has not moved them yet, as no line shows so far where the block ends."""
    head = place.line_before + lines[0]
    by_indentation = place.language.block is Block.INDENTATION
    if not place.on_blank_line or by_indentation or not opens_block(head, place.language):
        return False
    is_held = held(lines, place)
    if is_held is None:
        return False
    free = zip(lines[1:], is_held[1:], strict=True)
    later = [line for line, stays in free if line.strip() and not stays]
    if not later:
        return True
    body = width_of(later[0])
    begins = later[0].lstrip()[0] not in CLOSERS and not is_lone_opener(later[0], place.language)
    in_reach = 0 < body <= width_of(head)
    return begins and in_reach and all(width_of(line) >= body for line in later)


def _one_blank_less(lines: list[str], place: Place) -> list[str]:
    """The lines less one blank, where all but the first have one too many: models that begin with
    a blank indent what follows by one more."""
    style = place.style
    later = [line for line in lines[1:] if line.strip()]
    on_grid = style is not None and not style.tabs and style.unit > 1
    top = scan(lines[0], place.language, 0, place.stack).stack[-1:]
    opens_list = any(isinstance(entry, Bracket) and entry.character != "{" for entry in top)
    if style is None or not on_grid or not later or opens_list or not lines[0].strip():
        return lines
    base = place.width
    # A line that stands under something of the line above tells nothing.
    telling = [
        line
        for above, line in itertools.pairwise(line for line in lines if line.strip())
        if not _waits(above, place)
    ]
    on_grid = base % style.unit == 0 and all(line[0] == " " for line in later)
    off = on_grid and all((width_of(line) - base) % style.unit == 1 for line in telling or later)
    if not off or any(line.lstrip().startswith("*") for line in later):
        return lines
    return [lines[0], *(line[1:] if line.strip() else line for line in lines[1:])]


def _waits(line: str, place: Place) -> bool:
    """The line goes on with the next one, which may stand under something of it."""
    code = code_part(line, place.language)
    return code.endswith(",") or goes_on_after(code, place.language)


def _under_first(lines: list[str], place: Place) -> list[str]:
    """The lines, moved out to the first one where that is a whole statement and all others stand
    deeper: the model left out some of the first line's indentation."""
    later = [line for line in lines[1:] if line.strip()]
    if not later or not place.on_blank_line or not lines[0].strip():
        return lines
    language, whole = place.language, place.line_before + lines[0]
    reader = Reader(language, width_of(whole))
    reader.read(whole)
    surplus = width_of(later[0]) - reader.base
    is_whole = (language.strict or reader.last.endswith(";")) and not reader.stack
    goes_on = reader.last_opens or reader.is_unfinished() or reader.goes_on_with(later[0])
    if surplus <= 0 or not is_whole or goes_on:
        return lines
    least = reader.base + surplus
    if any(width_of(line) < least and line.lstrip()[0] not in CLOSERS for line in later):
        return lines
    return [lines[0], *(line[_prefix(line, surplus) :] for line in lines[1:])]


def _under_head(lines: list[str], place: Place) -> list[str]:
    """The lines, moved in where indentation is syntax and the line above needs a body that nobody
    has begun: the cursor stands at the margin, and the model wrote the body as it wrote the head.
    """
    language, whole = place.language, place.line_before + lines[0]
    if not language.strict or not place.on_blank_line or not whole.strip() or place.stack:
        return lines
    above = place.above[-1] if place.above else ""
    base, first = place.above_width, width_of(whole)
    is_body = first <= base and place.next_width <= base and opens_block(above, language)
    goes_on = goes_on_with(whole, language) or first_word(whole) in language.continuations
    if not is_body or goes_on or any(0 < width_of(line) < first for line in lines[1:]):
        return lines
    unit = place.style.unit if place.style is not None else USUAL_UNIT
    shift = base + unit - first
    tabs = place.style is not None and place.style.tabs
    blanks = "\t" * (shift // TAB_WIDTH) if tabs else " " * shift
    return [blanks + line if line.strip() else line for line in lines]


def _in_other_unit(lines: list[str], head: str, base: int, step: int, place: Place) -> bool:
    """The lines are indented in steps that the file never takes."""
    if step < 1 or not place.steps or step in place.steps:
        return False
    if place.style is not None and base % place.style.unit:
        # So is what stands above already.
        return False
    deeper = [width_of(line) - base for line in lines if line.strip() and width_of(line) > base]
    opener = head.rstrip()[-1:]
    by_word = place.language.block in (Block.END_KEYWORD, Block.TAGS)
    return (opener in ("{", ":") or by_word) and all(width % step == 0 for width in deeper)


def _other_base(lines: list[str], head: str, base: int, style: Style, place: Place) -> int | None:
    """Where the text's first line stood in the file that the model thought of: what ends its block
    tells, or the next statement. None if that is here."""
    widths = [(width_of(line), line) for line in lines if line.strip()]
    body = widths[0][0]
    least = min(width for width, _ in widths)
    if least <= base:
        first = widths[0][1]
        below = first.lstrip()[0] in "{)]}" or is_lone_opener(first, place.language)
        if body > base or below or not _may_move_in(head, place):
            return None
        least, end = next((pair for pair in widths if pair[0] < body), (base, ""))
        if place.language.block is Block.TAGS and name_of(end) != name_of(head):
            return None
    tells = place.language.strict or any(
        ends_or_continues(line, place) or line.lstrip()[0] == "}"
        for width, line in widths
        if width == least
    )
    step = body - least
    fits = step > 0 and all((width - least) % step == 0 for width, _ in widths)
    if least == base or not tells or not fits:
        return None
    return least if step % style.unit == 0 or style.unit % step == 0 else None


def _may_move_in(head: str, place: Place) -> bool:
    """The text's first line begins a statement at the cursor that is none of those further out."""
    top = place.stack[-1] if place.stack else None
    among_items = isinstance(top, Bracket) and top.character != "{"
    above = place.above[-1] if place.above else ""
    goes_on = goes_on_between(above, head, place.language)
    # Where indentation is syntax, a line further out may belong there.
    by_indentation = place.language.block is Block.INDENTATION
    if not place.on_blank_line or by_indentation or among_items or goes_on:
        return False
    return not is_like_header(head, place)


def _moved(line: str, base: int, other: int, step: int, style: Style) -> str:
    if not line.strip():
        return line
    return _indented(line, max(0, base + (width_of(line) - other) // step * style.unit), style)


def _rescaled(line: str, base: int, step: int, style: Style) -> str:
    width = width_of(line)
    if width <= base or not line.strip():
        return line
    return _indented(line, base + (width - base) // step * style.unit, style)


def _looks_unshifted(lines: list[str], step: int, place: Place) -> bool:
    """Every later line stands where it would if the first had no indentation."""
    later = [line for line in lines if line.strip()]
    # Where indentation is no syntax, some indent no cases or labels; a closing brace tells.
    closed = any(line[0] in CLOSERS for line in later)
    indented = place.language.block is Block.INDENTATION
    # A body that stands further out than its head can only be counted from there.
    outside = 0 < width_of(later[0]) < width_of(place.indentation) if later else False
    return (indented or closed or outside) and all(width_of(line) % step == 0 for line in later)


def _from_margin(line: str, step: int, base: int, style: Style) -> str:
    if not line.strip():
        return line
    return _indented(line, base + width_of(line) // step * style.unit, style)


def _indented(line: str, width: int, style: Style) -> str:
    blanks = "\t" * (width // TAB_WIDTH) if style.tabs else " " * width
    return blanks + line.lstrip(" \t")
