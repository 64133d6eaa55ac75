"""When to ask, and when better not. Pure: the clock and the typist's history are passed in.

People pause where they think: at the start of a line, after a space, after a bracket or a comma.
There a request leaves at once, and its answer is there when the pause is noticed. In the middle of
a word the next key is about to come, so a request waits until the typist's own rhythm says that
this is a pause after all.

Asking at once with the first key after a pause as well was measured in ``tests/benchmarks/replay``:
one request more per 100 keys, and right ghost text no earlier.
"""

from __future__ import annotations

from collections.abc import Sequence

from codestral_ls.config.settings import Settings
from codestral_ls.engine.places import CLOSING_ONLY, HIDDEN_VALUE, INSIDE_WORD
from codestral_ls.model import Snapshot
from codestral_ls.privacy.secrets import inside_secret_value
from codestral_ls.text.words import is_inside_word

_CLOSING = frozenset(")]};,")
# Places where people stop to think, and where a model has something to say.
_PAUSE_AFTER = frozenset(" \t([{,.:;=<>|&!?+-*/%@\"'`")

# Intervals above this are pauses, not typing; Cody and Tabby leave them out of the rhythm too.
_TYPING_INTERVAL_MAX_S = 1.0
# With fewer intervals a median says little; 140 ms is the median of practised typists.
_MIN_INTERVALS = 4
_USUAL_INTERVAL_S = 0.14
# Intervals are log-normal with a sigma of 0.4 or so: one key in eight comes later than 1.6 times
# the median. Replayed, 1.4 to 2.1 trade one request per 100 keys for one percent of time on screen.
_PAUSE_FACTOR = 1.6
_PAUSE_MIN_S = 0.15
# Nobody stops to think between keys this close: a key held down, a macro, a paste key by key.
_BURST_INTERVAL_S = 0.06
_PAUSE_MAX_S = 0.45

SWITCHED_OFF = "Automatic suggestions are turned off."


def reason_not_to_ask(snapshot: Snapshot, settings: Settings) -> str | None:
    """Why an automatic request here is better left unasked; None when it is not."""
    if not settings.enabled:
        return SWITCHED_OFF
    if snapshot.language_id in settings.disabled_languages:
        return f"Automatic suggestions are turned off for {snapshot.language_id}."
    before, after = snapshot.line_before, snapshot.line_after
    if before and after and is_inside_word(before[-1], after[0]):
        return INSIDE_WORD
    typed = before.strip()
    if typed and _CLOSING.issuperset(typed):
        return CLOSING_ONLY
    if inside_secret_value(snapshot.before, snapshot.after):
        return HIDDEN_VALUE
    return None


def pause_s(snapshot: Snapshot, intervals_s: Sequence[float], settings: Settings) -> float:
    """Seconds to wait after the last key before a request leaves.

    ``intervals_s`` are the last times between keys, pauses included.
    """
    if settings.debounce_ms != "auto":
        return settings.debounce_ms / 1000
    before = snapshot.line_before
    last_s = intervals_s[-1] if intervals_s else 0.0
    typing_s = typing_pause_s(intervals_s)
    if not before.strip() or before[-1] in _PAUSE_AFTER:
        return _BURST_INTERVAL_S if 0 < last_s < _BURST_INTERVAL_S else 0.0
    return typing_s


def typing_pause_s(intervals_s: Sequence[float]) -> float:
    """How long this typist must be silent to have stopped typing, in seconds."""
    typing = [interval for interval in intervals_s if interval < _TYPING_INTERVAL_MAX_S]
    # The middle one by hand: the statistics module takes 35 ms to import.
    middle = sorted(typing)[len(typing) // 2] if len(typing) >= _MIN_INTERVALS else None
    median = _USUAL_INTERVAL_S if middle is None else middle
    return min(max(_PAUSE_FACTOR * median, _PAUSE_MIN_S), _PAUSE_MAX_S)
