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

# Parameters of a block or a closure, behind its brace.
_PARAMETERS = re.compile(r"(?:->|=>|\bin|\|)$")


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
    *lines, last = text.split("\n")
    kept = [line.rstrip(" \t") for line in lines]
    if last.strip():
        return _with_line_end([*kept, last], scene, place)
    while kept and not kept[-1]:
        kept.pop()
    if not kept:
        return ""
    if place.ends_literal:
        return "\n".join([*kept, last])
    if _is_below(last, place):
        # It is the end of what the pair stands in.
        return _with_line_end(kept, scene, place)
    goes_below = len(kept) > 1 and (
        bool(last) or width_of(kept[-1]) > width_of(place.opener_indentation)
    )
    if goes_below or _begins_line(kept[0], place):
        return "\n".join([*kept, last or place.opener_indentation])
    return "\n".join(kept)


def _is_below(blanks: str, place: Place) -> bool:
    """A closer with this indentation is the next one below, not that of the pair: models leave out
    one of several."""
    width = width_of(blanks)
    if width >= width_of(place.opener_indentation) or width != place.next_width:
        return False
    return place.below[0].lstrip()[0] in CLOSERS


def _begins_line(first: str, place: Place) -> bool:
    """The text's first line leaves the opener the last of its line's code, or is the parameters of
    a block."""
    code = code_part(first, place.language).strip()
    has_parameters = place.pair == "}" and _PARAMETERS.search(code) is not None
    return place.opener_ends_line and (not code or has_parameters)


def _with_line_end(lines: list[str], scene: Scene, place: Place) -> str:
    text = "\n".join(lines).rstrip()
    if place.pair == "}" and not place.ends_literal and lines[-1].endswith(" "):
        # As behind the opener.
        text += " "
    begins_line = not place.ends_literal and _begins_line(lines[0], place)
    if place.pair not in CLOSERS or not begins_line or _stands_behind(lines[-1], scene, place):
        return text
    return f"{text.rstrip()}\n{place.opener_indentation}"


def _stands_behind(last: str, scene: Scene, place: Place) -> bool:
    """What closes the pair stands behind the last line, though its opener ends one."""
    code = code_part(last, place.language)
    if code != last.rstrip():
        # A comment would swallow it.
        return False
    if place.pair == "}":
        # Hardly anybody puts it there, so a model alone does not tell.
        return (scene.closes_behind or last.endswith(" ")) and _puts_behind(place)
    return scene.closes_behind or (not code.endswith(",") and _puts_behind(place))


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
