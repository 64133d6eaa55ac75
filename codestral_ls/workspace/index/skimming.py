"""Which names a file seems to define, told in a tenth of the time that its outline takes.

A document may have a hundred near files. All are skimmed at once, so that those that define what
is wanted at the cursor are outlined before the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise

_FILES_OF_A_NAME = 8
"""Of a name that more of them define (``run``, ``close``), the first are preferred."""

_MAX_NAMES = 2_000
"""Of one file; a text of 200 KB that has more is data."""
_MAX_WAITING_NAMES = 40_000
"""Of all files that wait, which take 8 MB. Files with further names come in their turn."""

_KEYWORDS = frozenset(
    (
        *("class", "def", "defp", "defmodule", "defmacro", "fn", "func", "fun", "function"),
        *("interface", "type", "typealias", "struct", "enum", "trait", "union", "record", "object"),
        *("protocol", "module", "namespace", "const", "static", "let", "var", "val", "sub", "proc"),
        *("function*", "#define", "define", "using", "macro_rules!", "extension", "annotation"),
    )
)
_WITHIN_WORDS = 9  # of a line: modifiers, or what a function is assigned to, come before its name
_MAX_LINE = 400  # characters; what is longer is data
_MAX_NAME = 80
_PYTHON = re.compile(
    r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)|^(\w+)[ \t]*[:=]|^[ \t]+(\w+)[ \t]*:[ \t]*\w",
    re.MULTILINE,
)
_GO = re.compile(
    r"^func[ \t]+(?:\([^()\n]*\)[ \t]*)?(\w+)|^(?:type|var|const)[ \t]+(\w+)"
    r"|^\t(\w+)(?:\(|(?:[ \t]+[\w*\[\].{}]+)*[ \t]*(?:=|$))",
    re.MULTILINE,
)
_NAME = re.compile(r"[*&(]*([A-Za-z_$][\w$]*)")
_ASSIGNED = re.compile(r"[ \t]*(?:[\w$]{1,60}\.){0,6}([\w$]+)[ \t]*[:=][ \t]*[\w$(]")
_LAST_NAME = re.compile(r"([A-Za-z_$#][\w$]*)[ \t]*(?:<[^<>()]*>)?$")


def seems_to_define(text: str, language_id: str) -> frozenset[str]:
    """The names that a file seems to define: hardly one too few, many too many; of very many the
    first."""
    found: set[str] = set()
    pattern = {"python": _PYTHON, "go": _GO}.get(language_id)
    if pattern is not None:
        for names in pattern.findall(text):
            found.update(names)
            if len(found) > _MAX_NAMES:
                break
    else:
        for line in text.split("\n"):
            if len(line) <= _MAX_LINE:
                found.update(_in_line(line))
            if len(found) > _MAX_NAMES:
                break
    found.discard("")
    return frozenset(found)


def _in_line(line: str) -> Iterator[str]:
    words = line.split(None, _WITHIN_WORDS)
    if not words or words[0] == "*" or words[0].startswith(("//", "/*")):
        return
    for keyword, word in pairwise(words):
        if keyword in _KEYWORDS and (match := _NAME.match(word)):
            yield match[1]
    if match := _ASSIGNED.match(line):
        yield match[1]
    head, bracket, _ = line.partition("(")
    # The head of a function without a word for it; also a call, as a statement of its own.
    last = _LAST_NAME.search(head[-_MAX_NAME:]) if bracket and "=" not in head else None
    if last is not None:
        yield last[1]


class Skimmed:
    """Files that were skimmed and wait to be outlined, the most likely first."""

    def __init__(self) -> None:
        self._waiting: dict[str, None] = {}
        self._files_of: dict[str, list[str]] = {}
        """By name; files stay here when they were taken, until none waits."""
        self._wanted: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[str]:
        """All that wait."""
        return iter(self._waiting)

    def add(self, path: str, names: Iterable[str]) -> None:
        """A file seems to define these names."""
        self._waiting[path] = None
        for name in names:
            files = self._files_of.get(name)
            if files is None and len(self._files_of) < _MAX_WAITING_NAMES:
                self._files_of[name] = [path]
            elif files is not None and len(files) < _FILES_OF_A_NAME and path not in files:
                files.append(path)

    def forget(self, path: str) -> None:
        """The file waits no more."""
        self._waiting.pop(path, None)
        if not self._waiting:
            self._files_of.clear()

    def want(self, names: Sequence[str]) -> None:
        """What the place that was asked about last wants, the most wanted first."""
        self._wanted = names

    def files_for(self, wanted: Iterable[str]) -> list[str]:
        """The waiting files that define one of these names, in the order of the names."""
        files = chain.from_iterable(self._files_of.get(name, ()) for name in wanted)
        return [path for path in dict.fromkeys(files) if path in self._waiting]

    def take_wanted(self) -> str | None:
        """The next file to outline for the place that was asked about last; it waits no more."""
        path = next(iter(self.files_for(self._wanted)), None) if self._waiting else None
        if path is not None:
            self.forget(path)
        return path

    def take(self) -> str:
        """The next file, wanted or not; it waits no more."""
        path = next(iter(self._waiting))
        self.forget(path)
        return path
