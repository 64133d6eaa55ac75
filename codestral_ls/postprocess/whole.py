"""How much of a text that still grows consists of whole statements, so that it may be shown."""

from __future__ import annotations

from codestral_ls.postprocess.measure import opens_block, width_of
from codestral_ls.postprocess.place import place_of
from codestral_ls.postprocess.reader import Reader
from codestral_ls.postprocess.rules import is_end
from codestral_ls.postprocess.scene import Scene
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
    lines = raw.split("\n")[:-1]
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
        if not waits_for_end and _is_whole(reader, line):
            whole = position
    return raw[:whole]


def ends_in_head(text: str, scene: Scene) -> bool:
    """The text ends in the head of a block, without a line of its body."""
    place = place_of(scene)
    last = text.rpartition("\n")[2]
    return opens_block(place.line_before + last if last == text else last, place.language)


def _is_whole(reader: Reader, line: str) -> bool:
    if reader.n_sections or reader.last_opens or reader.is_unfinished():
        return False
    if reader.preamble or reader.introduces(line):
        # In prose, and in a string or comment, there is nothing to introduce.
        return reader.language.prose
    if reader.last.endswith(","):
        return False
    return all(_may_stay_open(entry, reader) for entry in reader.stack)


def _may_stay_open(entry: object, reader: Reader) -> bool:
    """A block between braces whose body has begun."""
    is_brace = isinstance(entry, Bracket) and entry.character == "{"
    return is_brace and reader.language.block is Block.BRACES and reader.had_body
