"""One glob of git's as a regular expression that never tries a star twice.

An expression made of a glob in the plain way tries every way to divide a name among its stars,
and ``*a*a*a*b`` then takes minutes. Here every star takes the first place where the piece after
it fits and never goes back. Nothing is lost by it: a piece between stars has a fixed length, and
a later star can cover whatever an earlier one did not. What remains is a search of each piece in
what is left of the name.

The meaning is git's, down to bytes (gitignore(5), ``wildmatch.c``): ``?`` is one byte, not one
character, and so is a member of a class.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator

SPECIAL = re.compile(rb"[*?\[\\]")
"""What makes a glob out of plain text."""

# The longest path and name of any system that we run on, in bytes. What is longer matches nothing.
_MAX_PATH = 4_096
_MAX_NAME = 1_024

_STAR = "*"
_STARS_SLASH = "**/"
# git allows for an escaped slash there, and then wants at least one directory.
_STARS_ESCAPED_SLASH = "**\\/"
_STARS_END = "**"
_SLASH = "/"

_CLASSES: dict[bytes, Callable[[bytes], bool]] = {
    b"alnum": bytes.isalnum,
    b"alpha": bytes.isalpha,
    b"blank": lambda byte: byte in b" \t",
    b"cntrl": lambda byte: byte < b" " or byte == b"\x7f",
    b"digit": bytes.isdigit,
    b"graph": lambda byte: b"!" <= byte <= b"~",
    b"lower": bytes.islower,
    b"print": lambda byte: b" " <= byte <= b"~",
    b"punct": lambda byte: b"!" <= byte <= b"~" and not byte.isalnum(),
    b"space": lambda byte: byte in b" \t\n\v\f\r",
    b"upper": bytes.isupper,
    b"xdigit": lambda byte: byte in b"0123456789abcdefABCDEF",
}


def matches_no_path(glob: bytes) -> bool:
    """The glob is longer than any path, whatever its stars stand for; told without reading it."""
    n_needless = glob.count(b"*") + glob.count(b"**/") + glob.count(b"\\")
    return b"[" not in glob and len(glob) - n_needless > _MAX_PATH


def compiled(glob: bytes, *, in_path: bool) -> re.Pattern[bytes]:
    """To be matched from the start against a name, or, ``in_path``, against a whole path."""
    tokens = _tokens(glob, in_path=in_path)
    if tokens is None or _shortest(tokens) > (_MAX_PATH if in_path else _MAX_NAME):
        return _NOTHING
    return re.compile(_expression(tokens).encode("ascii"), re.DOTALL)


_NOTHING = re.compile(rb"(?!)")
_WILD = frozenset((_STAR, _STARS_SLASH, _STARS_ESCAPED_SLASH, _STARS_END))


def _tokens(pattern: bytes, *, in_path: bool) -> list[str] | None:
    """Wildcards, slashes, and expressions for one byte each; None for what git cannot match."""
    tokens: list[str] = []
    special = SPECIAL.search(pattern)
    # git compares what stands before the first special character as plain text, and takes what
    # follows for a pattern of its own: ``a**/b`` begins with ``**/`` in its eyes.
    start = special.start() if special else len(pattern)
    at = 0
    while at < len(pattern):
        byte = pattern[at : at + 1]
        if byte == b"*":
            end = at + 1
            while pattern[end : end + 1] == b"*":
                end += 1
            token, at = _stars(pattern, at, end, is_first=at == start) if in_path else (_STAR, end)
            # Two in a row say no more than one, and are tried twice.
            if token == _STARS_ESCAPED_SLASH or tokens[-1:] != [token]:
                tokens.append(token)
        elif byte == b"[":
            members, at = _members(pattern, at + 1)
            if members is None:
                return None
            tokens.append(_class(members))
        elif byte == b"?":
            tokens.append("[^/]")
            at += 1
        else:
            if byte == b"\\":
                at += 1
                byte = pattern[at : at + 1]
                if not byte:
                    return None
            tokens.append(_SLASH if byte == b"/" else f"\\x{byte[0]:02x}")
            at += 1
    return tokens


def _shortest(tokens: list[str]) -> int:
    """The length of the shortest text that could match."""
    return sum(token not in _WILD for token in tokens)


def _stars(pattern: bytes, at: int, end: int, *, is_first: bool) -> tuple[str, int]:
    """What a run of stars means, and where the rest of the pattern begins."""
    bounded = end - at > 1 and (is_first or pattern[at - 1 : at] == b"/")
    if bounded and end == len(pattern):
        return _STARS_END, end
    if bounded and pattern[end : end + 1] == b"/":
        return _STARS_SLASH, end + 1
    if bounded and pattern[end : end + 2] == b"\\/":
        return _STARS_ESCAPED_SLASH, end + 2
    return _STAR, end


def _members(pattern: bytes, at: int) -> tuple[set[int] | None, int]:
    """The bytes that a class stands for, and where it ends; None for one that is not closed."""
    negated = pattern[at : at + 1] in (b"!", b"^")
    at += negated
    members: set[int] = set()
    previous: int | None = None
    is_first = True
    while is_first or pattern[at : at + 1] != b"]":
        is_first = False
        if at >= len(pattern):
            return None, at
        byte = pattern[at]
        follows = pattern[at + 1 : at + 2]
        if byte == ord("-") and previous is not None and follows and follows != b"]":
            at += 1
            if follows == b"\\":
                at += 1
                if at >= len(pattern):
                    return None, at
            members.update(range(previous, pattern[at] + 1))
            previous = None
        elif byte == ord("[") and follows == b":":
            end = pattern.find(b"]", at + 2)
            if end < 0:
                return None, at
            if end > at + 2 and pattern[end - 1 : end] == b":":
                belongs = _CLASSES.get(pattern[at + 2 : end - 1])
                if belongs is None:
                    return None, at
                members.update(each for each in range(128) if belongs(bytes((each,))))
                at = end
                previous = None
            else:
                members.add(byte)
                previous = byte
        else:
            if byte == ord("\\"):
                at += 1
                if at >= len(pattern):
                    return None, at
                byte = pattern[at]
            members.add(byte)
            previous = byte
        at += 1
    return (set(range(256)) - members if negated else members) - {ord("/")}, at + 1


def _class(members: set[int]) -> str:
    """The members as ranges, which are compiled faster than a list."""
    starts = [byte for byte in sorted(members) if byte - 1 not in members]
    ends = [byte for byte in sorted(members) if byte + 1 not in members]
    ranges = (f"\\x{start:02x}-\\x{end:02x}" for start, end in zip(starts, ends, strict=True))
    return f"[{''.join(ranges)}]" if members else "(?!)"


def _expression(tokens: list[str]) -> str:
    """One regular expression in which no star is ever tried twice.

    Between two ``**/`` stands a fixed number of directories, and between two ``*`` a fixed number
    of bytes: the first place where they fit is as good as any, hence the atomic groups.
    """
    numbers = itertools.count()
    groups: list[tuple[str, list[str]]] = [("", [])]
    for token in tokens:
        if token in (_STARS_SLASH, _STARS_ESCAPED_SLASH):
            times = "*?" if token == _STARS_SLASH else "+?"
            groups.append((f"(?:[^/]*/){times}", []))
        else:
            groups[-1][1].append(token)
    *earlier, (skip, last) = groups
    found = [_atomic(f"{skip}{_in_order(group, numbers)}", numbers) for skip, group in earlier]
    return f"{''.join(found)}{skip}{_in_order(last, numbers)}\\Z"


def _atomic(pattern: str, numbers: Iterator[int]) -> str:
    """What is matched in one way only. As a look ahead, which is never looked at again, and what it
    saw: atomic groups and possessive ones match wrongly before Python 3.11.5 (gh-106052)."""
    name = f"a{next(numbers)}"
    return f"(?=(?P<{name}>{pattern}))(?P={name})"


def _in_order(tokens: list[str], numbers: Iterator[int]) -> str:
    """Names with slashes between them, each matched whole."""
    parts: list[str] = []
    pieces: list[str] = [""]
    for token in tokens:
        if token == _STAR:
            pieces.append("")
        elif token in (_SLASH, _STARS_END):
            parts.append(_name(pieces, numbers) + ("/" if token == _SLASH else ".*"))
            pieces = [""]
        else:
            pieces[-1] += token
    return "".join(parts) + _name(pieces, numbers)


def _name(pieces: list[str], numbers: Iterator[int]) -> str:
    """One name from the pieces between its stars."""
    first, *middle = pieces
    if not middle:
        return first
    last = middle.pop()
    found = "".join(_atomic(f"[^/]*?{piece}", numbers) for piece in middle)
    ending = _atomic(f"[^/]*{last}(?=/|\\Z)", numbers) if last else "[^/]*+"
    return f"{first}{found}{ending}"
