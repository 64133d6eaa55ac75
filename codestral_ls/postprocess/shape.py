"""How much of a text belongs to the place: a line, a statement or a block, never beyond the end of
what the cursor stands in.

A statement is a line with the lines that are indented deeper, what closes it, and what goes on with
it (``else``). A block is statements until a line is indented less. A whole block is taken on an
empty line in a body; the statement whose head the cursor stands behind; a statement elsewhere. What
stands between a bracket, a quote or a tag and what closes it right of the cursor is taken whole; a
line where other text stands there, and in strings and comments.
"""

from __future__ import annotations

import functools

from codestral_ls.postprocess.further_out import belongs_further_out
from codestral_ls.postprocess.indent import may_be_moved
from codestral_ls.postprocess.measure import (
    first_word,
    goes_on_with,
    is_lone_opener,
    opens_block,
    width_of,
)
from codestral_ls.postprocess.overlap import CLOSING, covered, is_closed_by_what_follows
from codestral_ls.postprocess.place import Place, place_of, statement_width
from codestral_ls.postprocess.prose import prose_end
from codestral_ls.postprocess.reader import Reader
from codestral_ls.postprocess.rules import (
    Rules,
    Verdict,
    belongs_outside,
    closes_outer,
    ends_or_continues,
    in_container,
)
from codestral_ls.postprocess.scene import Dropped, Scene
from codestral_ls.text.language import Block
from codestral_ls.text.scan import CLOSERS, Bracket, scan

# What may stand behind a value that goes over several lines.
_ENDS_VALUE = frozenset(";,")


# Asked before the text is ended, and where.
@functools.lru_cache(maxsize=4)
def shape_end(text: str, scene: Scene) -> int:
    """Where what belongs to the place ends."""
    place = place_of(scene)
    first_end = text.find("\n")
    if first_end < 0:
        return len(text)
    if scene.multiline == "never":
        return first_end
    if place.pair:
        return _pair_end(text, place)
    if place.inside is not None and (place.inside.spans or text[:first_end].strip()):
        return _literal_end(text, place)
    if place.tail and not covered(text, scene):
        ends_value = not text[:first_end].strip() and _ENDS_VALUE.issuperset(place.tail)
        end = _value_end if ends_value else _expression_end
        return end(text, first_end, scene, place)
    is_sentence = place.in_text and text[:1] not in "<{\n"
    if is_sentence and place.on_blank_line:
        # A template's own words begin blocks among the tags.
        is_sentence = not opens_block(text[:first_end], place.language)
    if place.language.prose or is_sentence:
        return prose_end(text, scene, place)
    return _code_end(text, scene, place)


def _value_end(text: str, first_end: int, scene: Scene, place: Place) -> int:
    """Where a block ends that the text must close, since what follows stands behind it."""
    end = _code_end(text, scene, place) if len(place.open_brackets) - 1 in place.unclosed else 0
    if leaves(text[:end], place):
        return end - len(place.tail) if text[:end].endswith(place.tail) else end
    return end if scene.growing and end == len(text) else first_end


def _pair_end(text: str, place: Place) -> int:
    """Everything between an opener and its closer, as far as it stands in step."""
    # Within a literal a bracket is text.
    top = place.stack[-1:] if place.inside is None or place.ends_literal else ()
    first = next((line for line in text.split("\n")[1:] if line.strip()), "")
    # The opener's line may be the last of a head that goes over several.
    base = min(place.width, max(0, width_of(first) - 1)) if place.opener_ends_line else place.width
    if place.language.hanging and place.open_brackets:
        base = min(base, place.opener_column)
    reader = Reader(place.language, base, stack=top)
    position = kept = 0
    after_blank = False
    for index, line in enumerate(text.split("\n")):
        end = position + len(line)
        if not line.strip():
            after_blank = True
        elif index == 0 or _stays_within(line, reader, place, after_blank=after_blank):
            reader.read(line)
            after_blank = False
            kept = end
            if top and not reader.stack:
                # The pair is closed; the rest is the overlap's business.
                return len(text)
        else:
            return kept
        position = end + 1
    return len(text)


