"""Tells the client how things stand, whenever that changes: also where no request is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from codestral_ls.session.session import Session

# An answer that comes sooner is not worth showing that it was waited for.
_SOON_S = 0.25
# States that end by themselves: a model is loaded in the background, a stream read to its end.
_PASSING = frozenset({"busy", "loading"})
_LOOK_AGAIN_S = 1.0


class StatusUpdates:
    """``codestral/status`` for one client; silent unless the settings want it."""

    def __init__(self, session: Session, notify: Callable[[dict[str, object]], None]) -> None:
        self._session = session
        self._notify = notify
        self._last: dict[str, object] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def send(self) -> None:
        """Send the status, if it is not the one that was sent last."""
        self._cancel()
        if self._closed or not self._session.settings().status_notifications:
            return
        status = self._session.status()
        if status != self._last:
            self._last = status
            self._notify(status)
        if status["state"] in _PASSING:
            self._send_in(_LOOK_AGAIN_S)

    def send_soon(self) -> None:
        """Send the status a little later, with whatever else changes until then."""
        loop = asyncio.get_running_loop()
        if self._timer is None or self._timer.when() > loop.time() + _SOON_S:
            self._send_in(_SOON_S)

    def close(self) -> None:
        """Send nothing more."""
        self._closed = True
        self._cancel()

    def _send_in(self, seconds: float) -> None:
        self._cancel()
        if not self._closed:
            self._timer = asyncio.get_running_loop().call_later(seconds, self.send)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
