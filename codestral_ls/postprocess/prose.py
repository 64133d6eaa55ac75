"""How much of a text for people belongs to the place: a paragraph, or a part that has an end."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from codestral_ls.postprocess.measure import opens_block, width_of
from codestral_ls.postprocess.place import Place
from codestral_ls.postprocess.scene import Scene


def prose_end(text: str, scene: Scene, place: Place) -> int:
    """Where the paragraph, the fenced code, the part that is indented or the environment that the
    text begins with ends."""
    fence = _compiled(place.language.fence)
    in_fence = fence.match(place.line_before) is not None
    depth = 0
    start = 0
    reader = _Paragraph(place)
    for line in text.split("\n"):
        end = start + len(line)
        if fence.match(line) and (start > 0 or place.on_blank_line):
            if in_fence:
                closed = any(fence.match(below) for below in place.below)
                return max(0, start - 1) if closed and place.below else end
            if reader.has_content:
                return max(0, start - 1)
            in_fence = True
        elif in_fence:
            pass
        elif depth > 0:
            depth += _sections(line, place)
            if depth <= 0:
                return end
        elif reader.ends_before(line) and not (scene.multiline == "always" and line.strip()):
            return reader.kept if reader.in_part else max(0, start - 1)
        elif not reader.has_content:
            depth = _sections(line, place)
        reader.read(line, end)
        start = end + 1
    return len(text)


@dataclass(slots=True)
class _Paragraph:
    """Lines that were read, where one is enough unless it heads others or is part of a block."""

    place: Place
    has_content: bool = False
    in_part: bool = False
    """The lines belong to what is indented."""
    kept: int = 0
    _least: int = 0

    def read(self, line: str, end: int) -> None:
        if not line.strip():
            return
        language = self.place.language
        if not self.has_content and not _compiled(language.attribute).match(line):
            self.has_content = True
            whole = self.place.line_before + line
            heads = opens_block(whole, language)
            self.in_part = language.indented_parts and (heads or _is_code(line, self.place))
            self._least = width_of(whole) + (1 if heads else 0)
        self.kept = end

    def ends_before(self, line: str) -> bool:
        """What was read is whole without the line."""
        if not self.has_content:
            return False
        return not self.in_part or (bool(line.strip()) and width_of(line) < self._least)


def _is_code(line: str, place: Place) -> bool:
    """The first line is indented below text that is not."""
    above = place.above[-1] if place.above else ""
    return place.on_blank_line and width_of(place.line_before + line) > width_of(above)


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _sections(line: str, place: Place) -> int:
    """How many parts the line begins, less those that it ends."""
    if place.language.sections is None:
        return 0
    begins, ends = place.language.sections
    return len(re.findall(begins, line)) - len(re.findall(ends, line))
