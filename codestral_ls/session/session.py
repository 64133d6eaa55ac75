"""From settings and keys to a working engine; the same for the server and the command line.

What holds for a document depends on the workspace root it lies in, since each root may bring a
``.codestral.toml``; who completes does not, since no repository may decide that.

The engine and all it stands on are imported when the first request comes, or right after the
client's ``initialized``: they take a tenth of a second that the answer to ``initialize`` need not
wait for.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from codestral_ls.config import Options, Resolved, Settings
from codestral_ls.installation import RESTART
from codestral_ls.model import Nothing, Snapshot
from codestral_ls.privacy.places import place_of
from codestral_ls.privacy.text import name
from codestral_ls.session import failures, notices
from codestral_ls.session.client import Client
from codestral_ls.session.key_renewal import KeyRenewal
from codestral_ls.session.notices import INDEX_GIVEN_UP, Notice, Notices, Urgency
from codestral_ls.session.settings_by_place import SettingsByPlace, WorkspaceScope
from codestral_ls.session.status import record_of, status_of

if TYPE_CHECKING:
    from codestral_ls.engine.engine import Engine
    from codestral_ls.engine.target import Target
    from codestral_ls.session.choice import Choice
    from codestral_ls.session.reporter import Reporter
    from codestral_ls.workspace.index.client import IndexProgress

_log = logging.getLogger(__name__)


class Session:
    """Settings, keys, and the engine made from them."""

    def __init__(
        self,
        environ: Mapping[str, str],
        flags: Mapping[str, str | None],
        client: Client,
    ) -> None:
        """``flags``: settings given on the command line, by snake_case name."""
        self._client = client
        self._notices = Notices(client.tell)
        self._choice: Choice | None = None
        self._environ = environ
        self._settings = SettingsByPlace(environ, flags, self._notices.tell)
        self._building = asyncio.Lock()
        self._engine: Engine | None = None
        self._built_for: tuple[Settings, WorkspaceScope] | None = None
        self._target: Target | None = None
        self._renewal = KeyRenewal()
        self._renewing: asyncio.Task[None] | None = None
        self._asked: Target | None = None
        """What the engine asks."""
        self._reports_by: object = None
        self._reporter: Reporter | None = None
        self._index_has_given_up = False
        self._enabled: bool | None = None
        """What ``toggle`` chose last; None until it was used."""

    @property
    def engine(self) -> Engine | None:
        """The engine, once something was asked."""
        return self._engine

    @property
    def choice(self) -> Choice:
        """Who completes; the embedded provider until something was asked."""
        from codestral_ls.session.choice import EMBEDDED

        return self._choice or EMBEDDED

    @property
    def roots(self) -> tuple[Path, ...]:
        """The workspace's root directories."""
        return self._settings.roots

    def set_roots(self, roots: Sequence[Path]) -> None:
        """Use these workspace roots, each with the settings it brings."""
        self._settings.set_roots(roots)

    def set_client(self, options: Sequence[Options]) -> None:
        """Use what the client sent, the weaker source first."""
        self._settings.set_client(options)

    async def refresh(self) -> None:
        """Read the settings files that changed since the last time."""
        await self._settings.refresh()

    def resolved(self, address: str | None = None) -> Resolved:
        """The settings that hold for a document or a directory, and where each came from.

        Takes a URI or a path. Without one, or outside all roots: those that hold everywhere.
        """
        resolved = self._settings.at(place_of(address) if address else None)
        if self._enabled is None:
            return resolved
        settings = dataclasses.replace(resolved.settings, enabled=self._enabled)
        return dataclasses.replace(resolved, settings=settings)

    @property
    def is_misconfigured(self) -> bool:
        """The settings name a provider or an endpoint that is none, so that no server is asked."""
        from codestral_ls.session.choice import WHO_COMPLETES

        return not self._settings.at().unusable.isdisjoint(WHO_COMPLETES)

    def settings(self, address: str | None = None) -> Settings:
        """The settings that hold for a document, by its URI or path."""
        return self.resolved(address).settings

    async def ready_engine(self, *, automatic: bool = False) -> Engine:
        """The engine for the settings as they are now; made or changed where they changed.

        ``automatic``: nobody waits for it by intention, so no source of keys is waited for that
        was asked before.
        """
        from codestral_ls.engine.engine import Engine

        await self._renew_keys(automatic=automatic)
        async with self._building:
            target = await self._up_to_date_target()
            if self._engine is None:
                self._engine = Engine(
                    target,
                    refuses=self._refuses,
                    habits=self._client.habits,
                    syntax=self._client.syntax,
                )
                self._client.backend_changed()
            elif target != self._asked:
                await self._engine.switch(target)
                self._client.backend_changed()
            self._asked = target
            await self._report(self._engine, self._settings.at().settings)
            return self._engine

    async def _report(self, engine: Engine, settings: Settings) -> None:
        """Have metrics go where the settings say, from a client that stays."""
        way = settings.metrics and (settings.metrics, settings.proxy, settings.ca_bundle)
        if way == self._reports_by or not self._client.wants_index:
            return
        self._reports_by = way
        if self._reporter is not None:
            await self._reporter.aclose()
            self._reporter = None
        if way:
            from codestral_ls.session.reporter import Reporter

            self._reporter = Reporter(settings, engine.history, self._environ, self._notices.tell)

    async def ready_target(self) -> Target:
        """Who is asked by the settings as they are now. Opens nothing."""
        async with self._building:
            return await self._up_to_date_target()

    async def _up_to_date_target(self) -> Target:
        from codestral_ls.session import assembly, choice

        await self._settings.refresh()
        resolved = self._settings.at()
        sendable = self._settings.sendable()
        built_for = resolved.settings, sendable
        if self._target is None or built_for != self._built_for:
            if self._built_for is None or built_for[0] != self._built_for[0]:
                await self._look_for_keys(resolved)
            keys = self._renewal.keys
            self._choice = choice.choose(resolved, keys)
            if self.choice.warning is not None:
                self._notices.tell(self.choice.warning)
            indexing = self._index_progressed if self._client.wants_index else None
            self._index_has_given_up = False
            self._target = assembly.target_of(
                self.choice,
                resolved.settings,
                keys=keys,
                environ=self._environ,
                sendable=sendable,
                readable=self._settings.readable_here(),
                indexing=indexing,
            )
            self._built_for = built_for
            self._log_settings(resolved)
        return self._target

    async def _renew_keys(self, *, automatic: bool) -> None:
        """Look for keys again, if the ones at hand are no good and it is time."""
        if self._engine is None:
            return
        if self._renewing is not None:
            if not automatic:
                await asyncio.wait({self._renewing})
            return
        status = self._engine.status()
        refused = status.last_error is not None and status.last_error[0].kind == "auth"
        missing = self.choice.warning is not None and "set-key" in self.choice.warning.remedies
        now = asyncio.get_running_loop().time()
        if self._renewal.is_due(now, automatic=automatic, wanting=refused or missing):
            self._renewing = asyncio.create_task(self._look_again())
            self._renewing.add_done_callback(self._renewed)
            if not automatic:
                await asyncio.wait({self._renewing})

    async def _look_again(self) -> None:
        if await self._look_for_keys(self._settings.at()):
            self._target = None

    def _renewed(self, task: asyncio.Task[None]) -> None:
        self._renewing = None
        if not task.cancelled() and (defect := task.exception()) is not None:
            _log.error("looking for keys failed by a defect", exc_info=defect)

    def failure_text(self, failure: Nothing) -> str:
        """What went wrong with a completion; for a refused key also which one it was."""
        return failures.text_of(failure, self.choice)

    def tell_replaced(self) -> None:
        """Tell the user that the program's own files are not those that run any more."""
        self._notices.tell(Notice(Urgency.ERROR, RESTART))

    def tell_failure(self, failure: Nothing) -> None:
        """Tell the user of a failed completion, if there is something to be done about it."""
        notice = failures.notice_of(failure, self.choice)
        if notice is not None:
            self._notices.tell(notice)

    def toggle(self) -> bool:
        """Switch automatic suggestions off or on until the process ends; returns the new state."""
        self._enabled = not self.settings().enabled
        return self._enabled

    def status(self) -> dict[str, object]:
        """What ``codestral-ls.status`` answers."""
        status = status_of(self._engine, self.choice, enabled=self.settings().enabled)
        return {**status, "index": "off" if self._index_has_given_up else "on"}

    def explain(self, uri: str | None = None) -> list[dict[str, object]]:
        """What ``codestral-ls.explain`` answers: the last outcomes, newest first."""
        return [record_of(record) for record in self._engine.explain(uri)] if self._engine else []

    async def aclose(self) -> None:
        """Release what the engine holds."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait({self._renewing})
        if self._engine is not None:
            await self._engine.aclose()
        if self._reporter is not None:
            await self._reporter.aclose()

    def _index_progressed(self, progress: IndexProgress) -> None:
        self._client.index_progressed(progress)
        if progress.has_given_up:
            self._index_has_given_up = True
            self._notices.tell(INDEX_GIVEN_UP)

    async def _look_for_keys(self, resolved: Resolved) -> bool:
        """Find all keys; True if they are not those of the last time. A source that fails is
        reported and left out."""
        from codestral_ls.session import keyring

        found, problems = await keyring.gather(resolved.settings, self._environ)
        for problem in problems:
            self._notices.tell(notices.of_keys(problem))
        now = asyncio.get_running_loop().time()
        return self._renewal.found(found, now, failed=bool(problems))

    def _refuses(self, snapshot: Snapshot) -> str | None:
        """Why this document must not leave the machine."""
        from codestral_ls.privacy import filenames

        if self.choice.is_local:
            return None
        for address in filter(None, dict.fromkeys((snapshot.uri, snapshot.path))):
            place = place_of(address)
            if any(map(filenames.looks_secret, place.paths)):
                return "Files with such a name usually contain secrets, so it is not sent."
            if reason := self._settings.why_kept(place):
                return reason
        return None

    def _log_settings(self, resolved: Resolved) -> None:
        set_ones = [
            f"{setting} ({name(origin.name)})"
            for setting, origin in resolved.origins.items()
            if origin.level
        ]
        _log.info(
            "provider %s%s, model %s; set: %s",
            self.choice.provider,
            f" at {self.choice.host}" if self.choice.host else "",
            self.choice.model,
            ", ".join(set_ones) or "nothing",
        )
