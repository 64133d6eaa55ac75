"""What may be a file of secrets, by its text alone: where no name is known to go by."""

from __future__ import annotations

import re

# A line of .env, and one that says nothing of the file.
_VARIABLE = re.compile(r"\s*(?:export\s+)?[A-Z][A-Z0-9_]*=")
_EMPTY = re.compile(r"\s*(?:#.*)?")
_MOST = 0.6


def sets_variables(text: str) -> bool:
    """Most lines of the text set a variable, as those of ``.env`` do."""
    lines = [line for line in text.split("\n") if not _EMPTY.fullmatch(line)]
    n_variables = sum(_VARIABLE.match(line) is not None for line in lines)
    return n_variables > 0 and n_variables >= _MOST * len(lines)
