"""What ``doctor`` looks at: settings, keys, the endpoint's models, one completion.

Everything that waits is here; ``checks`` says what it means.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from codestral_ls.backends.auto import AutoBackend
from codestral_ls.backends.base import (
    Backend,
    BackendError,
    BackendTimeout,
    Loading,
    NetworkFailure,
)
from codestral_ls.backends.embedded import EmbeddedBackend
from codestral_ls.backends.served.base import ServedBackend
from codestral_ls.backends.served.facts import Facts
from codestral_ls.commands import loading
from codestral_ls.commands.doctor.proxy import proxy_of
from codestral_ls.commands.doctor.samples import prompt_of
from codestral_ls.commands.doctor.trial import Trial, try_completion
from codestral_ls.commands.doctor.workspace import IndexFindings
from codestral_ls.commands.terminal import shown
from codestral_ls.config import Resolved
from codestral_ls.privacy.proxies import ProxyDecision
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.session import settings_files
from codestral_ls.session.choice import Choice
from codestral_ls.session.client import PlainClient
from codestral_ls.session.notices import Notice, sentence_of
from codestral_ls.session.session import Session

# The first connection of a day resolves a name and shakes hands twice, through a proxy perhaps.
_FACTS_WITHIN_S = 10.0
# A large workspace takes longer; what was learnt by then is enough for the report.
_LEARN_WITHIN_S = 5.0
_LEARNING_POLL_S = 0.05
# Of a model: what takes longer is told, with what to do.
_LOADED_WITHIN_S = 120.0
# Enough to see that a model answers; a usual answer is no longer.
_TRIAL_TOKENS = 32

Model = dict[str, Any]


@runtime_checkable
class _ListsModels(Protocol):
    """A backend that can be asked which models there are."""

    async def list_models(self) -> list[Model]:
        """Each with an ``id``; ``aliases``, ``capabilities`` … where servers send them."""
        ...


@dataclass(slots=True)
class Findings:
    """What was found, in the order of the checks."""

    resolved: Resolved
    problems: list[str]
    """What is wrong in the settings, a sentence each."""
    choice: Choice
    no_config: str = ""
    """The settings file that CODESTRAL_LS_CONFIG names, if there is none."""
    key_problems: list[str] = field(default_factory=list)
    host: str = ""
    """The host that was asked in the end."""
    model: str = ""
    provider: str = ""
    """The provider that the server turned out to be."""
    proxy: ProxyDecision | str | None = None
    """How the host is reached, as in ``doctor.proxy``."""
    models: list[Model] | None = None
    """None where the backend has no list, or did not give it."""
    facts: Facts | None = None
    """What a self-hosted server was found to be."""
    facts_error: BackendError | None = None
    """Why neither list nor facts are known."""
    facts_ms: float = 0.0
    trial: Trial | None = None
    """The timed completion; None if it was not tried."""
    deprecation: str = ""
    """When the model will be retired, if an answer said so."""
    learnt: dict[str, Any] = field(default_factory=dict)
    """What the embedded provider has learnt."""
    index: IndexFindings | None = None
    """What prompts may show of other files; None where nothing is sent."""
    backend: Backend | None = field(default=None, repr=False)
    """Open, and the caller's to close."""

    @property
    def is_known(self) -> bool:
        """It is known what the server serves."""
        return self.models is not None or self.facts is not None


class NoticeCollector(PlainClient):
    """Collects the notices, for the report."""

    def __init__(self) -> None:
        self._notices: list[Notice] = []

    def tell(self, notice: Notice) -> None:
        """Keep it."""
        self._notices.append(notice)

    def take(self) -> list[Notice]:
        """All notices since the last time."""
        news, self._notices = self._notices, []
        return news


async def examine(
    session: Session, told: NoticeCollector, directory: Path, progress: Callable[[str], None]
) -> Findings:
    """Check everything for a workspace. ``told`` is the session's client."""
    session.set_roots([directory])
    resolved = session.resolved(str(directory))
    told.take()  # the same as in these, in fewer words
    problems = [sentence_of(problem) for problem in resolved.problems]
    progress("looking for a key")
    target = await session.ready_target()
    choice = session.choice
    key_problems = [shown(notice.text) for notice in told.take() if notice != choice.warning]
    found = Findings(
        resolved, problems, choice, settings_files.named_but_missing(os.environ), key_problems
    )
    backend = target.open_backend()
    found.backend = backend
    if isinstance(backend, EmbeddedBackend):
        await _examine_embedded(backend, found, progress)
    else:
        await _examine_endpoint(backend, found, progress)
    return found


async def _examine_embedded(
    backend: EmbeddedBackend, found: Findings, progress: Callable[[str], None]
) -> None:
    progress("learning the workspace")
    timeout_s = found.resolved.settings.timeout_ms / 1000
    found.trial = await try_completion(backend, _question(), timeout_s)
    if found.trial.error is not None:
        return
    give_up_at = time.monotonic() + _LEARN_WITHIN_S
    found.learnt = await backend.status()
    while not found.learnt.get("done") and time.monotonic() < give_up_at:
        await asyncio.sleep(_LEARNING_POLL_S)
        found.learnt = await backend.status()
    # The first answer waits for the process to start, which the next ones need not.
    found.trial = await try_completion(backend, _question(), timeout_s)


async def _examine_endpoint(
    backend: Backend, found: Findings, progress: Callable[[str], None]
) -> None:
    found.proxy = proxy_of(found.choice.base_url, found.resolved)
    progress(f"asking {found.choice.host}")
    asked = backend
    backend = await _learn_facts(backend, found)
    if isinstance(found.facts_error, Loading) and await _is_loaded(backend, progress):
        found.facts_error = None
        backend = await _learn_facts(asked, found)
    # A host that was not reached is not waited for twice. Other failures may be the list's alone.
    if not isinstance(found.facts_error, NetworkFailure | BackendTimeout):
        progress(f"waiting for a completion from {backend.model or backend.host}")
        timeout_s = found.resolved.settings.timeout_ms / 1000
        found.trial = await try_completion(backend, _question(), timeout_s)
        if isinstance(found.trial.error, Loading) and await _is_loaded(backend, progress):
            found.trial = await try_completion(backend, _question(), timeout_s)
    found.provider, found.host, found.model = backend.name, backend.host, backend.model
    found.deprecation = backend.deprecation


async def _learn_facts(backend: Backend, found: Findings) -> Backend:
    """Ask the server what it serves. Returns the backend that fits it, which may have to be
    found out first."""
    started_at = time.perf_counter()
    try:
        async with asyncio.timeout(_FACTS_WITHIN_S):
            if isinstance(backend, AutoBackend):
                backend = await backend.backend()
            if isinstance(backend, _ListsModels):
                found.models = await backend.list_models()
            elif isinstance(backend, ServedBackend):
                found.facts = await backend.facts()
            else:
                await backend.warm()
    except BackendError as error:
        found.facts_error = error
    except TimeoutError:
        found.facts_error = (
            Loading(backend.loading)
            if backend.loading
            else BackendTimeout(f"{found.choice.host} did not answer within {_FACTS_WITHIN_S:g} s.")
        )
    found.facts_ms = (time.perf_counter() - started_at) * 1000
    return backend


async def _is_loaded(backend: Backend, progress: Callable[[str], None]) -> bool:
    progress(f"{backend.loading.rstrip('.')}; waiting for it")
    return await loading.is_over(lambda: bool(backend.loading), _LOADED_WITHIN_S)


def _question() -> Prompt:
    return prompt_of("python", max_tokens=_TRIAL_TOKENS)
