"""Reads a text line by line and knows, before each line, what the lines so far have left open."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from codestral_ls.postprocess.brackets import PAIRS, Open, brackets, code_part, survey
from codestral_ls.postprocess.place import opens_block, width_of
from codestral_ls.text.languages import Block, Language

_DECORATION = re.compile(r"\s*(?:@|#\[|\[[A-Z]\w*(?:\(.*\))?\]$|template\s*<)")


@dataclass(slots=True)
class Reader:
    """What a text has come to after the lines read so far."""

    language: Language
    base: int
    """Indentation of what the text begins with."""
    brackets: list[str] = field(default_factory=list)
    """Opened and not closed yet."""
    inside: Open | None = None
    """A string or comment of several lines."""
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
    _head_goes_on: bool = False

    def read(self, line: str) -> None:
        """Go on by one line."""
        was_open = bool(self.brackets) or self.inside is not None
        start = self._leave_string(line)
        if start is None:
            return
        self._follow_brackets(line, start)
        inside = survey(line, self.language, start)[1]
        self.inside = inside if inside is not None and inside.spans else None
        self.last, self.last_width = code_part(line, self.language), width_of(line)
        self.last_opens = opens_block(line, self.language)
        self.opened_block = self.opened_block or self.last_opens
        self._follow_head()
        self.preamble = self.preamble and (was_open or self._is_preamble(line))

    def takes_deeper(self, *, after_blank: bool) -> bool:
        """A line that is indented deeper than the text begins may belong to it."""
        return self._head_goes_on or not (after_blank or self.last.endswith(";"))

    def _leave_string(self, line: str) -> int | None:
        """Where the line leaves the string or comment it begins in; None if it does not."""
        if self.inside is None:
            return 0
        end = line.find(self.inside.delimiter)
        if end < 0:
            return None
        end += len(self.inside.delimiter)
        self.inside = None
        return end

    def _follow_brackets(self, line: str, start: int) -> None:
        for bracket in brackets(line, self.language, start):
            if bracket.character in PAIRS:
                self.brackets.append(bracket.character)
                self.opened_block = self.opened_block or self.language.block is not Block.TAGS
            elif self.brackets:
                self.brackets.pop()

    def _follow_head(self) -> None:
        """A line at the text's own indentation begins something; deeper ones are its body."""
        deeper = self.last_width > self.base
        self.had_body = self.had_body or deeper
        self._head_goes_on = deeper or self.last_opens

    def _is_preamble(self, line: str) -> bool:
        stripped = line.strip()
        if stripped.startswith(self.language.line_comments):
            return True
        for opener, closer in self.language.block_comments:
            if stripped.startswith(opener):
                return self.inside is not None or stripped.endswith(closer)
        return _DECORATION.match(line) is not None and not self.last_opens
