"""The globs of ``exclude`` and of git's ignore files, matched in bounded time.

The globs come from a repository, so that the time must not be theirs to decide: most lines are
looked up in a table, and the others are searched for by patterns that never go back
(``wildmatch``). Tests hold the answers against ``git check-ignore``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from codestral_ls.privacy.wildmatch import SPECIAL, compiled, matches_no_path

MAX_SEARCHED = 2_000
"""So many globs of a list may need a search; with more, the list covers everything.

Plain names and ``*.suffix`` are looked up, not searched, and do not count. Each search takes half
a microsecond, and a workspace has 20,000 files.
"""

MAX_SEARCHED_BYTES = 20_000
"""All the globs of a list that need a search may be so long together; with more, the list covers
everything. A search is compiled at its first use, which takes up to 25 µs a byte: half a second
for all of them, and a slow machine takes twice as long."""

MAX_DEPTH = 128
"""A file in more directories than that is covered by any list: each of them is a question."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """A line of a list. ``pattern`` has no ``!``, and no slash at either end."""

    index: int
    pattern: bytes
    includes: bool
    only_directories: bool
    anchored: bool


@dataclass(slots=True)
class _Lookup:
    """The last rule for each plain name: for anything, and for directories alone."""

    anything: dict[bytes, int] = field(default_factory=dict)
    directories: dict[bytes, int] = field(default_factory=dict)

    def add(self, key: bytes, rule: _Rule) -> None:
        (self.directories if rule.only_directories else self.anything)[key] = rule.index

    def last(self, key: bytes, *, is_directory: bool) -> int:
        found = self.anything.get(key, -1)
        return max(found, self.directories.get(key, -1)) if is_directory else found


class GlobList:
    """The lines of one ignore file, or of ``exclude``; the last that matches decides."""

    def __init__(self, lines: Iterable[str | bytes], *, ignore_case: bool = False) -> None:
        """``ignore_case`` for file systems that do: letters of ASCII, as git sees it."""
        self._ignore_case = ignore_case
        self._includes: list[bool] = []
        self._names, self._paths, self._suffixes = _Lookup(), _Lookup(), _Lookup()
        self._searched: list[tuple[_Rule, re.Pattern[bytes] | None]] = []
        self.n_searched_bytes = 0
        """How long the globs are together that need a search."""
        for line in lines:
            rule = _rule(self._folded(as_bytes(line)), len(self._includes))
            if rule is not None:
                self._includes.append(rule.includes)
                self._add(rule)
        self._suffix_lengths = sorted({len(key) for key in self._suffixes_known()})
        self._searched.reverse()

    @classmethod
    def from_file(cls, data: bytes, *, ignore_case: bool = False) -> GlobList:
        """The list in an ignore file's bytes, whatever they are: git gives nothing up for one."""
        return cls(ignore_lines(data), ignore_case=ignore_case)

    def __bool__(self) -> bool:
        return bool(self._includes)

    def verdict(self, path: str | bytes, *, is_directory: bool) -> bool | None:
        """Whether the list ignores this very path (True), re-includes it (False) or is silent.

        ``path`` is relative to where the list stands, with ``/`` between its parts and without
        one at its ends. What its directories are does not count here; see ``covers``.
        """
        if len(self._searched) > MAX_SEARCHED or self.n_searched_bytes > MAX_SEARCHED_BYTES:
            return True
        name = self._folded(as_bytes(path))
        base = name.rpartition(b"/")[2]
        last = max(
            self._names.last(base, is_directory=is_directory),
            self._paths.last(name, is_directory=is_directory),
            *(
                self._suffixes.last(base[len(base) - length :], is_directory=is_directory)
                for length in self._suffix_lengths
                if length <= len(base)
            ),
            -1,
        )
        for at, (rule, pattern) in enumerate(self._searched):
            if rule.index < last:
                break
            if rule.only_directories and not is_directory:
                continue
            if pattern is None:
                pattern = compiled(rule.pattern, in_path=rule.anchored)
                self._searched[at] = (rule, pattern)
            if pattern.match(name if rule.anchored else base):
                last = rule.index
                break
        return None if last < 0 else not self._includes[last]

    def covers(self, path: str | bytes) -> bool:
        """Whether the list ignores a file: the file itself, or a directory that holds it."""
        name = as_bytes(path)
        if name.count(b"/") > MAX_DEPTH:
            return bool(self)
        at = name.find(b"/", 1)
        while at > 0:
            if self.verdict(name[:at], is_directory=True):
                return True
            at = name.find(b"/", at + 1)
        return self.verdict(name, is_directory=False) is True

    def _folded(self, text: bytes) -> bytes:
        return text.lower() if self._ignore_case else text

    def _add(self, rule: _Rule) -> None:
        pattern = rule.pattern
        if not SPECIAL.search(pattern):
            (self._paths if rule.anchored else self._names).add(pattern, rule)
        elif not rule.anchored and pattern[:1] == b"*" and not SPECIAL.search(pattern, 1):
            self._suffixes.add(pattern[1:], rule)
        elif not matches_no_path(pattern):
            self._searched.append((rule, None))
            self.n_searched_bytes += len(pattern)

    def _suffixes_known(self) -> Iterator[bytes]:
        yield from self._suffixes.anything
        yield from self._suffixes.directories


def as_bytes(text: str | bytes) -> bytes:
    """A path or a glob as the file system has it; half a surrogate pair is as good as any."""
    if isinstance(text, bytes):
        return text
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def ignore_lines(data: bytes) -> list[bytes]:
    """The lines of an ignore file: without a byte order mark, with either line end."""
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return [line.removesuffix(b"\r") for line in lines]


_TRAILING_SPACES = re.compile(rb"(?:[^\\ ]|\\.| +(?=[^ ]))*", re.DOTALL)


def _rule(line: bytes, index: int) -> _Rule | None:
    """The rule of a line; None for a comment and for what can match nothing."""
    if line.startswith(b"#"):
        return None
    line = line.partition(b"\0")[0]
    kept = _TRAILING_SPACES.match(line)
    # A backslash at the very end escapes nothing, and spaces before it stay.
    pattern = line if kept is None or line[kept.end() :].strip(b" ") else line[: kept.end()]
    includes = pattern.startswith(b"!")
    pattern = pattern[1:] if includes else pattern
    only_directories = pattern.endswith(b"/")
    pattern = pattern[:-1] if only_directories else pattern
    anchored = b"/" in pattern
    pattern = pattern.removeprefix(b"/")
    if not pattern:
        return None
    return _Rule(index, pattern, includes, only_directories, anchored)
