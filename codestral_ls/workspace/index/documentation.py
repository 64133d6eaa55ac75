"""The first line of a definition's documentation, as outlines show it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MARKS = re.compile(r"^[/*!#\s-]+|[*/\s]+$")


def docstring_line(text: str) -> str:
    """The first line of a Python docstring, quoted; empty where it has none."""
    line = _first_line(text.split("\n"))
    return f'    """{line}"""' if line else ""


def comment_line(text: str) -> str:
    """The first line of a comment with the mark of a line comment; empty where it has none."""
    line = _first_line(_MARKS.sub("", part) for part in text.split("\n"))
    mark = "/// " if text.startswith("///") else "# " if text.startswith("#") else "// "
    return f"{mark}{line}" if line else ""


def with_documentation(head: str, line: str) -> str:
    """A signature with the first line of its documentation, where the language has that."""
    if not line:
        return head
    return f"{head}\n{line}" if line.startswith(" ") else f"{line}\n{head}"


def _first_line(lines: Iterable[str]) -> str:
    return next((line.strip() for line in lines if line.strip()), "")
