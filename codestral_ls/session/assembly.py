"""What an engine is made of, once it is decided who completes.

Imported with the first request only: the engine's parts take a tenth of a second that the answer
to ``initialize`` need not wait for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from codestral_ls import paths
from codestral_ls.backends import table
from codestral_ls.backends.base import Backend
from codestral_ls.backends.mistral import twin_hosts
from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.table import BACKENDS
from codestral_ls.config import Settings
from codestral_ls.engine.daily_tokens import DailyTokens
from codestral_ls.engine.upstream import Upstream
from codestral_ls.privacy import secrets
from codestral_ls.prompt.build import Mask, unmasked
from codestral_ls.session.choice import Choice
from codestral_ls.workspace.index.client import IndexProgress
from codestral_ls.workspace.index.source import WorkspaceIndex


def make_backend(choice: Choice, settings: Settings, roots: Sequence[Path]) -> Backend:
    """The backend that was chosen. Opens nothing yet."""
    if choice.is_local:
        return embedded(settings, roots)

    options = BackendOptions(
        base_url=choice.base_url,
        api_key=choice.key.secret if choice.key else "",
        model=choice.model,
        headers=dict(settings.headers),
        proxy=settings.proxy,
        ca_bundle=settings.ca_bundle,
        fim_template=settings.fim_template,
    )
    source = choice.key.source if choice.key else ""
    if choice.provider == "mistral" and source == "CODESTRAL_API_KEY":
        # Nobody can tell from it whether it is a key of the one host or of the other.
        return twin_hosts.at_either_host(options)
    return table.create(choice.provider, options)


def embedded(settings: Settings, roots: Sequence[Path]) -> Backend:
    """The provider that needs no model."""
    paths = [str(root) for root in roots]
    return table.create("workspace", BackendOptions(roots=paths, exclude=settings.exclude))


def limit_of(backend: Backend) -> Callable[[], int]:
    """How many requests it takes at a time; asked by name each time, since who answers at an
    endpoint may be found out later."""
    return lambda: BACKENDS[backend.name].max_in_flight


def mask_for(choice: Choice) -> Mask:
    """Secrets are masked in all that leaves this machine's processes."""
    return unmasked if choice.is_local else secrets.mask_around


def equip(
    dispatcher: Upstream,
    settings: Settings,
    roots: Sequence[Path],
    *,
    when_indexing: Callable[[IndexProgress], None] | None,
) -> None:
    """Add what a backend that is not the embedded one wants: a count of tokens, other files for
    its prompts, and who answers in its place. Without ``when_indexing`` nothing is indexed: a
    single completion does not wait for that."""
    dispatcher.is_local = lambda: BACKENDS[dispatcher.backend.name].is_local
    state = paths.state_directory()
    dispatcher.ledger = DailyTokens(state / "tokens.json" if state else None)
    if when_indexing is not None and roots and settings.max_context_chars:
        cache = paths.cache_directory()
        dispatcher.source = WorkspaceIndex(
            roots, settings.exclude, str(cache) if cache else None, when_indexing
        )
    if settings.fallback == "workspace":
        dispatcher.fallback = embedded(settings, roots)
