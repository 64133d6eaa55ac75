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
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from codestral_ls.backends.prices import Price
from codestral_ls.commands import exits
from codestral_ls.commands.eval import batch_flow, consent, dry_run, planning, table, variants
from codestral_ls.commands.eval.gathering import TasksWanted, gather
from codestral_ls.commands.eval.git import GitProblem
from codestral_ls.commands.eval.planning import Flags, Planned
from codestral_ls.commands.eval.report import report
from codestral_ls.commands.eval.results import EvalRun
from codestral_ls.commands.eval.rounds import Material
from codestral_ls.commands.eval.runner import INTERRUPTED, EvalClient, Stage, run_tasks
from codestral_ls.commands.eval.summary import Summary, summarise, title_of
from codestral_ls.commands.eval.tap import Recorder, Tapping
from codestral_ls.commands.eval.tasks import TaskSet
from codestral_ls.commands.eval.variants import UnusableVariant, Variant
from codestral_ls.commands.interruption import ended_as_by_ctrl_c, temporary_directory
from codestral_ls.commands.progress import ProgressLine
from codestral_ls.session import settings_files

_INTERRUPTED_STATUS = 130


def run(arguments: argparse.Namespace, repeated: Mapping[str, Sequence[str]]) -> int:
    """Evaluate and report; returns the exit status. ``repeated``: the values of each setting that
    was given on the command line, in their order."""
    client = EvalClient()
    flags: Flags = {name: values[-1] for name, values in repeated.items()}
    if arguments.cancel:
        return batch_flow.cancel(flags, client, drops=arguments.yes)
    state = batch_flow.loaded() if arguments.resume else None
    if state is not None:
        flags = {**state.flags, **flags}
        tried = tuple(Variant(row.name, row.changes) for row in state.runs)
    else:
        tried = _variants(repeated, arguments.compare)
    path = Path(arguments.path if state is None else state.path)
    if not path.exists():
        exits.fail(f"{path} does not exist")
    real = path.resolve()
    root = settings_files.workspace_root(real if real.is_dir() else real.parent)
    progress = ProgressLine(sys.stderr)
    scope = asyncio.run(planning.scope(client, flags, root, real))
    # Whatever ends it, the copy of the workspace is removed.
    with ended_as_by_ctrl_c(), temporary_directory("codestral-ls-eval.") as top:
        progress("looking for places to complete")
        wanted = TasksWanted(
            arguments.count,
            arguments.seed,
            arguments.since,
            arguments.tasks,
            given=state.tasks if state else None,
        )
        tasks, material = gather(scope, wanted, top)
        progress.clear()
        planned = asyncio.run(planning.plan(client, flags, tried, root, arguments.price))
        if arguments.dry_run:
            named = [(each.variant.name, each.flags) for each in planned]
            return dry_run.show(named, material, client)
        runner = _Runner(material, client, progress)
        if state is None:
            if arguments.batch:
                batch_flow.check(planned)
            _ask(planned, material, arguments)
        if state is not None or arguments.batch:
            jobs = state.runs if state is not None else batch_flow.start(
                planned, flags, path, tasks, material, client, progress
            )  # fmt: skip
            runs = batch_flow.fetch(jobs, planned, material, client, progress, runner.run)
        else:
            runs = runner.run_all(planned)
    summary = _summary(tasks, runs, arguments.price)
    if arguments.report is not None:
        _write(arguments.report, report(summary, root.name, datetime.now().astimezone()))
    if arguments.json:
        sys.stdout.write(json.dumps(summary.as_json(), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write(table.page(summary))
    if any(each.stopped == INTERRUPTED for each in runs):
        return _INTERRUPTED_STATUS
    failed = all(not each.answered for each in runs)
    return exits.BACKEND if failed else exits.DONE


def _variants(
    repeated: Mapping[str, Sequence[str]], compared: Sequence[str]
) -> tuple[Variant, ...]:
    try:
        return variants.variants(repeated, compared)
    except UnusableVariant as problem:
        exits.fail(str(problem))


def _ask(planned: Sequence[Planned], material: Material, arguments: argparse.Namespace) -> None:
    """Say what will be sent, and ask whether it may."""
    sent = [
        consent.sending(
            each.title,
            each.choice,
            each.price,
            each.settings,
            material,
            price_is_given=arguments.price is not None,
            is_batch=arguments.batch,
        )
        for each in planned
        if not each.choice.is_local
    ]
    if sent:
        consent.ask(sent, yes=arguments.yes)


class _Runner:
    """Runs variants on the tasks, one after another."""

    def __init__(self, material: Material, client: EvalClient, progress: ProgressLine) -> None:
        self._material = material
        self._client = client
        self._progress = progress

    def run_all(self, planned: Sequence[Planned]) -> list[EvalRun]:
        """All of them, as far as the user lets it: what there is by then stays."""
        runs: list[EvalRun] = []
        for each in planned:
            runs.append(self.run(each))
            if runs[-1].stopped == INTERRUPTED:
                break
        return runs

    def run(self, each: Planned) -> EvalRun:
        """One of them."""
        run = EvalRun(each.variant.name, each.variant.changes)

        def show(done: int) -> None:
            self._progress.bar(done, len(self._material.tasks), each.title)

        show(0)
        stage = Stage(self._material, os.environ, self._client, show, self._progress)
        try:
            asyncio.run(run_tasks(run, each.flags, stage, Tapping(Recorder())))
        except GitProblem as problem:
            run.stopped = str(problem)
        except KeyboardInterrupt:
            run.stopped = INTERRUPTED
        finally:
            self._progress.clear()
        return run


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        exits.fail(f"--report {file} cannot be written ({error.strerror})")


def _summary(tasks: TaskSet, runs: Sequence[EvalRun], price: Price | None) -> Summary:
    names = [title_of(run) for run in runs]
    for number, run in enumerate(runs):
        if names.count(names[number]) > 1 and not run.name:
            run.name = f"{names[number]}, settings as they are"
    return summarise(tasks, runs, [planning.price_of_run(price, run) for run in runs])
