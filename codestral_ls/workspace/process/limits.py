"""A bound for each piece of a child's work, kept by the kernel.

A parser or a regular expression in C that does not come back holds the interpreter, so that
nothing in the process can stop it, not even the end of its parent. Two timers end the process
instead. What was being read is noted in a file beforehand, from which the parent learns what to
pass over.
"""

from __future__ import annotations

import contextlib
import os
import signal

COMPUTING_S = 4.0
"""Seconds of computing for one piece of work. An ordinary one takes milliseconds."""
_WAITING_S = 120.0
"""Seconds for one piece, waiting included: a disk that does not answer, never a busy machine."""
_MAX_NOTE = 8192
"""Bytes; longer than any path."""
ENDED_BY_OTHERS = frozenset((0, -9, -15, -2, -1))
"""Statuses of a process that was told to end, or killed, whatever it was reading at the time."""


class WorkLimit:
    """The timers, and the note. Does nothing where the platform has no such timers."""

    def __init__(self, descriptor: int | None = None) -> None:
        """``descriptor`` is of the file for the note."""
        self._descriptor = descriptor
        self._noted = ""
        self._has_timers = descriptor is not None and hasattr(signal, "setitimer")
        if self._has_timers:
            ending = (signal.SIGPROF, signal.SIGALRM)
            # A parent may have had them ignored or held back, which a child inherits.
            for number in ending:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ending)

    def begin(self, path: str = "") -> None:
        """A piece of work begins, with the text of this path; the one before is over."""
        if self._has_timers:
            self._note(path)
            signal.setitimer(signal.ITIMER_PROF, COMPUTING_S)
            signal.setitimer(signal.ITIMER_REAL, _WAITING_S)

    def end(self) -> None:
        """The piece of work is over."""
        if self._has_timers:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._note("")

    def _note(self, path: str) -> None:
        if path == self._noted or self._descriptor is None:
            return
        self._noted = path
        line = path.encode("utf-8", "surrogatepass") + b"\0"
        # Without a note nothing can be passed over, and everything else goes on.
        with contextlib.suppress(OSError):
            os.pwrite(self._descriptor, line[:_MAX_NOTE], 0)


def noted(descriptor: int) -> str:
    """The path of what was being read; empty where nothing was."""
    try:
        line = os.pread(descriptor, _MAX_NOTE, 0)
    except OSError:
        return ""
    path, end, _ = line.partition(b"\0")
    return path.decode("utf-8", "surrogatepass") if end else ""