def _stays_within(line: str, reader: Reader, place: Place, *, after_blank: bool) -> bool:
    if reader.inside is not None or len(reader.stack) > 1:
        return True
    width = width_of(line)
    if line.lstrip()[0] in ")]}>\"'`*-" or line.lstrip().startswith("</"):
        return True
    if width == reader.base and reader.opened_block and ends_or_continues(line, place):
        return True
    if width == reader.base:
        # Flat lists stand where their bracket does; a new definition does not.
        return place.opener_ends_line and not (after_blank and opens_block(line, place.language))
    return width > reader.base or place.language.data


def _literal_end(text: str, place: Place) -> int:
    """A line of a string or comment, or the lines up to its end where it has several."""
    inside = place.inside
    first_end = text.find("\n")
    starts_line = place.on_blank_line or not text[:first_end].strip()
    if inside is None or not inside.spans or not starts_line or _goes_on_as_comment(text, place):
        return first_end
    start = 0
    for line in text.split("\n"):
        if inside.closer.search(line) and leaves(text[: start + len(line)], place):
            return start + len(line)
        blank = not line.strip()
        if start and text[:start].strip() and (blank or width_of(line) < place.width):
            return max(0, start - 1)
        start += len(line) + 1
    return len(text)


def _expression_end(text: str, first_end: int, scene: Scene, place: Place) -> int:
    """The first line where text stands right of the cursor, or the lines up to where what it opens
    is closed, if only closing characters stand there."""
    level = len(place.stack)
    if _is_item_before_others(text, first_end, place):
        return _item_end(text, first_end, scene, place)
    if not CLOSING.issuperset(place.tail) or not text[:first_end].strip():
        by_line = place.language.block in (Block.INDENTATION, Block.END_KEYWORD)
        first = text[:first_end].partition(place.tail)[0]
        heads = by_line and opens_block(place.line_before + first, place.language)
        heads = heads or (place.tail not in text[:first_end] and _has_brace_below(text, place))
        # What stands right of the cursor would be the head's body, in one line with it.
        return 0 if heads and not CLOSING.issuperset(place.tail) else first_end
    reader = Reader(place.language, place.width, stack=place.stack)
    position = 0
    for line in text.split("\n"):
        reader.read(line)
        position += len(line)
        if len(reader.stack) <= level:
            return position
        position += 1
    return len(text) if scene.growing else first_end


def _has_brace_below(text: str, place: Place) -> bool:
    """The first line heads a block whose brace stands on the second one, and not in the document
    already."""
    first, _, rest = text.partition("\n")
    braces = place.language.block is Block.BRACES
    stands = bool(place.below) and place.below[0].lstrip().startswith("{")
    return braces and bool(first.strip()) and rest.lstrip().startswith("{") and not stands


def _is_item_before_others(text: str, first_end: int, place: Place) -> bool:
    """The text begins a block within a list whose next item stands right of the cursor."""
    first = place.line_before + text[:first_end]
    in_list = place.tail[0] == "," and isinstance(place.stack[-1:] and place.stack[-1], Bracket)
    return in_list and bool(text[:first_end].strip()) and opens_block(first, place.language)


def _item_end(text: str, first_end: int, scene: Scene, place: Place) -> int:
    """Where the block that the first line opens is closed, at the indentation of that line."""
    reader = Reader(place.language, place.width, stack=place.stack)
    position = 0
    for index, line in enumerate(text.split("\n")):
        reader.read(line)
        position += len(line)
        closes = index > 0 and line.strip() != "" and width_of(line) <= place.width
        if closes and not ends_or_continues(line, place) and line.lstrip()[0] not in CLOSERS:
            return 0
        if closes and len(reader.stack) <= len(place.stack):
            repeated = line.find(place.tail)
            return position - (len(line) - repeated if repeated > 0 else 0)
        position += 1
    return len(text) if scene.growing else 0


def _goes_on_as_comment(text: str, place: Place) -> bool:
    """A line of a comment that is open already; a new one comes whole."""
    in_comment = place.inside is not None and place.inside.comment
    return in_comment and bool(text.partition("\n")[0].strip())


def leaves(text: str, place: Place) -> bool:
    """The text ends the string or comment that the cursor stands in."""
    return scan(text, place.language, 0, place.stack).left_below(len(place.stack))


