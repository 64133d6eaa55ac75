"""Sends metrics where the settings say, every 30 s, and once more at the end.

Trouble with that is the operators' and never the user's: it is logged once, and completing goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from codestral_ls import __version__
from codestral_ls.backends.base import BackendError
from codestral_ls.backends.http import reply
from codestral_ls.backends.http.connection import Connection
from codestral_ls.backends.options import BackendOptions
from codestral_ls.config import Settings
from codestral_ls.engine.history import History
from codestral_ls.metrics import otlp, prometheus
from codestral_ls.metrics.measures import Measures, measured
from codestral_ls.paths import expanded
from codestral_ls.privacy.addresses import Address
from codestral_ls.privacy.text import name
from codestral_ls.session.notices import Notice, Urgency
from codestral_ls.whole_files import write_whole

_log = logging.getLogger(__name__)

_EVERY_S = 30.0
# At the end the editor waits for us.
_LAST_WITHIN_S = 1.0

_FILE = "file:"


class _Destination(Protocol):
    async def send(self, measures: Measures) -> str:
        """Send; returns what went wrong, empty if nothing did."""
        ...

    async def aclose(self) -> None: ...


class Reporter:
    """Reports an engine's history until it is closed. Made on the event loop."""

    def __init__(
        self,
        settings: Settings,
        history: History,
        environ: Mapping[str, str],
        tell: Callable[[Notice], None],
    ) -> None:
        """For the setting ``metrics``; what names no destination is told once and dropped."""
        self._history = history
        self._instance = secrets.token_hex(8)
        self._started_at = time.time()
        self._destination = _opened(settings, environ)
        self._trouble = ""
        if self._destination is None:
            tell(
                Notice(
                    Urgency.WARNING,
                    "The setting metrics must be file:PATH or the address of an OTLP receiver, "
                    "http://… or https://…, so no metrics are written.",
                    ("open-settings",),
                )
            )
        self._task = asyncio.create_task(self._run()) if self._destination else None

    async def aclose(self) -> None:
        """Report a last time and stop."""
        if self._task is None or self._destination is None:
            return
        self._task.cancel()
        await asyncio.wait({self._task})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WITHIN_S):
                await self.report()
        await self._destination.aclose()

    async def _run(self) -> None:
        while True:
            await self.report()
            await asyncio.sleep(_EVERY_S)

    async def report(self) -> None:
        """Report now."""
        if self._destination is None:
            return
        measures = measured(
            self._history,
            instance=self._instance,
            version=__version__,
            started_at=self._started_at,
            taken_at=time.time(),
        )
        trouble = await self._destination.send(measures)
        if trouble and trouble != self._trouble:
            _log.warning("metrics: %s", trouble)
        self._trouble = trouble


def _opened(settings: Settings, environ: Mapping[str, str]) -> _Destination | None:
    destination = settings.metrics or ""
    if destination.startswith(_FILE):
        path = Path(expanded(destination.removeprefix(_FILE), environ))
        # A directory such as "." or "/" has no name that a file could have.
        return _TextFile(path) if path.name not in ("", "..") else None
    options = BackendOptions(
        base_url=destination.rstrip("/").removesuffix(otlp.PATH),
        proxy=settings.proxy,
        ca_bundle=expanded(settings.ca_bundle, environ) if settings.ca_bundle else None,
    )
    if destination.startswith(("http://", "https://")) and isinstance(options.address, Address):
        return _Receiver(options)
    return None


class _TextFile:
    """A file for node_exporter. ``{pid}`` in its name is the process; such a file goes with it."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.name.replace("{pid}", str(os.getpid())))
        self._is_own = "{pid}" in path.name
        self._in_turn = asyncio.Lock()
        self._writing: asyncio.Task[str] | None = None

    async def send(self, measures: Measures) -> str:
        async with self._in_turn:
            await self._wait()
            text = prometheus.as_text(measures)
            self._writing = asyncio.create_task(asyncio.to_thread(self._write, text))
            return await asyncio.shield(self._writing)

    async def _wait(self) -> None:
        """A thread goes on when its caller is cancelled: what it writes late would be older than
        what is there by then."""
        if self._writing is not None:
            await asyncio.wait({self._writing})

    async def aclose(self) -> None:
        try:
            async with asyncio.timeout(_LAST_WITHIN_S):
                await self._wait()
        except TimeoutError:
            return  # the file system hangs, and would at the removal
        if self._is_own:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(self._path.unlink)

    def _write(self, text: str) -> str:
        try:
            # node_exporter is another user.
            write_whole(self._path, text.encode(), mode=0o644)
        except (OSError, ValueError) as error:
            return f"{name(str(self._path))} cannot be written ({type(error).__name__})."
        return ""


class _Receiver:
    """A receiver of OTLP over HTTP. It is shown no key and none of the user's headers."""

    def __init__(self, options: BackendOptions) -> None:
        self._host = options.host
        self._connection = Connection(options)

    async def send(self, measures: Measures) -> str:
        try:
            client = await self._connection.client()
            answer = await reply.ask(client, "POST", otlp.PATH, otlp.as_json(measures))
        except BackendError as error:
            return str(error)
        return "" if 200 <= answer.status < 300 else f"{self._host} answered with {answer.status}."

    async def aclose(self) -> None:
        await self._connection.aclose()
