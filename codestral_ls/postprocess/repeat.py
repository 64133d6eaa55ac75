"""Stops what goes round in circles: tokens, lines or blocks, and echoes of what stands above."""

from __future__ import annotations

import re

from codestral_ls.postprocess.place import place_of
from codestral_ls.postprocess.scene import Dropped, Scene

# A unit of at least 3 characters 8 times over, or of 10 characters 6 times, to the end of the
# line. Tables of numbers repeat their zeros more often, so a unit must hold two letters.
_IN_LINE = re.compile(r"(?P<unit>.{3,9}?)(?P=unit){7,}|(?P<long>.{10,80}?)(?P=long){5,}")
_LETTERS = re.compile(r"[^\W\d_]")
# Three of a kind are intended sometimes (fixtures, tables); four in a row hardly ever.
_MAX_EQUAL_LINES = 3
_MAX_BLOCK_LINES = 8
# Echoes of shorter beginnings may be meant: list(list(x)).
_MIN_ECHO_CHARS = 8


def drop_echo(text: str, scene: Scene) -> str | Dropped:
    """Take out what the text repeats of the line it goes on with, or of the lines above."""
    place = place_of(scene)
    if place.inside is None and not place.on_blank_line:
        typed = place.line_before.lstrip()
        first = text.lstrip(" \t")
        chained = len(typed) >= _MIN_ECHO_CHARS and "." in typed
        echoed = chained or " " in typed
        if (
            echoed
            and len(typed.strip()) > 2
            and first.startswith(typed)
            and len(first) > len(typed)
        ):
            return first[len(typed) :]
    if place.on_blank_line:
        return _without_lines_above(text, place.line_before, place.above)
    return text


def _without_lines_above(text: str, line_before: str, above: tuple[str, ...]) -> str:
    lines = (line_before + text).split("\n")
    # The longest run of lines at the end of what stands above; blank lines do not count there.
    for count in range(min(len(above), len(lines), _MAX_BLOCK_LINES), 0, -1):
        run = [line.strip() for line in above[-count:]]
        if [line.strip() for line in lines[:count]] != run or not is_telling("".join(run)):
            continue
        rest = lines[count:]
        while rest and not rest[0].strip():
            rest = rest[1:]
        if not rest:
            return ""
        return "\n".join(rest).removeprefix(line_before)
    return text


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
    return len(_LETTERS.findall(unit)) >= 2


def _loop_size(keys: list[str], index: int) -> int:
    """Lines of a block that comes again at ``index``; 0 if none does."""
    if is_telling(keys[index]):
        run = keys[index - 1 : index + _MAX_EQUAL_LINES]
        if len(run) == _MAX_EQUAL_LINES + 1 and len(set(run)) == 1:
            return 1
    for size in range(2, _MAX_BLOCK_LINES + 1):
        if index < size or index + size > len(keys):
            continue
        block = keys[index - size : index]
        told = sum(is_telling(line) for line in block)
        # Two lines that alternate must do so three times.
        times = 2 if size > 2 else 3
        whole = keys[index - size : index + size * (times - 1)]
        if told >= 2 and whole == block * times:
            return size
    return 0


def is_telling(line: str) -> bool:
    """A line that says more than ``pass``, ``}`` or ``return``: meeting it twice is no chance."""
    stripped = line.strip()
    n_letters = sum(character.isalpha() for character in stripped)
    has_more = any(not character.isalpha() for character in stripped.rstrip(";,:"))
    return n_letters >= 10 or (n_letters >= 5 and has_more)
