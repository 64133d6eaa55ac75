"""From the choice of who completes to the engine's target, in one piece.

Imported with the first request only: the engine's parts take a tenth of a second that the answer
to ``initialize`` need not wait for.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codestral_ls import paths
from codestral_ls.backends import table
from codestral_ls.backends.base import Backend
from codestral_ls.backends.mistral import twin_hosts
from codestral_ls.backends.options import BackendOptions
from codestral_ls.config import Settings
from codestral_ls.engine.target import SnippetSource, Target
from codestral_ls.privacy import secrets
from codestral_ls.privacy.hosts import Key
from codestral_ls.prompt.build import Mask
from codestral_ls.session import operators
from codestral_ls.session.choice import Choice
from codestral_ls.session.settings_by_place import WorkspaceScope
from codestral_ls.workspace.index.client import IndexProgress
from codestral_ls.workspace.index.source import WorkspaceIndex


def target_of(
    choice: Choice,
    settings: Settings,
    *,
    keys: Sequence[Key],
    environ: Mapping[str, str],
    sendable: WorkspaceScope,
    readable: WorkspaceScope,
    indexing: Callable[[IndexProgress], None] | None,
) -> Target:
    """Who is asked, and what comes with it. Opens nothing.

    Other servers than the embedded provider are shown other files in their prompts, those of
    ``sendable``; they have their tokens counted, and may have a fallback. What stays in this
    machine's own processes is of ``readable``. Without ``indexing``, which is told how far the
    index is, nothing is indexed: a single completion does not wait for that. ``keys`` are all that
    are at hand; they are masked wherever they stand. ``environ`` is for variables in paths.
    """
    embedded = _BackendOpener(
        "workspace",
        BackendOptions(roots=tuple(str(root) for root in readable.roots), exclude=readable.exclude),
    )
    if choice.is_local:
        return Target(open_backend=embedded)
    state, cache = paths.state_directory(), paths.cache_directory()
    open_snippets = None
    if indexing is not None and sendable.roots and settings.max_context_chars:
        kept_in = str(cache) if cache else None
        open_snippets = _IndexOpener(sendable.roots, sendable.exclude, kept_in, indexing)
    return Target(
        open_backend=_chosen(choice, settings, environ),
        open_fallback=embedded if settings.fallback == "workspace" else None,
        open_snippets=open_snippets,
        mask=_mask_of(tuple(key.secret for key in keys)),
        counts_tokens=True,
        tokens_file=state / "tokens.json" if state else None,
        chance=random.random,
    )


@functools.lru_cache(maxsize=2)
def _mask_of(keys: tuple[str, ...]) -> Mask:
    """The same function for the same keys, so that targets compare equal."""
    return secrets.masker(keys)


def _chosen(choice: Choice, settings: Settings, environ: Mapping[str, str]) -> _BackendOpener:
    options = BackendOptions(
        base_url=choice.base_url,
        api_key=choice.key.secret if choice.key else "",
        model=choice.model,
        headers=operators.headers_with_who(settings.headers),
        trace=operators.wants_trace(settings, environ),
        proxy=settings.proxy,
        ca_bundle=paths.expanded(settings.ca_bundle, environ) if settings.ca_bundle else None,
        fim_template=settings.fim_template,
        answer_within_s=settings.timeout_ms / 1000,
    )
    source = choice.key.source if choice.key else ""
    ambiguous = choice.provider == "mistral" and source == "CODESTRAL_API_KEY"
    return _BackendOpener(choice.provider, options, at_either_host=ambiguous)


@dataclass(frozen=True, slots=True)
class _BackendOpener:
    """Opens a backend."""

    provider: str
    options: BackendOptions
    at_either_host: bool = False
    """The key may have been made for either host of Mistral's."""

    def __call__(self) -> Backend:
        if self.at_either_host:
            return twin_hosts.at_either_host(self.options)
        return table.create(self.provider, self.options)


@dataclass(frozen=True, slots=True)
class _IndexOpener:
    """Opens the index of the workspace."""

    roots: tuple[Path, ...]
    exclude: Sequence[str]
    cache_directory: str | None
    indexing: Callable[[IndexProgress], None]

    def __call__(self) -> SnippetSource:
        return WorkspaceIndex(self.roots, self.exclude, self.cache_directory, self.indexing)
