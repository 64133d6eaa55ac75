"""When a backend must not be asked, and until when. Pure: clocks and chance are passed in.

- After "too many requests" nothing automatic for 2 s doubling to 60 s, or until the server's
  Retry-After if that is longer: one that asks for no pause at all has none the less refused.
- After failures that follow each other, a circuit breaker: nothing automatic for 2 s doubling to
  60 s, then one request as a probe; its success closes the breaker. A refused key or model opens
  it at once, since asking again changes nothing, and so does a failure that names a Retry-After
  (503, 529), which is heeded.
- Every failure is trouble that ``status`` shows, from the first one to the next success.
- Where looking again costs nothing (nothing listens; a server of the user's own had another model),
  it is looked at sooner; and a model that is being loaded is no failure.
- ``requestsPerMinute`` is a token bucket; ``tokensPerDay`` ends automatic requests for the day.

Requests overlap, so what one of them shows counts from when it was asked: an answer that was under
way when a later request was refused does not end the pause, and a failure that was under way when a
later request was answered begins none. Only what a server itself asks for (a limit, a Retry-After)
counts from when it says so.

What many clients wait for at the same time (the end of an outage, a Retry-After that all of them
were told) each waits for a little longer, by chance, so that they do not come back in step.

An explicit request may go where an automatic one may not, and may be the probe; it heeds only a
Retry-After that the server itself asked for, and that for a minute at most: a server may ask for
years.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from codestral_ls.backends.base import ERRORS
from codestral_ls.config.settings import Settings

_BACKOFF_FIRST_S = 2.0
_BACKOFF_MAX_S = 60.0
# A server that asks for more is mistaken, or wants us gone for good; a day settles either.
_RETRY_AFTER_MAX_S = 86_400.0
# One lost packet is no outage.
_FAILURES_TO_OPEN = 3
# A key or a model does not get better by asking again; somebody has to change it.
_HOPELESS = frozenset(kind for kind, error in ERRORS.items() if not error.may_pass)
_HOPELESS_S = 300.0
_OFFLINE = frozenset({"model", "replaced"})
# About one prompt, and not about the backend.
_NO_TROUBLE = frozenset({"too_long"})
_BUCKET_S = 60.0
# A wait is longer by up to half of itself: at the first 2 s, two hundred clients come back within a
# second instead of at once. After a long one half a minute is spread enough.
_SPREAD_SHARE = 0.5
_SPREAD_MAX_S = 30.0


@dataclass(frozen=True, slots=True)
class Pause:
    """Why nothing is asked now."""

    reason: str
    until: float
    """By the clock that was passed in; infinity: until something changes."""
    state: str
    """As in ``status``: limited, unauthorized, loading or offline."""
    is_budget: bool = False
    """The user's own budget is spent."""

    @property
    def failure(self) -> str:
        """The kind of failure that a request ends with; only a spent budget is told as one."""
        return "budget" if self.is_budget else ""

    def told(self, now: float, wall: datetime) -> str:
        """The reason, and the local time of day at which it ends; ``wall`` is the time now."""
        if self.until <= now:
            return self.reason
        when = wall.astimezone() + timedelta(seconds=self.until - now)
        return f"{self.reason} Nothing is asked automatically until {when:%H:%M:%S}."


