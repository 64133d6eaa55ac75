"""From the choice of who completes to the engine's target, in one piece.

Imported with the first request only: the engine's parts take a tenth of a second that the answer
to ``initialize`` need not wait for.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codestral_ls import paths
from codestral_ls.backends import table
from codestral_ls.backends.base import Backend
from codestral_ls.backends.mistral import twin_hosts
from codestral_ls.backends.options import BackendOptions
from codestral_ls.config import Settings
from codestral_ls.engine.target import Target
from codestral_ls.privacy import secrets
from codestral_ls.privacy.hosts import Key
from codestral_ls.prompt.build import Mask
from codestral_ls.session import operators
from codestral_ls.session.choice import Choice
from codestral_ls.session.early_index import IndexOpener
from codestral_ls.session.settings_by_place import WorkspaceScope


def target_of(
    choice: Choice,
    settings: Settings,
    *,
    keys: Sequence[Key],
    environ: Mapping[str, str],
    readable: WorkspaceScope,
    open_snippets: IndexOpener | None,
) -> Target:
    """Who is asked, and what comes with it. Opens nothing.

    Other servers than the embedded provider are shown other files in their prompts, which
    ``open_snippets`` finds; they have their tokens counted, and may have a fallback. What stays in
    this machine's own processes is of ``readable``. ``keys`` are all that are at hand; they are
    masked wherever they stand. ``environ`` is for variables in paths.
    """
    embedded = BackendOpener(
        "workspace",
        BackendOptions(roots=tuple(str(root) for root in readable.roots), exclude=readable.exclude),
    )
    if choice.is_local:
        return Target(open_backend=embedded)
    state = paths.state_directory()
    return Target(
        open_backend=_chosen(choice, settings, environ),
        open_fallback=embedded if settings.fallback != "none" else None,
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


def _chosen(choice: Choice, settings: Settings, environ: Mapping[str, str]) -> BackendOpener:
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
    return BackendOpener(choice.provider, options, at_either_host=ambiguous)


@dataclass(frozen=True, slots=True)
class BackendOpener:
    """Opens a backend."""

    provider: str
    options: BackendOptions
    at_either_host: bool = False
    """The key may have been made for either host of Mistral's."""

    def __call__(self) -> Backend:
        if self.at_either_host:
            return twin_hosts.at_either_host(self.options)
        return table.create(self.provider, self.options)
