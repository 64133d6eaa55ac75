"""Finds where a text begins to repeat what stands right of and below the cursor."""

from __future__ import annotations

from codestral_ls.postprocess.brackets import PAIRS, brackets
from codestral_ls.postprocess.place import Place, first_word, place_of, width_of
from codestral_ls.postprocess.repeat import is_telling
from codestral_ls.postprocess.scene import Dropped, Scene

# What may stand right of the cursor without being text that a line goes on with.
CLOSING = frozenset(")]}>\"'`;,:")
_CLOSERS = frozenset(PAIRS.values())
# How far below the repetition may begin: the lines a model leaves out are closers and blanks.
_MAX_SKIPPED = 8


def closed_bracket_start(text: str, scene: Scene) -> int:
    """Where the text closes a bracket that what follows closes already.

    Brackets that the text opens itself, and those in strings and comments, do not count.
    """
    return _first_surplus(text, scene)[0]


def covered(text: str, scene: Scene) -> int:
    """How many characters right of the cursor the text repeats before it goes on."""
    return _first_surplus(text, scene)[1]


def _first_surplus(text: str, scene: Scene) -> tuple[int, int]:
    place = place_of(scene.snapshot)
    outer = list(enumerate(place.open_brackets))
    own: list[str] = []
    n_covered, covered_end = 0, -1
    for bracket in brackets(text, place.language, _outside(text, place)):
        if bracket.character in PAIRS:
            own.append(bracket.character)
        elif own and PAIRS[own[-1]] == bracket.character:
            own.pop()
        elif bracket.offset < covered_end:
            del outer[-1:]
        elif own or not outer or PAIRS[outer[-1][1].character] != bracket.character:
            if not (place.language.case_patterns and _ends_pattern(text, bracket.offset, place)):
                return bracket.offset, n_covered
        elif outer[-1][0] in place.unclosed:
            outer.pop()
        else:
            repeated = 0 if n_covered else _repeats_tail(text, bracket.offset, scene, place)
            if not repeated:
                return bracket.offset, n_covered
            n_covered, covered_end = repeated, bracket.offset + repeated
            outer.pop()
    return len(text), n_covered


def _ends_pattern(text: str, offset: int, place: Place) -> bool:
    """The bracket ends a pattern of a shell's ``case``, which nothing opens."""
    above = (*place.above[-1:], *(place.line_before + text[:offset]).split("\n")[:-1])
    return any(line.rstrip().endswith((" in", ";;")) for line in above)


def _outside(text: str, place: Place) -> int:
    """Where the string or comment that the cursor stands in ends, within the text."""
    if place.inside is None:
        return 0
    end = text.find(place.inside.delimiter or "\n")
    return end + len(place.inside.delimiter) if end >= 0 else len(text)


def _repeats_tail(text: str, offset: int, scene: Scene, place: Place) -> int:
    """Length of what the text repeats of the closers right of the cursor, if it goes on after
    them and the editor can draw that."""
    tail = place.tail
    if not scene.covers_closers or not tail or not CLOSING.issuperset(tail):
        return 0
    goes_on = text.startswith(tail, offset) and bool(text[offset + len(tail) :].strip())
    return len(tail) if goes_on and place.next_width <= place.width else 0


def rest_of_line_start(text: str, scene: Scene) -> int:
    """Where the first line of the text repeats what stands right of the cursor."""
    place = place_of(scene.snapshot)
    tail = place.tail
    if not tail or covered(text, scene):
        return len(text)
    line = text.partition("\n")[0]
    if place.inside is not None and _in_interpolation(place):
        starts = [_surplus_brace(line)]
    elif place.inside is not None or not place.language.brackets:
        # In prose, strings and comments brackets are text like any other.
        starts = [_find_plain(line, tail), _closing_quote(line, place)]
    else:
        starts = [_find_tail(line, tail)]
    return min((start for start in starts if start >= 0), default=len(text))


def _closing_quote(line: str, place: Place) -> int:
    """Where the line closes the string that is closed right of the cursor already."""
    delimiter = place.inside.delimiter if place.inside else ""
    if not delimiter or delimiter not in place.line_after:
        return -1
    start = line.find(delimiter)
    while start > 0 and line[start - 1] == "\\":
        start = line.find(delimiter, start + 1)
    return start


def _in_interpolation(place: Place) -> bool:
    """The cursor stands in the braces of an interpolated string."""
    opener = place.line_before.rfind("{")
    return place.line_after.startswith("}") and opener > place.line_before.rfind("}")


