"""Lines whose indentation is content: those of strings and here-documents."""

from __future__ import annotations

import re

from codestral_ls.postprocess.place import Place
from codestral_ls.text.language import Block
from codestral_ls.text.scan import Bracket, Open, Stack, scan

_HERE = re.compile(r"<<[-~<]?[ \t]*([\"'`\\]?)(?P<mark>[A-Za-z_][\w-]*)\1")
# Ruby and Perl read these at the margin only.
_DOCUMENTATION = re.compile(r"=(?:begin|pod|head\d|cut)\b")


def held(lines: list[str], place: Place) -> list[bool] | None:
    """For each line of a text at the place, whether it begins within a string and so cannot be
    moved; None if the text holds some document that the language's table does not know, so that
    none can. Documentation in a string where indentation is syntax moves with its code."""
    found, stack = [False] * len(lines), place.stack
    documents = False
    ends = frozenset(line.strip().rstrip(";") for line in lines)
    for index, line in enumerate(lines):
        found[index] = found[index] or (_in_string(stack) and not documents)
        before = stack
        # What ends a here-document begins with the line end before it; what begins one may need
        # the one behind it.
        piece = "\n" * (index > 0) + line
        stack = scan(piece + "\n", place.language, 0, stack).stack
        opened = stack[-1] if stack else None
        if isinstance(opened, Open) and stack != before:
            at_start = not piece[: opened.offset].strip()
            documents = at_start and place.language.block is Block.INDENTATION
        if not found[index] and not _in_string(stack) and _begins_other(line, ends):
            return None
    return found


def _in_string(stack: Stack) -> bool:
    strings = (entry for entry in stack if not isinstance(entry, Bracket))
    return any(not entry.comment for entry in strings)


def _begins_other(line: str, ends: frozenset[str]) -> bool:
    """A document begins at the line, as its end tells or its own first word."""
    here = _HERE.search(line)
    return (here is not None and here["mark"] in ends) or _DOCUMENTATION.match(line) is not None
