"""Finds where a text begins to repeat the lines below the cursor."""

from __future__ import annotations

import re

from codestral_ls.postprocess.measure import first_word, width_of
from codestral_ls.postprocess.overlap import CLOSING
from codestral_ls.postprocess.place import Place, place_of
from codestral_ls.postprocess.repeat import is_telling
from codestral_ls.postprocess.scene import Dropped, Scene
from codestral_ls.text.scan import CLOSERS, PAIRS, Bracket

# How far below the repetition may begin: the lines a model leaves out are closers and blanks.
_MAX_SKIPPED = 8
_LINES_COMPARED = 30
# So many equal lines are no chance, even if others follow them.
_MANY_TELLING = 4
_KEYED_ITEM = re.compile(r"\s*[\"'\[]?[\w.$-]+[\"'\]]?\s*(?::|=>|=)\s?[^\s({\[].*,$")


def next_lines_start(text: str, scene: Scene) -> int:
    """Where the text begins to repeat the lines that follow the cursor's line."""
    place = place_of(scene)
    if not place.below or (place.tail and not CLOSING.issuperset(place.tail)):
        return len(text)
    lines = text.split("\n")
    saying = [line for line in lines if line.strip()]
    n_said = start = 0
    for index, line in enumerate(lines):
        n_said += bool(line.strip())
        if index == 0 and not line.strip():
            # What stands in the cursor's line already is no repetition.
            start += len(line) + 1
            continue
        whole = place.line_before + line if index == 0 else line
        following = saying[n_said : n_said + _LINES_COMPARED]
        if whole.strip() and _stands_below(whole, following, scene, place):
            return max(0, start - 1)
        if place.inside is not None and _closes_in_literal(line, text[:start], place):
            return max(0, start - 1)
        start += len(line) + 1
    return len(text)


def _stands_below(line: str, following: list[str], scene: Scene, place: Place) -> bool:
    """The line, which ``following`` come after, is one of those below, and not by chance."""
    below = place.below
    if not following and scene.cut and _begins(line, below[0]):
        return True
    for index, other in enumerate(below[: _MAX_SKIPPED + 1]):
        # Models leave out closers on the way, nothing else.
        if index and not _closes_block(below[index - 1], place):
            return False
        if other.strip() == line.strip():
            n_equal, n_telling, ends = _common(following, below[index + 1 :])
            # While the text grows, what comes next tells.
            ends = ends and not (scene.growing and len(following) <= len(below) - index - 1)
            in_place = width_of(other) == width_of(line)
            confirmed = n_equal > 0 and (ends or n_telling >= _MANY_TELLING)
            if not index and in_place and _is_keyed_item(line, place):
                # A key stands in a list once.
                return True
            at_end = not following and not scene.growing
            if not at_end and not confirmed:
                # A new item that begins as the next one does.
                continue
            if _only_closers(line.strip()):
                # Closers are the brackets' business: an inner one may look like the next line.
                if not index and in_place and confirmed and n_telling:
                    return True
                continue
            if _is_no_chance(
                line, in_place, at_end=at_end, confirmed=confirmed, next_line=not index
            ):
                return True
    return False


def _is_keyed_item(line: str, place: Place) -> bool:
    """The line is an item of a list, with a key, whole."""
    in_list = bool(place.stack) and isinstance(place.stack[-1], Bracket)
    return in_list and place.inside is None and _KEYED_ITEM.match(line) is not None


def _closes_in_literal(line: str, before: str, place: Place) -> bool:
    """In a string of several lines, the next line below, which closes what stands above the text.

    Brackets are text there, so that only the text itself tells what it opened.
    """
    closer = line.strip()[:1]
    if closer not in CLOSERS or line.rstrip() != place.below[0].rstrip() or not before.strip():
        return False
    opener = next(opener for opener, found in PAIRS.items() if found == closer)
    return _only_closers(line.strip()) and before.count(opener) <= before.count(closer)


def _common(lines: list[str], below: tuple[str, ...]) -> tuple[int, int, bool]:
    """How many lines are equal from the start, how many of those say something, and whether they
    are all that is known of one of the two."""
    n_telling = 0
    for index, (line, other) in enumerate(zip(lines, below, strict=False)):
        if line.strip() != other.strip():
            # The last line may not have arrived whole.
            begun = index == len(lines) - 1 and _begins(line, other)
            return index, n_telling, begun
        n_telling += is_telling(line)
    return min(len(lines), len(below)), n_telling, True


def _is_no_chance(
    line: str, in_place: bool, *, at_end: bool, confirmed: bool, next_line: bool
) -> bool:
    """Two equal lines are one, written twice. ``confirmed``: the lines after them are equal too."""
    if is_telling(line):
        # Where a model goes on behind the repeated line, its indentation must agree.
        return (in_place and (next_line or confirmed or at_end)) or (next_line and at_end)
    return next_line and in_place and (at_end or confirmed)


def _begins(line: str, other: str) -> bool:
    # Shorter beginnings are shared by chance: ret, if, sel.
    return len(line.strip()) >= 4 and other.strip().startswith(line.strip())


def _only_closers(stripped: str) -> bool:
    return stripped[0] in CLOSERS and CLOSING.issuperset(stripped)


def _closes_block(line: str, place: Place) -> bool:
    stripped = line.strip()
    return _only_closers(stripped) or first_word(stripped) in place.language.ends


def drop_what_follows(text: str, scene: Scene) -> str | Dropped:
    """Drop a text that stands right after the cursor already."""
    place = place_of(scene)
    if not text.strip():
        return text
    if next_lines_start(text, scene) == 0 and text.lstrip("\n") == text and not place.tail:
        return Dropped("The same text follows the cursor already.")
    return text
