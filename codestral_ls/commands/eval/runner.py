"""Asks the engine at each task, as a user would by a key, and judges what would be shown."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from codestral_ls.backends.base import ERRORS, BackendError
from codestral_ls.commands.eval.judging import judge
from codestral_ls.commands.eval.results import EvalRun, Result
from codestral_ls.commands.eval.rounds import Material, Round
from codestral_ls.commands.eval.tap import Heard, Recorder, Tapping
from codestral_ls.commands.eval.tasks import Task
from codestral_ls.commands.terminal import Terminal
from codestral_ls.config import Settings
from codestral_ls.engine.engine import Engine
from codestral_ls.engine.stream import CHARS_PER_TOKEN
from codestral_ls.model import (
    WINDOW_AFTER,
    WINDOW_BEFORE,
    Nothing,
    Outcome,
    Request,
    Snapshot,
    Suggestion,
    Trigger,
    Usage,
)
from codestral_ls.session.notices import Notice
from codestral_ls.session.session import Session
from codestral_ls.text import syntax
from codestral_ls.text.syntax import Syntax

# Nobody waits longer for a report than for this pause of a server.
_LONGEST_WAIT_S = 120.0
_FAILURES_IN_A_ROW = 5
# The largest models come from a slow disk within this; a request waits for a part of it.
_LOADED_WITHIN_S, _ASK_AGAIN_S = 600.0, 0.5
INTERRUPTED = "interrupted"
"""Why a run ended that the user ended."""
_ATTEMPTS = 4
_PASSING = ("rate", "overload", "budget")
# Asking about another place changes nothing.
_HOPELESS = frozenset(kind for kind, error in ERRORS.items() if not error.may_pass)
# So long the index and the embedded provider may take to read a workspace.
_READ_WITHIN_S = 120.0
# The index answers within milliseconds; on a machine that runs an evaluation it may be later, and
# figures must not depend on that.
_CONTEXT_WITHIN_S = 10.0
_LOOK_EVERY_S = 0.01
# Of the text round a hole, on the page.
_LINES_BEFORE, _LINES_AFTER, _SIDE_CHARS = 14, 8, 2_000

Told = Callable[[str], None]


class EvalClient(Terminal):
    """The client of the sessions of one evaluation: one document is open at a time."""

    wants_index = True

    def __init__(self) -> None:
        self._tree: Syntax | None = None
        self.is_silent = False
        """What is wrong is told otherwise."""
        self._told: set[str] = set()

    def tell(self, notice: Notice) -> None:
        """One line on stderr, once for all sessions."""
        if self.is_silent:
            return
        if notice.text not in self._told:
            self._told.add(notice.text)
            super().tell(notice)

    def open(self, text: str, language_id: str) -> None:
        """Have another document open. An editor's server keeps the tree of an open document, so
        the time to make it is no request's."""
        self._tree = syntax.parse(text, language_id)

    def syntax(self, snapshot: Snapshot) -> Syntax | None:
        """The open document's syntax tree."""
        return self._tree


@dataclass(frozen=True, slots=True)
class Stage:
    """What a run needs beside its own settings."""

    material: Material
    environ: Mapping[str, str]
    client: EvalClient
    progress: Callable[[int], None]
    """Called with the number of tasks that are done."""
    waits: Told
    """Called with what is waited for."""


@dataclass(slots=True)
class Pace:
    """When the next request may go, over all rounds: each has an engine of its own."""

    not_before: float = 0.0
    sent_at: deque[float] = field(default_factory=deque)
    loads_since: float | None = None
    """When the server was first found to load its model."""

    def wait_s(self, now: float, per_minute: int | None) -> float:
        """Seconds until a request may go; counts it as sent then."""
        while self.sent_at and self.sent_at[0] <= now - 60:
            self.sent_at.popleft()
        wait_s = max(0.0, self.not_before - now)
        if per_minute is not None and len(self.sent_at) >= per_minute:
            wait_s = max(wait_s, self.sent_at[0] + 60 - now)
        return wait_s


class _Stopped(Exception):
    """Going on is pointless; the text says why."""


