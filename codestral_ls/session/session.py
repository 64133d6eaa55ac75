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
import enum
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codestral_ls.config import (
    Options,
    Problem,
    Resolved,
    Settings,
    command_line_options,
    environment_options,
    resolve,
)
from codestral_ls.model import ClientHabits, Nothing, Snapshot
from codestral_ls.session import settings_files
from codestral_ls.session.status import status_of

if TYPE_CHECKING:
    from codestral_ls.engine.engine import Engine
    from codestral_ls.engine.target import Target
    from codestral_ls.privacy.hosts import Key
    from codestral_ls.session.choice import Choice
    from codestral_ls.text.syntax import Syntax
    from codestral_ls.workspace.index.client import IndexProgress

_log = logging.getLogger(__name__)


class Urgency(enum.Enum):
    """How loudly the user is told; values as in LSP's MessageType."""

    ERROR = 1
    WARNING = 2
    INFO = 3


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user must know or do."""

    urgency: Urgency
    text: str


class Session:
    """Settings, keys, and the engine made from them."""

    def __init__(
        self,
        environ: Mapping[str, str],
        flags: Mapping[str, str | None],
        tell: Callable[[Notice], None],
    ) -> None:
        """``flags``: settings given on the command line, by snake_case name. ``tell`` is called
        once for each thing the user must know."""
        self.manner = ClientHabits()
        self._choice: Choice | None = None
        self._environ = environ
        self._fixed = [environment_options(environ), command_line_options(flags)]
        self._client: list[Options] = []
        self._user_file = settings_files.user_file(environ)
        self._root_files: dict[Path, settings_files.SettingsFile] = {}
        self._resolved: dict[Path | None, Resolved] = {}
        self._tell = tell
        self._told: set[str] = set()
        self.trees: Callable[[Snapshot], Syntax | None] = lambda snapshot: None
        """The syntax of a document as it is in a snapshot; the server knows."""
        self.when_indexing: Callable[[IndexProgress], None] | None = None
        """Told how far the index of the workspace is; None: there is to be none."""
        self.when_backend_changed: Callable[[], None] = lambda: None
        self._building = asyncio.Lock()
        self._engine: Engine | None = None
        self._built_for: tuple[Settings, tuple[Path, ...]] | None = None
        self._target: Target | None = None
        self._asked: Target | None = None
        """What the engine asks."""
        self._enabled: bool | None = None
        """What ``toggle`` said last; None until it was used."""

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
        self._client = list(options)
        self._resolved.clear()

    def resolved(self, path: Path | None = None) -> Resolved:
        """The settings that hold for a document, and where each came from.

        Without a path, or outside of all roots, those that hold everywhere.
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
                    target, refuses=self._refuses, habits=self.manner, syntax=self.trees
                )
                self.when_backend_changed()
            elif target != self._asked:
                await self._engine.switch(target)
                self.when_backend_changed()
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
            self.resolved(root / "x")  # reports what is wrong in a root's file
        built_for = resolved.settings, self.roots
        if self._target is None or built_for != self._built_for:
            self._choice = choice.choose(resolved, await self._keys(resolved))
            if self.choice.warning:
                self.tell_once(Urgency.WARNING, self.choice.warning)
            self._target = assembly.target_of(
                self.choice, resolved.settings, self.roots, indexing=self.when_indexing
            )
            self._built_for = built_for
            self._log_settings(resolved)
        return self._target

    def failure_text(self, failure: Nothing) -> str:
        """What went wrong; for a refused key also which one it was."""
        if failure.failure != "auth":
            return failure.reason
        from codestral_ls.privacy.hosts import other_key_host

        key, host = self.choice.key, self.choice.host
        source = f" It came from {key.source}." if key else " No key was sent."
        # Mistral's two hosts for Codestral take different keys, the usual reason for a 401.
        other = other_key_host(host)
        hint = f", or use the endpoint https://{other}, which has keys of its own" if other else ""
        return f"{failure.reason}{source} Set another key, run codestral-ls login{hint}."

    def tell_failure(self, failure: Nothing) -> None:
        """Tell of a failed completion what the user must act on; the rest is in ``status``."""
        from codestral_ls.backends.base import ERRORS

        urgency = Urgency.ERROR if failure.failure == "auth" else Urgency.WARNING
        error = ERRORS.get(failure.failure)
        if failure.failure == "budget" or (error is not None and error.user_must_act):
            # Servers put numbers of requests into what they say; it is one condition all the same.
            condition = f"{failure.failure} at {self.choice.host}"
            self.tell_once(urgency, self.failure_text(failure), condition=condition)

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

    def tell_once(self, urgency: Urgency, text: str, *, condition: str = "") -> None:
        """Tell the user, unless the same condition, or else the very same text, was told before."""
        if (condition or text) not in self._told:
            self._told.add(condition or text)
            self._tell(Notice(urgency, text))

    async def _keys(self, resolved: Resolved) -> list[Key]:
        """All keys at hand. A source that fails is reported and left out."""
        from codestral_ls.session import keyring

        found, problem = await keyring.gather(resolved.settings, self._environ)
        if problem:
            self.tell_once(Urgency.WARNING, problem)
        return found

    def _refuses(self, snapshot: Snapshot) -> str | None:
        """Why this document must not leave the machine."""
        from codestral_ls.privacy import filenames

        if self.choice.is_local:
            return None
        if filenames.looks_secret(snapshot.path or snapshot.uri):
            return "The file looks like one that holds secrets; it is not sent anywhere."
        if snapshot.path is None:
            return None
        path = Path(snapshot.path)
        root = self._root_of(path)
        exclude = self.resolved(path).settings.exclude
        if exclude and filenames.matches(exclude, snapshot.path, str(root) if root else None):
            return "The file is excluded by the settings."
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
        resolved = resolve([*(file.options for file in files), *self._client, *self._fixed])
        problems = [*(problem for file in files for problem in file.problems), *resolved.problems]
        for problem in problems:
            self.tell_once(Urgency.WARNING, _sentence(problem))
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


def _sentence(problem: Problem) -> str:
    text = str(problem)
    return text if text.endswith((".", "?")) else text + "."
