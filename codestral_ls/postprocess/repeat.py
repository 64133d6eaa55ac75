"""Stops what goes round in circles: tokens, lines or blocks, and echoes of what stands above."""

from __future__ import annotations

import functools
import re

from codestral_ls.postprocess.measure import opens_block, width_of
from codestral_ls.postprocess.place import Place, place_of
from codestral_ls.postprocess.scene import Dropped, Scene
from codestral_ls.text.language import Block, Language
from codestral_ls.text.scan import CLOSERS, Bracket

# A unit of at least 3 characters 8 times over, or of 10 characters 6 times, to the end of the
# line. Tables of numbers repeat their zeros more often, so a unit must hold a name.
_IN_LINE = re.compile(r"(?P<unit>.{3,9}?)(?P=unit){7,}|(?P<long>.{10,80}?)(?P=long){5,}")
_NAME = re.compile(r"(?<!\w)[^\W\d]\w*")
# Three of a kind are intended sometimes (fixtures, tables); four in a row hardly ever.
_MAX_EQUAL_LINES = 3
_MAX_BLOCK_LINES = 8
# ``<br>`` or ``pass`` says little; that often, it is a circle.
_MAX_SHORT_LINES = 5
# Echoes of shorter beginnings may be meant: list(list(x)).
_MIN_ECHO_CHARS = 8
# What was typed last: a word, and what it belongs to (self.na, Foo::ba).
_TYPED_WORD = re.compile(r"(?:[^\W\d]\w*(?:\.|->|::|\?\.))*(?P<last>[^\W\d]\w*)$")
_MARKED_WORD = re.compile(r"[<#@\\$&~:-]+[^\W\d]\w*(?:\.\w+)*$")
_WORD = re.compile(r"\w+")
_MAX_TYPED = 120
_MIN_WORD = 3
_MIN_DEFINITION = 3


def drop_echo(text: str, scene: Scene) -> str | Dropped:
    """Take out what the text repeats of the line it goes on with, or of the lines above."""
    place = place_of(scene)
    if place.on_blank_line:
        return _without_lines_above(text, place)
    typed = place.line_before.lstrip()
    first = text.lstrip(" \t")
    if _is_no_chance(typed) and first.startswith(typed):
        rest = first[len(typed) :]
        if rest:
            return rest
    word = _TYPED_WORD.search(place.line_before[-_MAX_TYPED:])
    for piece in (word[0], word["last"]) if word is not None else ():
        if text.startswith(piece) and len(text) > len(piece) and _is_typed_again(piece, text):
            return text[len(piece) :]
    # A tag, a directive, a variable: no word, and its mark is never written twice in a line.
    marked = _MARKED_WORD.search(typed[-_MAX_TYPED:])
    again = marked is not None and first.startswith(marked[0])
    in_code = place.inside is None or (marked is not None and marked[0][0] in "$@")
    if marked is not None and again and in_code:
        rest = first[len(marked[0]) :]
        return rest if rest[:1].isalnum() or rest[:1] == "_" else text
    return text


def _is_typed_again(piece: str, text: str) -> bool:
    if len(piece) >= _MIN_WORD:
        return True
    # Two letters may begin any word: the whole one tells.
    whole = _WORD.match(text)
    return len(piece) == _MIN_WORD - 1 and whole is not None and len(whole[0]) >= _MIN_WORD


def _is_no_chance(typed: str) -> bool:
    """Who writes this a second time means the first."""
    # A call or an index of itself is written on purpose: f(f(x)).
    several = " " in typed.strip() or any(
        not character.isalnum() and character != "_" for character in typed
    )
    nested = " " not in typed and "." not in typed and typed[-1:] in ("(", "[", "{")
    return (
        several
        and not nested
        and (len(typed) >= _MIN_ECHO_CHARS or (" " in typed and len(typed.strip()) > 2))
    )


def _without_lines_above(text: str, place: Place) -> str:
    above, line_before = place.above, place.line_before
    lines = (line_before + text).split("\n")
    known = _imported(place)
    n_known = next((i for i, line in enumerate(lines) if line.strip() not in known), len(lines))
    if n_known and any(line.strip() for line in lines[n_known:]):
        return "\n".join(lines[n_known:]).removeprefix(line_before)
    syntax = place.language.block is Block.INDENTATION
    # The longest run of lines at the end of what stands above; blank lines do not count there.
    for count in range(min(len(above), len(lines), _MAX_BLOCK_LINES), 0, -1):
        run = [line.strip() for line in above[-count:]]
        if [line.strip() for line in lines[:count]] != run or not is_telling("".join(run)):
            continue
        # Below a deeper block the same line may stand again.
        if syntax and width_of(lines[count - 1]) < width_of(above[-1]):
            continue
        rest = lines[count:]
        while rest and not rest[0].strip():
            rest = rest[1:]
        if not rest:
            return ""
        return "\n".join(rest).removeprefix(line_before)
    return text