async def run_tasks(
    run: EvalRun, flags: Mapping[str, str | None], stage: Stage, tapping: Tapping
) -> None:
    """Fill in the run's results, as far as it gets: an interruption and a failure that lasts end
    it early, and ``run.stopped`` says so. Raises GitProblem."""
    pace = Pace()
    failures_in_a_row = 0
    try:
        for part in stage.material.rounds:
            await asyncio.to_thread(part.prepare)
            async with aclosing(_Asker(run, part, flags, stage, tapping, pace)) as asker:
                await asker.start()
                for task in part.tasks:
                    result = await asker.ask(task)
                    run.results.append(result)
                    stage.progress(len(run.results))
                    failures_in_a_row = failures_in_a_row + 1 if result.failure else 0
                    is_over = result.failure in _HOPELESS or failures_in_a_row == _FAILURES_IN_A_ROW
                    if tapping.is_live and is_over:
                        raise _Stopped(result.why)
    except _Stopped as reason:
        run.stopped = str(reason)
    except asyncio.CancelledError:
        task_now = asyncio.current_task()
        assert task_now is not None
        task_now.uncancel()
        run.stopped = INTERRUPTED


class _Asker:
    """One round: a session, its engine, and the documents opened in turn."""

    def __init__(
        self,
        run: EvalRun,
        part: Round,
        flags: Mapping[str, str | None],
        stage: Stage,
        tapping: Tapping,
        pace: Pace,
    ) -> None:
        self._run = run
        self._part = part
        self._stage = stage
        self._pace = pace
        self._recorder = Recorder()
        self._is_live = tapping.is_live
        tap = replace(tapping, recorder=self._recorder)
        self._session = Session(stage.environ, flags, stage.client, adapt=tap)
        self._session.set_roots([stage.material.tree.root])
        self._engine: Engine | None = None

    async def start(self) -> None:
        """Make the engine."""
        self._engine = await self._session.ready_engine()
        await self._engine.warm()
        self._note_who()

    async def aclose(self) -> None:
        """End the engine and its processes."""
        await self._session.aclose()

    async def ask(self, task: Task) -> Result:
        """What a user would see at a task's hole. Raises _Stopped."""
        assert self._engine is not None
        text = self._stage.material.text(task)
        before, after = task.sides(text)
        path = str(self._stage.material.tree.place(task.path))
        snapshot = snapshot_at(path, task.language_id, before, after)
        settings = replace(self._session.settings(path), speculate="never")
        self._recorder.task = task
        self._stage.client.open(before + after, task.language_id)
        for listener in self._engine.listeners:
            listener.opened(path, before + after)
        try:
            await self._read()
            outcome, heard = await self._outcome(self._engine, snapshot, settings)
        finally:
            self._engine.closed(snapshot.uri)
            for listener in self._engine.listeners:
                listener.closed(path)
        self._note_who()
        return _result_of(task, text, outcome, heard, self._why(outcome))

    async def _outcome(
        self, engine: Engine, snapshot: Snapshot, settings: Settings
    ) -> tuple[Outcome, Heard | None]:
        """What comes of a request, asked again while the trouble may pass. Raises _Stopped."""
        n_attempts = 0
        while True:
            await self._wait(settings)
            await engine.find_context(snapshot, settings, _CONTEXT_WITHIN_S)
            self._recorder.take()
            outcome = await engine.complete(Request(snapshot, Trigger.INVOKED), settings)
            heard = self._recorder.take()
            failure = outcome.failure if isinstance(outcome, Nothing) else ""
            if failure == "loading":
                await self._wait_for_model(self._why(outcome))
            else:
                self._pace.loads_since = None
                n_attempts += 1
                if failure not in _PASSING or n_attempts == _ATTEMPTS:
                    return outcome, heard
            engine.closed(snapshot.uri)

    async def _wait_for_model(self, why: str) -> None:
        """Wait for a moment, while the server loads its model. Raises _Stopped."""
        now = asyncio.get_running_loop().time()
        self._pace.loads_since = now if self._pace.loads_since is None else self._pace.loads_since
        if now >= self._pace.loads_since + _LOADED_WITHIN_S:
            raise _Stopped(why)
        self._stage.waits(why)
        await asyncio.sleep(_ASK_AGAIN_S)

    def _why(self, outcome: Outcome) -> str:
        match outcome:
            case Suggestion():
                return outcome.note
            case Nothing():
                return self._session.failure_text(outcome) if outcome.failure else outcome.reason
            case _:
                return outcome.reason

    async def _read(self) -> None:
        """Wait until the workspace was read, with the document as it is now."""
        for reader in self._recorder.readers:
            with suppress(TimeoutError, BackendError):
                async with asyncio.timeout(_READ_WITHIN_S):
                    # Children tell how far they are only when asked.
                    while not (await reader.status()).get("done", True):  # noqa: ASYNC110
                        await asyncio.sleep(_LOOK_EVERY_S)

    async def _wait(self, settings: Settings) -> None:
        """Wait while budgets, limits and the server want it. Raises _Stopped where that is long."""
        assert self._engine is not None
        if not self._is_live:
            return
        loop = asyncio.get_running_loop()
        while True:
            pause = self._engine.pause(settings)
            until = pause.until if pause is not None else 0.0
            self._pace.not_before = max(self._pace.not_before, until)
            wait_s = self._pace.wait_s(loop.time(), settings.requests_per_minute)
            if wait_s <= 0:
                break
            if wait_s > _LONGEST_WAIT_S:
                raise _Stopped(pause.reason if pause else "The server asks for a long pause.")
            own = pause is not None and until >= self._pace.not_before
            why = pause.reason if pause is not None and own else "as your budget asks"
            self._stage.waits(f"waiting {wait_s:.0f} s: {why}")
            await asyncio.sleep(wait_s)
        self._pace.sent_at.append(loop.time())

    def _note_who(self) -> None:
        assert self._engine is not None
        status, choice = self._engine.status(), self._session.choice
        self._run.provider = status.provider
        self._run.host = "" if choice.is_local else status.host or choice.host
        self._run.model = status.model or choice.model


