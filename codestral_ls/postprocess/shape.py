"""How much of a text belongs to the place: a line, a statement or a block, never beyond the end of
what the cursor stands in.

A statement is a line with the lines that are indented deeper, what closes it, and what goes on with
it (``else``). A block is statements until a line is indented less. A whole block is taken on an
empty line in a body or after what opens one; a statement elsewhere; a line where text stands right
of the cursor, and in strings and comments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from codestral_ls.postprocess.brackets import CLOSERS, PAIRS
from codestral_ls.postprocess.overlap import CLOSING, covered
from codestral_ls.postprocess.place import (
    Place,
    first_word,
    is_prose,
    opens_block,
    place_of,
    width_of,
)
from codestral_ls.postprocess.reader import Reader
from codestral_ls.postprocess.scene import Dropped, Scene
from codestral_ls.text.languages import Block

_LABEL = re.compile(r"\s*(?:[A-Za-z_]\w*:$|#)")
_FENCE = re.compile(r"\s*(?:```|~~~)")


def shape_end(text: str, scene: Scene) -> int:
    """Where what belongs to the place ends."""
    place = place_of(scene.snapshot)
    first_end = text.find("\n")
    if first_end < 0:
        return len(text)
    if scene.multiline == "never" or (place.inside is not None and text[:first_end].strip()):
        return first_end
    if place.tail and not covered(text, scene) and not _fills_brackets(text, place):
        return first_end
    if is_prose(place.language):
        return _prose_end(text, scene, place)
    return _code_end(text, scene, place)


def _fills_brackets(text: str, place: Place) -> bool:
    """The cursor stands between an opener and its closer, and the text begins a new line."""
    opener = place.line_before.rstrip()[-1:]
    between = opener in PAIRS and place.tail.startswith(PAIRS[opener])
    return between and CLOSING.issuperset(place.tail) and not text.partition("\n")[0].strip()


def _prose_end(text: str, scene: Scene, place: Place) -> int:
    in_fence = sum(bool(_FENCE.match(line)) for line in place.above) % 2 == 1
    if _FENCE.match(place.line_before):
        in_fence = not in_fence
    start = 0
    has_content = False
    for line in text.split("\n"):
        end = start + len(line)
        if _FENCE.match(line) and (start > 0 or place.on_blank_line):
            if not in_fence:
                in_fence = True
            else:
                closed = any(_FENCE.match(below) for below in place.below)
                return max(0, start - 1) if closed and place.below else end
        elif not in_fence and has_content and not (scene.multiline == "always" and line.strip()):
            return max(0, start - 1)
        has_content = has_content or bool(line.strip())
        start = end + 1
    return len(text)


class _Verdict(Enum):
    GO = "the line belongs to the text"
    LAST = "the line belongs to it, and ends it"
    STOP = "the text ends before the line"


def _code_end(text: str, scene: Scene, place: Place) -> int:
    lines = text.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return 0
    on_header = first > 0 and not place.on_blank_line
    on_header = on_header and opens_block(place.line_before, place.language)
    base = _base(lines[first], place, on_new_line=first > 0, on_header=on_header)
    if base is None:
        return 0
    reader = Reader(place.language, base, preamble=first > 0 or place.on_blank_line)
    reader.read(lines[first] if first else place.line_before + lines[0])
    kept = sum(map(len, lines[:first])) + first + len(lines[first])
    if place.next_width > base and not on_header and not reader.preamble:
        # The body stands below already.
        return kept
    whole_block = on_header or _takes_block(base, scene, place)
    rules = _Rules(place, reader, whole_block=whole_block)
    position, after_blank = kept + 1, False
    for line in lines[first + 1 :]:
        end = position + len(line)
        if line.strip():
            verdict = rules.judge(line, after_blank=after_blank)
            if verdict is _Verdict.STOP:
                return kept
            if verdict is _Verdict.LAST:
                return end
            reader.read(line)
            kept = end
        after_blank = not line.strip()
        position = end + 1
    return len(text)


def _base(first: str, place: Place, *, on_new_line: bool, on_header: bool) -> int | None:
    """Indentation of what a text begins with; None if that lies outside of the cursor's block."""
    if not on_new_line:
        return width_of(place.line_before + first) if place.on_blank_line else place.width
    width = width_of(first)
    if on_header:
        return width if width > place.width else None
    if width < place.width and not _closes_outer(first, place):
        return None
    return width if place.on_blank_line else min(width, place.width)


