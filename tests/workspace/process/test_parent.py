"""A child process and its parent, whatever either of them does."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from codestral_ls.workspace.process import parent
from codestral_ls.workspace.process.parent import (
    FORGIVEN_AFTER_S,
    MAX_RESTARTS,
    Child,
    Message,
    SupervisedChild,
)

# The embedded provider's child serves as any other, and starts twice as fast as the index's: it
# answers ``status`` and reads what it is told.
MODULE = "codestral_ls.workspace.completer.process"
STATUS = {"op": "status"}


@pytest.fixture
async def kept() -> AsyncIterator[SupervisedChild]:
    kept = SupervisedChild(MODULE, name="the child")
    yield kept
    await kept.aclose()


async def kill(kept: SupervisedChild) -> None:
    assert kept.running is not None
    os.kill(kept.running.pid, signal.SIGKILL)
    while kept.running is not None:  # noqa: ASYNC110  # it is a process's state
        await asyncio.sleep(0.01)  # the process needs the processor more


async def test_many_questions_at_once_are_all_answered(kept: SupervisedChild) -> None:
    answers = await asyncio.gather(*(kept.ask(STATUS) for _ in range(20)))
    assert [answer["files"] for answer in answers] == [0] * 20


async def test_a_cancelled_question_leaves_the_pipe_as_it_was(kept: SupervisedChild) -> None:
    await kept.ask(STATUS)
    assert kept.running is not None
    os.kill(kept.running.pid, signal.SIGSTOP)
    for _ in range(10):
        asking = asyncio.create_task(kept.ask(STATUS))
        await asyncio.sleep(0)  # the question is on its way
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    os.kill(kept.running.pid, signal.SIGCONT)
    assert (await kept.ask(STATUS))["files"] == 0


async def test_those_who_ask_at_once_start_one_child() -> None:
    started: list[Child] = []
    kept = SupervisedChild(MODULE, name="the child", on_start=started.append)
    await asyncio.gather(*(kept.ask(STATUS) for _ in range(5)))
    await kept.aclose()
    assert len(started) == 1


async def test_a_child_that_died_is_started_again_thrice(kept: SupervisedChild) -> None:
    for _ in range(MAX_RESTARTS + 1):
        assert not kept.has_given_up
        assert (await kept.ask(STATUS))["files"] == 0
        await kill(kept)
    assert await kept.ask(STATUS) == {}
    assert kept.has_given_up


async def test_deaths_are_forgiven_after_ten_minutes_of_life() -> None:
    now = 0.0
    kept = SupervisedChild(MODULE, name="the child", clock=lambda: now)
    for _ in range(2 * MAX_RESTARTS):
        assert (await kept.ask(STATUS))["files"] == 0
        now += FORGIVEN_AFTER_S
        await kill(kept)
    for _ in range(MAX_RESTARTS):
        assert (await kept.ask(STATUS))["files"] == 0
        await kill(kept)
    assert await kept.ask(STATUS) == {}
    assert kept.has_given_up
    await kept.aclose()


async def test_a_new_child_is_told_what_it_must_know() -> None:
    started: list[Child] = []
    kept = SupervisedChild(MODULE, name="the child", on_start=started.append)
    await kept.ask(STATUS)
    await kill(kept)
    await kept.ask(STATUS)
    await kept.aclose()
    assert len(started) == 2


async def test_what_a_child_says_unasked_reaches_who_wants_it() -> None:
    told: list[Message] = []
    child = await Child.start(MODULE, [], name="the child", on_message=told.append)
    for line in (b'{"progress": 1}\n', b"not json\n", b"[]\n", b'{"id": 99}\n'):
        child._deliver(line)
    await child.aclose()
    assert told == [{"progress": 1}]


async def test_a_closed_child_stays_closed(kept: SupervisedChild) -> None:
    await kept.ask(STATUS)
    await kept.aclose()
    await kept.aclose()
    kept.tell(STATUS)
    assert await kept.ask(STATUS) == {}


async def test_a_child_that_does_not_end_is_killed(
    kept: SupervisedChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parent, "_CLOSING_S", 0.01)
    await kept.ask(STATUS)
    assert kept.running is not None
    pid = kept.running.pid
    os.kill(pid, signal.SIGSTOP)
    await kept.aclose()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
