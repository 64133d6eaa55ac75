"""Brackets of a text, less those in its strings and comments. Works on any text, in one pass."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from codestral_ls.text.languages import Language

PAIRS = {"(": ")", "[": "]", "{": "}"}
CLOSERS = frozenset(PAIRS.values())
_BRACKETS = CLOSERS | PAIRS.keys()


@dataclass(frozen=True, slots=True)
class Bracket:
    """A bracket of the text."""

    offset: int
    character: str


@dataclass(frozen=True, slots=True)
class Open:
    """A string or comment that a text ends in."""

    delimiter: str
    """What would close it; empty for a comment that the line's end closes."""
    comment: bool
    offset: int


def brackets(text: str, language: Language, start: int = 0) -> Iterator[Bracket]:
    """The brackets outside of strings and comments, from ``start``, which is outside of them."""
    for token in _pattern(language).finditer(text, start):
        if token[0] in _BRACKETS:
            yield Bracket(token.start(), token[0])


def survey(
    text: str, language: Language, start: int = 0
) -> tuple[tuple[Bracket, ...], Open | None]:
    """The brackets left open at the end of a text, outermost first, and the string or comment
    that it ends in."""
    stack: list[Bracket] = []
    last = None
    for last in _pattern(language).finditer(text, start):
        character = last[0]
        if character in PAIRS:
            stack.append(Bracket(last.start(), character))
        elif character in CLOSERS:
            _close(stack, character)
    inside = _unclosed(last, language) if last is not None and last.end() == len(text) else None
    return tuple(stack), inside


def _close(stack: list[Bracket], closer: str) -> None:
    if stack and PAIRS[stack[-1].character] == closer:
        stack.pop()
        return
    # A closer that fits nothing near is a stray one; one that fits further out closes what is
    # inside with it, as people leave brackets open in what they are just writing.
    for depth in range(len(stack) - 2, max(-1, len(stack) - 4), -1):
        if PAIRS[stack[depth].character] == closer:
            del stack[depth:]
            return


def code_part(line: str, language: Language) -> str:
    """A line without a comment and blanks at its end."""
    if language.line_comments and any(mark in line for mark in language.line_comments):
        for token in _pattern(language).finditer(line):
            if token[0].startswith(language.line_comments) and not _block_closer(
                token[0], language
            ):
                return line[: token.start()].rstrip()
    return line.rstrip()


def _unclosed(token: re.Match[str], language: Language) -> Open | None:
    text, offset = token[0], token.start()
    if text in _BRACKETS:
        return None
    if closer := _block_closer(text, language):
        # The shortest comments share characters between their marks: /*/ is open.
        closed = text.endswith(closer) and len(text) >= 2 * len(closer)
        return None if closed else Open(closer, comment=True, offset=offset)
    if language.line_comments and text.startswith(language.line_comments):
        return Open("", comment=True, offset=offset)
    return _unclosed_string(text, offset)


def _block_closer(text: str, language: Language) -> str:
    """What ends the block comment that the text is; empty if it is none."""
    for opener, closer in language.block_comments:
        if text.startswith(opener):
            return closer
    return ""


def _unclosed_string(text: str, offset: int) -> Open | None:
    mark = re.search(r"\"\"\"|'''|\[\[|[\"'`/]", text)
    if mark is None:
        return None
    delimiter = "]]" if mark[0] == "[[" else mark[0]
    body = text[mark.end() :]
    if text.startswith('r#"'):
        delimiter = '"#'
    stripped = body.removesuffix(delimiter)
    n_escapes = len(stripped) - len(stripped.rstrip("\\"))
    closed = len(stripped) < len(body) and n_escapes % 2 == 0
    return None if closed else Open(delimiter, comment=False, offset=offset)


@functools.cache
def _pattern(language: Language) -> re.Pattern[str]:
    branches = [
        rf"{re.escape(opener)}.*?(?:{re.escape(closer)}|\Z)"
        for opener, closer in language.block_comments
    ]
    branches += [_comment_mark(mark) + r"[^\n]*" for mark in language.line_comments]
    branches += language.strings
    branches += map(re.escape, language.brackets)
    return re.compile("|".join(branches) or r"(?!)", re.DOTALL)


def _comment_mark(mark: str) -> str:
    # A word or an address may hold the mark: $# and ${#a} in a shell, a#b, https://. Like a
    # string's, the pattern begins with a literal character.
    before = {"#": r"(?<![\w$&{#\\]#)", "//": "(?<!://)"}.get(mark, "")
    return re.escape(mark) + before
