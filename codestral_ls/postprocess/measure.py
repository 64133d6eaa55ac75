"""What a line shows at its beginning: its indentation and its first word."""

from __future__ import annotations

import functools
import re

from codestral_ls.text.language import Language
from codestral_ls.text.languages import opener_pattern
from codestral_ls.text.scan import code_part

# Files that mix tabs and blanks mean eight; in others any width compares alike.
TAB_WIDTH = 8
_TEMPLATE_MARKS = ("{%", "{{", "<%", "{:")
# Longer than any keyword that a block begins or ends with.
_MAX_WORD = 64
_MAX_LINES = 512
_MAX_CHARS = 16_384
"""As many as 4096 tokens of code have. Some filters hold each line against the lines before it."""


def worth_reading(text: str) -> str:
    """The whole lines of a text up to a length that no suggestion has; all of it as a rule."""
    if len(text) <= _MAX_CHARS and text.count("\n") + text.count("\r") <= _MAX_LINES:
        return text
    # Every kind of line end becomes a line feed.
    lines = text[:_MAX_CHARS].splitlines(keepends=True)[: _MAX_LINES + 1]
    return "".join(lines[:-1]) or lines[0]


def width_of(line: str) -> int:
    """Columns that a line is indented by."""
    n_blanks = len(line) - len(line.lstrip(" \t"))
    blanks = line[:n_blanks]
    return len(blanks.expandtabs(TAB_WIDTH)) if "\t" in blanks else n_blanks


def first_word(line: str) -> str:
    """The word a line begins with, after closing brackets and the marks of template languages;
    empty if it begins otherwise."""
    text = line.lstrip(" \t})];,")
    if text[:2] in _TEMPLATE_MARKS:
        text = text[2:].lstrip("-_~ #^").lstrip(" })")
    end = 0
    # Asked for each chunk of a stream: a word without end must not be read anew each time.
    limit = min(len(text), _MAX_WORD)
    if text[:1] in "#@\\":
        end = 1
    while end < limit and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return text[:end]


def opens(code: str, language: Language) -> bool:
    """The code, a line's without comments, ends in what a block begins with."""
    code = code.strip()
    return bool(code) and opener_pattern(language).search(code) is not None


def opens_block(line: str, language: Language) -> bool:
    """The line's code ends in what a block begins with."""
    return opens(code_part(line, language), language)


def is_lone_opener(line: str, language: Language) -> bool:
    """The line is nothing but the word that begins a block whose head stands above, as ``begin``
    may in Pascal."""
    word = first_word(line)
    return word == line.strip() and word not in language.continuations and opens(word, language)


def goes_on_between(line: str, following: str, language: Language) -> bool:
    """The second line is part of the statement that the first one is of."""
    return goes_on_after(code_part(line, language), language) or goes_on_with(following, language)


def goes_on_after(code: str, language: Language) -> bool:
    """The code, a line's without comments, ends in something that the next one must go on with."""
    return bool(code) and _pattern(language.goes_on).search(code) is not None


def goes_on_with(line: str, language: Language) -> bool:
    """The line begins with something that no statement begins with."""
    return _pattern(language.goes_on_before).match(line.lstrip()) is not None


def heads_flat(code: str, language: Language) -> bool:
    """The code heads lines that are not indented, up to a blank one."""
    return _pattern(language.flat_head).search(code) is not None


@functools.cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
