"""What the engine does when the backend fails: few requests, one reason, and back by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from codestral_ls.backends.base import (
    AuthError,
    BackendError,
    Loading,
    ModelError,
    NetworkFailure,
    Overloaded,
    RateLimited,
    RateLimits,
    ServerFailure,
)
from codestral_ls.config.settings import Settings
from codestral_ls.engine.daily_tokens import DailyTokens
from codestral_ls.engine.target import Target
from codestral_ls.engine.throttle import Throttle
from codestral_ls.model import ClientHabits, Nothing, Source, Suggestion, Trigger
from codestral_ls.prompt.prompt import Prompt
from tests.engine.harness import Answering, FakeEditor, ScriptedBackend, check_nothing
from tests.virtual_time import run


def failing(*errors: BackendError) -> Answering:
    """A backend that fails in these ways and then knows the answer."""
    left = list(errors)

    def answer(_: Prompt) -> str | BackendError:
        return left.pop(0) if left else "price * count\n"

    return answer


def always(error: BackendError) -> Answering:
    return lambda _: error


@pytest.mark.parametrize(
    "error",
    [
        NetworkFailure("No route."),
        RateLimited("Too many."),
        AuthError("Refused."),
        Overloaded("Busy."),
    ],
    ids=lambda error: error.kind,
)
def test_twenty_five_keys_against_a_failing_backend_cost_at_most_eight_requests(
    error: BackendError,
) -> None:
    async def session() -> None:
        editor = FakeEditor(always(error), before="total = ", first_byte_s=0.02)
        for _ in range(25):
            await asyncio.sleep(0.14)
            editor.insert("(")
            assert await editor.ghost() is None
        assert 1 <= len(editor.backend.asked) <= 8

    run(session())


def test_after_too_many_requests_the_servers_word_is_heeded_even_by_explicit_requests() -> None:
    async def session() -> None:
        editor = FakeEditor(failing(RateLimited("Too many.", retry_after_s=30)), before="total = ")
        failed = await editor.ask()
        assert isinstance(failed, Nothing)
        assert failed.failure == "rate"
        for trigger in Trigger:
            check_nothing(await editor.ask(trigger), "Too many.", "until")
        assert len(editor.backend.asked) == 1
        await asyncio.sleep(30)
        assert await editor.ghost() == "price * count"

    run(session())


@pytest.mark.parametrize("retry_after_s", [None, 0, 0.25, 1])
def test_a_server_that_asks_for_less_than_our_own_pauses_gets_these(
    retry_after_s: float | None,
) -> None:
    """None: without the server's word. 0 is also what a date in the past means."""

    async def session() -> None:
        error = RateLimited("Too many.", retry_after_s=retry_after_s)
        editor = FakeEditor(failing(*[error] * 3), before="total = ")
        for pause_s in (2, 4, 8):
            await editor.ask()
            await asyncio.sleep(pause_s - 0.5)
            known = len(editor.backend.asked)
            await editor.ask()
            assert len(editor.backend.asked) == known
            await asyncio.sleep(0.6)
        assert await editor.ghost() == "price * count"

    run(session())


@pytest.mark.parametrize("kind", [RateLimited, Overloaded, ServerFailure])
@pytest.mark.parametrize("retry_after_s", [0, 30])
def test_fifteen_keys_before_a_server_that_names_a_time_cost_one_request(
    kind: type[BackendError], retry_after_s: float
) -> None:
    async def session() -> None:
        editor = FakeEditor(always(kind("Busy.", retry_after_s=retry_after_s)), before="total = ")
        for _ in range(15):
            await asyncio.sleep(0.14)
            editor.insert("(")
            await editor.ask()
        assert len(editor.backend.asked) == 1
        assert isinstance(await editor.ask(Trigger.INVOKED), Nothing)
        # By hand it may be tried, unless the server itself asked for fewer requests.
        explicit_waits = kind is RateLimited and retry_after_s
        assert len(editor.backend.asked) == (1 if explicit_waits else 2)

    run(session())


def test_while_a_pause_holds_the_reason_comes_without_the_typing_pause() -> None:
    async def session() -> None:
        editor = FakeEditor(
            failing(Overloaded("Busy.", retry_after_s=30)),
            before="total",
            settings=Settings(debounce_ms=400),
        )
        await editor.ask()
        for wait_s in (0.0, 28.0):
            await asyncio.sleep(wait_s)
            editor.insert("_")
            asked_at = asyncio.get_running_loop().time()
            check_nothing(await editor.ask(), "Busy.", "until")
            assert asyncio.get_running_loop().time() == asked_at
        await asyncio.sleep(1.9)
        editor.insert("_")
        assert await editor.ghost() == "price * count"

    run(session())


def test_a_pause_that_ends_before_the_typing_does_is_waited_for() -> None:
    async def session() -> None:
        editor = FakeEditor(
            failing(RateLimited("Too many.")),
            before="total",
            settings=Settings(debounce_ms=400),
        )
        await editor.ask()
        await asyncio.sleep(1.8)
        editor.insert("_")
        assert await editor.ghost() == "price * count"
        assert len(editor.backend.asked) == 2

    run(session())


