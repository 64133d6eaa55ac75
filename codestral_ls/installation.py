"""Whether what runs still is what is installed.

An upgrade puts other files in the place of those that a running server has yet to import or to
start as a child. What fails then is no defect of the server's, and only a new start mends it.
"""

from __future__ import annotations

import os
import sys

RESTART = (
    "codestral-ls was upgraded, moved or removed while it ran; restart the language server "
    "(or the editor)."
)


def is_replaced() -> bool:
    """The package or its interpreter is not the one that was started, or is gone.

    Asked when something has failed: an interpreter that was replaced may do for a long time.
    """
    return _marks() != _AT_START


def _marks() -> tuple[tuple[int, int, int] | None, ...]:
    return tuple(map(_mark, (__file__, sys.executable)))


def _mark(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - of the path as it is, also where it is empty
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


_AT_START = _marks()
