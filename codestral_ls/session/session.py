"""A session: its settings and keys, and the engine that is made from them.

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
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from codestral_ls.config import Options, Resolved, Settings
from codestral_ls.installation import RESTART
from codestral_ls.model import Nothing, Snapshot
from codestral_ls.privacy.places import place_of
from codestral_ls.privacy.text import name
from codestral_ls.session import failures
from codestral_ls.session.client import Client
from codestral_ls.session.counting import Counting
from codestral_ls.session.key_renewal import SessionKeys
from codestral_ls.session.notices import Notice, Notices, Urgency
from codestral_ls.session.settings_by_place import SettingsByPlace, WorkspaceScope
from codestral_ls.session.status import record_of, status_of

if TYPE_CHECKING:
    from codestral_ls.engine.engine import Engine
    from codestral_ls.engine.target import Target
    from codestral_ls.session.choice import Choice
    from codestral_ls.session.early_index import EarlyIndex
    from codestral_ls.session.key_check import KeyCheck
    from codestral_ls.workspace.listener import DocumentListener

_log = logging.getLogger(__name__)


class Session:
    """Settings, keys, and the engine made from them."""

    def __init__(
        self,
        environ: Mapping[str, str],
        flags: Mapping[str, str | None],
        client: Client,
        *,
        adapt: Callable[[Target], Target] = lambda target: target,
    ) -> None:
        """``flags``: settings given on the command line, by snake_case name. ``adapt`` changes who
        is asked before the engine is made; equal targets give equal ones."""
        self._client = client
        self._adapt = adapt
        self._notices = Notices(client.tell)
        self._choice: Choice | None = None
        self._environ = environ
        self._settings = SettingsByPlace(environ, flags, self._notices.tell)
        self._building = asyncio.Lock()
        self._engine: Engine | None = None
        self._built_for: tuple[Settings, WorkspaceScope] | None = None
        self._target: Target | None = None
        self._keys = SessionKeys(environ, self._notices.tell)
        self._asked: Target | None = None
        """What the engine asks."""
        self._early_index: EarlyIndex | None = None
        self._counting = Counting(client, environ, self._notices.tell)
        self._enabled: bool | None = None
        """What ``toggle`` chose last; None until it was used."""

    @property
    def engine(self) -> Engine | None:
        """The engine, once something was asked."""
        return self._engine

    @property
    def listeners(self) -> Sequence[DocumentListener]:
        """What reads the workspace, and wants to hear of documents and of changes on disk."""
        early = self._early_index.listeners if self._early_index is not None else ()
        return [*early, *(self._engine.listeners if self._engine is not None else ())]

    @property
    def choice(self) -> Choice:
        """Who completes; the embedded provider until something was asked."""
        from codestral_ls.session.choice import EMBEDDED

        return self._choice or EMBEDDED

    @property
    def has_chosen(self) -> bool:
        """It is known who completes."""
        return self._choice is not None

    @property
    def roots(self) -> tuple[Path, ...]:
        """The workspace's root directories."""
        return self._settings.roots

    def set_roots(self, roots: Sequence[Path]) -> None:
        """Use these workspace roots, each with the settings it brings."""
        self._settings.set_roots(roots)

    @property
    def sendable(self) -> WorkspaceScope:
        """What of the workspace may be shown to a remote provider."""
        return self._settings.sendable()

    def set_client(self, options: Sequence[Options]) -> None:
        """Use what the client sent, the weaker source first."""
        self._settings.set_client(options)

    async def read_own_settings(self, within_s: float) -> None:
        """Read the user's and the machine's settings file, before anything is asked; where they
        take longer, what is sent waits for them later."""
        await self._settings.read_own(within_s)

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
        from codestral_ls.privacy import addresses
        from codestral_ls.session.choice import WHO_COMPLETES

        resolved = self._settings.at()
        endpoint = resolved.settings.endpoint
        is_none = endpoint and isinstance(addresses.parse(endpoint), addresses.Malformed)
        return bool(is_none) or not resolved.unusable.isdisjoint(WHO_COMPLETES)

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
            target = self._adapt(await self._up_to_date_target())
            if self._engine is None:
                self._engine = Engine(
                    target,
                    refuses=self._refuses,
                    habits=self._client.habits,
                    syntax=self._client.syntax,
                    grown=self._client.suggestion_grew,
                    status_changed=self._client.status_changed,
                    tally=await self._counting.recorder(lambda: self.settings().statistics),
                )
                self._client.backend_changed()
            elif target != self._asked:
                await self._engine.switch(target)
                self._client.backend_changed()
            self._asked = target
            # Who completes took it over, or has no use for it.
            if self._early_index is not None:
                await self._early_index.aclose()
            await self._counting.follow(self._engine, self._settings.at().settings)
            return self._engine

    async def start_index(self) -> None:
        """Let the index read the workspace, before it is known who completes: as soon as the
        settings say what may be read, unless they name a provider that wants none."""
        async with self._building:
            if self._engine is not None or not self._client.wants_index:
                return
            await self._settings.refresh()
            await self._index_to_be().start()
        self._client.backend_changed()

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
                await self._keys.look(resolved.settings)
            found = self._keys.found
            self._choice = choice.choose(resolved, found, self._client.advice)
            if self.choice.warning is not None:
                self._notices.tell(self.choice.warning)
            index = self._index_to_be()
            index.has_given_up = False
            self._target = assembly.target_of(
                self.choice,
                resolved.settings,
                keys=found,
                environ=self._environ,
                readable=self._settings.readable_here(),
                open_snippets=index.opener(),
            )
            self._built_for = built_for
            self._log_settings(resolved)
        return self._target

    async def _renew_keys(self, *, automatic: bool) -> None:
        """Look for keys again, if the ones at hand are no good and it is time."""
        if self._engine is None:
            return
        status = self._engine.status()
        refused = status.last_error is not None and status.last_error[0].kind == "auth"
        missing = self.choice.warning is not None and "set-key" in self.choice.warning.remedies
        await self._keys.renew(self._look_again, automatic=automatic, wanting=refused or missing)

    async def _look_again(self) -> None:
        if await self._keys.look(self._settings.at().settings):
            self._target = None

    def failure_text(self, failure: Nothing) -> str:
        """What went wrong with a completion; for a refused key also which one it was."""
        return failures.text_of(failure, self.choice, self._client.advice)

    def tell_replaced(self) -> None:
        """Tell the user that the program's own files are not those that run any more."""
        self._notices.tell(Notice(Urgency.ERROR, RESTART))

    def tell_failure(self, failure: Nothing) -> None:
        """Tell the user of a failed completion, if there is something to be done about it."""
        notice = failures.notice_of(failure, self.choice, self._client.advice)
        if notice is not None:
            self._notices.tell(notice)

    def toggle(self) -> bool:
        """Switch automatic suggestions off or on until the process ends; returns the new state."""
        self._enabled = not self.settings().enabled
        return self._enabled

    def status(self) -> dict[str, object]:
        """What ``codestral-ls.status`` answers."""
        enabled, today = self.settings().enabled, self._counting.today
        advice = self._client.advice
        status = status_of(self._engine, self._choice, enabled=enabled, advice=advice, today=today)
        is_off = self._early_index is not None and self._early_index.has_given_up
        return {**status, "index": "off" if is_off else "on"}

    def explain(self, uri: str | None = None) -> list[dict[str, object]]:
        """What ``codestral-ls.explain`` answers: the last outcomes, newest first."""
        return [record_of(record) for record in self._engine.explain(uri)] if self._engine else []

    def why(self, here: Snapshot | None, uri: str | None = None) -> dict[str, object]:
        """What ``codestral-ls.why`` answers: why there is no suggestion in a place."""
        from codestral_ls.session.why import why

        engine, advice = self._engine, self._client.advice
        not_asked = None
        if engine is not None and here is not None:
            not_asked = engine.why_not_asked(here, self.settings(here.uri))
        uri = here.uri if here is not None else uri
        records = list(engine.explain(uri)) if engine is not None else []
        return why(here, records, self.status(), not_asked=not_asked, advice=advice)

    async def check_key(self, secret: str, host: str = "") -> KeyCheck:
        """Ask a host whether it accepts a key; without a host the endpoint in the settings if it
        is one of Mistral's, else Mistral."""
        from codestral_ls.session import key_check

        await self._settings.refresh()
        return await key_check.check_typed(secret, host, self._settings.at())

    async def aclose(self) -> None:
        """Release what the engine holds."""
        await self._keys.aclose()
        if self._early_index is not None:
            await self._early_index.aclose()
        if self._engine is not None:
            await self._engine.aclose()
        await self._counting.aclose()

    def _index_to_be(self) -> EarlyIndex:
        if self._early_index is None:
            from codestral_ls.session.early_index import EarlyIndex

            tell = self._notices.tell
            self._early_index = EarlyIndex(self._client, self._settings, self._environ, tell)
        return self._early_index

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
