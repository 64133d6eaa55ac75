"""How much of a text that still grows consists of whole statements, so that it may be shown."""

from __future__ import annotations

from codestral_ls.postprocess.measure import opens_block, width_of, worth_reading
from codestral_ls.postprocess.place import Place, place_of
from codestral_ls.postprocess.reader import Reader
from codestral_ls.postprocess.rules import is_end
from codestral_ls.postprocess.scene import Scene
from codestral_ls.postprocess.shape import leaves, shape_end
from codestral_ls.text.language import Block
from codestral_ls.text.scan import Bracket


def whole_statements(raw: str, scene: Scene) -> str:
    """The longest beginning of ``raw`` that ends a line and a statement, with its line end; empty
    if there is none yet.

    The head of a block counts with the first lines of its body, unless a word or a tag ends it. A
    comment or a decoration waits for what it introduces, and a line that the next one must go on
    with waits for that.
    """
    place = place_of(scene)
    lines = worth_reading(raw).split("\n")[:-1]
    reader: Reader | None = None
    waits_for_end = False
    whole = position = 0
    for index, line in enumerate(lines):
        position += len(line) + 1
        if not line.strip():
            continue
        if reader is None:
            begun = place.line_before + line if index == 0 else line
            reader = Reader(place.language, width_of(begun))
            reader.read(begun)
        else:
            reader.read(line)
        if (
            place.language.block in (Block.END_KEYWORD, Block.TAGS)
            and width_of(line) <= reader.base
        ):
            # Nothing else tells whether such a block is whole.
            waits_for_end = reader.last_opens or (waits_for_end and not is_end(line, place))
        if waits_for_end:
            continue
        if (index == 0 and _stays_inside(line, place)) or _is_whole(reader, line, place):
            whole = position
    return raw[:whole]


def ends_place(text: str, scene: Scene) -> bool:
    """The text begins with the rest of the cursor's line, which ends a statement, and no line that
    may follow belongs to the place."""
    place = place_of(scene)
    rest, ended, _ = text.partition("\n")
    if not ended or not rest.strip() or not place.line_before.strip():
        return False
    if place.language.prose or place.language.data or place.language.block is Block.TAGS:
        return False
    line = f"{rest}\n"
    if whole_statements(line, scene) != line or _takes(line, "x", scene):
        return False
    if place.tail and shape_end(f"{line}{place.indentation}{{\n", scene) == 0:
        # With a brace on the next line it would head a block.
        return rest.rstrip().endswith(";")
    # In many languages a dot goes on with the line above.
    return rest.rstrip().endswith(";") or not _takes(line, ".x", scene)


def _takes(line: str, following: str, scene: Scene) -> bool:
    """After the rest of the cursor's line, a line indented as that one belongs to the place."""
    text = f"{line}{place_of(scene).indentation}{following}\n"
    return shape_end(text, scene) > len(line.rstrip())


def _stays_inside(line: str, place: Place) -> bool:
    """The rest of the cursor's line is in the string or comment that the line began."""
    return place.inside is not None and bool(place.line_before.strip()) and not leaves(line, place)


def _is_list(place: Place) -> bool:
    """The cursor stands among items."""
    top = place.stack[-1] if place.stack else None
    if not isinstance(top, Bracket):
        return False
    # Braces hold statements in many languages.
    return top.character in "([" or (bool(place.above) and place.above[-1].rstrip().endswith(","))


def ends_in_head(text: str, scene: Scene) -> bool:
    """The text ends in the head of a block, without a line of its body."""
    place = place_of(scene)
    last = text.rpartition("\n")[2]
    return opens_block(place.line_before + last if last == text else last, place.language)


def _is_whole(reader: Reader, line: str, place: Place) -> bool:
    if reader.sections or reader.last_opens or reader.is_unfinished():
        return False
    if reader.preamble or reader.introduces(line):
        # In prose, and in a string or comment, there is nothing to introduce.
        return reader.language.prose
    if reader.last.endswith(","):
        return not reader.stack and _is_list(place)
    return all(_may_stay_open(entry, reader) for entry in reader.stack)


def _may_stay_open(entry: object, reader: Reader) -> bool:
    """A block between braces whose body has begun."""
    is_brace = isinstance(entry, Bracket) and entry.character == "{"
    return is_brace and reader.language.block is Block.BRACES and reader.had_body
