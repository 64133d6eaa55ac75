"""Reads a text line by line and knows, before each line, what the lines so far have left open."""

from __future__ import annotations

import re
from dataclasses import dataclass

from codestral_ls.postprocess.measure import (
    goes_on_after,
    goes_on_with,
    heads_flat,
    opens,
    width_of,
)
from codestral_ls.postprocess.sections import sections_after
from codestral_ls.text.language import Block, Language
from codestral_ls.text.scan import Bracket, Open, Stack, scan

# What a minified line has open further back belongs to nothing that is being written.
_MAX_LINE = 4_096
_DECORATION = re.compile(r"\s*(?:@|#\[|\[[A-Z]\w*(?:\(.*\))?\]$|template\s*<)")


@dataclass(slots=True)
class Reader:
    """What a text has come to after the lines read so far."""

    language: Language
    base: int
    """Indentation of what the text begins with."""
    stack: Stack = ()
    """Open after the last line: what the text itself opened, on top of what it began in."""
    opened_block: bool = False
    """Some line has opened a block that a word or tag may end."""
    had_body: bool = False
    """Some line was indented deeper than the text begins."""
    last: str = ""
    """The code of the last line."""
    last_width: int = 0
    last_opens: bool = False
    preamble: bool = True
    """Only comments and decorations so far."""
    sections: tuple[str, ...] = ()
    """Parts begun and not ended whose lines need not be indented, by their kinds."""
    flat: bool = False
    """The text begins with the head of lines that are not indented, up to a blank one."""
    _head_goes_on: bool = False

    @property
    def inside(self) -> Open | None:
        """A string or comment of several lines."""
        top = self.stack[-1] if self.stack else None
        return top if isinstance(top, Open) else None

    @property
    def in_brackets(self) -> bool:
        """Some bracket is open."""
        return bool(self.stack) and isinstance(self.stack[-1], Bracket)

    def read(self, line: str) -> None:
        """Go on by one line."""
        if len(line) > _MAX_LINE:
            line = line[: len(line) - len(line.lstrip(" \t"))][:_MAX_LINE] + line[-_MAX_LINE:]
        was_inside, was_open = self.inside is not None, bool(self.stack)
        found = scan(line + "\n", self.language, 0, self.stack)
        self.stack = found.stack
        if was_inside and self.inside is not None:
            return
        code = line
        if found.comments and not line[found.comments[-1][1] :].strip():
            code = line[: found.comments[-1][0]]
        self.last = code.rstrip()
        directive = line[:1] == "#" and "#" not in self.language.line_comments
        if not was_inside and not directive:
            self.last_width = width_of(line)
        self.last_opens = opens(self.last, self.language)
        brackets = bool(found.brackets) and self.in_brackets
        self.opened_block = (
            self.opened_block
            or self.last_opens
            or (brackets and self.language.block is not Block.TAGS)
        )
        self.flat = self.flat or heads_flat(self.last, self.language)
        if self.inside is None:
            self.sections = sections_after(line, found, self.language, self.sections)
        self._follow_head()
        self.preamble = self.preamble and (was_open or self._is_preamble(line))

    def takes_deeper(self, *, after_blank: bool) -> bool:
        """A line that is indented deeper than the text begins may belong to it."""
        ends = (";", "}") if self.language.block in (Block.BRACES, Block.END_KEYWORD) else ";"
        is_whole = after_blank or self.last.endswith(ends) or self.language.strict
        return self._head_goes_on or not is_whole

    def is_unfinished(self) -> bool:
        """The last line ends in something that the next one must go on with."""
        return goes_on_after(self.last, self.language)

    def goes_on_with(self, line: str) -> bool:
        """The line begins with something that no statement begins with."""
        return goes_on_with(line, self.language)

    def introduces(self, line: str) -> bool:
        """The line is a comment or a decoration of what comes next."""
        return not self.stack and self._is_preamble(line)

    def _follow_head(self) -> None:
        """A line at the text's own indentation begins something; deeper ones are its body."""
        if not self.last.strip():
            # A comment, wherever it stands.
            return
        deeper = self.last_width > self.base
        self.had_body = self.had_body or deeper
        self._head_goes_on = deeper or self.last_opens

    def _is_preamble(self, line: str) -> bool:
        stripped = line.strip()
        if self.inside is not None and self.inside.comment:
            return True
        if self.language.line_comments and stripped.startswith(self.language.line_comments):
            return not (self.language.sections and re.match(self.language.sections[0], stripped))
        for opener, closer in self.language.block_comments:
            if stripped.startswith(opener):
                return stripped.endswith(closer)
        return _DECORATION.match(line) is not None and not self.last_opens