def may_be_echo(text: str, scene: Scene) -> bool:
    """So far the text says what the last lines above say, and not all of them yet."""
    place = place_of(scene)
    if not place.on_blank_line:
        return False
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines:
        return False
    above = [line.strip() for line in place.above[-_MAX_BLOCK_LINES:]]
    n_lines = len(lines)
    for count in range(max(1, n_lines), len(above) + 1):
        run = above[-count:]
        begins = run[: n_lines - 1] == lines[:-1] and run[n_lines - 1].startswith(lines[-1])
        if begins and run != lines:
            return True
    return False


def _imported(place: Place) -> frozenset[str]:
    """The names that stand above in the list of an import; empty elsewhere."""
    top = place.stack[-1] if place.stack else None
    if not isinstance(top, Bracket):
        return frozenset()
    before = place.snapshot.before
    head = before[before.rfind("\n", 0, top.offset) + 1 : top.offset].strip()
    if not _imports(place.language).match(head):
        return frozenset()
    names = before[top.offset + 1 :].split("\n")[:-1]
    return frozenset(name.strip() for name in names if name.strip())


def drop_known(text: str, scene: Scene) -> str | Dropped:
    """Drop a line just written above, or an import or a definition that stands further above."""
    place = place_of(scene)
    if place.inside is not None or not text.strip() or text.startswith("\n"):
        return text
    lines = [line.strip() for line in (place.line_before + text).split("\n") if line.strip()]
    above = [line.strip() for line in place.above]
    one_line = len(lines) == 1 and not place.tail
    if one_line and not place.on_blank_line and above[-1:] == lines and is_telling(lines[0]):
        return Dropped("The same line stands right above.")
    if not place.on_blank_line or place.language.prose or place.language.data:
        return text
    imports = _imports(place.language)
    if all(imports.match(line) and line in above for line in lines):
        return Dropped("The same import stands above already.")
    if len(lines) < _MIN_DEFINITION or not opens_block(lines[0], place.language):
        return text
    starts = [index for index, line in enumerate(above) if line == lines[0]]
    if any(above[start : start + len(lines)] == lines for start in starts):
        return Dropped("The same definition stands above already.")
    return text


@functools.cache
def _imports(language: Language) -> re.Pattern[str]:
    return re.compile(language.imports)


def repetition_start(text: str, scene: Scene) -> int:
    """Where the text begins to repeat itself."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    for index, line in enumerate(lines):
        found = _IN_LINE.search(line) if len(line) >= 24 else None
        if found is not None and _repeats_words(found):
            # The first line keeps what came before; a later line is nothing without its end.
            return starts[index] + found.start() if index == 0 else max(0, starts[index] - 1)
    keys = [line.strip() for line in lines]
    for index in range(1, len(keys)):
        if keys[index] and (size := _loop_size(keys, index)):
            return max(0, starts[index + size] - 1 if size < 0 else starts[index] - 1)
    return len(text)


def _repeats_words(found: re.Match[str]) -> bool:
    unit = found["unit"] or found["long"]
    return _NAME.search(unit + unit) is not None


def _loop_size(keys: list[str], index: int) -> int:
    """Lines of a block that comes again at ``index``; 0 if none does."""
    if is_telling(keys[index]):
        run = keys[index - 1 : index + _MAX_EQUAL_LINES]
        if len(run) == _MAX_EQUAL_LINES + 1 and len(set(run)) == 1:
            return 1
    short = keys[index - 1 : index + _MAX_SHORT_LINES]
    is_short = len(short) == _MAX_SHORT_LINES + 1 and len(set(short)) == 1
    if is_short and short[0][0] not in CLOSERS and not short[0].startswith("</"):
        return 1 if any(character.isalpha() for character in short[0]) else 0
    for size in range(2, _MAX_BLOCK_LINES + 1):
        if index < size or index + size > len(keys):
            continue
        block = keys[index - size : index]
        told = sum(is_telling(line) for line in block)
        # Two lines that alternate must do so three times, and so must lines that say little.
        says_little = told < 2
        times = 2 if size > 2 and not says_little else 3
        whole = keys[index - size : index + size * (times - 1)]
        if whole == block * times and not (says_little and _may_repeat(block)):
            return size
    return 0


def _may_repeat(block: list[str]) -> bool:
    """Lines of a table or closers, and pairs of short lines, come again on purpose."""
    letters = [line for line in block if any(character.isalpha() for character in line)]
    return len(block) == 2 or len(letters) < len(block)


def is_telling(line: str) -> bool:
    """A line that says more than ``pass``, ``}`` or ``return``: meeting it twice is no chance."""
    stripped = line.strip()
    n_letters = sum(character.isalpha() for character in stripped)
    has_more = any(not character.isalpha() for character in stripped.rstrip(";,:"))
    return n_letters >= 10 or (n_letters >= 5 and has_more)
