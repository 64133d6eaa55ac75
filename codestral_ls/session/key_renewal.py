"""When keys are looked for again: after they were refused, and where a source failed.

A token expires, a keyring is unlocked late, somebody runs ``codestral-ls login`` meanwhile. Their
sources may ask the user something, so they are not asked at every key: for automatic requests once
a minute, and in the background; for explicit ones at once.
"""

from __future__ import annotations

from codestral_ls.privacy.hosts import Key

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