def test_one_failure_is_no_outage() -> None:
    async def session() -> None:
        editor = FakeEditor(failing(NetworkFailure("Lost.")), before="total = ")
        assert await editor.ghost() is None
        assert await editor.ghost() == "price * count"

    run(session())


def test_an_outage_is_probed_once_and_ends_by_itself() -> None:
    async def session() -> None:
        editor = FakeEditor(failing(*[NetworkFailure("Down.")] * 4), before="total = ")
        for _ in range(3):
            await editor.ask()
        check_nothing(await editor.ask(), "Down.", "until")
        assert len(editor.backend.asked) == 3
        await asyncio.sleep(2)
        await editor.ask()
        assert len(editor.backend.asked) == 4
        check_nothing(await editor.ask(), "until")
        await asyncio.sleep(4)
        assert await editor.ghost() == "price * count"
        editor.insert("p")
        assert await editor.ghost() == "rice * count"

    run(session())


def test_an_explicit_request_may_be_the_probe() -> None:
    async def session() -> None:
        editor = FakeEditor(failing(*[NetworkFailure("Down.")] * 3), before="total = ")
        for _ in range(3):
            await editor.ask()
        assert await editor.ghost(Trigger.INVOKED) == "price * count"
        editor.engine.clear()
        assert await editor.ghost() == "price * count"

    run(session())


def test_a_refused_key_is_not_tried_again_for_minutes() -> None:
    async def session() -> None:
        editor = FakeEditor(always(AuthError("Refused.")), before="total = ")
        await editor.ask()
        await asyncio.sleep(60)
        check_nothing(await editor.ask(), "Refused.")
        assert len(editor.backend.asked) == 1

    run(session())


def test_a_spent_budget_of_requests_stops_automatic_ones_only() -> None:
    async def session() -> None:
        settings = Settings(requests_per_minute=2)
        editor = FakeEditor("x = 1\n", before="", settings=settings)
        for _ in range(4):
            editor.insert("(")
            await editor.ask()
        assert len(editor.backend.asked) == 2
        outcome = await editor.ask()
        check_nothing(outcome, "requestsPerMinute", "until")
        assert isinstance(outcome, Nothing)
        assert outcome.failure == "budget"
        await editor.ask(Trigger.INVOKED)
        assert len(editor.backend.asked) == 3
        await asyncio.sleep(61)
        editor.insert("[")
        await editor.ask()
        assert len(editor.backend.asked) == 4

    run(session())


def test_what_the_server_says_of_its_plan_lowers_the_budget() -> None:
    async def session() -> None:
        editor = FakeEditor("x = 1\n", before="", settings=Settings(requests_per_minute=100))
        editor.backend.rate_limits = RateLimits(requests_minute=3)
        for _ in range(6):
            editor.insert("(")
            outcome = await editor.ask()
        check_nothing(outcome, "plan", "until")
        assert len(editor.backend.asked) <= 4

    run(session())


def test_a_server_that_asks_for_years_of_silence_may_be_tried_by_hand_after_a_minute() -> None:
    async def session() -> None:
        editor = FakeEditor(
            failing(RateLimited("Too many.", retry_after_s=1e300)), before="total = "
        )
        await editor.ask()
        await asyncio.sleep(59)
        check_nothing(await editor.ask(Trigger.INVOKED), "Too many")
        await asyncio.sleep(2)
        assert await editor.ghost(Trigger.INVOKED) is not None
        editor.insert("(")
        assert await editor.ghost() is not None

    run(session())


def test_a_spent_budget_of_tokens_stops_automatic_requests_for_the_day() -> None:
    async def session() -> None:
        settings = Settings(tokens_per_day=50)
        editor = FakeEditor("x = 1\n", before="y = 2\n" * 50, settings=settings, counts_tokens=True)
        await editor.ask()
        editor.insert("(")
        check_nothing(await editor.ask(), "tokensPerDay", "until")
        assert await editor.ghost(Trigger.INVOKED) is not None
        assert len(editor.backend.asked) == 2

    run(session())


def test_what_was_spent_is_saved_when_another_provider_takes_over(tmp_path: Path) -> None:
    async def session() -> None:
        file = tmp_path / "tokens.json"
        editor = FakeEditor("x = 1\n", before="y = 2\n" * 50, counts_tokens=True, tokens_file=file)
        await editor.ask()
        editor.insert("(")
        await editor.ask()
        counted = editor.engine.counters
        other = ScriptedBackend(lambda _: "x\n")
        await editor.engine.switch(Target(open_backend=lambda: other))
        spent = counted.prompt_tokens + counted.completion_tokens
        assert DailyTokens(file).tokens_today == spent > 0

    run(session())


def test_the_embedded_provider_answers_while_the_chosen_one_is_away() -> None:
    async def session() -> None:
        embedded = ScriptedBackend(lambda _: "price\n", name="workspace", first_byte_s=0.001)
        editor = FakeEditor(always(NetworkFailure("Down.")), before="total = ", fallback=embedded)
        outcome = await editor.ask()
        assert isinstance(outcome, Suggestion)
        assert (outcome.text, outcome.source) == ("price", Source.WORKSPACE)
        for _ in range(5):
            editor.insert("(")
            await editor.ask()
        assert len(editor.backend.asked) <= 4
        assert len(embedded.asked) >= 5

    run(session())