def _code_end(text: str, scene: Scene, place: Place) -> int:
    lines = text.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return 0
    begun = _begin(lines, first, place)
    if begun is None:
        return 0
    reader, on_header = begun
    kept = sum(map(len, lines[:first])) + first + len(lines[first])
    opened = reader.inside
    if opened is not None and opened.spans and is_closed_by_what_follows(opened, place):
        return _paragraph_end(lines, first, kept, reader.base) if opened.comment else kept
    if place.next_width > reader.base and not on_header and not reader.preamble:
        # The body stands below already.
        return kept
    whole_block = not on_header and _takes_block(reader.base, scene, place)
    rules = Rules(
        place,
        reader,
        whole_block=whole_block,
        on_header=on_header,
        growing=scene.growing,
        may_be_moved=scene.growing and may_be_moved(lines, place),
    )
    position, after_blank = kept + 1, False
    # Comments and decorations belong to what they introduce.
    introduces = False
    for index in range(first + 1, len(lines)):
        line = lines[index]
        end = position + len(line)
        if line.strip():
            verdict = rules.judge(lines, index, after_blank=after_blank)
            if verdict is Verdict.STOP:
                return kept
            if verdict is Verdict.LAST:
                return end
            introduces = (introduces or after_blank) and reader.introduces(line)
            reader.read(line)
            kept = kept if introduces else end
        after_blank = not line.strip()
        position = end + 1
    return len(text)


def _paragraph_end(lines: list[str], first: int, end: int, base: int) -> int:
    """Where the paragraph that ends with the line ``first`` at ``end`` ends."""
    for line in lines[first + 1 :]:
        if not line.strip() or width_of(line) < base:
            break
        end += 1 + len(line)
    return end


def _begin(lines: list[str], first: int, place: Place) -> tuple[Reader, bool] | None:
    """A reader that has read the text's first line, and whether that follows the head of a block;
    None if the line lies outside of the cursor's block."""
    line, language = lines[first], place.language
    if first == 0:
        whole = place.line_before + line
        if place.on_blank_line:
            base = statement_width(line, place)
            reader = Reader(language, base if base < place.width else width_of(whole))
            if belongs_further_out(lines, place):
                return None
        else:
            reader = Reader(language, statement_width(line, place), preamble=False)
        _read_branch(whole, reader)
        reader.preamble = reader.preamble and place.on_blank_line
        return reader, False
    width = width_of(line)
    if not place.on_blank_line and opens_block(place.line_before, language):
        flat = language.data or line.lstrip()[0] in "{)]}" or language.sections is not None
        flat = flat or is_lone_opener(line, language) or goes_on_with(line, language)
        base = place.head_width
        if width < base or (width == base and not flat):
            return None
        reader = Reader(language, base)
        reader.read(place.line_before)
        reader.read(line)
        return reader, True
    base = place.width if place.on_blank_line else place.begun_width
    if width < base and not closes_outer(line, place):
        if place.on_blank_line or not belongs_outside(line, width, place):
            return None
        reader = Reader(language, width, opened_block=True, preamble=False)
        _read_branch(line, reader)
        return reader, False
    reader = Reader(language, width if place.on_blank_line else min(width, place.width))
    if not place.on_blank_line:
        reader.opened_block = True
    _read_branch(line, reader)
    return reader, False


def _read_branch(line: str, reader: Reader) -> None:
    """Read the first line, which may begin a branch of a part that was begun above."""
    language = reader.language
    if language.sections is not None and first_word(line) in language.continuations:
        reader.sections = ("",)
    reader.read(line)


def is_whole(text: str, place: Place) -> bool:
    """The text ends where a statement does."""
    reader = Reader(place.language, place.width)
    for index, line in enumerate(text.split("\n")):
        reader.read(line if index else place.line_before + line)
    opened = bool(reader.stack or reader.sections)
    waits = reader.last_opens or reader.preamble or reader.is_unfinished()
    return bool(text.strip()) and not opened and not waits


def _takes_block(base: int, scene: Scene, place: Place) -> bool:
    if scene.multiline == "always" or place.region.whole:
        return True
    in_body = base > 0 and place.on_blank_line
    # Among definitions one is enough; at their end, fields may be several.
    return in_body and (not in_container(place) or place.next_width < base)


def drop_outside(text: str, scene: Scene) -> str | Dropped:
    """Drop a text that goes on where the block of the cursor has ended already."""
    if text.strip() and shape_end(text, scene) == 0:
        if scene.multiline == "never":
            return Dropped("The answer has several lines, and such suggestions are switched off.")
        if place_of(scene).tail:
            return Dropped("The answer begins a new line where text stands right of the cursor.")
        return Dropped("The answer goes on outside of the block that the cursor stands in.")
    return text
