"""Branches of a statement: what goes on with the head that the cursor stands in (``else``)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

from codestral_ls.postprocess.measure import first_word, width_of
from codestral_ls.postprocess.place import Place
from codestral_ls.text.language import Block, Language
from codestral_ls.text.scan import CLOSERS, PAIRS, Bracket, Scan

_IFS = frozenset(("if", "elif", "elsif", "elseif", "unless", "ifdef", "ifndef"))
_LOOPS = frozenset(("for", "foreach", "while", "until", "loop"))
_TRIES = frozenset(("try", "do", "begin", "def", "defp", "fun"))
_HANDLERS = frozenset(("except", "catch", "rescue"))
# Which heads a branch may follow. What other words follow is not known here.
_FOLLOWS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "else": frozenset(("case", "when", "match", "switch", "select", "cond", "receive", "with"))
        | _IFS | _LOOPS | _TRIES | _HANDLERS,
        **dict.fromkeys(("elif", "elsif", "elseif"), _IFS),
        **dict.fromkeys(("except", "catch", "rescue"), _TRIES | _HANDLERS),
        **dict.fromkeys(("finally", "ensure"), _TRIES | _HANDLERS | {"else"}),
        "then": _IFS,
        "do": _LOOPS,
    }
)  # fmt: skip
# Where indentation shows blocks, that is in Python and its like.
_WITHOUT_BRANCHES = frozenset(("def", "with"))
# The head of a statement has a few lines at most.
_MAX_HEAD_LINES = 8
# A closer, comments, the branch.
_MAX_BETWEEN = 6
_NEXT_BLOCK = re.compile(r"[ \t]*,?[ \t]*\{(?=[ \t]*(?:\n|\Z))")
_WORD = re.compile(r"[^\W\d]\w*")


def branch_word(lines: Sequence[str], index: int, place: Place) -> str | None:
    """The word of the branch that begins at a line, or after the closing bracket that is all of it,
    or after comments; empty if none does, None if the text ends before that shows."""
    width = width_of(lines[index])
    language = place.language
    comments = (*language.line_comments, *(mark for mark, _ in language.block_comments), "*/", "* ")
    for line in islice(lines, index, index + _MAX_BETWEEN):
        stripped = line.strip()
        if not stripped:
            continue
        word = first_word(line)
        if width_of(line) != width:
            return ""
        if word in language.continuations:
            return word
        closes = stripped[0] in CLOSERS and not word
        if not closes and not stripped.startswith(comments):
            return ""
    return None if len(lines) - index <= _MAX_BETWEEN else ""


def continues_head(lines: Sequence[str], index: int, place: Place, *, growing: bool) -> bool:
    """At the line begins, or goes on, another branch of the statement whose body the cursor's line
    is, and nothing below is that branch already. It may if the text is ``growing`` and ends before
    that shows."""
    word = branch_word(lines, index, place)
    width = width_of(lines[index])
    if not place.on_blank_line or width >= place.width or not (head := _head(place, width)):
        return False
    if not word:
        return word is None and growing
    return _may_follow(head, word, place.language) and not _stands_below(
        word, lines[index], width, place
    )


def _stands_below(word: str, line: str, width: int | None, place: Place) -> bool:
    """The branch follows the cursor already: one that begins with the same word."""
    tail = place.tail
    if tail and first_word(tail) == word:
        return True
    for other in place.below[:3]:
        if width is not None and width_of(other) < width:
            return False
        found = first_word(other)
        if found == word and width in (None, width_of(other)):
            return not (is_conditional(line) and not is_conditional(other))
        if found and width_of(other) == width:
            return False
        if width is None and not tail:
            return False
    return False


def is_conditional(line: str) -> bool:
    """``else if``, which may stand before an ``else``."""
    return re.search(r"\belse\s+if\b", line, re.IGNORECASE) is not None


def _head(place: Place, width: int) -> str:
    """The lines of the head that the cursor's line is the body of; empty if that stands elsewhere
    than at ``width``."""
    found: list[str] = []
    for line in reversed(place.above):
        if not found and width_of(line) >= place.width:
            continue
        if (not found and width_of(line) < width) or len(found) == _MAX_HEAD_LINES:
            return ""
        found.append(line)
        if width_of(line) <= width and line.lstrip()[0] not in "{)]":
            return "\n".join(reversed(found)) if width_of(line) == width else ""
    return ""


def _may_follow(head: str, word: str, language: Language) -> bool:
    wanted = _FOLLOWS.get(word.lower())
    names = {name.lower() for name in _WORD.findall(head)}
    if language.block is Block.INDENTATION:
        names -= _WITHOUT_BRANCHES
    if word in ("then", "do") and word in names:
        return False
    return wanted is None or not wanted.isdisjoint(names)


@dataclass(frozen=True, slots=True)
class Closed:
    """A bracket in a text that closes the cursor's own."""

    found: Scan
    """Of the text."""
    index: int
    """Which of its brackets."""
    width: int | None
    """Indentation of the statement that it closes; None if unknown."""


def reopened_at(text: str, closed: Closed, place: Place, *, growing: bool) -> int:
    """Where a closing bracket is followed by another branch of the same statement, the bracket that
    the branch opens; -1 if nothing is, or if that branch follows the cursor already. The text's end
    if it is ``growing`` and ends before that shows."""
    found, closer = closed.found, closed.found.brackets[closed.index]
    start = _next_code(text, closer.offset + 1, found)
    if growing and closer.character == "}" and start == len(text):
        return len(text)
    if closer.character == "}":
        # What closes and opens in one line, as in a list of objects, takes what closed it before.
        again = _NEXT_BLOCK.match(text, closer.offset + 1)
        if again is not None:
            return again.end() - 1
        if growing and text[closer.offset + 1 :].strip(" \t") == ",":
            return len(text)
    word = first_word(text[start : start + 80])
    if word not in place.language.continuations:
        return -1
    opener = _opener_of_branch(text, start, found.brackets[closed.index + 1 :], closer.character)
    if opener < 0:
        told = ";" in text[start:] or text.count("\n", start) > 1
        return len(text) if growing and not told else -1
    return -1 if _stands_below(word, text[start:opener], closed.width, place) else opener


def _next_code(text: str, start: int, found: Scan) -> int:
    """The next place that is neither blank nor in a comment."""
    while start < len(text):
        if text[start].isspace():
            start += 1
            continue
        comment = next((end for begin, end in found.comments if begin == start), None)
        if comment is None:
            break
        start = comment
    return start


def _opener_of_branch(text: str, start: int, following: Sequence[Bracket], closer: str) -> int:
    """The bracket that opens the branch's block, on the line of its word or alone on the next."""
    depth, position, head = 0, start, ""
    for bracket in following:
        if depth == 0:
            head += text[position : bracket.offset]
            if bracket.character in PAIRS and PAIRS[bracket.character] == closer:
                first, _, rest = head.partition("\n")
                return bracket.offset if ";" not in first and not rest.strip() else -1
        depth += 1 if bracket.character in PAIRS else -1
        position = bracket.offset + 1
        if depth < 0:
            return -1
    return -1
