"""A part of a document in another language, and the names by which people call languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from codestral_ls.text.languages import ALIASES, LANGUAGES

SOME_CODE = "code"
"""Code of which nobody says what it is."""
_SHORT = {
    "py": "python",
    "rb": "ruby",
    "rs": "rust",
    "kt": "kotlin",
    "yml": "yaml",
    "shell": "shellscript",
    "console": "shellscript",
    "md": "markdown",
    "hs": "haskell",
    "pl": "perl",
    "ex": "elixir",
    "jl": "julia",
    "erl": "erlang",
    "el": "emacs-lisp",
    "clj": "clojure",
    "mjs": "javascript",
    "node": "javascript",
    "ojs": "javascript",
    "scm": "scheme",
    "m": "matlab",
    "h": "c",
}


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a document in one language, round a cursor."""

    language_id: str
    start: int = 0
    """Where it begins in the text before the cursor."""
    end: int | None = None
    """Where it ends in the text after the cursor; None for nowhere."""
    closer: str = ""
    """Pattern of what ends it, also within a text that is to be inserted."""
    whole: bool = False
    """It is one piece, as a fenced example is."""
    is_code: bool = False
    """It holds whole statements."""


@dataclass(frozen=True, slots=True)
class Halves:
    """A document on both sides of a cursor."""

    before: str
    after: str
    at_start: bool
    """``before`` reaches back to the document's start."""
    at_end: bool
    """``after`` reaches its end."""


Finder = Callable[[Halves], Region | None]
"""Finds what the cursor stands in; None if that is nothing of the kind."""


def named(name: str) -> str:
    """The language that a fence or an attribute names."""
    key = name.strip().strip("{}.").split(",")[0].split()[0].lower() if name.strip(" {}.") else ""
    key = _SHORT.get(key, ALIASES.get(key, key))
    return key if key in LANGUAGES else SOME_CODE
