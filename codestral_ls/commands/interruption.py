"""Ends a command as Ctrl-C does where a service manager, a time limit or a closed terminal asks.

So what a command has by then is shown, and what it put aside is removed.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from types import FrameType

_NAMES = ("SIGTERM", "SIGHUP")  # Windows has no SIGHUP


@contextlib.contextmanager
def ended_as_by_ctrl_c() -> Iterator[None]:
    """Within this, the signals that end a process do what Ctrl-C does. For the main thread."""
    former = {}
    for number in (getattr(signal, name, None) for name in _NAMES):
        # What is ignored, as SIGHUP under nohup, stays so.
        if number is not None and signal.getsignal(number) not in (None, signal.SIG_IGN):
            former[number] = signal.signal(number, _interrupt)
    try:
        with _ctrl_c_known():
            yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _ctrl_c_known() -> Iterator[None]:
    """Python knows what Ctrl-C would do, even where it is ignored, as in a script's background."""
    if sys.platform == "win32" or signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        yield
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        # In this order: one that came meanwhile is ignored too.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _interrupt(_: int, frame: FrameType | None) -> None:
    # While an event loop runs, this is asyncio's handler, which cancels what runs there.
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler):
        handler(signal.SIGINT, frame)
