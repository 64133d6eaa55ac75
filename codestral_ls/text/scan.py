"""Reads a text of any language once and knows its brackets, strings and comments.

What is open at a place is one stack: brackets, and the strings and comments that hold them. A text
can be read on from any such stack, so that what stands before a cursor, what a model wrote and what
follows are one document to the reader. No text makes it fail.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from codestral_ls.text.language import Language, Quote, block_comment, line_comment

PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}
CLOSERS = frozenset(")]}")
_OPENERS = frozenset("([{")


class Bracket(NamedTuple):
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
    end: int
    """Where its opener ends."""
    quote: Quote
    closer: re.Pattern[str]
    """Finds what to stop at within it: its end, an escape, code that it holds."""

    @property
    def spans(self) -> bool:
        """Goes on over the line's end."""
        return self.quote.spans


Stack = tuple[Bracket | Open, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """What a text has come to."""

    brackets: tuple[Bracket, ...]
    """All of its brackets outside of strings and comments, in their order."""
    stack: Stack
    """What is open at its end, outermost first."""
    comments: tuple[tuple[int, int], ...] = ()
    """Where comments begin and end."""
    strings: tuple[tuple[int, int], ...] = ()
    """Where strings of several lines begin and end."""
    lowest: int = 0
    """The fewest entries that the stack had on the way."""
    literals: tuple[tuple[int, int], ...] = ()
    """Where strings begin and end, those of one line too."""

    def left_below(self, level: int) -> bool:
        """Something was closed on the way that had been open at that depth."""
        return self.lowest < level

    @property
    def inside(self) -> Open | None:
        """The string or comment that the text ends in."""
        top = self.stack[-1] if self.stack else None
        return top if isinstance(top, Open) else None


def scan(text: str, language: Language, start: int = 0, stack: Stack = ()) -> Scan:
    """Read a text from ``start``, where ``stack`` is open."""
    rules = _rules_of(language)
    reader = _Pass(text, rules, list(stack))
    reader.read(start)
    return Scan(
        tuple(reader.brackets),
        tuple(reader.stack),
        tuple(reader.comments),
        tuple(span for span in reader.literals if "\n" in text[slice(*span)]),
        reader.lowest,
        tuple(reader.literals),
    )


class _Pass:
    """One pass over a text."""

    def __init__(self, text: str, rules: _Lexicon, stack: list[Bracket | Open]) -> None:
        self.text = text
        self.rules = rules
        self.stack = stack
        self.brackets: list[Bracket] = []
        self.comments: list[tuple[int, int]] = []
        self.literals: list[tuple[int, int]] = []
        self.lowest = len(stack)

    def read(self, position: int) -> None:
        stack, tokens, quotes = self.stack, self.rules.tokens, self.rules.quotes
        opened_at = position
        while position <= len(self.text):
            top = stack[-1] if stack else None
            if isinstance(top, Open):
                position = self._leave(top, position, opened_at)
                continue
            for found in tokens.finditer(self.text, position):
                # Groups of an opener's own close before the one that names it.
                name = found.lastgroup
                if name is not None:
                    opened_at, position = found.start(), found.end()
                    stack.append(_opened(quotes[name], found))
                    break
                bracket = Bracket(found.start(), found[0])
                self.brackets.append(bracket)
                if bracket.character in _OPENERS:
                    stack.append(bracket)
                    continue
                self._close(bracket.character)
                if stack and isinstance(stack[-1], Open):
                    # The code that a string held has ended.
                    opened_at = position = found.end()
                    break
            else:
                return

    def _leave(self, top: Open, position: int, opened_at: int) -> int:
        """Go on to the next thing that matters inside of a string or comment."""
        found = top.closer.search(self.text, position)
        if found is None:
            self._note(top, opened_at, len(self.text))
            return len(self.text) + 1
        if found.lastgroup == "escape":
            return min(found.end(), len(self.text))
        if found.lastgroup == "holds":
            self.stack.append(Bracket(found.end() - 1, found[0][-1]))
            self.brackets.append(Bracket(found.end() - 1, found[0][-1]))
            return found.end()
        if found.lastgroup == "nested":
            self.stack.append(replace(top, offset=found.start(), end=found.end()))
            return found.end()
        self.stack.pop()
        self.lowest = min(self.lowest, len(self.stack))
        self._note(top, opened_at, found.end())
        return found.end()

    def _note(self, top: Open, start: int, end: int) -> None:
        if top.comment:
            self.comments.append((start, end))
        else:
            self.literals.append((start, end))

    def _close(self, closer: str) -> None:
        stack = self.stack
        top = stack[-1] if stack else None
        if isinstance(top, Bracket) and PAIRS[top.character] == closer:
            stack.pop()
        else:
            close(stack, closer)
        self.lowest = min(self.lowest, len(stack))


def close(stack: list[Bracket | Open], closer: str) -> None:
    """Take the bracket that ``closer`` closes off a stack."""
    # A closer that fits nothing near is a stray one; one that fits further out closes what is
    # inside with it, as people leave brackets open in what they are just writing.
    for depth in range(len(stack) - 1, max(-1, len(stack) - 4), -1):
        entry = stack[depth]
        if isinstance(entry, Open):
            return
        if PAIRS[entry.character] == closer:
            del stack[depth:]
            return


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """A language's tokens, compiled."""

    tokens: re.Pattern[str]
    quotes: dict[str, Quote]


@functools.cache
def _rules_of(language: Language) -> _Lexicon:
    """The tokens of a language; built once."""
    quotes = [
        *(block_comment(opener, closer) for opener, closer in language.block_comments),
        *language.quotes,
        *(line_comment(mark) for mark in language.line_comments),
    ]
    named = {f"q{index}": quote for index, quote in enumerate(quotes)}
    branches = [
        f"(?P<{name}>{_behind_first(_anonymous(quote.opener, name))})"
        for name, quote in named.items()
    ]
    firsts = {_first(quote.opener) for quote in quotes} | set(map(re.escape, language.brackets))
    if language.brackets:
        branches.append(f"(?<=[{re.escape(language.brackets)}])")
    # A search for one of some characters goes at the speed of C.
    pattern = f"[{''.join(sorted(firsts))}](?:{'|'.join(branches)})" if firsts else r"(?!)"
    return _Lexicon(re.compile(pattern), named)


def _first(opener: str) -> str:
    """What the opener's pattern begins with: a character or a set of them, without its brackets."""
    found = _FIRST.match(opener)
    assert found is not None, opener
    return found["set"] or re.escape(found["escaped"] or found["plain"])


def _behind_first(opener: str) -> str:
    """The rest of the opener's pattern, for a place behind its first character."""
    found = _FIRST.match(opener)
    return f"(?<=[{_first(opener)}])" + opener[found.end() if found is not None else 0 :]


_FIRST = re.compile(r"(?:\\(?P<escaped>\W)|\[(?P<set>[^\]\\]+)\]|(?P<plain>[^\\\[(.^$]))(?![?*+{])")


def _anonymous(opener: str, name: str) -> str:
    """The opener with its group named after it, so that several can stand in one pattern."""
    named = opener.replace("(?P<mark>", f"(?P<{name}_mark>")
    return named.replace("(?P=mark)", f"(?P={name}_mark)")


def _opened(quote: Quote, found: re.Match[str]) -> Open:
    mark = ""
    if "(?P<mark>" in quote.opener and found.lastgroup is not None:
        mark = found.groupdict().get(f"{found.lastgroup}_mark") or ""
    delimiter, pattern = _closer(quote, mark)
    return Open(delimiter, quote.comment, found.start(), found.end(), quote, pattern)


@functools.lru_cache(maxsize=512)
def _closer(quote: Quote, mark: str) -> tuple[str, re.Pattern[str]]:
    closing = PAIRS.get(mark, mark)
    pattern = quote.closer.replace("{1}", re.escape(mark)).replace("{c}", re.escape(closing))
    delimiter = _plain(pattern)
    escapes = [re.escape(character * 2) for character in quote.doubled]
    if quote.escape:
        escapes.append(rf"{re.escape(quote.escape)}(?:[\s\S]|\Z)")
    # Swift's code begins with the character that escapes others.
    branches = [f"(?P<holds>{quote.holds})"] if quote.holds else []
    branches += [f"(?P<escape>{'|'.join(escapes)})"] if escapes else []
    branches.append(f"(?P<closer>{pattern})")
    if quote.nests and mark in ("", *PAIRS):
        branches.append(f"(?P<nested>{re.escape(mark) or quote.opener})")
    if not quote.spans:
        # An escaped line end joins lines.
        branches.append(r"(?P<line>(?=\n))")
    return delimiter, re.compile("|".join(branches), re.MULTILINE)


_ESCAPED = {"b": "", "n": "\n"}


def _plain(pattern: str) -> str:
    """The text that a closer's pattern finds; empty if it is the line's end."""
    if pattern.startswith("(?=\\n"):
        return ""
    return re.sub(
        r"\(\?[^()]*\)|\[[^\]]*\]\*|\\(.)|[\^$]",
        lambda found: _ESCAPED.get(found[1] or "", found[1] or ""),
        pattern,
    )


def brackets(text: str, language: Language, start: int = 0) -> Iterator[Bracket]:
    """The brackets outside of strings and comments, from ``start``, which is outside of them."""
    yield from scan(text, language, start).brackets


def code_part(line: str, language: Language) -> str:
    """A line without a comment and blanks at its end."""
    if any(mark in line for mark in _comment_marks(language)):
        comments = scan(line, language).comments
        if comments and not line[comments[-1][1] :].strip():
            return line[: comments[-1][0]].rstrip()
    return line.rstrip()


@functools.cache
def _comment_marks(language: Language) -> tuple[str, ...]:
    return (*language.line_comments, *(opener for opener, _ in language.block_comments))
