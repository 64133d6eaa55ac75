"""From the choice of who completes to the engine's target, in one piece.

Imported with the first request only: the engine's parts take a tenth of a second that the answer
to ``initialize`` need not wait for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from codestral_ls import paths
from codestral_ls.backends import table
from codestral_ls.backends.base import Backend
from codestral_ls.backends.mistral import twin_hosts
from codestral_ls.config import Settings
from codestral_ls.config.settings import Headers
from codestral_ls.engine.target import SnippetSource, Target
from codestral_ls.privacy import secrets
from codestral_ls.session.choice import Choice
from codestral_ls.workspace.index.client import IndexProgress
from codestral_ls.workspace.index.source import WorkspaceIndex


def target_of(
    choice: Choice,
    settings: Settings,
    roots: Sequence[Path],
    *,
    indexing: Callable[[IndexProgress], None] | None,
) -> Target:
    """Who is asked, and what comes with it. Opens nothing.

    Other servers than the embedded provider are shown other files in their prompts, have their
    tokens counted, and may have a fallback. Without ``indexing``, which is told how far the index
    is, nothing is indexed: a single completion does not wait for that.
    """
    embedded = _EmbeddedOpener(tuple(str(root) for root in roots), settings.exclude)
    if choice.is_local:
        return Target(open_backend=embedded)
    state, cache = paths.state_directory(), paths.cache_directory()
    open_snippets = None
    if indexing is not None and roots and settings.max_context_chars:
        kept_in = str(cache) if cache else None
        open_snippets = _IndexOpener(tuple(roots), settings.exclude, kept_in, indexing)
    return Target(
        open_backend=_BackendOpener(
            choice, settings.fim_template, settings.headers, settings.proxy, settings.ca_bundle
        ),
        open_fallback=embedded if settings.fallback == "workspace" else None,
        open_snippets=open_snippets,
        mask=secrets.mask_around,
        counts_tokens=True,
        tokens_file=state / "tokens.json" if state else None,
    )


@dataclass(frozen=True, slots=True)
class _BackendOpener:
    """Opens the backend that was chosen."""

    choice: Choice
    fim_template: str
    headers: Headers
    proxy: str | None
    ca_bundle: str | None

    def __call__(self) -> Backend:
        choice = self.choice
        if choice.key is not None and choice.key.source == "CODESTRAL_API_KEY":
            # It may have been made for either host of Mistral's.
            return twin_hosts.backend_for(choice.provider, choice.base_url, self._open)
        return self._open(choice.base_url)

    def _open(self, base_url: str) -> Backend:
        # Mistral's endpoint takes prefix and suffix apart; all others are sent a template.
        named = self.choice.provider != "mistral"
        template = {"fim_template": self.fim_template} if named else {}
        return table.create(
            self.choice.provider,
            **template,
            base_url=base_url,
            api_key=self.choice.key.secret if self.choice.key else "",
            model=self.choice.model,
            headers=dict(self.headers),
            proxy=self.proxy,
            ca_bundle=self.ca_bundle,
        )


@dataclass(frozen=True, slots=True)
class _EmbeddedOpener:
    """Opens the provider that needs no model."""

    roots: tuple[str, ...]
    exclude: Sequence[str]

    def __call__(self) -> Backend:
        return table.create("workspace", roots=list(self.roots), exclude=self.exclude)


@dataclass(frozen=True, slots=True)
class _IndexOpener:
    """Opens the index of the workspace."""

    roots: tuple[Path, ...]
    exclude: Sequence[str]
    cache_directory: str | None
    indexing: Callable[[IndexProgress], None]

    def __call__(self) -> SnippetSource:
        return WorkspaceIndex(self.roots, self.exclude, self.cache_directory, self.indexing)