class Throttle:
    """What one backend's answers have shown, and what of the budgets is spent."""

    def __init__(self, chance: Callable[[], float] = lambda: 0.0) -> None:
        """``chance``: a number from 0 up to 1, another one at each call."""
        self._chance = chance
        self._limit: Pause | None = None
        self._explicit_at = 0.0
        """From when on explicit requests go out, whatever limit the server told."""
        self._open: Pause | None = None
        self._trouble: Pause | None = None
        """The last failure, where nothing has succeeded since. It holds nothing back."""
        self._n_failures = 0
        self._n_limited = 0
        self._probing_since: float | None = None
        """When the request left that is the probe."""
        self._answered_asked_at = self._failed_asked_at = float("-inf")
        """When the newest request that was answered left, and the newest one that failed; for a
        pause that the server asked for, when it did."""
        self._bucket: float | None = None
        self._bucket_at = 0.0
        self._allowance: int | None = None

    def pause(
        self, now: float, settings: Settings, *, automatic: bool, tokens_today: int, midnight: float
    ) -> Pause | None:
        """Why a request must not go out now; None if it may.

        ``tokens_today`` counts against ``tokensPerDay``, from one ``midnight`` to the next.
        """
        limited = self._limit
        if limited is not None and now < (limited.until if automatic else self._explicit_at):
            return limited
        if not automatic:
            return None
        is_probing = self._probing_since is not None
        if self._open is not None and (now < self._open.until or is_probing):
            return self._open
        return self._budget(now, settings, tokens_today, midnight)

    def current(self, now: float) -> Pause | None:
        """What is wrong since the last answer, for ``status``; over only with the next answer."""
        if self._limit is not None and now < self._limit.until:
            return self._limit
        return self._open or self._limit or self._trouble

    def asking(self, now: float, settings: Settings) -> None:
        """A request goes out; ``now`` is what tells it from others when it has ended."""
        self._probing_since = now if self._open is not None else None
        per_minute = self._per_minute(settings)
        if per_minute is not None:
            self._refill(now, per_minute)
            self._bucket = (self._bucket or 0.0) - 1

    def learned(self, requests_minute: int | None) -> None:
        """How many requests a minute the server says that the plan allows."""
        self._allowance = requests_minute or self._allowance

    def gave_up(self, asked_at: float) -> None:
        """A request was ended by us, so it tells nothing about the backend."""
        if self._probing_since is not None and self._probing_since <= asked_at:
            self._probing_since = None

    def succeeded(self, asked_at: float) -> bool:
        """The backend answered what left at ``asked_at``; False if that is no news: a request that
        left later has failed already."""
        self.gave_up(asked_at)
        if asked_at < self._failed_asked_at:
            return False
        self._answered_asked_at = max(self._answered_asked_at, asked_at)
        self._limit = self._open = self._trouble = None
        self._n_failures = self._n_limited = 0
        return True

    def failed(
        self,
        kind: str,
        message: str,
        retry_after_s: float | None,
        now: float,
        *,
        asked_at: float,
        recheck_s: float | None = None,
        noticed: bool = True,
    ) -> bool:
        """The backend failed, in one of the kinds of ``backends.base``, to answer what left at
        ``asked_at``; False if that is no news: a request that left later was answered already.

        ``recheck_s``: so often it costs nothing to look again. ``noticed``: the user would have
        seen a suggestion without the failure.
        """
        self.gave_up(asked_at)
        # What a server asks for holds from when it says so, whatever else is under way.
        is_told = kind == "rate" or retry_after_s is not None
        if asked_at < self._answered_asked_at and not is_told:
            return False
        if kind not in _NO_TROUBLE:
            self._failed_asked_at = max(self._failed_asked_at, now if is_told else asked_at)
        told_s = None if retry_after_s is None else min(retry_after_s, _RETRY_AFTER_MAX_S)
        if kind == "rate":
            wait_s = max(_backoff_s(self._n_limited), told_s or 0.0)
            self._n_limited += 1
            self._explicit_at = now + min(retry_after_s or 0.0, _BACKOFF_MAX_S)
            self._limit = Pause(message, now + self._spread(wait_s), "limited")
            return True
        if kind == "loading":
            # No failure: the next request waits for the end of it, and sends no code before.
            self._open = Pause(message, now, "loading")
            return True
        self._n_failures += 1
        # Who names a time has said that asking again at once is of no use.
        n_to_open = _FAILURES_TO_OPEN if told_s is None else 1
        if noticed and kind not in _NO_TROUBLE:
            self._trouble = Pause(message, now, "offline")
        if kind in _HOPELESS:
            state = "unauthorized" if kind == "auth" else "limited"
            until = now + self._spread(_HOPELESS_S if recheck_s is None else recheck_s)
            self._open = Pause(message, until, state if kind not in _OFFLINE else "offline")
        elif self._n_failures >= n_to_open:
            wait_s = max(_backoff_s(self._n_failures - n_to_open), told_s or 0.0)
            if recheck_s is not None:
                wait_s = min(wait_s, recheck_s)
            self._open = Pause(message, now + self._spread(wait_s), "offline")
        return True

    def _spread(self, wait_s: float) -> float:
        """The wait, longer by chance: never shorter than what a server asked for."""
        return wait_s + self._chance() * min(wait_s * _SPREAD_SHARE, _SPREAD_MAX_S)

    def _budget(
        self, now: float, settings: Settings, tokens_today: int, midnight: float
    ) -> Pause | None:
        if settings.tokens_per_day is not None and tokens_today >= settings.tokens_per_day:
            reason = "The budget of tokensPerDay is spent."
            return Pause(reason, midnight, "limited", is_budget=True)
        per_minute = self._per_minute(settings)
        if per_minute is None:
            return None
        self._refill(now, per_minute)
        if self._bucket is not None and self._bucket < 1:
            wait_s = (1 - self._bucket) * _BUCKET_S / per_minute
            is_own = per_minute == settings.requests_per_minute
            whose = "budget of requestsPerMinute" if is_own else "plan's number of requests"
            reason = f"The {whose} is spent for now."
            return Pause(reason, now + wait_s, "limited", is_budget=is_own)
        return None

    def _per_minute(self, settings: Settings) -> int | None:
        """The user's budget, lowered by what the server says it allows."""
        known = [n for n in (settings.requests_per_minute, self._allowance) if n is not None]
        return min(known, default=None)

    def _refill(self, now: float, per_minute: int) -> None:
        if self._bucket is None:
            self._bucket = float(per_minute)
        gained = (now - self._bucket_at) * per_minute / _BUCKET_S
        self._bucket = min(float(per_minute), self._bucket + gained)
        self._bucket_at = now


def _backoff_s(n_before: int) -> float:
    return float(min(_BACKOFF_FIRST_S * 2**n_before, _BACKOFF_MAX_S))
