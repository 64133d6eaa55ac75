"""Requests overlap: what one shows of the backend counts from when it was asked, not from when it
ended."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codestral_ls.backends.base import (
    AuthError,
    BackendError,
    BackendTimeout,
    ModelError,
    NetworkFailure,
    Overloaded,
    RateLimited,
)
from codestral_ls.config.settings import Settings
from codestral_ls.engine.throttle import Throttle
from codestral_ls.model import Nothing, Suggestion
from codestral_ls.prompt.prompt import Prompt
from tests.engine.harness import FakeEditor
from tests.virtual_time import run

SETTINGS = Settings()


def answering(words: dict[str, str | BackendError]) -> FakeEditor:
    """An editor whose backend answers by the document's first word."""

    def answer(prompt: Prompt) -> str | BackendError:
        return words[prompt.prefix.partition(" ")[0]]

    return FakeEditor(answer)


async def both(
    editor: FakeEditor, early: tuple[str, float], late: tuple[str, float]
) -> tuple[object, object]:
    """Ask in one document, and before its answer in another: each a word, and the seconds that the
    backend takes."""
    asking = []
    for word, first_byte_s in (early, late):
        editor.backend.first_byte_s = first_byte_s
        editor.uri, editor.path = f"file:///{word}.py", f"/{word}.py"
        editor.before = f"{word} = "
        asking.append(editor.ask())
        await asyncio.sleep(0.2)
    return await asking[0], await asking[1]


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (AuthError("Refused."), "unauthorized"),
        (ModelError("No such model."), "offline"),
        (Overloaded("Busy.", retry_after_s=30), "offline"),
        (RateLimited("Too many.", retry_after_s=30), "limited"),
        (NetworkFailure("Gone."), "offline"),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_an_answer_that_was_asked_for_before_does_not_end_the_trouble(
    error: BackendError, state: str
) -> None:
    async def session() -> None:
        editor = answering({"early": "1", "late": error})
        early, late = await both(editor, ("early", 1.2), ("late", 0.1))
        assert isinstance(early, Suggestion)
        assert isinstance(late, Nothing)
        status = editor.engine.status()
        assert status.has_answered
        assert status.pause is not None
        assert (status.pause.state, status.last_error and status.last_error[0]) == (state, error)
        n_asked = len(editor.backend.asked)
        editor.insert("(")
        await editor.ask()
        # One lost packet holds nothing back.
        assert len(editor.backend.asked) == n_asked + (error.kind == "network")

    run(session())


@pytest.mark.parametrize(
    "error", [BackendTimeout("No answer."), AuthError("Refused.")], ids=lambda error: error.kind
)
def test_a_failure_that_was_under_way_before_an_answer_is_no_trouble(error: BackendError) -> None:
    async def session() -> None:
        editor = answering({"early": error, "late": "1"})
        early, late = await both(editor, ("early", 1.2), ("late", 0.1))
        assert isinstance(early, Nothing)
        assert early.failure == error.kind
        assert isinstance(late, Suggestion)
        status = editor.engine.status()
        assert (status.pause, status.last_error) == (None, None)

    run(session())


@pytest.mark.parametrize("error", [RateLimited, Overloaded])
@pytest.mark.parametrize("first_bytes_s", [(1.2, 0.1), (0.6, 1.2)], ids=["after", "before"])
def test_what_the_server_asks_for_is_heeded_whenever_it_comes(
    error: type[BackendError], first_bytes_s: tuple[float, float]
) -> None:
    """After the answer to a later request, or before it."""

    async def session() -> None:
        editor = answering({"early": error("Later.", retry_after_s=30), "late": "1"})
        early_s, late_s = first_bytes_s
        await both(editor, ("early", early_s), ("late", late_s))
        pause = editor.engine.status().pause
        assert pause is not None
        assert pause.until > asyncio.get_running_loop().time() + 25

    run(session())


@pytest.mark.parametrize("end", ["answered", "failed", "given up"])
def test_while_a_probe_is_under_way_the_end_of_an_older_request_lets_no_second_one_out(
    end: str,
) -> None:
    throttle = Throttle()

    def waits(now: float) -> bool:
        return throttle.pause(now, SETTINGS, automatic=True, tokens_today=0, midnight=0) is not None

    throttle.asking(0.0, SETTINGS)
    throttle.asking(1.0, SETTINGS)
    throttle.failed("overload", "Busy.", 2.0, 1.5, asked_at=1.0)
    assert waits(3.0)
    throttle.asking(4.0, SETTINGS)
    if end == "answered":
        assert not throttle.succeeded(0.0)
    elif end == "failed":
        throttle.failed("timeout", "No answer.", None, 4.5, asked_at=0.0)
    else:
        throttle.gave_up(0.0)
    assert waits(5.0)
    assert throttle.succeeded(4.0)
    assert not waits(6.0)


STATES: dict[str, str | BackendError] = {
    "well": "1",
    "refusing": AuthError("Refused."),
    "broken": NetworkFailure("Gone."),
    "limiting": RateLimited("Too many.", retry_after_s=30),
    "overloaded": Overloaded("Busy.", retry_after_s=20),
}


@settings(max_examples=150, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(sorted(STATES)),
            st.sampled_from([0.1, 0.3, 1.0]),
            st.sampled_from([0.05, 0.15, 0.5, 3.0, 31.0]),
        ),
        max_size=12,
    )
)
def test_the_newest_request_says_how_the_backend_is_and_no_wait_is_cut_short(
    steps: list[tuple[str, float, float]],
) -> None:
    """Steps: what the server is like, how long it takes, and how long nothing happens then."""

    async def session() -> None:
        clock = asyncio.get_running_loop().time
        states = [(clock(), "well")]

        def state_at(moment: float) -> str | BackendError:
            return STATES[next(state for since, state in reversed(states) if since <= moment)]

        def answer(prompt: Prompt) -> str | BackendError:
            left_at = next(a.at for a in editor.backend.asked if a.prompt.prefix == prompt.prefix)
            return state_at(left_at)

        editor = FakeEditor(answer)
        asking = []
        for number, (state, first_byte_s, gap_s) in enumerate(steps):
            states.append((clock(), state))
            editor.backend.first_byte_s = first_byte_s
            editor.uri, editor.before = f"file:///{number}.py", f"v{number} = "
            asking.append(editor.ask())
            await asyncio.sleep(gap_s)
        await asyncio.gather(*asking)
        ended = [(a.at, a.ended_at or 0.0, state_at(a.at)) for a in editor.backend.asked]
        waits = [
            (told_at, told_at + result.retry_after_s)
            for _, told_at, result in ended
            if isinstance(result, BackendError) and result.retry_after_s is not None
        ]
        assert not any(start < at < end for at, _, _ in ended for start, end in waits)
        if ended and not waits:
            newest = max(ended, key=lambda each: each[0])[2]
            pause = editor.engine.status().pause
            assert (pause is None) == isinstance(newest, str)

    run(session())
