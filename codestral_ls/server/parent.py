"""The process that started the server for itself: when it is gone, so is the server."""

from __future__ import annotations

import asyncio
import logging
import os

_log = logging.getLogger(__name__)

_POLL_S = 1.0


class Parent:
    """The editor's process, watched if it is one that can be seen from here."""

    def __init__(self) -> None:
        self._process_id: int | None = None

    def named(self, process_id: int | None) -> None:
        """The client said which process it is.

        A client in another container or machine names a process that does not exist here. Its
        absence says nothing, so only a process that is there now is watched.
        """
        if process_id is None or os.name != "posix":
            return
        if _exists(process_id):
            self._process_id = process_id
        else:
            _log.info("the editor's process %d is not on this system: not watched", process_id)

    async def gone(self) -> None:
        """Return when the process no longer exists, and say so in the log."""
        while True:
            # Nothing tells of the end of a process that is not a child.
            await asyncio.sleep(_POLL_S)
            if self._process_id is not None and not _exists(self._process_id):
                break
        _log.warning("the editor's process %d is gone, so the server ends", self._process_id)


def _exists(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True