def soon(error: BackendError, recheck_s: float) -> BackendError:
    error.recheck_s = recheck_s
    return error


@pytest.mark.parametrize(
    ("error", "within_s"),
    [
        (soon(ModelError("The server has another model."), 30.0), 31.0),
        (soon(NetworkFailure("Nothing listens there."), 2.0), 2.5),
    ],
    ids=lambda value: value.kind if isinstance(value, BackendError) else None,
)
def test_where_looking_again_costs_nothing_it_is_not_waited_for_minutes(
    error: BackendError, within_s: float
) -> None:
    async def session() -> None:
        editor = FakeEditor(failing(*[error] * 6), before="total = ", first_byte_s=0.02)
        for key in "abcdefghij":
            await asyncio.sleep(within_s)
            editor.insert(key)
            await editor.ghost()
        # Six that failed, and the seventh that did not, as soon as they might be asked.
        assert len(editor.backend.asked) >= 7

    run(session())


def test_a_model_that_is_being_loaded_is_no_failure_and_opens_no_breaker() -> None:
    async def session() -> None:
        error = Loading("The server is loading its model.")
        editor = FakeEditor(failing(*[error] * 6), before="total = ", first_byte_s=0.02)
        for _ in range(6):
            await asyncio.sleep(0.3)
            editor.insert("(")
            assert await editor.ghost() is None
        await asyncio.sleep(0.3)
        editor.insert("(")
        assert await editor.ghost() is not None
        assert len(editor.backend.asked) >= 7

    run(session())


def test_a_failure_ahead_of_the_request_is_told_with_the_request() -> None:
    async def session() -> None:
        habits = ClientHabits(asks_by_itself=True)
        editor = FakeEditor(failing(AuthError("No.")), before="total =", habits=habits)
        editor.insert(" ")
        await asyncio.sleep(1)
        assert len(editor.backend.asked) == 1
        first, second = await editor.ask(), await editor.ask()
        assert isinstance(first, Nothing)
        assert isinstance(second, Nothing)
        assert (first.failure, first.reason) == ("auth", "No.")
        assert second.failure == ""
        assert len(editor.backend.asked) == 1

    run(session())


def test_the_first_failure_is_shown_until_an_answer_comes_and_holds_nothing_back() -> None:
    async def session() -> None:
        editor = FakeEditor(failing(NetworkFailure("No route.")), before="total = ")
        status = editor.engine.status
        assert status().pause is None
        assert not status().has_answered
        check_nothing(await editor.ask(), "No route.")
        trouble = status().pause
        assert trouble is not None
        assert (trouble.state, trouble.reason) == ("offline", "No route.")
        assert isinstance(await editor.ask(), Suggestion)
        assert status().pause is None
        assert status().has_answered

    run(session())


@pytest.mark.parametrize(
    "error",
    [NetworkFailure("No route."), AuthError("Refused.", status=401), Overloaded("Busy.")],
    ids=lambda error: error.kind,
)
def test_what_never_left_or_was_refused_costs_no_tokens(error: BackendError) -> None:
    async def session() -> None:
        editor = FakeEditor(always(error), before="total = ", counts_tokens=True)
        await editor.ask(Trigger.INVOKED)
        assert editor.counters["promptTokens"] == 0

    run(session())


def test_a_limit_stays_on_the_screen_until_the_next_answer() -> None:
    async def session() -> None:
        editor = FakeEditor(failing(RateLimited("Too many.", retry_after_s=2)), before="total = ")
        await editor.ask()
        await asyncio.sleep(5)
        limit = editor.engine.status().pause
        assert limit is not None
        assert limit.state == "limited"
        assert isinstance(await editor.ask(), Suggestion)
        assert editor.engine.status().pause is None

    run(session())


@pytest.mark.parametrize(
    ("kind", "told_s", "recheck_s", "least_s"),
    [
        ("rate", None, None, 2.0),
        ("rate", 30.0, None, 30.0),
        ("overload", 30.0, None, 30.0),
        ("network", None, 2.0, 2.0),
        ("model", None, None, 300.0),
    ],
)
def test_clients_that_failed_together_do_not_come_back_in_step(
    kind: str, told_s: float | None, recheck_s: float | None, least_s: float
) -> None:
    chances = [index / 200 for index in range(200)]
    back_at = []
    for chance in chances:
        throttle = Throttle(lambda chance=chance: chance)  # type: ignore[misc]  # mypy's lambdas
        for _ in range(3 if kind == "network" else 1):
            throttle.failed(kind, "Away.", told_s, 0.0, asked_at=0.0, recheck_s=recheck_s)
        pause = throttle.current(0.0)
        assert pause is not None
        back_at.append(pause.until)
    assert min(back_at) == least_s
    busiest = max(sum(at <= other < at + 0.1 for other in back_at) for at in back_at)
    assert busiest <= 22
    assert max(back_at) <= least_s + min(least_s / 2, 30.0)
