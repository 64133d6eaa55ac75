"""Whether a text can only belong further out than the blank line that the cursor stands on.

Inserted there it would stand too deep: where indentation is syntax that is an error, elsewhere it
is work for the user.
"""

from __future__ import annotations

import re

from codestral_ls.postprocess.measure import first_word, opens_block, width_of
from codestral_ls.postprocess.place import Place
from codestral_ls.postprocess.reader import Reader
from codestral_ls.text.language import Block

# Words that follow a head rather than its body.
_AFTER_HEAD = frozenset(("then", "do"))
# Words of definitions: one of a kind hardly stands in another, unless its lines say so.
_FUNCTIONS = frozenset(
    ("def", "defp", "func", "function", "fun", "fn", "proc", "method", "member", "sub")
)
_CLASSES = frozenset(("class",))
_MAX_HEAD_WORDS = 6
_NAME = re.compile(r"[^\W\d][\w-]*")


def belongs_further_out(lines: list[str], place: Place) -> bool:
    """The text, whose first line goes to the cursor's, has no place at that indentation."""
    line, language = lines[0], place.language
    width = width_of(place.line_before + line)
    below = next((later for later in lines[1:] if later.strip()), None)
    if language.data:
        if language.block is not Block.INDENTATION:
            return False
        return _is_outer_key(line, below, width, place) or _has_known_key(lines, width, place)
    if _is_outer_branch(line, width, place):
        return True
    if language.block is Block.END_KEYWORD:
        return _ends_further_out(lines, width, place)
    if language.block is Block.BRACES:
        # Another statement may only be indented badly.
        return is_like_header(line, place) and _ends_further_out(lines, width, place)
    if language.block is not Block.INDENTATION or below is None:
        return False
    reader = Reader(language, width)
    reader.read(place.line_before + line)
    cut_in_two = reader.is_unfinished() and not reader.stack and width_of(below) < width
    return cut_in_two or (is_outer_definition(line, place) and width_of(below) <= width)


def _ends_further_out(lines: list[str], width: int, place: Place) -> bool:
    """What ends the block that the first line opens stands further out than that line would."""
    language = place.language
    if not opens_block(place.line_before + lines[0], language):
        return False
    for line in lines[1:]:
        if not line.strip() or width_of(line) > width:
            continue
        word = first_word(line)
        braces = language.block is Block.BRACES
        ends = line.lstrip()[0] == "}" if braces else word in language.ends
        if ends or word in language.continuations or width_of(line) < width:
            return ends and width_of(line) < width
    return False


def is_outer_definition(line: str, place: Place) -> bool:
    """The line defines what the definition that the cursor stands in defines, or heads a block
    where none stands in another."""
    if place.header and place.language.words and opens_block(line, place.language):
        return True
    words, outer = _head_words(line), _head_words(place.header)
    return any(words & kind and outer & kind for kind in (_FUNCTIONS, _CLASSES))


def is_like_header(line: str, place: Place) -> bool:
    """The line begins as the one does that the cursor stands in, so that it may be its sibling."""
    name = name_of(line)
    return bool(name and name == name_of(place.header)) or is_outer_definition(line, place)


def name_of(line: str) -> str:
    """The first word of a line, whatever stands before it: of a tag, its name."""
    found = _NAME.search(line)
    return found[0] if found is not None else ""


def _head_words(line: str) -> set[str]:
    """The first words of what may be a definition, up to its parameters: modifiers, what it is,
    its name."""
    return set(re.findall(r"\w+", re.split(r"[(<=:{]", line, maxsplit=1)[0])[:_MAX_HEAD_WORDS])


def _is_outer_branch(line: str, width: int, place: Place) -> bool:
    """The line ends or goes on with a statement, and none begins at its indentation."""
    language, word = place.language, first_word(line)
    by_indentation = language.block is Block.INDENTATION
    if by_indentation and not opens_block(line, language):
        return False
    if word in language.labels:
        return _has_no_branch(width, place)
    branches = language.continuations
    if language.block is Block.END_KEYWORD:
        branches = (*branches, *language.ends)
    elif not by_indentation:
        return False
    if word not in branches or word in _AFTER_HEAD:
        return False
    for above in reversed(place.above):
        if width_of(above) <= width:
            return width_of(above) < width or not _begins_branch(above, place)
    return True


def _has_no_branch(width: int, place: Place) -> bool:
    """No branch of a block begins at that indentation, and the first one would not either."""
    for above in reversed(place.above):
        if width_of(above) == width and first_word(above) in place.language.labels:
            return False
        if width_of(above) < width:
            return not opens_block(above, place.language) or _begins_label(above, place)
        if width_of(above) == width and opens_block(above, place.language):
            # Some indent no branches.
            return False
    return False


def _begins_label(line: str, place: Place) -> bool:
    return first_word(line) in place.language.labels


def _begins_branch(line: str, place: Place) -> bool:
    language = place.language
    return opens_block(line, language) or first_word(line) in (
        *language.continuations,
        *language.labels,
    )


def _is_outer_key(line: str, below: str | None, width: int, place: Place) -> bool:
    """A key that stands where only items of a list can, or whose value stands further out."""
    stripped = line.strip()
    if not stripped or stripped[0] in "-#" or not place.above:
        return False
    heads = opens_block(line, place.language)
    if heads and below is not None and 0 < width_of(below) < width:
        return True
    for above in reversed(place.above):
        if width_of(above) > width:
            continue
        if width_of(above) < width or not above.lstrip().startswith("- "):
            # The first line of a block, or a key of the same one.
            return width_of(above) < width and above is not place.above[-1] and _lists(width, place)
    return False


def _has_known_key(lines: list[str], width: int, place: Place) -> bool:
    """Behind a key without a value comes one that the cursor's own block has already: the lines are
    counted from further out."""
    if not opens_block(lines[0], place.language):
        return False
    known: set[str] = set()
    for above in reversed(place.above):
        if width_of(above) < width or above.lstrip().startswith("- "):
            break
        if width_of(above) == width:
            known.add(_key(above))
    for line in lines[1:]:
        if line.strip() and width_of(line) != width:
            return False
        if line.strip() and _key(line) in known:
            return True
    return False


def _key(line: str) -> str:
    return line.strip().partition(":")[0]


def _lists(width: int, place: Place) -> bool:
    """The nearest line with that indentation is an item of a list."""
    nearest = next((line for line in reversed(place.above) if width_of(line) <= width), "")
    return width_of(nearest) == width and nearest.lstrip().startswith("- ")
