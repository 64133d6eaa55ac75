"""Where what closes a pair right of the cursor goes: to a line of its own, or behind the text.

On a line of its own it stands where the statement of its opener begins. It goes there if the opener
ends its line, unless the model, or the file's other pairs, put it behind the last item.
"""

from __future__ import annotations

import re

from codestral_ls.postprocess.measure import width_of
from codestral_ls.postprocess.place import Place, place_of
from codestral_ls.postprocess.scene import Dropped, Scene
from codestral_ls.text.scan import CLOSERS, PAIRS, code_part


def is_behind(text: str, end: int, scene: Scene) -> bool:
    """The model wrote what closes the pair at ``end``, on the line of the last item."""
    place = place_of(scene)
    last = text[:end].rpartition("\n")[2]
    return bool(place.pair) and bool(last.strip()) and text.startswith(place.pair, end)


def end_lines(text: str, scene: Scene) -> str | Dropped:
    """End a text between a pair with the line end and the indentation that its closer needs."""
    place = place_of(scene)
    if not place.pair or "\n" not in text:
        return text
    lines = text.split("\n")
    kept = [line.rstrip(" \t") for line in lines[:-1]]
    if lines[-1].strip():
        return _with_line_end([*kept, lines[-1]], scene, place)
    # What closes the pair goes to a line of its own, where its opener's line begins.
    while kept and not kept[-1]:
        kept.pop()
    begins_line = bool(kept) and _begins_line(kept[0], place)
    if begins_line and place.inside is None and _is_below(lines[-1], place):
        return _with_line_end(kept, scene, place)
    ends_line = place.inside is not None or begins_line or bool(lines[-1])
    if not begins_line and place.inside is None and (len(kept) == 1 or _is_below(lines[-1], place)):
        # It is the end of what the pair stands in.
        ends_line = False
    if not any(kept) or not ends_line:
        return "\n".join(kept)
    return "\n".join([*kept, _last_line(lines[-1], place)])


def _last_line(blanks: str, place: Place) -> str:
    if place.inside is not None:
        return blanks
    return blanks or place.opener_indentation


def _is_below(blanks: str, place: Place) -> bool:
    """A closer with this indentation is the next one below, not that of the pair: models leave out
    one of several."""
    width = width_of(blanks)
    if width >= width_of(place.opener_indentation) or width != place.next_width:
        return False
    return place.below[0].lstrip()[0] in CLOSERS


def _begins_line(first: str, place: Place) -> bool:
    """The text's first line leaves the opener the last of its line's code."""
    return place.opener_ends_line and not code_part(first, place.language).strip()


def _with_line_end(lines: list[str], scene: Scene, place: Place) -> str:
    text = "\n".join(lines).rstrip()
    if place.inside is not None or place.pair not in CLOSERS or not _begins_line(lines[0], place):
        return text
    code = code_part(lines[-1], place.language)
    # A brace that stands behind its block's last line closes one of a single line, and a comment
    # would swallow what closes the pair.
    may_stand_behind = place.pair != "}" and code == lines[-1].rstrip()
    if may_stand_behind and (
        scene.closes_behind or (not code.endswith(",") and _puts_behind(place))
    ):
        return text
    return f"{text}\n{place.opener_indentation}"


def _puts_behind(place: Place) -> bool:
    """The file closes brackets of the pair's kind behind the last item, where their opener ends its
    line."""
    before = place.snapshot.before
    by_language = place.language.closes_behind
    if by_language and re.search(by_language, place.line_before.rstrip()[:-1]):
        return True
    n_own = n_behind = 0
    opened: list[int] = []
    for bracket in place.brackets:
        if bracket.character in PAIRS:
            opened.append(bracket.offset)
        elif opened and PAIRS[before[start := opened.pop()]] == bracket.character == place.pair:
            end_of_line = before.find("\n", start)
            if end_of_line < bracket.offset and not before[start + 1 : end_of_line].strip():
                line = before.rfind("\n", 0, bracket.offset) + 1
                own = not before[line : bracket.offset].strip(" \t)]}")
                n_own, n_behind = n_own + own, n_behind + (not own)
    return n_behind > n_own
