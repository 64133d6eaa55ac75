"""``eval --batch``: the same prompts as one job of Mistral's, and its answers through the engine.

First the engine is let make the prompts, which are withheld and sent as a job. When the job has
ended, the engine is let make them again, and is answered from the job: window, snippets, early
stop and post-processing are those of every other run.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from codestral_ls.backends.base import BackendError, Chunk, RateLimits, ServerFailure
from codestral_ls.backends.mistral.batch import BatchAnswer, BatchJob, MistralBatches
from codestral_ls.commands.eval.results import EvalRun
from codestral_ls.commands.eval.rounds import Material
from codestral_ls.commands.eval.runner import INTERRUPTED, EvalClient, Stage, run_tasks
from codestral_ls.commands.eval.tap import Recorder, Tapping
from codestral_ls.commands.eval.tasks import Task
from codestral_ls.commands.progress import ProgressLine
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.session.assembly import BackendOpener
from codestral_ls.session.session import Session

_UNKNOWN = 404
_FIRST_LOOK_S, _LONGEST_LOOK_S = 2.0, 30.0
_PIECE_CHARS = 4
"""An answer of a job comes at once; the engine is shown it in pieces, as a stream brings it."""

Flags = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """A variant that is asked as a job."""

    title: str
    flags: Flags


class NothingBrought(Exception):
    """A job has ended without any answer; the text says why."""


def _identity_of(task: Task) -> str:
    """A task's id within a job."""
    return f"{task.digest[:16]}-{task.start}-{task.commit[:12] or 'disk'}"


async def submit(plan: BatchPlan, material: Material, client: EvalClient) -> BatchJob:
    """Make the prompts and start the job. Raises BackendError and GitProblem."""
    withheld: list[Mapping[str, Any]] = []
    bodies: dict[str, Mapping[str, Any]] = {}
    run = EvalRun(plan.title, {})

    def asked(_: int) -> None:
        if withheld:
            bodies[_identity_of(run.results[-1].task)] = withheld.pop()

    stage = Stage(material, os.environ, client, asked, lambda _: None)
    tapping = Tapping(Recorder(), withhold=lambda _, body: withheld.append(body))
    await run_tasks(run, plan.flags, stage, tapping)
    if run.stopped == INTERRUPTED:
        raise asyncio.CancelledError
    if run.stopped:
        raise ServerFailure(run.stopped)
    if not bodies:
        raise ServerFailure("No prompt was made: none of the tasks may be sent.")
    batches = await _open(plan, client)
    try:
        return await batches.submit(bodies)
    finally:
        await batches.aclose()


async def wait(
    plan: BatchPlan, job: str, client: EvalClient, progress: ProgressLine
) -> dict[str, BatchAnswer]:
    """Wait until the job has ended, and fetch its answers. Raises BackendError and
    NothingBrought."""
    batches = await _open(plan, client)
    try:
        look_s = _FIRST_LOOK_S
        while True:
            found = await batches.job(job)
            if found.has_ended:
                break
            progress.bar(found.n_done, found.n_requests, f"{found.status.lower()}: {plan.title} ")
            await asyncio.sleep(look_s)
            look_s = min(look_s * 1.5, _LONGEST_LOOK_S)
        progress.clear()
        answers = await batches.answers(found)
        if not answers:
            told = found.problem or "no reason given"
            raise NothingBrought(f"The batch ended without an answer ({found.status}): {told}")
        return answers
    finally:
        await batches.aclose()


async def cancel(plan: BatchPlan, job: str, client: EvalClient) -> BatchJob | None:
    """End a job, and say how it stands; None where this key knows none. Raises BackendError."""
    batches = await _open(plan, client)
    try:
        found = await batches.job(job)
        return found if found.has_ended else await batches.cancel(job)
    except BackendError as error:
        if error.status == _UNKNOWN:
            return None
        raise
    finally:
        await batches.aclose()


async def replay(
    run: EvalRun,
    plan: BatchPlan,
    answers: Mapping[str, BatchAnswer],
    stage: Stage,
) -> None:
    """Fill in the run's results from a job's answers. Raises GitProblem."""
    batches = await _open(plan, stage.client)
    await batches.aclose()
    who = batches.host, batches.model

    def instead(recorder: Recorder) -> _ReplayBackend:
        return _ReplayBackend(recorder, answers, *who)

    await run_tasks(run, plan.flags, stage, Tapping(Recorder(), instead=instead))
    run.is_batch = True
    run.results[:] = [replace(result, first_text_ms=None, total_ms=None) for result in run.results]


class _ReplayBackend:
    """Answers each task as a job did. Satisfies ``Backend``."""

    name = "mistral"
    rate_limits = RateLimits()
    deprecation = ""
    loading = ""

    def __init__(
        self, recorder: Recorder, answers: Mapping[str, BatchAnswer], host: str, model: str
    ) -> None:
        self.host = host
        self.model = model
        self._recorder = recorder
        self._answers = answers

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """The answer to the recorder's task."""
        del prompt
        task = self._recorder.task
        answer = self._answers.get(_identity_of(task)) if task is not None else None
        if answer is None or answer.problem:
            told = answer.problem if answer else "The batch brought no answer for this task."
            raise ServerFailure(told)
        # As over a network, nothing comes before the engine has what it looks up meanwhile.
        await asyncio.sleep(0)
        # All of it was paid for, however much of it is read.
        yield Chunk(usage=answer.usage)
        for start in range(0, len(answer.text), _PIECE_CHARS):
            yield Chunk(answer.text[start : start + _PIECE_CHARS])
        yield Chunk(finish=answer.finish, usage=answer.usage)

    async def warm(self) -> None:
        """There is nothing to prepare."""

    async def aclose(self) -> None:
        """There is nothing to release."""


async def _open(plan: BatchPlan, client: EvalClient) -> MistralBatches:
    session = Session(os.environ, plan.flags, client)
    opener = (await session.ready_target()).open_backend
    assert isinstance(opener, BackendOpener)
    return MistralBatches(opener.options)
