"""Where a session's counts go: the user's statistics, and a team's metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from codestral_ls import paths
from codestral_ls.config import Settings
from codestral_ls.session.client import Client
from codestral_ls.session.notices import Notice

if TYPE_CHECKING:
    # Loaded with the engine, to keep the start short.
    from codestral_ls.engine.engine import Engine
    from codestral_ls.session.reporter import Reporter
    from codestral_ls.statistics.recorder import StatisticsRecorder


class Counting:
    """Keeps and reports the counts of one session's engine."""

    def __init__(
        self, client: Client, environ: Mapping[str, str], tell: Callable[[Notice], None]
    ) -> None:
        self._client = client
        self._environ = environ
        self._tell = tell
        self._recorder: StatisticsRecorder | None = None
        self._reporter: Reporter | None = None
        self._reports_to: object = None

    @property
    def today(self) -> str:
        """What was counted today, in a line; empty where nothing is kept."""
        return self._recorder.line_of_today() if self._recorder is not None else ""

    async def recorder(self, is_wanted: Callable[[], bool]) -> StatisticsRecorder | None:
        """What keeps the user's statistics; None where nobody works, or nothing can be kept."""
        state = paths.state_directory() if self._client.is_editor else None
        if state is None:
            return None
        from codestral_ls.statistics.recorder import StatisticsRecorder
        from codestral_ls.statistics.store import StatisticsStore

        self._recorder = StatisticsRecorder(StatisticsStore(state), is_wanted)
        await self._recorder.start()
        return self._recorder

    async def follow(self, engine: Engine, settings: Settings) -> None:
        """Have the engine counted, and metrics go where the settings say, from a client that
        stays."""
        if self._recorder is not None:
            self._recorder.watch(engine.status)
        destination = settings.metrics and (settings.metrics, settings.proxy, settings.ca_bundle)
        if destination == self._reports_to or not self._client.wants_index:
            return
        self._reports_to = destination
        if self._reporter is not None:
            await self._reporter.aclose()
            self._reporter = None
        if destination:
            from codestral_ls.session.reporter import Reporter

            self._reporter = Reporter(settings, engine.history, self._environ, self._tell)

    async def aclose(self) -> None:
        """Write and send what was counted since the last time."""
        if self._recorder is not None:
            await self._recorder.aclose()
        if self._reporter is not None:
            await self._reporter.aclose()
