"""Recent answers of one document: shaped when they arrive, found again by content.

An answer belongs to the text it was asked for: everything before and after the cursor. Since then
the user may have typed along it, gone back, or undone; what counts is only whether the text now is
the text then plus a beginning of the answer. Nothing here is ever written to disk.

Filters run for the place an answer is read at: the text right of the cursor may have changed since
it was asked for. Looking up changes nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from cachetools import LRUCache

from codestral_ls import postprocess
from codestral_ls.model import Nothing, Snapshot, Source, Suggestion
from codestral_ls.postprocess import Dropped, Scene
from codestral_ls.privacy.secrets import contains_mask

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
_NOTHING_SAID = "Nothing certain enough came for this place."
# 48 random bits: unique among the answers of a session, short in a log.
_ID_BYTES = 6


@dataclass(frozen=True, slots=True)
class Typed:
    """What happened at the cursor between two snapshots of a document, if only typing did."""

    text: str
    closers: str = ""
    """Closing characters that now stand right of the cursor: the editor put them there."""


def typed_since(then: Snapshot, now: Snapshot) -> Typed | None:
    """The text typed at the cursor between two snapshots; None if something else changed.

    Returns an empty text for the same state. Line numbers fix where typing began, so a passage
    that occurs twice cannot be mistaken. What the editor indents by belongs to the state, since
    answers are fitted to it.
    """
    if then.indentation != now.indentation:
        return None
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
    grows: bool = False
    """Its stream still runs: there may be more."""
    accepted: bool = False
    """The user accepted it; it is not offered again, only what came after it."""


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


def new_id() -> str:
    """An id that no other answer has."""
    return secrets.token_hex(_ID_BYTES)


def new_answer(raw: str, scene: Scene, *, whole: bool, answer_id: str = "") -> Answer:
    """Shape a model's text for the place it was asked for. ``whole``: nothing was cut off."""
    shaped = postprocess.run(raw, scene)
    if not isinstance(shaped, Dropped) and contains_mask(shaped.text):
        shaped = Dropped("The answer repeats a secret that was masked in the prompt.")
    answer = Answer(answer_id or new_id(), scene.snapshot, raw, "", whole=whole)
    if isinstance(shaped, Dropped):
        answer.reason = shaped.reason if raw.strip() else _NOTHING_SAID
    else:
        answer.text, answer.covers, answer.note = shaped.text, shaped.covers, shaped.note
    return answer


def nothing_said(provider: str) -> str:
    """Why there is no suggestion where the provider's answer was empty."""
    if provider == "workspace":
        return "The embedded provider found nothing certain enough for this place."
    return f"Provider {provider} had nothing certain enough to add here."


@dataclass(frozen=True, slots=True)
class Known:
    """What is known for a place."""

    outcome: Suggestion | Nothing
    renewed: Answer | None = None
    """What a stream brought beyond a suggestion that was used up, shaped for the place; worth
    remembering."""


def look_up(
    hits: Iterable[Hit],
    answers: Answers,
    scene: Scene,
    *,
    automatic: bool,
    beside: Iterable[Hit] = (),
) -> Known | None:
    """What is known for the place of ``scene``; None when a backend has to be asked. What is left
    of the answers ``beside`` it are further candidates."""
    silent: Nothing | None = None
    for hit in hits:
        answer, at_start = hit.answer, not hit.typed.text
        if answer.accepted and at_start and automatic:
            silent = silent or Nothing("You accepted this suggestion before and removed it again.")
        elif hit.within and not answer.text:
            silent = silent or Nothing(answer.reason)
        elif hit.within and not hit.typed.closers:
            return Known(_suggestion(hit, answers, beside))
        elif renewed := _renewed(hit, scene):
            fresh = Hit(renewed, Typed(""))
            suggestion = _suggestion(fresh, answers, beside, Source.TYPED_THROUGH)
            return Known(suggestion, renewed)
    return Known(silent) if silent else None


def _suggestion(
    hit: Hit, answers: Answers, beside: Iterable[Hit], source: Source | None = None
) -> Suggestion:
    answer, at_start = hit.answer, not hit.typed.text
    others = [other.text for other in answers.same_place(answer)] if at_start else []
    others += [other.rest for other in beside if other.within and not other.typed.closers]
    texts = dict.fromkeys(others)
    texts.pop(hit.rest, None)
    # The first lines of another are no candidate of their own.
    others = [
        text for text in texts if not any(t.startswith(text + "\n") for t in (hit.rest, *texts))
    ]
    return Suggestion(
        answer.id,
        hit.rest,
        source or (Source.CACHE if at_start else Source.TYPED_THROUGH),
        covers=answer.covers,
        alternatives=tuple(others),
        note=answer.note,
        grows=answer.grows,
    )


def _renewed(hit: Hit, scene: Scene) -> Answer | None:
    """What a stream brought beyond what was shown, shaped for where the cursor is now."""
    if not hit.overrun.strip():
        return None
    whole = hit.answer.whole
    answer = new_answer(hit.overrun, replace(scene, cut=not whole), whole=whole)
    if not whole and not _brought_whole(hit.overrun, answer.text, scene):
        # What had happened to arrive is the beginning of something; asked for, it comes whole.
        return None
    return answer if answer.text else None


def _brought_whole(overrun: str, text: str, scene: Scene) -> bool:
    """The stream was stopped behind the statement that ``text`` is."""
    if postprocess.enough(overrun, scene):
        return True
    ends_line = overrun[len(text) :].startswith("\n") and overrun.startswith(text)
    return ends_line and postprocess.is_statement(text, scene)
