"""Parts of a text whose lines need not be indented, as in SQL between ``begin`` and ``end``."""

from __future__ import annotations

import re

from codestral_ls.text.language import Language
from codestral_ls.text.scan import Scan

# SQL's ``case`` within a statement, and one that is a statement or begins a line of one.
_VALUE = "case"
_BEGINS_LINE = "choice"
_ENDED_BY_ANY = ("", _VALUE, _BEGINS_LINE)


def sections_after(
    line: str, found: Scan, language: Language, opened: tuple[str, ...]
) -> tuple[str, ...]:
    """The kinds of the parts that are open behind a line, outermost first, where ``opened`` are
    open before it. The name of a pattern's group is the kind; what an end of another kind would
    end stays open."""
    if language.sections is None:
        return opened
    begins, ends = language.sections
    code = line.strip()
    is_comment = language.line_comments and code.startswith(language.line_comments)
    if not is_comment or not (re.match(begins, code) or re.match(ends, code)):
        code = _code_of(line, found)
    marks = [(mark, True) for mark in re.finditer(begins, code)]
    marks += [(mark, False) for mark in re.finditer(ends, code)]
    read = 0
    for mark, begun in sorted(marks, key=lambda pair: (pair[0].start(), pair[1])):
        if mark.start() < read:
            # The word that says what an end is of.
            continue
        read, kind = mark.end(), mark.lastgroup or ""
        opened = (*opened, kind) if begun else _ended(kind, opened)
    if language.terminator and code.endswith(language.terminator):
        # Nobody ended the value.
        while opened and (opened[-1] == _VALUE or opened == (_BEGINS_LINE,)):
            opened = opened[:-1]
    return opened


def _ended(kind: str, opened: tuple[str, ...]) -> tuple[str, ...]:
    """What stays open behind an end: the nearest of its kind is ended, with all in it."""
    kinds = (kind,) if kind else _ENDED_BY_ANY
    nearest = next((n for n in range(len(opened), 0, -1) if opened[n - 1] in kinds), None)
    return opened if nearest is None else opened[: nearest - 1]


def _code_of(line: str, found: Scan) -> str:
    """The line with blanks for what strings and comments hold."""
    for start, end in (*found.comments, *found.literals):
        line = line[:start] + " " * (min(end, len(line)) - start) + line[end:]
    return line.strip()