def snapshot_at(path: str, language_id: str, before: str, after: str) -> Snapshot:
    """A document with the cursor between two texts."""
    return Snapshot(
        uri=Path(path).as_uri(),
        path=path,
        language_id=language_id,
        version=None,
        before=before[-WINDOW_BEFORE:],
        after=after[:WINDOW_AFTER],
        line=before.count("\n"),
        at_document_start=len(before) <= WINDOW_BEFORE,
        at_document_end=len(after) <= WINDOW_AFTER,
    )


def _result_of(task: Task, text: str, outcome: Outcome, heard: Heard | None, why: str) -> Result:
    """A task's result. ``heard`` is what was asked and answered, if anything was."""
    before, after = task.sides(text)
    shown, covers = ("", 0)
    if isinstance(outcome, Suggestion):
        shown, covers = outcome.text, outcome.covers
    judgement = None
    if shown:
        judgement = judge(before, task.truth, after, shown, covers, task.language_id)
    usage, is_estimated = _usage_of(heard)
    return Result(
        task=task,
        shown=shown,
        covers=covers,
        raw=heard.text if heard else "",
        why=why,
        failure=outcome.failure if isinstance(outcome, Nothing) else "",
        judgement=judgement,
        first_text_ms=outcome.timings.first_token,
        total_ms=outcome.timings.total,
        usage=usage,
        is_estimated=is_estimated,
        before="\n".join(before.split("\n")[-_LINES_BEFORE:])[-_SIDE_CHARS:],
        after="\n".join(after.split("\n")[:_LINES_AFTER])[:_SIDE_CHARS],
        line=before.count("\n") + 1,
    )


def _usage_of(heard: Heard | None) -> tuple[Usage | None, bool]:
    """The tokens of one request, and whether they are estimated; None where nobody knows."""
    if heard is None or heard.is_local:
        return Usage(), False
    if heard.error is not None:
        return None, False
    # A server that counts no tokens of a prompt does not count.
    if heard.usage is not None and heard.usage.prompt_tokens:
        return heard.usage, False
    prompt = heard.prompt
    shown = sum(snippet.cost for snippet in prompt.snippets)
    n_chars = len(prompt.prefix) + len(prompt.suffix) + shown
    return Usage(round(n_chars / CHARS_PER_TOKEN), round(len(heard.text) / CHARS_PER_TOKEN)), True