def _surplus_brace(line: str) -> int:
    depth = 0
    for offset, character in enumerate(line):
        if character == "}" and depth == 0:
            return offset
        depth += (character == "{") - (character == "}")
    return -1


def _find_plain(line: str, tail: str) -> int:
    if len(tail) > 1:
        return line.find(tail)
    return len(line) - 1 if line.endswith(tail) else -1


def _find_tail(line: str, tail: str) -> int:
    """Where ``tail`` or, at the end of ``line``, its beginning is repeated; -1 for nowhere."""
    has_word = any(character.isalnum() for character in tail)
    if tail[0] in _CLOSERS and not has_word:
        # The brackets' business: the line may end in brackets that it opened itself.
        return -1
    if has_word:
        start = line.find(tail)
        while start >= 0 and _within_word(line, start):
            start = line.find(tail, start + 1)
        if start >= 0:
            return start
    elif line.rstrip().endswith(tail):
        return len(line.rstrip()) - len(tail)
    elif tail[0] == ">" and tail in line:
        return line.index(tail)
    if tail[0] in _CLOSERS:
        return -1
    # The stream may have ended within the repetition.
    for size in range(min(len(tail), len(line)), 0, -1):
        if line.endswith(tail[:size]) and not _within_word(line, len(line) - size):
            telling = any(character.isalnum() for character in tail[:size])
            return len(line) - size if telling or not has_word or tail[0] in ";," else -1
    return -1


def _within_word(line: str, start: int) -> bool:
    return start > 0 and _is_word(line[start]) and _is_word(line[start - 1])


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def next_lines_start(text: str, scene: Scene) -> int:
    """Where the text begins to repeat the lines that follow the cursor's line."""
    place = place_of(scene.snapshot)
    if not place.below or (place.tail and not CLOSING.issuperset(place.tail)):
        return len(text)
    lines = text.split("\n")
    start = 0
    for index, line in enumerate(lines):
        whole = place.line_before + line if index == 0 else line
        following = next((other for other in lines[index + 1 :] if other.strip()), None)
        if whole.strip() and _stands_below(whole, following, scene, place):
            return max(0, start - 1)
        start += len(line) + 1
    return len(text)


def _stands_below(line: str, following: str | None, scene: Scene, place: Place) -> bool:
    """The line, which ``following`` comes after, is one of those below, and not by chance."""
    below = place.below
    if following is None and scene.cut and _begins(line, below[0]):
        return True
    for index, other in enumerate(below[: _MAX_SKIPPED + 1]):
        # Models leave out closers on the way, nothing else.
        if index and not _closes_block(below[index - 1], place):
            return False
        if other.strip() == line.strip():
            at_end = following is None
            confirmed = not at_end and index + 1 < len(below) and _same(below[index + 1], following)
            in_place = width_of(other) == width_of(line)
            if _is_no_chance(
                line, in_place, at_end=at_end, confirmed=confirmed, next_line=not index
            ):
                return True
    return False


def _is_no_chance(
    line: str, in_place: bool, *, at_end: bool, confirmed: bool, next_line: bool
) -> bool:
    """Two equal lines are one, written twice. ``confirmed``: the lines after them are equal too."""
    if is_telling(line):
        # Where a model goes on behind the repeated line, its indentation must agree.
        return (in_place and (next_line or confirmed or at_end)) or (next_line and at_end)
    # Closers are the brackets' business: an inner one may look like the next line.
    return next_line and in_place and not _only_closers(line.strip()) and (at_end or confirmed)


def _same(line: str, other: str | None) -> bool:
    return other is not None and line.strip() == other.strip()


def _begins(line: str, other: str) -> bool:
    # Shorter beginnings are shared by chance: ret, if, sel.
    return len(line.strip()) >= 4 and other.strip().startswith(line.strip())


def _only_closers(stripped: str) -> bool:
    return stripped[0] in _CLOSERS and CLOSING.issuperset(stripped)


def _closes_block(line: str, place: Place) -> bool:
    stripped = line.strip()
    return _only_closers(stripped) or first_word(stripped) in place.language.ends


def drop_what_follows(text: str, scene: Scene) -> str | Dropped:
    """Drop a text that stands right after the cursor already."""
    place = place_of(scene.snapshot)
    if not text.strip():
        return text
    if next_lines_start(text, scene) == 0 and text.lstrip("\n") == text and not place.tail:
        return Dropped("The same text follows the cursor already.")
    return text
