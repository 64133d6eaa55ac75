"""Reading what stands before and after the cursor: brackets, strings and comments.

Hardly more than the cursor's line changes from key to key, so what stands above and below is kept.
"""

from __future__ import annotations

import bisect
import functools
import re
from dataclasses import replace

from codestral_ls.model import Snapshot
from codestral_ls.text.language import Language
from codestral_ls.text.scan import Bracket, Open, Scan, Stack, scan
from codestral_ls.text.syntax import Syntax

NEAR_CHARS = 6_000
"""Brackets further away than this hardly belong to what is being written."""
# Lines that begin something, at the left margin or as the member of a class.
_BEGINNING = re.compile(
    r"\n(?=[A-Za-z_@#]|(?: {2,4}|\t)"
    r"(?:async|class|def|fn|func|function|internal|private|protected|pub|public|static)\b)"
)
_MAX_STARTS = 40
_LONG_QUOTES = ('"""', "'''", "`")
# What a token looks back at is not longer.
_LOOK_BACK = 40


def read_before(snapshot: Snapshot, language: Language, tree: Syntax | None) -> Scan:
    """What has come to the cursor, read from some place before it."""
    before = snapshot.before
    start, stack = _reading_start(snapshot, language, tree)
    if sum(before.count(bracket, start) for bracket in language.brackets) > NEAR_CHARS:
        # Mostly brackets: each costs as much as a line of code.
        nearest = len(before) - NEAR_CHARS
        line_end = before.find("\n", nearest, nearest + NEAR_CHARS // 2)
        start, stack = max(start, nearest if line_end < 0 else line_end + 1), ()
    line_start = len(before) - len(snapshot.line_before)
    if start >= line_start or before.endswith("\\\n", 0, line_start):
        return scan(before, language, start, stack)
    first = max(0, start - _LOOK_BACK)
    above = _moved(_read(before[first:line_start], language, start - first, stack), first)
    line = scan(before, language, line_start, above.stack)
    return Scan(
        (*above.brackets, *line.brackets),
        line.stack,
        (*above.comments, *line.comments),
        (*above.strings, *line.strings),
        min(above.lowest, line.lowest),
    )


def read_after(text: str, language: Language, start: int, stack: Stack = ()) -> Scan:
    """``scan``, for what hardly changes from key to key."""
    return _read(text, language, start, stack)


@functools.lru_cache(maxsize=8)
def _read(text: str, language: Language, start: int, stack: Stack) -> Scan:
    return scan(text, language, start, stack)


def _moved(found: Scan, by: int) -> Scan:
    """What was read of a part of a text that begins ``by`` characters after the text's start."""
    if not by:
        return found
    return Scan(
        tuple(Bracket(offset + by, character) for offset, character in found.brackets),
        (*found.stack[: found.lowest], *(_entry(e, by) for e in found.stack[found.lowest :])),
        tuple((start + by, end + by) for start, end in found.comments),
        tuple((start + by, end + by) for start, end in found.strings),
        found.lowest,
    )


def _entry(entry: Bracket | Open, by: int) -> Bracket | Open:
    if isinstance(entry, Bracket):
        return Bracket(entry.offset + by, entry.character)
    return replace(entry, offset=entry.offset + by, end=entry.end + by)


def _reading_start(
    snapshot: Snapshot, language: Language, tree: Syntax | None
) -> tuple[int, Stack]:
    """Where to begin reading before the cursor, and the string or comment that is open there."""
    before = snapshot.before
    near = before.rfind("\n", 0, max(0, len(before) - NEAR_CHARS)) + 1
    if near == 0 and (snapshot.at_document_start or tree is None):
        return _near_start(snapshot, language), ()
    line_start = len(before) - len(snapshot.line_before)
    offset = tree.locate(snapshot.line, "") if tree is not None else None
    if tree is None or offset is None:
        return _near_start(snapshot, language), ()
    # The document knows what the window can only guess.
    distance = len(before[near:line_start].encode(errors="replace"))
    literal = tree.literal_at(offset - distance)
    if literal is None:
        return near, ()
    return near, scan(literal[1], language).stack


def last_beginning(text: str) -> int:
    """Where the last line of a text stands that begins something, and so is no part of a string;
    its end if there is none."""
    found = [match.start() for match in _BEGINNING.finditer(text)]
    return found[-1] if found else len(text)


def _near_start(snapshot: Snapshot, language: Language) -> int:
    """Where to begin looking for brackets: at a line that begins something, since a text that is
    entered anywhere may be entered inside a string."""
    before = snapshot.before
    nearest = len(before) - NEAR_CHARS
    if nearest <= 0:
        return 0
    starts = [found.start() + 1 for found in _BEGINNING.finditer(before)]
    n_earlier = bisect.bisect_right(starts, nearest)
    # The nearest ones first, and not all of them: each is a look at all that stands before.
    candidates = [*reversed(starts[:n_earlier]), *starts[n_earlier:]][:_MAX_STARTS]
    return next((start for start in candidates if _is_outside(before, start, language)), 0)


def _is_outside(text: str, offset: int, language: Language) -> bool:
    """No comment or string of several lines seems to be open there."""
    for opener, closer in language.block_comments:
        if text.rfind(opener, 0, offset) > text.rfind(closer, 0, offset):
            return False
    return all(
        text.count(quote, 0, offset) % 2 == 0
        for quote in _LONG_QUOTES
        if any(row.spans and row.opener.endswith(quote) for row in language.quotes)
    )
