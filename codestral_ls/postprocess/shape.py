"""How much of a text belongs to the place: a line, a statement or a block, never beyond the end of
what the cursor stands in.

A statement is a line with the lines that are indented deeper, what closes it, and what goes on with
it (``else``). A block is statements until a line is indented less. A whole block is taken on an
empty line in a body or after what opens one; a statement elsewhere; a line where text stands right
of the cursor, and in strings and comments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from codestral_ls.languages import Block
from codestral_ls.postprocess.brackets import PAIRS, Open, brackets, code_part, survey
from codestral_ls.postprocess.overlap import CLOSING, covered
from codestral_ls.postprocess.place import (
    Place,
    first_word,
    is_prose,
    opens_block,
    place_of,
    width_of,
)
from codestral_ls.postprocess.scene import Dropped, Scene

_LABEL = re.compile(r"\s*(?:[A-Za-z_]\w*:$|#)")
_DECORATION = re.compile(r"\s*(?:@|#\[|\[[A-Z]\w*(?:\(.*\))?\]$|template\s*<)")
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
    return _Walk(text, scene, place).end()


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


@dataclass(slots=True)
class _Walk:
    """One pass over the lines of a text that begins at the cursor."""

    text: str
    scene: Scene
    place: Place
    _own: list[str] = field(default_factory=list)
    """Brackets the text has opened and not closed."""
    _inside: Open | None = None
    _base_width: int = 0
    _head: str = ""
    """The last line that is not indented deeper than the text begins."""
    _head_opens: bool = False
    _has_body: bool = False
    """Lines that are indented deeper have followed it."""
    _in_container: bool = False
    """The cursor stands among definitions, of which one is enough; fields may be several."""
    _last: str = ""
    """The code of the last line."""
    _last_width: int = 0
    _last_opens: bool = False
    _seen_body: bool = False
    _opened: bool = False
    """The text has opened a block that a word or tag may end."""

    def end(self) -> int:
        place, text = self.place, self.text
        lines = text.split("\n")
        first = next((i for i, line in enumerate(lines) if line.strip()), None)
        if first is None:
            return 0
        on_header = first > 0 and not place.on_blank_line and opens_block(place.line_before, place.language)
        base = self._base(lines, first, on_header=on_header)
        if base is None:
            return 0
        start = sum(len(line) + 1 for line in lines[:first])
        block = on_header or self._takes_block(first, base)
        body_exists = place.next_width > base and not on_header
        kept = start + len(lines[first])
        self._base_width = base
        self._read(place.line_before + lines[0] if first == 0 else lines[first])
        trivia = self._is_trivia(lines[first]) and (first > 0 or place.on_blank_line)
        position = kept + 1
        if body_exists and not trivia:
            return kept
        seen_blank = False
        for line in lines[first + 1 :]:
            if not line.strip():
                seen_blank = True
                position += len(line) + 1
                continue
            verdict = self._verdict(line, base, block=block, blank=seen_blank, trivia=trivia)
            if verdict == "stop":
                return kept
            was_open = bool(self._own) or self._inside is not None
            trivia = trivia and not was_open and self._is_trivia(line)
            self._read(line)
            kept = position + len(line)
            position = kept + 1
            seen_blank = False
            if verdict == "last":
                return kept
        return len(text)

    def _base(self, lines: list[str], first: int, *, on_header: bool) -> int | None:
        """Indentation of what the text begins with; None if it lies outside of the cursor's block."""
        place = self.place
        if first == 0:
            whole = place.line_before + lines[0] if place.on_blank_line else place.line_before
            return width_of(whole)
        width = width_of(lines[first])
        if on_header:
            return width if width > place.width else None
        if width < place.width and not self._closes_outer(lines[first]):
            return None
        return min(width, place.width) if not place.on_blank_line else width

    def _takes_block(self, first: int, base: int) -> bool:
        if self.scene.multiline == "always":
            return True
        place = self.place
        if base == 0 or not place.on_blank_line:
            return False
        self._in_container = first_container(place) is not None
        return not self._in_container or place.next_width < base

    def _verdict(self, line: str, base: int, *, block: bool, blank: bool, trivia: bool) -> str:
        """``go``, ``stop`` before this line, or ``last``: it is the last one."""
        place = self.place
        if self._inside is not None:
            return "go"
        width = width_of(line)
        stripped = line.strip()
        if self._own:
            if stripped[0] in CLOSING or _LABEL.match(line):
                return "go"
            begins_other = blank and width == base and opens_block(line, place.language)
            return "stop" if width < base or begins_other else "go"
        if place.language.terminator and self._last.endswith(place.language.terminator):
            return "stop"
        if blank and width > self._last_width and not self._last_opens:
            return "stop"
        if width > base:
            return "go" if self._head_goes_on(blank=blank) else "stop"
        closes = self._closes_outer(line)
        if width < base:
            if closes or self._ends_header(line, width):
                return "last"
            return "go" if stripped.startswith("#") and self._has_directives() else "stop"
        if stripped[0] == "{" or (trivia and not blank):
            return "go"
        if stripped.startswith("</") or first_word(line) in place.language.ends:
            if self._opened:
                return "go" if block else "last"
        word = first_word(line)
        if self._opened and word in place.language.continuations and not blank:
            return "go"
        if closes:
            return "last"
        if place.language.terminator:
            return "stop" if blank else "go"
        if not block:
            return "stop"
        if self._in_container:
            return "stop" if blank or self._seen_body else "go"
        in_the_middle = place.next_width == base
        return "stop" if blank and in_the_middle else "go"

    def _head_goes_on(self, *, blank: bool) -> bool:
        """What is indented deeper may belong to the last line that was not."""
        if self._has_body:
            return True
        return self._head_opens or not (blank or self._head.endswith(";"))

    def _read(self, line: str) -> None:
        """Follow brackets, strings and what opens a block, over one line."""
        language = self.place.language
        start = 0
        if self._inside is not None:
            end = line.find(self._inside.delimiter) if self._inside.delimiter else len(line)
            if end < 0:
                return
            start = end + len(self._inside.delimiter)
            self._inside = None
        for bracket in brackets(line, language, start):
            if bracket.character in PAIRS:
                self._own.append(bracket.character)
                self._opened = self._opened or language.block is not Block.TAGS
            elif self._own:
                self._own.pop()
        self._last = code_part(line, language)
        self._last_width = width_of(line)
        self._has_body = self._last_width > self._base_width
        self._seen_body = self._seen_body or self._has_body
        if not self._has_body:
            self._head = self._last
            self._head_opens = opens_block(line, language)
        inside = survey(line, language, start)[1]
        if (inside is not None and len(inside.delimiter) > 1) or (inside and inside.delimiter == "`"):
            self._inside = inside
        self._last_opens = opens_block(line, language)
        self._opened = self._opened or self._last_opens

    def _closes_outer(self, line: str) -> bool:
        """The line begins by closing a bracket that nothing closes yet."""
        place = self.place
        stripped = line.strip()
        if stripped[:1] not in (")", "]", "}") or not place.open_brackets:
            return False
        innermost = len(place.open_brackets) - 1
        return innermost in place.unclosed

    def _ends_header(self, line: str, width: int) -> bool:
        """The line is the word or tag that ends the cursor's block, which nothing ends yet."""
        place = self.place
        ends = line.strip().startswith("</") or first_word(line) in place.language.ends
        if not ends or place.language.block not in (Block.END_KEYWORD, Block.TAGS):
            return False
        present = place.next_width >= width
        return not present

    def _is_trivia(self, line: str) -> bool:
        language = self.place.language
        stripped = line.strip()
        if any(stripped.startswith(mark) for mark in language.line_comments):
            return True
        if any(stripped.startswith(opener) for opener, _ in language.block_comments):
            return self._inside is not None or stripped.endswith(language.block_comments[0][1])
        return _DECORATION.match(line) is not None and not opens_block(line, language)

    def _has_directives(self) -> bool:
        return "#" not in self.place.language.line_comments


def first_container(place: Place) -> str | None:
    """The line whose block the cursor stands in, where that block holds definitions."""
    header = place.header
    words = re.findall(r"[A-Za-z_]+", header.partition("(")[0])
    return header if any(word in place.language.containers for word in words) else None


def drop_outside(text: str, scene: Scene) -> str | Dropped:
    """Drop a text that goes on where the block of the cursor has ended already."""
    if text.strip() and shape_end(text, scene) == 0:
        if scene.multiline == "never":
            return Dropped("The answer has several lines, and such suggestions are switched off.")
        if place_of(scene.snapshot).tail:
            return Dropped("The answer begins a new line where text stands right of the cursor.")
        return Dropped("The answer goes on outside of the block that the cursor stands in.")
    return text
