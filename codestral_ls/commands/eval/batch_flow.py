"""How a batch is started, gone on with, and ended."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from codestral_ls.backends.base import BackendError
from codestral_ls.commands import exits
from codestral_ls.commands.eval import batch, batch_state
from codestral_ls.commands.eval.batch import BatchPlan, NothingBrought
from codestral_ls.commands.eval.batch_state import BatchRun, BatchState, NoBatch
from codestral_ls.commands.eval.git import GitProblem
from codestral_ls.commands.eval.planning import Flags, Planned
from codestral_ls.commands.eval.results import EvalRun
from codestral_ls.commands.eval.rounds import Material
from codestral_ls.commands.eval.runner import INTERRUPTED, EvalClient, Stage
from codestral_ls.commands.eval.tasks import TaskSet
from codestral_ls.commands.eval.variants import HIDDEN
from codestral_ls.commands.progress import ProgressLine
from codestral_ls.privacy.text import one_line

_UNKNOWN = "unknown to this key"
_OTHER_KEY = "use the key that made it; eval --cancel --yes forgets it"
_NOTHING_LEFT = "The batch is forgotten: nothing of it is left to fetch."
_DROPPED = "The batch is forgotten, and what was not fetched of it is given up."
_GOES_ON = "The batch goes on at Mistral's: eval --resume fetches it, eval --cancel ends it.\n"

_T = TypeVar("_T")


def check(planned: Sequence[Planned]) -> None:
    """End the process where these cannot be asked in a batch, or another one is under way."""
    if batch_state.is_under_way():
        exits.fail(
            "a batch is under way: fetch it with eval --resume, or end it with eval --cancel"
        )
    others = [each for each in planned if not each.choice.is_local and not _is_mistrals(each)]
    if others:
        exits.fail(
            f"provider {others[0].choice.provider} has no batches; only Mistral's own has: set "
            "provider = mistral, or leave out --batch"
        )
    if all(each.choice.is_local for each in planned):
        exits.fail("--batch needs a key for Mistral: set MISTRAL_API_KEY, or leave out --batch")


def start(
    planned: Sequence[Planned],
    flags: Flags,
    path: Path,
    tasks: TaskSet,
    material: Material,
    client: EvalClient,
    progress: ProgressLine,
) -> tuple[BatchRun, ...]:
    """Start a job for each variant that is Mistral's; the state is on disk from the first on."""
    runs: list[BatchRun] = []
    kept = {name: value for name, value in flags.items() if value and name not in HIDDEN}
    for each in planned:
        job = ""
        if _is_mistrals(each):
            progress(f"making the prompts of {each.title}")
            started = _guarded(
                batch.submit(BatchPlan(each.title, each.flags), material, client), progress
            )
            job = started.id
            sys.stderr.write(f"{one_line(each.title)}: batch {job} of {started.n_requests}\n")
        runs.append(BatchRun(each.variant.name, each.variant.changes, job, each.choice.model))
        try:
            BatchState(str(path.absolute()), kept, tasks, tuple(runs)).save()
        except NoBatch as problem:
            exits.fail(str(problem))
    return tuple(runs)


def fetch(
    runs: Sequence[BatchRun],
    planned: Sequence[Planned],
    material: Material,
    client: EvalClient,
    progress: ProgressLine,
    live: Callable[[Planned], EvalRun],
) -> list[EvalRun]:
    """Wait for the jobs, and make runs of their answers. ``live`` runs what has no job.

    The batch is over then, unless the user interrupts one of the runs, which is the last.
    """
    done: list[EvalRun] = []
    for row, each in zip(runs, planned, strict=True):
        if done and done[-1].stopped == INTERRUPTED:
            break
        if not row.job:
            done.append(live(each))
            continue
        plan = BatchPlan(each.title, each.flags)
        run = EvalRun(row.name, row.changes)
        done.append(run)
        try:
            answers = _guarded(batch.wait(plan, row.job, client, progress), progress)
        except NothingBrought as reason:
            progress.clear()
            run.provider, run.model = each.choice.provider, row.model
            run.stopped = str(reason)
            continue
        stage = Stage(material, os.environ, client, lambda _: None, lambda _: None)
        _guarded(batch.replay(run, plan, answers, stage), progress)
    if done and done[-1].stopped == INTERRUPTED:
        sys.stderr.write(_GOES_ON)
    else:
        batch_state.forget()
    return done


def cancel(flags: Flags, client: EvalClient, *, drops: bool) -> int:
    """End the jobs of the batch under way; returns the exit status.

    Where nothing of it can be fetched, or ``drops``, it is forgotten. Jobs of another key's or
    host's are unknown here, and may still bring something.
    """
    state = loaded()
    brings = is_unknown = False
    for row in state.runs:
        if row.job:
            own: Mapping[str, str | None] = {**state.flags, **flags, **row.changes}
            plan = BatchPlan(row.name or row.model, own)
            progress = ProgressLine(sys.stderr)
            ended = _guarded(batch.cancel(plan, row.job, client), progress)
            if ended is None:
                is_unknown = True
                status = _UNKNOWN if drops else f"{_UNKNOWN}: {_OTHER_KEY}"
            else:
                files = ended.output_file or ended.error_file
                brings = brings or bool(files) or not ended.has_ended
                status = ended.status.lower()
            sys.stdout.write(f"{one_line(plan.title)}: {one_line(status)}\n")
    if drops or not (brings or is_unknown):
        batch_state.forget()
        sys.stdout.write(f"{_DROPPED if brings or is_unknown else _NOTHING_LEFT}\n")
    elif brings:
        sys.stdout.write(
            "eval --resume shows what the batch brought by now; eval --cancel --yes forgets it.\n"
        )
    return exits.DONE


def loaded() -> BatchState:
    """The batch under way; ends the process where there is none."""
    try:
        return batch_state.load()
    except NoBatch as problem:
        exits.fail(str(problem))


def _guarded(made: Coroutine[Any, Any, _T], progress: ProgressLine) -> _T:
    try:
        return asyncio.run(made)
    except BackendError as error:
        progress.clear()
        _fail(str(error))
    except GitProblem as problem:
        exits.fail(str(problem))
    except KeyboardInterrupt:
        progress.clear()
        if batch_state.is_under_way():
            sys.stderr.write(_GOES_ON)
        raise


def _fail(message: str) -> NoReturn:
    kept = (
        " The batch is kept: eval --resume tries again, eval --cancel ends it."
        if batch_state.is_under_way()
        else ""
    )
    exits.fail(message + kept, exits.BACKEND)


def _is_mistrals(each: Planned) -> bool:
    return each.choice.provider == "mistral"
