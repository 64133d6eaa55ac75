"""The calls that a cursor stands in, read from the text alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

RECEIVER = re.compile(
    r"([A-Za-z_$][\w$]*)\s*(?:\([^()]*\)|\[[^\[\]]*\]){0,3}[!?]?\s*(?:\.|->|::|\?\.)\s*$"
)
"""The name before a dot, at the end of a text, whatever it is called with or indexed by."""
_LINK = re.compile(r"(?:\.|->|::)\s*$")
MAX_RECEIVER = 80
"""Characters that ``RECEIVER`` is searched in."""
_CALLEE = re.compile(r"([A-Za-z_$][\w$]*)\s*(?:<[\w\s,<>]*>)?\s*$")
_BRACKET = re.compile(r"[()\[\]{}]")
_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")
_MAX_CALL = 3000  # characters back to the opening bracket of a call


class Call(NamedTuple):
    """What is called at a cursor."""

    callee: str
    receiver: str
    """The name before its dot; empty where there is none, or something else than a name."""
    is_member: bool
    """There is a dot before it."""


def calls(before: str) -> Iterator[Call]:
    """The calls that the cursor stands in; innermost first."""
    text = _STRING.sub(lambda string: "s" * len(string[0]), before[-_MAX_CALL:])
    depth = 0
    for bracket in reversed(list(_BRACKET.finditer(text))):
        at = bracket.start()
        if bracket[0] in ")]}":
            depth += 1
        elif depth:
            depth -= 1
        elif bracket[0] == "(" and (callee := _CALLEE.search(text, max(0, at - 200), at)):
            start = callee.start(1)
            receiver = RECEIVER.search(text, max(0, start - MAX_RECEIVER), start)
            is_member = _LINK.search(text, max(0, start - MAX_RECEIVER), start) is not None
            yield Call(callee[1], receiver[1] if receiver else "", is_member)
