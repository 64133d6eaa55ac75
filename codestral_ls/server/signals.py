"""The signals by which a user or a service manager ends a process that serves."""

from __future__ import annotations

import asyncio
import signal


def ending_signal() -> asyncio.Future[int]:
    """The number of the signal that ends the process, once it comes; from here on none ends it by
    itself."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[int] = loop.create_future()

    def caught(number: int) -> None:
        if not found.done():
            found.set_result(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, caught, number)
        except NotImplementedError:
            # Windows' event loop has no signal handlers; the plain ones work there.
            signal.signal(number, lambda got, _: loop.call_soon_threadsafe(caught, got))
    return found
