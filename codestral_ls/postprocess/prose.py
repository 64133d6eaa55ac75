"""How much of a text for people belongs to the place: a paragraph, or a part that has an end."""

from __future__ import annotations

import re

from codestral_ls.postprocess.place import Place
from codestral_ls.postprocess.scene import Scene

_FENCE = re.compile(r"\s*(?:```|~~~)")


def prose_end(text: str, scene: Scene, place: Place) -> int:
    """Where the paragraph, the fenced code or the environment that the text begins with ends."""
    in_fence = _FENCE.match(place.line_before) is not None
    depth = 0
    start = 0
    has_content = False
    for line in text.split("\n"):
        end = start + len(line)
        if _FENCE.match(line) and (start > 0 or place.on_blank_line):
            if in_fence:
                closed = any(_FENCE.match(below) for below in place.below)
                return max(0, start - 1) if closed and place.below else end
            if has_content:
                return max(0, start - 1)
            in_fence = True
        elif in_fence:
            pass
        elif depth > 0:
            depth += _sections(line, place)
            if depth <= 0:
                return end
        elif has_content and not (scene.multiline == "always" and line.strip()):
            return max(0, start - 1)
        elif not has_content:
            depth = _sections(line, place)
        has_content = has_content or bool(line.strip())
        start = end + 1
    return len(text)


def _sections(line: str, place: Place) -> int:
    """How many parts the line begins, less those that it ends."""
    if place.language.sections is None:
        return 0
    begins, ends = place.language.sections
    return len(re.findall(begins, line)) - len(re.findall(ends, line))
