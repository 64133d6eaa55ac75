"""Which files a document likely speaks of without importing them, by their names alone. Pure.

A rule of a linter is handed a ``sourceCode`` and a ``fixer``, whose methods ``source-code.js`` and
``rule-fixer.js`` define; a service that a framework injects is called as its file is. Such files
are worth reading before others.
"""

from __future__ import annotations

import re
from collections import Counter
from posixpath import basename

_WITHIN = 60_000
"""Characters of a document that are searched."""
_MOST_NAMES = 200
_MIN_CHARS = 4
_MAX_CHARS = 60
"""Shorter and longer names are no file's."""
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+")
_USED = re.compile(r"(?<![\w$])[\w$]{4,60}(?=\s{0,2}(?:\(|\.\w|::|->|\?\.))")


def names_of(text: str) -> list[str]:
    """What a text calls, or takes members of; the most used names first."""
    used = Counter(_plain(name) for name in _USED.findall(text[:_WITHIN]))
    return [name for name, _ in used.most_common(_MOST_NAMES) if len(name) >= _MIN_CHARS]


def is_likely(path: str, names: frozenset[str]) -> bool:
    """The file is called as one of the names is, or ends so, however either is written."""
    stem = basename(path).partition(".")[0]
    if not _MIN_CHARS <= len(stem) <= _MAX_CHARS:
        return False
    words = _WORDS.findall(stem)
    return any("".join(words[first:]).lower() in names for first in range(len(words)))


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())
