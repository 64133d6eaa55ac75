"""``codestral-ls eval [PATH]``: how good, fast and dear a model and its settings are on the user's
own code.

Tasks are holes in the user's files (``gathering``); each is asked through the engine, as the
server asks (``runner``); figures with their intervals are made of what would be shown
(``figures``), and shown in a terminal, as JSON or as a page.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from codestral_ls.backends.prices import Price, price_of
from codestral_ls.commands import exits
from codestral_ls.commands.eval import consent, dry_run, table, variants
from codestral_ls.commands.eval.gathering import TasksWanted, gather
from codestral_ls.commands.eval.git import GitProblem
from codestral_ls.commands.eval.report import report
from codestral_ls.commands.eval.results import Run
from codestral_ls.commands.eval.rounds import Material
from codestral_ls.commands.eval.runner import EvalClient, Stage, run_tasks
from codestral_ls.commands.eval.sources import Scope, scope_of
from codestral_ls.commands.eval.summary import Summary, summarise, title_of
from codestral_ls.commands.eval.tap import Recorder, Tapping
from codestral_ls.commands.eval.tasks import TaskSet
from codestral_ls.commands.eval.variants import UnusableVariant, Variant
from codestral_ls.commands.progress import ProgressLine
from codestral_ls.config import Level, Settings
from codestral_ls.session import settings_files
from codestral_ls.session.choice import Choice
from codestral_ls.session.session import Session

_INTERRUPTED = 130

Flags = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class _Planned:
    """A variant with who is asked by it."""

    variant: Variant
    flags: Flags
    choice: Choice
    settings: Settings
    price: Price | None


def run(arguments: argparse.Namespace, repeated: Mapping[str, Sequence[str]]) -> int:
    """Evaluate and report; returns the exit status. ``repeated``: the values of each setting that
    was given on the command line, in their order."""
    flags: Flags = {name: values[-1] for name, values in repeated.items()}
    try:
        tried = variants.variants(repeated, arguments.compare)
    except UnusableVariant as problem:
        exits.fail(str(problem))
    path = Path(arguments.path)
    if not path.exists():
        exits.fail(f"{path} does not exist")
    real = path.resolve()
    root = settings_files.workspace_root(real if real.is_dir() else real.parent)
    client = EvalClient()
    scope = asyncio.run(_scope(client, flags, root, real))
    with tempfile.TemporaryDirectory(prefix="codestral-ls-eval.") as top:
        wanted = TasksWanted(arguments.count, arguments.seed, arguments.since, arguments.tasks)
        progress = ProgressLine(sys.stderr)
        progress("looking for places to complete")
        tasks, material = gather(scope, wanted, Path(top))
        progress.clear()
        planned = asyncio.run(_plan(client, flags, tried, root, arguments.price))
        if arguments.dry_run:
            named = [(each.variant.name, each.flags) for each in planned]
            return dry_run.show(named, material, client)
        _ask(planned, material, given=arguments.price is not None, yes=arguments.yes)
        runs, was_interrupted = _run_all(planned, material, client, progress)
    summary = _summary(tasks, runs, arguments.price)
    if arguments.report is not None:
        _write(arguments.report, report(summary, root.name, datetime.now().astimezone()))
    if arguments.json:
        sys.stdout.write(json.dumps(summary.as_json(), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write(table.page(summary))
    if was_interrupted:
        return _INTERRUPTED
    failed = all(not each.answered for each in runs)
    return exits.BACKEND if failed else exits.DONE


async def _scope(client: EvalClient, flags: Flags, root: Path, path: Path) -> Scope:
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


async def _plan(
    client: EvalClient,
    flags: Flags,
    tried: Sequence[Variant],
    root: Path,
    price: Price | None,
) -> list[_Planned]:
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
        known = _price(price, choice.provider, choice.host, choice.model)
        planned.append(_Planned(variant, own, choice, settings, known))
    return planned


def _ask(planned: Sequence[_Planned], material: Material, *, given: bool, yes: bool) -> None:
    sent = [
        consent.sending(
            each.variant.name or each.choice.model or each.choice.provider,
            each.choice,
            each.price,
            each.settings,
            material,
            price_is_given=given,
        )
        for each in planned
        if not each.choice.is_local
    ]
    if sent:
        consent.ask(sent, yes=yes)


def _run_all(
    planned: Sequence[_Planned], material: Material, client: EvalClient, progress: ProgressLine
) -> tuple[list[Run], bool]:
    """Every variant on the tasks; and whether the user interrupted. What there is by then stays."""
    runs = []
    for each in planned:
        run = Run(each.variant.name, each.variant.changes)
        runs.append(run)
        title = each.variant.name or each.choice.model

        def show(done: int, title: str = title) -> None:
            progress.bar(done, len(material.tasks), title)

        show(0)
        stage = Stage(material, os.environ, client, show, progress)
        try:
            asyncio.run(run_tasks(run, each.flags, stage, Tapping(Recorder())))
        except GitProblem as problem:
            run.stopped = str(problem)
        finally:
            progress.clear()
        if run.stopped == "interrupted":
            return runs, True
    return runs, False


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        exits.fail(f"--report {file} cannot be written ({error.strerror})")


def _price(given: Price | None, provider: str, host: str, model: str) -> Price | None:
    """What the user says it costs, where a server is asked; else what is known."""
    return given if given is not None and host else price_of(provider, host, model)


def _summary(tasks: TaskSet, runs: Sequence[Run], price: Price | None) -> Summary:
    prices = [_price(price, run.provider, run.host, run.model) for run in runs]
    names = [title_of(run) for run in runs]
    for number, run in enumerate(runs):
        if names.count(names[number]) > 1 and not run.name:
            run.name = f"{names[number]}, settings as they are"
    return summarise(tasks, runs, prices)
