"""Recent answers of one document, found again by content.

An answer belongs to the text it was asked for: everything before and after the cursor. Since then
the user may have typed along it, gone back, or undone; what counts is only whether the text now is
the text then plus a beginning of the answer. Nothing here is ever written to disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cachetools import LRUCache

from codestral_ls.model import Snapshot

# Enough to come back to the last few places in a file; an answer holds two windows (48 KB).
ANSWERS_KEPT = 16
# Texts before two cursors are the same if this much of them is: far more than any answer's length,
# so that a repeated passage cannot be taken for another, yet cheap to compare at every key.
COMPARED = 4096
# Editors close brackets and quotes by themselves; more than three at once is not typing.
_CLOSERS = frozenset(")]}>\"'`")
_MAX_CLOSERS = 3
# No suggestion is longer; a larger distance is a jump, not typing.
_MAX_LINES = 200


@dataclass(frozen=True, slots=True)
class Typed:
    """What happened at the cursor between two snapshots of a document, if only typing did."""

    text: str
    closers: str = ""
    """Closing characters that now stand right of the cursor: the editor put them there."""


def typed_since(then: Snapshot, now: Snapshot) -> Typed | None:
    """The text typed at the cursor between two snapshots; None if something else changed.

    Returns an empty text for the same state. Line numbers fix where typing began, so a passage
    that occurs twice cannot be mistaken.
    """
    closers = _closers_added(then.after, now.after)
    n_lines = now.line - then.line
    if closers is None or not 0 <= n_lines <= _MAX_LINES:
        return None
    line_start = len(now.before)
    for _ in range(n_lines + 1):
        line_start = now.before.rfind("\n", 0, line_start)
        if line_start < 0:
            break
    column = len(then.line_before)
    typed_from = line_start + 1 + column
    if typed_from > len(now.before) or not _same_end(then.before, now.before[:typed_from]):
        return None
    return Typed(now.before[typed_from:], closers)


def _same_end(one: str, other: str) -> bool:
    length = min(len(one), len(other), COMPARED)
    if length < COMPARED and len(one) != len(other):
        # The shorter one reaches the start of the document, so the texts differ.
        return False
    return one[len(one) - length :] == other[len(other) - length :]


def _closers_added(then: str, now: str) -> str | None:
    if then == now:
        return ""
    for count in range(1, _MAX_CLOSERS + 1):
        added, rest = now[:count], now[count:]
        # A full window lost as many characters at its far end as it gained here.
        same = then[: len(rest)] == rest and len(then) - len(rest) in (0, count)
        if same and len(added) == count and _CLOSERS.issuperset(added):
            return added
    return None


@dataclass(slots=True)
class Answer:
    """What a backend said for a snapshot, raw and as it was shaped for that snapshot."""

    id: str
    snapshot: Snapshot
    raw: str
    text: str
    """Shaped: right to insert at the snapshot's cursor. Empty: nothing to suggest, and
    ``reason`` tells why."""
    reason: str = ""
    covers: int = 0
    note: str = ""
    whole: bool = True
    """``raw`` is all that the model had to say; else it was stopped or cut."""
    accepted: bool = False
    """The user took it; it is not offered again, only what came after it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An answer that fits the text as it is now."""

    answer: Answer
    typed: Typed

    @property
    def rest(self) -> str:
        """What of the shaped text is still to come; meaningful while ``within``."""
        return self.answer.text[len(self.typed.text) :]

    @property
    def within(self) -> bool:
        """The user stands inside the shaped text, or at the place of an empty answer."""
        length = len(self.typed.text)
        return length < len(self.answer.text) or (not self.answer.text and length == 0)

    @property
    def overrun(self) -> str:
        """What the backend said beyond what was shown and has been typed or accepted."""
        if not self.answer.raw.startswith(self.answer.text):
            return ""
        return self.answer.raw[len(self.typed.text) :]


class Answers:
    """The recent answers of one document."""

    def __init__(self) -> None:
        self._answers: LRUCache[str, Answer] = LRUCache(ANSWERS_KEPT)

    def __iter__(self) -> Iterator[Answer]:
        return iter(list(self._answers.values()))

    def add(self, answer: Answer) -> None:
        """Remember an answer; the least recently used one goes when there are too many."""
        self._answers[answer.id] = answer

    def get(self, answer_id: str) -> Answer | None:
        """The answer with this id, if it is still remembered."""
        found: Answer | None = self._answers.get(answer_id)
        return found

    def same_place(self, answer: Answer) -> list[Answer]:
        """The other answers for the very same text before and after the cursor."""
        return [
            other
            for other in self
            if other is not answer and typed_since(other.snapshot, answer.snapshot) == Typed("")
        ]

    def clear(self) -> None:
        """Forget everything."""
        self._answers.clear()

    def used_up(self, now: Snapshot) -> bool:
        """The text now ends with all of a suggestion: typed to its end, or accepted."""
        return any(hit.answer.text == hit.typed.text != "" for hit in self.hits(now))

    def hits(self, now: Snapshot) -> list[Hit]:
        """All answers that the text now agrees with, the longest rest first.

        Longest first is also what keeps ghost text steady: a suggestion on screen is only ever
        followed by one that extends it or by what is left of it.
        """
        found = []
        for answer in self:
            typed = typed_since(answer.snapshot, now)
            if typed is None:
                continue
            if answer.text.startswith(typed.text) or answer.raw.startswith(typed.text):
                found.append(Hit(answer, typed))
        found.sort(key=lambda hit: (hit.within, len(hit.rest)), reverse=True)
        return found
