"""Finds where a text begins to repeat what stands right of the cursor."""

from __future__ import annotations

import functools
import re

from codestral_ls.postprocess.branches import Closed, reopened_at
from codestral_ls.postprocess.measure import opens_block, width_of
from codestral_ls.postprocess.place import Place, place_of
from codestral_ls.postprocess.reading import last_beginning, read_after
from codestral_ls.postprocess.scene import Scene
from codestral_ls.text.scan import PAIRS, Open, scan

# What may stand right of the cursor without being text that a line goes on with.
CLOSING = frozenset(")]}>\"'`;,:")
_CLOSERS = frozenset(")]}")
_OPENERS = {closer: opener for opener, closer in PAIRS.items()}
# Shorter words may come again by chance.
_MIN_WORDS = 8
_TEXT_END = re.compile(r"</|^[ \t]*[)\]}]", re.MULTILINE)
# Each is read from the start of the line.
_MAX_STRINGS = 16
# Words that a shell's case compares with.
_PATTERN = re.compile(r"\s*[^\s()]+(?:\s*\|\s*[^\s()]+)*$")


def closed_bracket_start(text: str, scene: Scene) -> int:
    """Where the text closes a bracket that what follows closes already.

    Brackets that the text opens itself, and those in strings and comments, do not count.
    """
    return _first_surplus(text, scene)[0]


def covered(text: str, scene: Scene) -> int:
    """How many characters right of the cursor the text repeats before it goes on."""
    return _first_surplus(text, scene)[1]


def _first_surplus(text: str, scene: Scene) -> tuple[int, int]:
    place = place_of(scene)
    outer = list(enumerate(place.open_brackets))
    own: list[str] = []
    n_covered, covered_end = 0, -1
    reopened = -1
    text_end = _text_end(text, place)
    found = scan(text, place.language, 0, place.stack)
    for index, bracket in enumerate(found.brackets):
        if bracket.offset == reopened:
            # It takes the place of the one that was closed before it.
            continue
        if bracket.offset < text_end and bracket.character not in "{}" and "{" not in own:
            continue
        if bracket.character in PAIRS:
            own.append(bracket.character)
        elif own and PAIRS[own[-1]] == bracket.character:
            own.pop()
        elif bracket.offset < covered_end:
            del outer[-1:]
        elif place.language.case_patterns and _ends_pattern(text, bracket.offset, place):
            continue
        elif own or not outer or PAIRS[outer[-1][1].character] != bracket.character:
            return bracket.offset, n_covered
        elif outer[-1][0] in place.unclosed:
            outer.pop()
        else:
            is_innermost = outer[-1][0] == len(place.open_brackets) - 1
            width = width_of(place.opener_indentation) if is_innermost else None
            closed = Closed(found, index, width)
            reopened = reopened_at(text, closed, place, growing=scene.growing)
            if reopened >= 0:
                continue
            repeated = 0 if n_covered else _repeats_tail(text, bracket.offset, scene, place)
            if not repeated:
                return bracket.offset, n_covered
            n_covered, covered_end = repeated, bracket.offset + repeated
            outer.pop()
    return len(text), n_covered


def _text_end(text: str, place: Place) -> int:
    """Where, between the tags of an element in code, what stands for people ends; 0 elsewhere."""
    if not place.in_text or not place.language.brackets:
        return 0
    found = _TEXT_END.search(text)
    return found.start() if found is not None else len(text)


def region_end_start(text: str, scene: Scene) -> int:
    """Where the text ends the part of the document that its language has to itself."""
    place = place_of(scene)
    if not place.region.closer:
        return len(text)
    pattern = _compiled(place.region.closer)
    start = 0 if place.on_blank_line or not place.region.whole else text.find("\n") + 1
    found = pattern.search(text, start)
    if found is None:
        return len(text)
    # What nothing below ends, the text ends itself.
    return found.end() if place.region.end is None else found.start()


def ends_region(text: str, place: Place) -> bool:
    """The text goes to or beyond the end of the part that its language has to itself."""
    return bool(place.region.closer) and _compiled(place.region.closer).search(text) is not None


@functools.lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.MULTILINE)


