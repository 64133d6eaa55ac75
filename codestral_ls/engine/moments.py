"""When a request is to be asked, answered in part, and given up: times of the event loop."""

from __future__ import annotations

from dataclasses import dataclass

from codestral_ls.config.settings import Settings
from codestral_ls.engine.document import DocumentState, OpenRequest
from codestral_ls.engine.stream import Stream
from codestral_ls.model import ClientHabits

# A stream that times out says so itself, and what it waited for; a request gives up well after it,
# also on a busy machine.
_GRACE_S = 2.0


@dataclass(frozen=True, slots=True)
class _Moments:
    """The moments of one request."""

    due: float
    """The backend is asked, if no stream runs that fits."""
    early_from: float
    """From then on whole statements are an answer, though more may come."""
    lines_at: float
    """From then on whole lines are."""
    gives_up: float
    """The request is answered with nothing."""

    def next(self, now: float, stream: Stream | None) -> float:
        """When to look again, if nothing happens before."""
        moments = [self.early_from, self.lines_at, self.gives_up]
        if stream is None:
            moments.append(self.due)
        elif now >= self.early_from and stream.growing.due_at is not None:
            moments.append(stream.growing.due_at)
        return min(moment for moment in moments if moment > now)


def moments_of(
    document: DocumentState,
    asked: OpenRequest,
    settings: Settings,
    habits: ClientHabits,
    *,
    at_once: bool,
) -> _Moments:
    """The moments of a request that was just made. ``at_once``: what is asked needs no pause."""
    asked_at = asked.asked_at
    gives_up = asked_at + settings.timeout_ms / 1000 + _GRACE_S
    if not asked.automatic:
        within_s = habits.explicit_within_s
        whole_by = gives_up if within_s is None else min(asked_at + within_s, gives_up)
        return _Moments(asked_at, whole_by, gives_up, gives_up)
    pause_s = document.pause_s(asked.snapshot, settings, at_once=at_once)
    last_key_at = document.typist.last_key_at
    due = (asked_at if last_key_at is None else last_key_at) + pause_s
    chosen_ms = settings.answer_within_ms
    within_s = habits.answer_within_s if chosen_ms == "auto" else chosen_ms / 1000
    lines_at = gives_up if within_s is None else min(asked_at + within_s, gives_up)
    waits_on = chosen_ms == "auto" and habits.keeps_late_answers
    return _Moments(due, asked_at, lines_at, gives_up if waits_on else lines_at)
