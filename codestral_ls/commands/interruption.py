"""Ends a command as Ctrl-C does where a service manager, a time limit or a closed terminal asks.

So what a command has by then is shown, and what it put aside is removed.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

_NAMES = ("SIGTERM", "SIGHUP")  # Windows has no SIGHUP


@contextlib.contextmanager
def ended_as_by_ctrl_c() -> Iterator[None]:
    """Within this, the first signal that ends a process does what Ctrl-C does; later ones, which
    would interrupt what that one began, do nothing. For the main thread."""
    former = {}
    is_ending = False

    def interrupt(_: int, frame: FrameType | None) -> None:
        nonlocal is_ending
        # While an event loop runs, this is asyncio's handler, which cancels what runs there.
        handler = signal.getsignal(signal.SIGINT)
        if callable(handler) and not is_ending:
            is_ending = True
            handler(signal.SIGINT, frame)

    for number in (getattr(signal, name, None) for name in _NAMES):
        # What is ignored, as SIGHUP under nohup, stays so.
        if number is not None and signal.getsignal(number) not in (None, signal.SIG_IGN):
            former[number] = signal.signal(number, interrupt)
    try:
        with _ctrl_c_known():
            yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def temporary_directory(prefix: str) -> Iterator[Path]:
    """A directory of our own, whose removal no signal interrupts. For the main thread."""
    made = tempfile.TemporaryDirectory(prefix=prefix)
    try:
        yield Path(made.name)
    finally:
        with _undisturbed():
            made.cleanup()


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    former = {}
    for number in (getattr(signal, name, None) for name in ("SIGINT", *_NAMES)):
        # What C code has installed, Python cannot put back.
        if number is not None and signal.getsignal(number) is not None:
            former[number] = signal.signal(number, _do_nothing)
    try:
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


def _do_nothing(_: int, __: FrameType | None) -> None:
    # Unlike SIG_IGN, this is also fit for a signal that has come and waits for its handler.
    pass
