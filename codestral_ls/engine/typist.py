"""The typist's rhythm, and whether the editor is about to ask. Pure: clocks are passed in."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

# Enough keys for a median that follows the typist's mood within a few words.
_INTERVALS_KEPT = 24
# An editor that asks by itself does so soon after a key (VS Code 30 ms, Neovim 200 ms). If no
# request follows an edit for this long, nobody is waiting for what would be prepared.
_ASKS_WITHIN_S = 1.0
# A fast typist keeps Neovim from asking for a while; this many answers may wait for a request.
_MAX_UNASKED_FOR = 4


class Typist:
    """When keys came, and when the editor asked."""

    def __init__(self, *, expects_request: bool = False) -> None:
        self.last_key_at: float | None = None
        """Time of the last edit; None before the first."""
        self.expects_request = expects_request
        """An edit is likely to be followed by a request of the editor's own."""
        self._intervals_s: deque[float] = deque(maxlen=_INTERVALS_KEPT)
        self._unasked_key_at: float | None = None
        self._n_unasked_for = 0

    @property
    def intervals_s(self) -> Sequence[float]:
        """The last times between edits, in seconds."""
        return list(self._intervals_s)

    def edited(self, now: float) -> None:
        """Note an edit, for the rhythm."""
        if self.last_key_at is not None:
            self._intervals_s.append(now - self.last_key_at)
        self.last_key_at = now

    def typed(self, now: float) -> None:
        """Note that the edit was a key, after which editors ask."""
        silent_s = 0.0 if self._unasked_key_at is None else now - self._unasked_key_at
        if silent_s > _ASKS_WITHIN_S or self._n_unasked_for >= _MAX_UNASKED_FOR:
            self.expects_request = False
        self._unasked_key_at = now

    def asked(self) -> None:
        """Note that the editor asked by itself, so it will again after the next edit."""
        self.expects_request = True
        self._unasked_key_at = None
        self._n_unasked_for = 0

    def anticipated(self) -> None:
        """Note that a stream was started for a request that is yet to come."""
        self._n_unasked_for += 1
