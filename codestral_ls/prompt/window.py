"""What a model sees of the document: the window round the cursor, within the budgets.

A server keeps what it computed for the beginning of a prompt and bills, or computes, only what
follows the first changed block of tokens. So a window's far ends stay where they are while the
cursor works nearby: the prefix grows at the cursor and starts, in large steps, at a later line
only when it has outgrown its budget; the suffix ends where it ended. Both ends are found again by
their text, as a snapshot knows no offsets.

A side that is shorter than its budget gives the rest to the other. Windows start and end with
whole lines where there are some in reach; half a line teaches a model nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from codestral_ls.model import WINDOW_AFTER, WINDOW_BEFORE, Snapshot

# A new prefix takes three quarters of its budget, so with the default of 6000 characters it moves
# after 1500 typed ones: one prompt in 1500 is computed from the start.
_FRESH_NUMERATOR, _FRESH_DENOMINATOR = 3, 4
# Further back, a start would slide out of the snapshot's window before the prefix is full.
_MAX_PREFIX = WINDOW_BEFORE * 11 // 12
# Three or four lines of code: rarely twice in a window, and where they are, what follows decides.
_ANCHOR_CHARS = 256
# Text that repeats itself has the anchor at every line; the nearest few will do.
_MAX_CANDIDATES = 16


@dataclass(frozen=True, slots=True)
class PromptWindow:
    """The text a prompt is made of. ``prefix`` ends and ``suffix`` begins at the cursor."""

    prefix: str
    suffix: str
    starts_document: bool = False
    """Nothing stands before ``prefix``."""
    ends_document: bool = False
    """Nothing stands after ``suffix``."""


def with_cells(snapshot: Snapshot) -> Snapshot:
    """A notebook's cell as a model sees it: the other cells are text before and after it."""
    before, after = snapshot.before, snapshot.after
    if snapshot.at_document_start:
        before = snapshot.cells_before + before
    if snapshot.at_document_end:
        after += snapshot.cells_after
    return replace(
        snapshot,
        before=before[-WINDOW_BEFORE:],
        after=after[:WINDOW_AFTER],
        at_document_start=snapshot.at_document_start and len(before) <= WINDOW_BEFORE,
        at_document_end=snapshot.at_document_end and len(after) <= WINDOW_AFTER,
    )


def gather(
    snapshot: Snapshot,
    *,
    max_prefix_chars: int,
    max_suffix_chars: int,
    former: PromptWindow | None = None,
) -> PromptWindow:
    """Cut the window; total on any snapshot.

    ``former`` is the window of the document's last prompt; this one shares its ends where they
    are still near. Together the sides never exceed both budgets, and neither exceeds its own
    unless the other holds all there is on its side.
    """
    unused = max(0, max_prefix_chars - len(snapshot.before)) if snapshot.at_document_start else 0
    suffix, ends_document = _suffix(
        snapshot,
        max_suffix_chars + unused,
        # Typing uses up what the prefix has lent; a loan without that part is not called in soon.
        max_suffix_chars + max(0, unused - (max_prefix_chars - _fresh(max_prefix_chars))),
        former,
    )
    budget = max_prefix_chars
    if ends_document or len(suffix) > max_suffix_chars:
        budget += max_suffix_chars - len(suffix)
    if len(suffix) > max_suffix_chars:
        former = None  # a prefix that lends is whole, wherever the last one started
    prefix, starts_document = _prefix(snapshot, min(budget, _MAX_PREFIX), former)
    return PromptWindow(prefix, suffix, starts_document, ends_document)


def _fresh(budget: int) -> int:
    return budget * _FRESH_NUMERATOR // _FRESH_DENOMINATOR


def _prefix(snapshot: Snapshot, budget: int, former: PromptWindow | None) -> tuple[str, bool]:
    """The text before the cursor, and whether it is all there is."""
    before, at_start = snapshot.before, snapshot.at_document_start
    size = _fresh(budget)
    start = _former_start(before, at_start, budget, former) if former else None
    if start is None or len(before) - start < min(len(before), size) // 2:
        start = 0 if at_start and len(before) <= budget else _line_start(before, size)
    return before[start:], at_start and start == 0


def _suffix(
    snapshot: Snapshot, budget: int, size: int, former: PromptWindow | None
) -> tuple[str, bool]:
    """The text after the cursor, and whether it is all there is."""
    after, at_end = snapshot.after, snapshot.at_document_end
    end = _former_end(after, at_end, former) if former else None
    if end is None or not min(len(after), size) // 2 <= end <= budget:
        end = len(after) if at_end and len(after) <= budget else _line_end(after, size)
    return after[:end], at_end and end == len(after)


def _former_start(before: str, at_start: bool, budget: int, former: PromptWindow) -> int | None:
    """Where the former prefix started, if a prefix from there is within the budget."""
    if former.starts_document:
        return 0 if at_start and len(before) <= budget else None
    # Half of a short prefix, which may have lost its end by now.
    anchor = former.prefix[: min(_ANCHOR_CHARS, len(former.prefix) // 2)]
    starts = _occurrences(anchor, before, len(before) - len(former.prefix))
    return max(
        (start for start in starts if len(before) - start <= budget),
        key=lambda start: _shared(former.prefix, before[start:]),
        default=None,
    )


def _former_end(after: str, at_end: bool, former: PromptWindow) -> int | None:
    """Where the former suffix ended."""
    if former.ends_document:
        return len(after) if at_end else None
    if not former.suffix or after.startswith(former.suffix):
        return len(former.suffix) or None
    anchor = former.suffix[-min(_ANCHOR_CHARS, len(former.suffix) // 2 + 1) :]
    starts = _occurrences(anchor, after, len(former.suffix) - len(anchor))
    backwards = former.suffix[::-1]
    return max(
        (start + len(anchor) for start in starts),
        key=lambda end: _shared(backwards, after[:end][::-1]),
        default=None,
    )


def _occurrences(text: str, within: str, around: int) -> Iterator[int]:
    """Where a text occurs, the places nearest to ``around`` on either side of it."""
    if not text:
        return
    at = around = max(0, around)
    for _ in range(_MAX_CANDIDATES):
        at = within.find(text, at)
        if at < 0:
            break
        yield at
        at += 1
    at = around
    for _ in range(_MAX_CANDIDATES):
        at = within.rfind(text, 0, at + len(text) - 1)
        if at < 0:
            break
        yield at


def _shared(one: str, other: str) -> int:
    """How many characters the beginnings of two texts share."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _line_start(before: str, size: int) -> int:
    """Start of the first whole line among the last ``size`` characters."""
    start = max(0, len(before) - size)
    line_end = before.find("\n", max(0, start - 1), start + size // 2)
    # A window inside one huge line has no better place to start.
    return start if line_end < 0 else line_end + 1


def _line_end(after: str, size: int) -> int:
    """End of the last whole line among the first ``size`` characters."""
    line_end = after.rfind("\n", size // 2, size)
    return min(size, len(after)) if line_end < 0 else line_end + 1