def stray_closers_start(text: str, scene: Scene) -> int:
    """Where, in text without brackets of its own, lines begin that only close something."""
    place = place_of(scene)
    in_pair = place.pair in _CLOSERS
    if (place.language.brackets or place.inside is not None) and not (in_pair and place.inside):
        return len(text)
    start = text.find("\n") + 1
    while start:
        line = text[start:].partition("\n")[0].strip()
        if in_pair and not CLOSING.issuperset(place.tail) and line.startswith(place.tail):
            return start - 1
        if line and _CLOSERS.issuperset(line.rstrip(";,")) and not _opens_alone(text[:start]):
            before = text[: start - 1].rstrip()
            last = before.rpartition("\n")[2]
            glued = before.endswith(line) and last.strip() != line
            glued = glued and before[-1:] in _CLOSERS and _is_surplus(last)
            return len(before) - len(line) if glued else start - 1
        start = text.find("\n", start) + 1
    return len(text)


def _opens_alone(text: str) -> bool:
    return any(text.count(opener) > text.count(closer) for opener, closer in PAIRS.items())


def _is_surplus(line: str) -> bool:
    return line.count(_OPENERS[line[-1]]) < line.count(line[-1])


def _ends_pattern(text: str, offset: int, place: Place) -> bool:
    """The bracket ends a pattern of a shell's ``case``, which nothing opens."""
    above = (*place.above[-1:], *(place.line_before + text[:offset]).split("\n")[:-1])
    line = (place.line_before + text[:offset]).rpartition("\n")[2]
    if re.search(r"(?:\bin|;;)[ \t]+(?!esac)[^()]*$", line):
        return True
    previous = next((other for other in reversed(above) if other.strip()), "").rstrip()
    return previous.endswith((" in", ";;", ";&")) and _PATTERN.match(line) is not None


def _repeats_tail(text: str, offset: int, scene: Scene, place: Place) -> int:
    """Length of what the text repeats of the closers right of the cursor, if it goes on after
    them and the editor can draw that."""
    tail = place.tail
    if not scene.covers_closers or not tail or not CLOSING.issuperset(tail):
        return 0
    rest = text[offset + len(tail) : region_end_start(text, scene)].partition("\n")[0]
    goes_on = bool(rest.strip()) and (
        not CLOSING.issuperset(rest.replace(" ", "")) or opens_block(rest, place.language)
    )
    goes_on = goes_on and text.startswith(tail, offset)
    return len(tail) if goes_on and place.next_width <= place.width else 0


def rest_of_line_start(text: str, scene: Scene) -> int:
    """Where the first line of the text repeats what stands right of the cursor."""
    place = place_of(scene)
    tail = place.tail
    if not tail or covered(text, scene):
        return len(text)
    line, _, later = text.partition("\n")
    if place.inside is not None or not place.language.brackets or place.in_text:
        # In prose, strings and comments brackets are text like any other.
        starts = [_find_plain(line, tail, place)]
    else:
        starts = [_find_tail(line, tail)]
        last = later.rstrip().rpartition("\n")[2]
        if last and not place.pair and CLOSING.issuperset(tail):
            # An expression of several lines, and what ends the statement already.
            start = _find_tail(last, tail)
            starts.append(len(text.rstrip()) - len(last) + start if start >= 0 else -1)
    return min((start for start in starts if start >= 0), default=len(text))


def literal_close_start(text: str, scene: Scene) -> int:
    """Where the text ends the string, comment or element that what follows ends already."""
    place = place_of(scene)
    if place.inside is not None:
        if not _is_closed_below(place.inside, place):
            return len(text)
        found = scan(text, place.language, 0, place.stack)
        level = len(place.stack)
        if len(found.stack) >= level and not found.left_below(level):
            return len(text)
        if _opens_again(text, scene, place):
            return len(text)
        return _without_doubled_blanks(text, _first_end(text, place), place)
    if place.pair.startswith("</"):
        return _closing_tag_start(text, place.pair)
    return len(text)


def _opens_again(text: str, scene: Scene, place: Place) -> bool:
    """Behind what ends the string comes another one, which is open where the text ends or begins to
    repeat what stands right of the cursor: that ends it as well."""
    line = text[: rest_of_line_start(text, scene)]
    return "\n" not in line and _is_in_like_string(line, place)


