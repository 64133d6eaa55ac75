"""Where people type in a text: the holes that tasks are made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from codestral_ls.text import syntax
from codestral_ls.text.languages import facts, opener_pattern
from codestral_ls.text.syntax import Syntax

# Longer ones than ``maxTokens`` lets a model write say nothing about it: 128 tokens by default.
_MAX_CHARS = 400
_MAX_LINES = 12
# The beginning of a text of this many lines has no context to speak of.
_MIN_LINES = 8
# A text is asked about in a bounded time, however long it is.
_MAX_LINE_CHARS = 300
_WORD_START = re.compile(r"(?<=[\s(,=.\[{:])(?=[\w\"'])")
_CALL = re.compile(r"\w\((?P<hole>[^()\n]*(?:\([^()\n]*\)[^()\n]*)*)\)")
_BRACKETS = re.compile(r"(?<!\w)\((?P<round>[^()\n]{2,})\)|\[(?P<square>[^\[\]\n]{2,})\]|"
                       r"\{(?P<curly>[^{}\n]{2,})\}")  # fmt: skip
_DEFINITION = re.compile(
    r"\b(?:def|fn|func|function|fun|sub|proc|class|struct|interface|trait|impl|module|method)\b"
)
_CONTROL = re.compile(
    r"\s*[})]?\s*(?:if|else|elif|for|while|switch|match|try|catch|except|with|do)\b"
)
_GOES_ON = (",", "\\", "&&", "||", "+", "(", "[", "{", "=", "->", "=>")


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch of a text, as a person would type it."""

    kind: str
    start: int
    end: int
    line: int
    """Of its first character, from 0."""


class _PlainLines:
    """The lines of a text and where each begins."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.starts = [0]
        self.byte_starts = [0]
        """As the grammars count."""
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
            n_bytes = len(line.encode(errors="replace"))
            self.byte_starts.append(self.byte_starts[-1] + n_bytes + 1)

    def indent(self, index: int) -> int:
        line = self.lines[index]
        return len(line) - len(line.lstrip())

    def end(self, index: int) -> int:
        """Where the line ends, blanks at its end aside."""
        return self.starts[index] + len(self.lines[index].rstrip())


def holes(text: str, language_id: str) -> list[Hole]:
    """All holes of a text, in its order. They overlap: choose among them."""
    lines = _PlainLines(text)
    if len(lines.lines) < _MIN_LINES:
        return []
    tree = syntax.parse(text, language_id)
    found = [
        hole
        for index in range(1, len(lines.lines) - 1)
        if _is_code(lines, index, language_id, tree)
        for hole in _at(lines, index, language_id)
    ]
    return [hole for hole in found if _is_worth(text[hole.start : hole.end])]


def _is_worth(truth: str) -> bool:
    plain = truth.strip()
    return (
        plain == truth
        and 2 <= len(truth) <= _MAX_CHARS
        and truth.count("\n") < _MAX_LINES
        and any(character.isalnum() for character in truth)
    )


def _is_code(lines: _PlainLines, index: int, language_id: str, tree: Syntax | None) -> bool:
    line = lines.lines[index]
    plain = line.strip()
    language = facts(language_id)
    marks = (*language.line_comments, *(opener for opener, _ in language.block_comments), "*")
    if len(plain) < 4 or len(line) > _MAX_LINE_CHARS or plain.startswith(marks):
        return False
    if tree is None:
        near = "\n".join(lines.lines[max(0, index - 3) : index + 4])
        return not any(mark in near for mark in ('"""', "'''", "/*", "*/", "<<"))
    # Behind the first character: a place at the edge of a literal is not in it.
    blanks = line[: lines.indent(index)]
    offset = lines.byte_starts[index] + len(blanks.encode(errors="replace")) + 1
    return tree.literal_at(offset) is None


def _at(lines: _PlainLines, index: int, language_id: str) -> Iterator[Hole]:
    """The holes that begin in a line, or in the block that it opens."""
    line, start, indent = lines.lines[index], lines.starts[index], lines.indent(index)
    end = lines.end(index)
    for place in _WORD_START.finditer(line.rstrip()):
        if place.start() > indent:
            yield Hole("line", start + place.start(), end, index)
    for call in _CALL.finditer(line):
        yield Hole("arguments", start + call.start("hole"), start + call.end("hole"), index)
    for pair in _BRACKETS.finditer(line):
        group = pair.lastgroup or ""
        yield Hole("brackets", start + pair.start(group), start + pair.end(group), index)
    below = next((i for i in range(index + 1, len(lines.lines)) if lines.lines[i].strip()), None)
    if below is None:
        return
    opens = opener_pattern(facts(language_id)).search(line.rstrip()) is not None
    if _is_statement(lines, index, below) and not opens:
        yield Hole("statement", start + indent, end, index)
    if opens and below == index + 1 and lines.indent(below) > indent:
        last = _last_of_block(lines, index, below)
        yield Hole(
            _kind_below(line), lines.starts[below] + lines.indent(below), lines.end(last), below
        )


def _is_statement(lines: _PlainLines, index: int, below: int) -> bool:
    line, above = lines.lines[index].rstrip(), lines.lines[index - 1].rstrip()
    return (
        _depth(line) == 0
        and lines.indent(below) <= lines.indent(index)
        and not above.endswith(_GOES_ON[:5])
        and not line.endswith(_GOES_ON)
        and line.lstrip()[:1] not in ")]}.&|"
    )


def _last_of_block(lines: _PlainLines, index: int, below: int) -> int:
    last = below
    # Far enough to see that a block is too long, and no further.
    for i in range(below, min(len(lines.lines), below + 4 * _MAX_LINES)):
        if lines.lines[i].strip():
            if lines.indent(i) <= lines.indent(index):
                break
            last = i
    return last


def _kind_below(head: str) -> str:
    """What stands under a line that opens something."""
    if head.rstrip().endswith(("(", "[")):
        return "arguments"
    return "body" if _is_definition(head) else "block"


def _is_definition(head: str) -> bool:
    if _CONTROL.match(head):
        return False
    return bool(_DEFINITION.search(head)) or _is_head_of_c(head.strip())


def _is_head_of_c(head: str) -> bool:
    """A name with parameters, and a brace: how functions begin in C and its kin."""
    inner, closer, tail = head.removesuffix("{").rpartition(")")
    name = inner.partition("(")[0].rstrip()
    is_named = name[-1:].isalnum() or name.endswith("_")
    return head.endswith("{") and bool(closer) and is_named and not set(tail) & set(";=")


def _depth(line: str) -> int:
    return sum(line.count(c) for c in "([{") - sum(line.count(c) for c in ")]}")
