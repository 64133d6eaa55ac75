"""Whether a line still belongs to a text of several lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from codestral_ls.postprocess.branches import branch_word, continues_head, is_conditional
from codestral_ls.postprocess.measure import first_word, is_lone_opener, opens_block, width_of
from codestral_ls.postprocess.overlap import CLOSING
from codestral_ls.postprocess.place import Place
from codestral_ls.postprocess.reader import Reader
from codestral_ls.text.language import Block
from codestral_ls.text.scan import CLOSERS

_LABEL = re.compile(r"\s*(?:[A-Za-z_]\w*:$|#)")

_CASE = re.compile(r"\s*\(?[^\s()]+(?:\s*\|\s*[^\s()]+)*\)")
_ARROW = re.compile(r"[-=]>$")


class Verdict(Enum):
    """What a line is to a text."""

    GO = "the line belongs to the text"
    LAST = "the line belongs to it, and ends it"
    STOP = "the text ends before the line"


@dataclass(frozen=True, slots=True)
class Rules:
    """Judges lines, given the lines before them."""

    place: Place
    reader: Reader
    whole_block: bool
    on_header: bool
    """The text is the body of the head that the cursor stands behind."""
    growing: bool
    """More of the text may come."""
    may_be_moved: bool
    """What tells where the lines of the text's first block belong may still come."""

    def judge(self, lines: Sequence[str], index: int, *, after_blank: bool) -> Verdict:
        """The verdict over a line that is not blank."""
        line = lines[index]
        reader, width = self.reader, width_of(line)
        if reader.inside is not None:
            return Verdict.GO
        if reader.in_brackets:
            return self._within_brackets(line, width, after_blank=after_blank)
        if reader.sections:
            return Verdict.GO
        terminator = self.place.language.terminator
        ended = bool(terminator) and reader.last.endswith(terminator)
        if ended and not (self.whole_block and _is_in_part(self.place)):
            return Verdict.STOP
        if not after_blank and (reader.is_unfinished() or reader.goes_on_with(line)):
            return Verdict.GO
        if lines[index - 1].strip() == "," and not after_blank:
            # The comma that the item above lacked.
            return Verdict.GO
        if after_blank and width > reader.last_width and not reader.last_opens:
            return Verdict.STOP
        if width > reader.base:
            goes_on = reader.takes_deeper(after_blank=after_blank)
            return Verdict.GO if goes_on else Verdict.STOP
        if width < reader.base:
            return self._outside(lines, index)
        if self._goes_on_behind_comment(lines, index):
            return Verdict.GO
        return self._beside(line, lines[index + 1 :], after_blank=after_blank)

    def _within_brackets(self, line: str, width: int, *, after_blank: bool) -> Verdict:
        """Nothing is indented less than what its brackets stand in, labels and directives aside;
        where something is, or begins anew, the brackets are lost."""
        if line.lstrip()[0] in CLOSING or _LABEL.match(line):
            return Verdict.GO
        base = self.reader.base
        begins = after_blank and width == base and opens_block(line, self.place.language)
        if not begins and self.may_be_moved:
            return Verdict.GO
        return Verdict.STOP if width < base or begins else Verdict.GO

    def _outside(self, lines: Sequence[str], index: int) -> Verdict:
        """The line is indented less than the text: it goes on with the head that the text is the
        body of, or at most closes what the text stands in."""
        line, width = lines[index], width_of(lines[index])
        goes_on = continues_head(lines, index, self.place, growing=self.growing)
        if goes_on or self._opens_branch(line) or self.may_be_moved:
            return Verdict.GO
        if closes_outer(line, self.place) or _ends_header(line, width, self.place):
            return Verdict.LAST
        directive = line.lstrip().startswith("#") and "#" not in self.place.language.line_comments
        return Verdict.GO if directive else Verdict.STOP

    def _opens_branch(self, line: str) -> bool:
        """The line is the bracket of a branch that began with the line before."""
        last = self.reader.last
        begun = first_word(last) in self.place.language.continuations
        return begun and line.strip()[0] == "{" and width_of(line) == self.reader.last_width

    def _goes_on_behind_comment(self, lines: Sequence[str], index: int) -> bool:
        """A comment between two branches of the text's own statement."""
        if not self.reader.opened_block or not self.reader.introduces(lines[index]):
            return False
        word = branch_word(lines, index, self.place)
        return self.growing if word is None else bool(word)

    def _branches_on(self, line: str, following: Sequence[str]) -> bool:
        """The statement goes on behind the word that ended a block of it."""
        if not self.place.language.ends_go_on or line.rstrip().endswith(";"):
            return False
        following_line = next((other for other in following if other.strip()), None)
        if following_line is None:
            return self.growing
        return first_word(following_line) in self.place.language.continuations

    def _beside(self, line: str, rest: Sequence[str], *, after_blank: bool) -> Verdict:
        """The line is indented as the text is: it ends or goes on with a statement, or begins the
        next one."""
        place, reader, stripped = self.place, self.reader, line.strip()
        if stripped[0] == "{" or (reader.preamble and not after_blank):
            return Verdict.GO
        if is_lone_opener(line, place.language) and reader.last_opens:
            return Verdict.GO
        if reader.opened_block and is_end(line, place):
            return Verdict.GO if self.whole_block or self._branches_on(line, rest) else Verdict.LAST
        if reader.opened_block and self._continues(line):
            return Verdict.GO
        labelled = first_word(reader.last) in place.language.labels or reader.had_body
        if first_word(line) in place.language.labels and labelled and reader.opened_block:
            return Verdict.GO
        if closes_outer(line, place):
            return Verdict.LAST
        if reader.flat and not after_blank:
            return Verdict.GO
        if self.on_header:
            flat = place.language.data and not reader.had_body and not after_blank
            return Verdict.GO if flat else Verdict.STOP
        if place.language.terminator or not self.whole_block:
            goes_on = bool(place.language.terminator) and not after_blank
            return Verdict.GO if goes_on else Verdict.STOP
        if in_container(place):
            return Verdict.STOP if after_blank or reader.had_body else Verdict.GO
        in_the_middle = place.next_width == reader.base
        return Verdict.STOP if after_blank and in_the_middle else Verdict.GO

    def _continues(self, line: str) -> bool:
        """The line goes on with the statement whose block just ended."""
        word = first_word(line)
        # A loop's head begins a statement, its condition at the end does not open a block.
        loops = word == "while" and opens_block(line, self.place.language)
        return word in self.place.language.continuations and not loops