def _is_in_like_string(text: str, place: Place) -> bool:
    """Behind the text the cursor would stand as it does now, in that string or in another one."""
    inside, stack = place.inside, scan(text, place.language, 0, place.stack).stack
    if inside is None or inside.comment or len(stack) != len(place.stack):
        return False
    top = stack[-1]
    return isinstance(top, Open) and top.delimiter == inside.delimiter


def _without_doubled_blanks(text: str, end: int, place: Place) -> int:
    """Where what ends a literal on a line of its own begins, less the blanks before it that stand
    right of the cursor already."""
    start = text.rfind("\n", 0, end) + 1
    if not start or text[start:end].strip(" "):
        return end
    n_blanks = len(place.line_after) - len(place.line_after.lstrip(" "))
    return max(start, end - n_blanks)


def _is_closed_below(inside: Open, place: Place) -> bool:
    if place.pair or (inside.delimiter and inside.delimiter in place.line_after):
        return True
    return is_closed_by_what_follows(inside, place)


def is_closed_by_what_follows(inside: Open, place: Place) -> bool:
    """What follows ends the string or comment of several lines, rather than beginning another."""
    if not inside.spans or not inside.delimiter:
        return False
    after = place.snapshot.after
    if inside.comment:
        end = inside.closer.search(after)
        opener = re.compile(inside.quote.opener).search(after)
        return end is not None and (opener is None or end.start() < opener.start())
    # What would close the string opens one instead, which then is never closed.
    if not place.snapshot.at_document_end:
        # The window may end within a string.
        after = after[: last_beginning(after)]
    other = read_after(after, place.language, 0).stack
    return bool(other) and isinstance(other[0], Open) and other[0].delimiter == inside.delimiter


def _first_end(text: str, place: Place) -> int:
    """Where the literal that the cursor stands in ends, within the text."""
    level = len(place.stack)
    low, high = 0, len(text)
    while low < high:
        middle = (low + high) // 2
        stack = scan(text[: middle + 1], place.language, 0, place.stack).stack
        left = len(stack) < level or stack[level - 1] is not place.stack[-1]
        low, high = (low, middle) if left else (middle + 1, high)
    inside = place.inside
    size = len(inside.delimiter) if inside is not None else 0
    return max(0, low + 1 - size)


def _closing_tag_start(text: str, closing: str) -> int:
    """Where the text ends the element that ``closing`` ends."""
    name = re.escape(closing[2:])
    depth = 0
    for tag in re.finditer(rf"<(/?){name}(?=[\s/>])[^<>]*?(/?)>", text):
        if tag[1]:
            if depth == 0:
                return tag.start()
            depth -= 1
        elif not tag[2]:
            depth += 1
    return len(text)


def _find_plain(line: str, tail: str, place: Place) -> int:
    if len(tail) == 1:
        return len(line) - 1 if line.endswith(tail) else -1
    first = start = line.find(tail)
    if start < 0 or place.inside is None or place.inside.comment:
        return start
    for _ in range(_MAX_STRINGS):
        if start < 0 or _is_in_like_string(line[:start], place):
            break
        # The end of a string that the text itself began.
        start = line.find(tail, start + 1)
    else:
        return first
    # A text that ends within such a string ends nothing.
    return start if start >= 0 or _is_in_like_string(line, place) else first


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
        if start < 0:
            start = _find_changed(line, tail)
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


def _find_changed(line: str, tail: str) -> int:
    """Where ``line`` repeats all words of ``tail`` and adds some before what closes it; -1 for
    nowhere."""
    words = tail.rstrip("".join(CLOSING) + " ")
    if len(words) < _MIN_WORDS or " " not in words.strip():
        return -1
    start = line.find(words)
    whole = start >= 0 and not _is_word(line[start + len(words) : start + len(words) + 1])
    return start if whole and not _within_word(line, start) else -1


def _within_word(line: str, start: int) -> bool:
    return start > 0 and _is_word(line[start]) and _is_word(line[start - 1])


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