def _takes_block(base: int, scene: Scene, place: Place) -> bool:
    if scene.multiline == "always":
        return True
    in_body = base > 0 and place.on_blank_line
    # Among definitions one is enough; at their end, fields may be several.
    return in_body and (not _in_container(place) or place.next_width < base)


@dataclass(frozen=True, slots=True)
class _Rules:
    """Whether a line still belongs to a text, given the lines before it."""

    place: Place
    reader: Reader
    whole_block: bool

    def judge(self, line: str, *, after_blank: bool) -> _Verdict:
        """The verdict over a line that is not blank."""
        reader, width = self.reader, width_of(line)
        if reader.inside is not None:
            return _Verdict.GO
        if reader.brackets:
            return self._within_brackets(line, width, after_blank=after_blank)
        terminator = self.place.language.terminator
        if terminator and reader.last.endswith(terminator):
            return _Verdict.STOP
        if after_blank and width > reader.last_width and not reader.last_opens:
            return _Verdict.STOP
        if width > reader.base:
            goes_on = reader.takes_deeper(after_blank=after_blank)
            return _Verdict.GO if goes_on else _Verdict.STOP
        if width < reader.base:
            return self._outside(line, width)
        return self._beside(line, after_blank=after_blank)

    def _within_brackets(self, line: str, width: int, *, after_blank: bool) -> _Verdict:
        """Nothing is indented less than what its brackets stand in, labels and directives aside;
        where something is, or begins anew, the brackets are lost."""
        if line.lstrip()[0] in CLOSING or _LABEL.match(line):
            return _Verdict.GO
        base = self.reader.base
        begins = after_blank and width == base and opens_block(line, self.place.language)
        return _Verdict.STOP if width < base or begins else _Verdict.GO

    def _outside(self, line: str, width: int) -> _Verdict:
        """The line is indented less than the text: at most it closes what the text stands in."""
        if _closes_outer(line, self.place) or _ends_header(line, width, self.place):
            return _Verdict.LAST
        directive = line.lstrip().startswith("#") and "#" not in self.place.language.line_comments
        return _Verdict.GO if directive else _Verdict.STOP

    def _beside(self, line: str, *, after_blank: bool) -> _Verdict:
        """The line is indented as the text is: it ends or goes on with a statement, or begins the
        next one."""
        place, reader, stripped = self.place, self.reader, line.strip()
        if stripped[0] == "{" or (reader.preamble and not after_blank):
            return _Verdict.GO
        if reader.opened_block and _is_end(line, place):
            return _Verdict.GO if self.whole_block else _Verdict.LAST
        continues = first_word(line) in place.language.continuations
        if reader.opened_block and continues and not after_blank:
            return _Verdict.GO
        if _closes_outer(line, place):
            return _Verdict.LAST
        if place.language.terminator or not self.whole_block:
            goes_on = bool(place.language.terminator) and not after_blank
            return _Verdict.GO if goes_on else _Verdict.STOP
        if _in_container(place):
            return _Verdict.STOP if after_blank or reader.had_body else _Verdict.GO
        in_the_middle = place.next_width == reader.base
        return _Verdict.STOP if after_blank and in_the_middle else _Verdict.GO


def _closes_outer(line: str, place: Place) -> bool:
    """The line begins by closing a bracket that nothing closes yet."""
    innermost = len(place.open_brackets) - 1
    return line.lstrip()[:1] in CLOSERS and innermost in place.unclosed


def _is_end(line: str, place: Place) -> bool:
    return line.lstrip().startswith("</") or first_word(line) in place.language.ends


def _ends_header(line: str, width: int, place: Place) -> bool:
    """The line is the word or tag that ends the cursor's block, which nothing ends yet."""
    by_word = place.language.block in (Block.END_KEYWORD, Block.TAGS)
    return by_word and _is_end(line, place) and place.next_width < width


def _in_container(place: Place) -> bool:
    """The cursor stands in a block that holds definitions."""
    words = re.findall(r"[A-Za-z_]+", place.header.partition("(")[0])
    return any(word in place.language.containers for word in words)


def drop_outside(text: str, scene: Scene) -> str | Dropped:
    """Drop a text that goes on where the block of the cursor has ended already."""
    if text.strip() and shape_end(text, scene) == 0:
        if scene.multiline == "never":
            return Dropped("The answer has several lines, and such suggestions are switched off.")
        if place_of(scene.snapshot).tail:
            return Dropped("The answer begins a new line where text stands right of the cursor.")
        return Dropped("The answer goes on outside of the block that the cursor stands in.")
    return text
