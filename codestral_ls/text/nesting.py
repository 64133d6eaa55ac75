"""Whether a text nests deeper than a parser copes with.

At the end of a text, and at some errors, a tree-sitter parser goes through everything that is still
open, in one piece that nothing can cut. Where readings are ambiguous, as with ``a<b<c``, that takes
time in proportion to the square of the depth: five seconds at 3 000 levels, some milliseconds at
200. Code that people write has fewer than a hundred. Strings and comments are not told apart: an
edit turns them into code.
"""

from __future__ import annotations

import re

_MARKS = re.compile(rb"=>|->|[<>(){}\[\];,]")
_MAX_BRACKETS = 1000
# Type arguments and arrows are what readings differ in.
_MAX_ANGLES = 200
_MAX_ARROWS = 200
# Items within items on one line, as YAML has them.
_ITEMS = re.compile(rb"(?:[-?][ \t]+){64}")


def is_too_deep(source: bytes) -> bool:
    """The text may keep a parser busy for too long. Takes a few milliseconds for 100 KB."""
    if _ITEMS.search(source) is not None:
        return True
    may_be = (
        source.count(b"<") > _MAX_ANGLES
        or source.count(b"=>") > _MAX_ARROWS
        or sum(map(source.count, (b"(", b"[", b"{"))) > _MAX_BRACKETS
    )
    return may_be and _nests_deeply(source)


def _nests_deeply(source: bytes) -> bool:
    brackets = angles = arrows = 0
    for mark in _MARKS.findall(source):
        if mark == b"<":
            angles += 1
            if angles > _MAX_ANGLES:
                return True
        elif mark == b">":
            angles -= angles > 0
        elif mark == b"=>":
            arrows += 1
            if arrows > _MAX_ARROWS:
                return True
        elif mark == b",":
            arrows = 0
        elif mark != b"->":
            if mark in b";{}":
                angles = arrows = 0
            if mark in b"([{":
                brackets += 1
                if brackets > _MAX_BRACKETS:
                    return True
            elif mark != b";":
                brackets -= brackets > 0
    return False
