"""From the command line to what is tried, and who is asked by each."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codestral_ls.backends.prices import BATCH_SHARE, Price, price_of
from codestral_ls.commands import exits
from codestral_ls.commands.eval.results import EvalRun
from codestral_ls.commands.eval.runner import EvalClient
from codestral_ls.commands.eval.sources import Scope, scope_of
from codestral_ls.commands.eval.variants import Variant
from codestral_ls.config import Level, Settings
from codestral_ls.session.choice import Choice
from codestral_ls.session.session import Session

Flags = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Planned:
    """A variant with who is asked by it."""

    variant: Variant
    flags: Flags
    choice: Choice
    settings: Settings
    price: Price | None

    @property
    def title(self) -> str:
        """What it is called."""
        return self.variant.name or self.choice.model or self.choice.provider


async def scope(client: EvalClient, flags: Flags, root: Path, path: Path) -> Scope:
    """What tasks may be made of, by the user's own settings."""
    session = Session(os.environ, flags, client)
    session.set_roots([root])
    await session.refresh()
    sendable = session.sendable
    if root not in sendable.roots:
        exits.fail(
            f"{root} has a .codestral.toml that cannot be read, so nothing of it may be sent; "
            "repair or remove that file"
        )
    settings = session.settings(str(root))
    return scope_of(root, path, sendable.exclude, settings.disabled_languages)


async def plan(
    client: EvalClient,
    flags: Flags,
    tried: Sequence[Variant],
    root: Path,
    price: Price | None,
) -> list[Planned]:
    """Who is asked by each variant. Ends the process where a setting cannot be used."""
    planned = []
    for variant in tried:
        own: Flags = {**flags, **variant.changes}
        session = Session(os.environ, own, client)
        session.set_roots([root])
        client.is_silent = True
        resolved = session.resolved(str(root))
        client.is_silent = False
        for problem in resolved.problems:
            if problem.origin.level is Level.COMMAND_LINE:
                exits.fail(problem.complaint)
        await session.ready_target()
        choice, settings = session.choice, resolved.settings
        if choice.warning is not None and settings.provider not in ("auto", "workspace"):
            exits.fail(choice.warning.text)
        known = _priced(price, choice.provider, choice.host, choice.model)
        planned.append(Planned(variant, own, choice, settings, known))
    return planned


def price_of_run(given: Price | None, run: EvalRun) -> Price | None:
    """What a run's tokens cost."""
    price = _priced(given, run.provider, run.host, run.model)
    return price.scaled(BATCH_SHARE) if price is not None and run.is_batch else price


def _priced(given: Price | None, provider: str, host: str, model: str) -> Price | None:
    """What the user says it costs, where a server is asked; else what is known."""
    return given if given is not None and host else price_of(provider, host, model)
