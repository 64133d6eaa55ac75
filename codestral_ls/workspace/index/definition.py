"""One definition, as the index keeps it."""

from __future__ import annotations

from typing import NamedTuple

MAX_TEXT = 900
"""Characters of a definition's text: a signature with its first line of documentation, or twenty
members of a class."""


class Definition(NamedTuple):
    """A name that a file defines."""

    name: str
    container: str
    """The class or the like that it belongs to; empty at the top."""
    line: int
    """From 0."""
    text: str
    """What a reader needs to use it: the signature and the first line of its documentation; of a
    type also its members."""
    is_type: bool = False


def cut(text: str, size: int) -> str:
    """The text, or its first whole lines within the size."""
    if len(text) <= size:
        return text
    end = text.rfind("\n", 0, size + 1)
    return text[: end if end > 0 else size]
