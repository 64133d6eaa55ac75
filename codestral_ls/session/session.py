"""From settings and keys to a working engine; the same for the server and the command line.

Knows where settings come from and when they must be looked at again. What holds for a document
depends on the workspace root it lies in, since each root may bring a ``.codestral.toml``; who
completes does not, since no repository may decide that.

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

from codestral_ls.config import (
    Options,
    Resolved,
    Settings,
    command_line_options,
    environment_options,
    resolve,
)
from codestral_ls.model import Nothing, Snapshot
from codestral_ls.session import failures, notices, settings_files
from codestral_ls.session.client import Client
from codestral_ls.session.notices import Notices
from codestral_ls.session.status import status_of

if TYPE_CHECKING:
    from codestral_ls.engine.engine import Engine
    from codestral_ls.engine.target import Target
    from codestral_ls.privacy.hosts import Key
    from codestral_ls.session.choice import Choice

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
        self._fixed = [environment_options(environ), command_line_options(flags)]
        self._client_options: list[Options] = []
        self._user_file = settings_files.user_file(environ)
        self._root_files: dict[Path, settings_files.SettingsFile] = {}
        self._resolved: dict[Path | None, Resolved] = {}
        self._building = asyncio.Lock()
        self._engine: Engine | None = None
        self._built_for: tuple[Settings, tuple[Path, ...]] | None = None
        self._target: Target | None = None
        self._asked: Target | None = None
        """What the engine asks."""
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
        return tuple(self._root_files)

    def set_roots(self, roots: Sequence[Path]) -> None:
        """Use these workspace roots, each with the settings it brings."""
        self._root_files = {
            root: self._root_files.get(root) or settings_files.repository_file(root)
            for root in roots
        }
        self._resolved.clear()

    def set_client(self, options: Sequence[Options]) -> None:
        """Use what the client sent, the weaker source first."""
        self._client_options = list(options)
        self._resolved.clear()

    def resolved(self, path: Path | None = None) -> Resolved:
        """The settings that hold for a document or a directory, and where each came from.

        Without a path, or outside all roots, those that hold everywhere.
        """
        resolved = self._configured(path)
        if self._enabled is None:
            return resolved
        settings = dataclasses.replace(resolved.settings, enabled=self._enabled)
        return dataclasses.replace(resolved, settings=settings)

    def settings(self, path: str | None = None) -> Settings:
        """The settings that hold for a document."""
        return self.resolved(Path(path) if path else None).settings

    async def ready_engine(self) -> Engine:
        """The engine for the settings as they are now; made or changed where they changed."""
        from codestral_ls.engine.engine import Engine

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
            return self._engine

    async def ready_target(self) -> Target:
        """Who is asked by the settings as they are now. Opens nothing."""
        async with self._building:
            return await self._up_to_date_target()

    async def _up_to_date_target(self) -> Target:
        from codestral_ls.session import assembly, choice

        resolved = self._configured(None)
        for root in self.roots:
            self.resolved(root)  # tells what is wrong in its settings file
        built_for = resolved.settings, self.roots
        if self._target is None or built_for != self._built_for:
            keys = await self._keys(resolved)
            self._choice = choice.choose(resolved, keys)
            if self.choice.warning is not None:
                self._notices.tell(self.choice.warning)
            indexing = self._client.index_progressed if self._client.wants_index else None
            self._target = assembly.target_of(
                self.choice, resolved.settings, self.roots, keys=keys, indexing=indexing
            )
            self._built_for = built_for
            self._log_settings(resolved)
        return self._target

    def failure_text(self, failure: Nothing) -> str:
        """What went wrong with a completion; for a refused key also which one it was."""
        return failures.text_of(failure, self.choice)

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
        return status_of(self._engine, self.choice, enabled=self.settings().enabled)

    async def aclose(self) -> None:
        """Release what the engine holds."""
        if self._engine is not None:
            await self._engine.aclose()

    async def _keys(self, resolved: Resolved) -> list[Key]:
        """All keys. A source that fails is reported and left out."""
        from codestral_ls.session import keyring

        found, problem = await keyring.gather(resolved.settings, self._environ)
        if problem:
            self._notices.tell(notices.of_keys(problem))
        return found

    def _refuses(self, snapshot: Snapshot) -> str | None:
        """Why this document must not leave the machine."""
        from codestral_ls.privacy import filenames

        if self.choice.is_local:
            return None
        if filenames.looks_secret(snapshot.path or snapshot.uri):
            return "Files with such a name usually contain secrets, so it is not sent."
        if snapshot.path is None:
            return None
        path = Path(snapshot.path)
        root = self._root_of(path)
        exclude = self.resolved(path).settings.exclude
        if exclude and filenames.matches(exclude, snapshot.path, str(root) if root else None):
            return "The file is excluded by the setting exclude."
        return None

    def _configured(self, path: Path | None) -> Resolved:
        """As ``resolved``, whatever ``toggle`` said."""
        if self._refresh():
            self._resolved.clear()
        root = self._root_of(path)
        if root not in self._resolved:
            self._resolved[root] = self._resolve(root)
        return self._resolved[root]

    def _root_of(self, path: Path | None) -> Path | None:
        """The innermost root that holds the path."""
        if path is None:
            return None
        holding = [root for root in self._root_files if path.is_relative_to(root)]
        return max(holding, key=lambda root: len(root.parts), default=None)

    def _refresh(self) -> bool:
        files = [*self._root_files.values(), *([self._user_file] if self._user_file else [])]
        changed = [file.refresh() for file in files]
        return any(changed)

    def _resolve(self, root: Path | None) -> Resolved:
        files = [self._user_file] if self._user_file else []
        if root is not None:
            files.append(self._root_files[root])
        resolved = resolve([*(file.options for file in files), *self._client_options, *self._fixed])
        problems = [*(problem for file in files for problem in file.problems), *resolved.problems]
        for problem in problems:
            self._notices.tell(notices.of_problem(problem))
        return resolved

    def _log_settings(self, resolved: Resolved) -> None:
        set_ones = [
            f"{name} ({origin.name})" for name, origin in resolved.origins.items() if origin.level
        ]
        _log.info(
            "provider %s%s, model %s; set: %s",
            self.choice.provider,
            f" at {self.choice.host}" if self.choice.host else "",
            self.choice.model,
            ", ".join(set_ones) or "nothing",
        )
