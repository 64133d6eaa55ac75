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
    if not tail:
        return len(text)
    if covered(text, scene):
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
    below = place.below[: _MAX_SKIPPED + 1]
    start = 0
    for index, line in enumerate(lines):
        whole = place.line_before + line if index == 0 else line
        if whole.strip() and _repeats(whole, lines[index + 1 :], below, scene, place):
            return max(0, start - 1)
        start += len(line) + 1
    return len(text)


def _repeats(
    line: str, later: list[str], below: tuple[str, ...], scene: Scene, place: Place
) -> bool:
    """The line is one of those below, and not by chance."""
    stripped = line.strip()
    following = next((other.strip() for other in later if other.strip()), None)
    for index, other in enumerate(below):
        same = other.strip() == stripped
        if not same and scene.cut and following is None and index == 0:
            same = len(stripped) >= 4 and other.strip().startswith(stripped)
        if not same:
            continue
        in_place = width_of(other) == width_of(line)
        confirmed = (
            following is not None
            and index + 1 < len(below)
            and below[index + 1].strip() == following
        )
        if index == 0:
            # Closers are the brackets' business: an inner one may look like the next line.
            if (in_place and not _only_closers(stripped)) or (
                is_telling(line) and following is None
            ):
                if is_telling(line) or confirmed or following is None:
                    return True
            elif confirmed and in_place and is_telling(following or ""):
                return True
        elif is_telling(line) and in_place and (confirmed or following is None):
            # Models leave out closers on the way, nothing else.
            if all(_closes_block(skipped, place) for skipped in below[:index]):
                return True
    return False


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
