"""When keys are looked for again: after they were refused, and where a source failed.

A token expires, a keyring is unlocked late, somebody runs ``codestral-ls login`` meanwhile. Their
sources may ask the user something, so they are not asked at every key: for automatic requests once
a minute, and in the background; for explicit ones at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping

from codestral_ls.config import Settings
from codestral_ls.privacy.hosts import Key
from codestral_ls.session import notices
from codestral_ls.session.notices import Notice

_log = logging.getLogger(__name__)

_AUTOMATIC_S = 60.0
# A person presses the key again when nothing happens.
_EXPLICIT_S = 2.0


class KeyRenewal:
    """What was found when keys were last looked for. Times are of the event loop's clock."""

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self._found_at = float("-inf")
        self._failed = False

    def found(self, keys: list[Key], now: float, *, failed: bool) -> bool:
        """Keep what was found; True if it is not what there was before. ``failed``: by a source
        that could not be asked."""
        changed = keys != self.keys
        self.keys, self._found_at, self._failed = keys, now, failed
        return changed

    def is_due(self, now: float, *, automatic: bool, wanting: bool) -> bool:
        """Look again. ``wanting``: the keys were refused, or none fits."""
        least_s = _AUTOMATIC_S if automatic else _EXPLICIT_S
        return (wanting or self._failed) and now - self._found_at >= least_s


class SessionKeys:
    """The keys of a session, from all their sources. A source that fails is told and left out."""

    def __init__(self, environ: Mapping[str, str], tell: Callable[[Notice], None]) -> None:
        self._environ = environ
        self._tell = tell
        self._renewal = KeyRenewal()
        self._renewing: asyncio.Task[None] | None = None

    @property
    def found(self) -> list[Key]:
        """What was found last."""
        return self._renewal.keys

    async def look(self, settings: Settings) -> bool:
        """Look for all keys; True if they are not those of the last time."""
        from codestral_ls.session import key_sources

        found, problems = await key_sources.gather(settings, self._environ)
        for problem in problems:
            self._tell(notices.of_keys(problem))
        now = asyncio.get_running_loop().time()
        return self._renewal.found(found, now, failed=bool(problems))

    async def renew(
        self, look: Callable[[], Coroutine[None, None, None]], *, automatic: bool, wanting: bool
    ) -> None:
        """Have the keys looked for again, if it is time. Automatic requests do not wait for it."""
        if self._renewing is None:
            now = asyncio.get_running_loop().time()
            if not self._renewal.is_due(now, automatic=automatic, wanting=wanting):
                return
            self._renewing = asyncio.create_task(look())
            self._renewing.add_done_callback(self._renewed)
        if not automatic:
            await asyncio.wait({self._renewing})

    async def aclose(self) -> None:
        """Look no more."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait({self._renewing})

    def _renewed(self, task: asyncio.Task[None]) -> None:
        self._renewing = None
        if not task.cancelled() and (defect := task.exception()) is not None:
            _log.error("looking for keys failed by a defect", exc_info=defect)
