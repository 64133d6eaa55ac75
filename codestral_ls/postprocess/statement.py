"""Where the statement begins that a line is part of: its head may go over several lines."""

from __future__ import annotations

from codestral_ls.postprocess.measure import first_word, goes_on_between, opens_block, width_of
from codestral_ls.text.language import Block, Language
from codestral_ls.text.scan import PAIRS, Bracket

# The head of a statement has a few lines at most.
_MAX_HEAD_LINES = 8
_MAX_STATEMENT_LINES = 40
# What has a block behind a condition. What a block within an expression closes with stands where
# the line of its opener begins: in a chain of calls, behind an assignment.
_CONDITIONAL = frozenset(
    ("if", "else", "elif", "elseif", "elsif", "unless", "guard", "while", "until", "for", "foreach")
)


def anchors_of(text: str, read: tuple[Bracket, ...]) -> dict[int, int]:
    """Starts of lines that close a bracket of an earlier line, and where that line starts."""
    anchors: dict[int, int] = {}
    stack: list[int] = []
    line = -1
    for bracket in read:
        line = text.rfind("\n", 0, bracket.offset) + 1
        if bracket.character in PAIRS:
            stack.append(line)
        elif stack and (opened := stack.pop()) != line:
            anchors.setdefault(line, anchors.get(opened, opened))
    return anchors


def statement_start(
    text: str,
    line_start: int,
    anchors: dict[int, int],
    strings: tuple[tuple[int, int], ...],
    language: Language,
) -> int:
    """Where the line begins that is the first of the statement which the line at ``line_start`` is
    part of."""
    start = line_start
    for _ in range(_MAX_STATEMENT_LINES):
        begun = anchors.get(start, start)
        opened = [first for first, end in strings if first < start <= end]
        if opened:
            begun = min(begun, text.rfind("\n", 0, opened[0]) + 1)
        if begun == start:
            begun = _line_before(text, start, language)
        if begun == start:
            break
        start = begun
    return start


def _line_before(text: str, start: int, language: Language) -> int:
    """The start of the line above if the one at ``start`` goes on with it, else ``start``."""
    if not start:
        return start
    above = text.rfind("\n", 0, start - 1) + 1
    previous, line = text[above : start - 1], text[start:].partition("\n")[0]
    if not previous.strip() or opens_block(previous, language):
        return start
    if language.terminator:
        return start if previous.rstrip().endswith(language.terminator) else above
    # In Haskell and its like what is indented deeper goes on.
    deeper = language.block is Block.INDENTATION and not (language.strict or language.data)
    goes_on = deeper and width_of(line) > width_of(previous)
    return above if goes_on or goes_on_between(previous, line, language) else start


def opener_indentation(
    text: str, opener: Bracket, anchors: dict[int, int], language: Language
) -> str:
    """What the statement begins with that a bracket belongs to."""
    start = text.rfind("\n", 0, opener.offset) + 1
    start = anchors.get(start, start)
    if opener.character == "{" and text[start : opener.offset].strip():
        start = _head_start(text, start, opener.offset, anchors, language)
    line = text[start : opener.offset]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _head_start(
    text: str, start: int, end: int, anchors: dict[int, int], language: Language
) -> int:
    """The first line of the head whose last one begins at ``start``."""
    found = start
    for _ in range(_MAX_HEAD_LINES):
        if not start:
            break
        above = text.rfind("\n", 0, start - 1) + 1
        last = text[above : start - 1].rstrip()
        # Swift's conditions are a list.
        if not last.endswith(",") and not goes_on_between(last, text[start:end], language):
            break
        # C++ initialises members between a head and its block.
        initialises = text[start:end].lstrip().startswith(":")
        start = anchors.get(above, above)
        if initialises or first_word(text[start : start + 200]) in _CONDITIONAL:
            found = start
    return found
