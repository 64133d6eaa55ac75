"""What of a stream can be shown before its end: its whole statements, longer and longer.

Once a line has ended, the stream gets a moment before it is looked at. A stream that ends then, or
that was sent without pauses, is answered whole.
"""

from __future__ import annotations

from dataclasses import replace

from codestral_ls import postprocess
from codestral_ls.engine.answers import Answer, Typed, new_answer, new_id, typed_since
from codestral_ls.postprocess import Scene
from codestral_ls.text.syntax import Syntax

# The end of a stream follows its last line by one piece. That much and half as much again is waited
# for, as fast as pieces come; where the first piece holds a line, nothing is known of the pace.
_LINGER_PIECES = 1.5
_MIN_LINGER_S = 0.01
LINGER_S = 0.03

_STILL_COMING = "These were the first statements of an answer that was still coming."


class Growing:
    """The part of a stream's text that is shown while more comes.

    It belongs to a place, the *base*: where the backend was asked, until the user is past all that
    belongs there; then where the cursor is.
    """

    def __init__(self, scene: Scene) -> None:
        self.base = scene
        self.shown: Answer | None = None
        """The whole statements found last. A longer one begins with the same text."""
        self._id = new_id()
        self._skipped = 0
        self._line_at: float | None = None
        self._linger_s = LINGER_S
        self._first_at: float | None = None
        self._n_gaps = 0

    @property
    def due_at(self) -> float | None:
        """When to look next, by the event loop's clock; None before another line has come."""
        return None if self._line_at is None else self._line_at + self._linger_s

    def is_due(self, now: float) -> bool:
        """It is time to look."""
        return self.due_at is not None and now >= self.due_at

    def use_tree(self, tree: Syntax | None) -> None:
        """Use the syntax of the document at the base."""
        self.base = replace(self.base, tree=tree)

    def arrived(self, piece: str, now: float) -> None:
        """More text has arrived."""
        if self._first_at is None:
            self._first_at = now
        else:
            self._n_gaps += 1
        if self._line_at is None and "\n" in piece:
            self._line_at = now
            if self._n_gaps:
                pace_s = (now - self._first_at) / self._n_gaps
                self._linger_s = min(LINGER_S, max(_MIN_LINGER_S, _LINGER_PIECES * pace_s))

    def follow(self, text: str, typed: Typed, scene: Scene, now: float) -> bool:
        """The cursor has come to ``scene``, with ``typed`` since the backend was asked. True if
        that is the base from now on. ``text`` is all that has arrived."""
        here = typed_since(self.base.snapshot, scene.snapshot)
        if here is not None and not here.closers:
            known = len(self.shown.text) if self.shown else 0
            beyond = here.text and len(here.text) >= known
            # Where more belongs to the base, that is still what is wanted.
            if not beyond or not postprocess.enough(text[self._skipped :], self.base):
                return False
        self.close()
        self.base, self.shown, self._id = scene, None, new_id()
        self._skipped = len(typed.text)
        # What is there has been there long enough.
        self._line_at = now - LINGER_S if "\n" in text[self._skipped :] else None
        return True

    def look(self, text: str) -> Answer | None:
        """The whole statements of what has arrived, if they are more than were found before."""
        self._line_at = None
        return self._found(postprocess.whole_statements(text[self._skipped :], self.base))

    def look_at_lines(self, text: str) -> Answer | None:
        """The whole lines of what has arrived, if they are more than was found before."""
        self._line_at = None
        return self._found(text[self._skipped : text.rfind("\n") + 1], heads=True)

    def _found(self, raw: str, *, heads: bool = False) -> Answer | None:
        if not raw.strip() or (self.shown is not None and len(raw) <= len(self.shown.raw)):
            return None
        answer = new_answer(raw, replace(self.base, cut=True), whole=False, answer_id=self._id)
        if not answer.text or not self._extends(answer):
            return None
        if self.shown is not None and len(answer.text) == len(self.shown.text):
            return None
        if not heads and postprocess.ends_in_head(answer.text, self.base):
            return None
        answer.grows = True
        answer.note = _STILL_COMING
        answer.accepted = self.shown is not None and self.shown.accepted
        self.shown = answer
        return answer

    def end(self, text: str, *, cut: bool, whole: bool) -> Answer:
        """What came of it, which begins with what was shown."""
        answer = new_answer(
            text[self._skipped :], replace(self.base, cut=cut), whole=whole, answer_id=self._id
        )
        shown = self.shown
        if shown is not None:
            if not self._extends(answer):
                answer.text, answer.covers = shown.text, shown.covers
                answer.reason = answer.note = ""
            answer.accepted = shown.accepted
        self.close()
        if answer.text:
            self.shown = answer
        return answer

    def close(self) -> None:
        """Nothing more will be shown."""
        if self.shown is not None:
            self.shown.grows = False

    def _extends(self, answer: Answer) -> bool:
        shown = self.shown
        return shown is None or (
            answer.text.startswith(shown.text) and answer.covers == shown.covers
        )