def closes_outer(line: str, place: Place) -> bool:
    """The line begins by closing a bracket that nothing closes yet."""
    innermost = len(place.open_brackets) - 1
    return line.lstrip()[:1] in CLOSERS and innermost in place.unclosed


def is_end(line: str, place: Place) -> bool:
    """The line begins with the word or tag that ends a block."""
    return line.lstrip().startswith("</") or first_word(line) in place.language.ends


def ends_or_continues(line: str, place: Place) -> bool:
    """The line begins with the word or tag that ends a block, or with one that goes on with its
    statement."""
    return is_end(line, place) or first_word(line) in place.language.continuations


def belongs_outside(line: str, width: int, place: Place) -> bool:
    """The line, indented less than the cursor's, goes on with or ends what the cursor's line
    stands in, and nothing below does that already."""
    language, stripped = place.language, line.strip()
    outer = next((above for above in reversed(place.above) if width_of(above) <= width), "")
    if not outer or width_of(outer) != width:
        return False
    word = first_word(line)
    if word in language.labels or _is_next_pattern(line, outer, place):
        return True
    if language.data and stripped.startswith("- ") and outer.lstrip().startswith("- "):
        # The next item of the list.
        return True
    below = place.below[0] if place.below and place.next_width == width else ""
    if is_end(line, place):
        return not (below and (is_end(below, place) or first_word(below) in language.continuations))
    if word not in language.continuations:
        return False
    # A brace that closes and opens again: the one below closes what it opens.
    reopens = stripped[0] not in CLOSERS or opens_block(line, language)
    comes_before = is_conditional(line) and not is_conditional(below)
    return reopens and (first_word(below) != word or comes_before)


def _is_next_pattern(line: str, outer: str, place: Place) -> bool:
    """Both lines head a branch by a pattern and an arrow, in a language without braces."""
    if place.language.case_patterns and _CASE.match(line) and _CASE.match(outer):
        return True
    arrow = _ARROW.search(line)
    if arrow is None or place.language.block is Block.BRACES:
        return False
    return opens_block(line, place.language) and outer.rstrip().endswith(arrow[0])


def _ends_header(line: str, width: int, place: Place) -> bool:
    """The line is the word or tag that ends the cursor's block, which nothing ends yet."""
    by_word = place.language.block in (Block.END_KEYWORD, Block.TAGS)
    return by_word and is_end(line, place) and place.next_width < width and _is_begun(line, place)


def _is_begun(line: str, place: Place) -> bool:
    """What a word such as ``endmodule`` ends stands above, as far as that can be seen."""
    begun = first_word(line).lower().removeprefix("end")
    snapshot = place.snapshot
    return not begun or not snapshot.at_document_start or begun in snapshot.before.lower()


def _is_in_part(place: Place) -> bool:
    """What the cursor's line is indented in is the head of a part, such as ``BEGIN``."""
    sections = place.language.sections
    return sections is not None and re.search(sections[0], place.header.strip()) is not None


def in_container(place: Place) -> bool:
    """The cursor stands in a block that holds definitions."""
    words = re.findall(r"[A-Za-z_]+", place.header.partition("(")[0])
    return any(word in place.language.containers for word in words)
