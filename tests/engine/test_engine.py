"""The engine as an editor meets it, in virtual time: every figure is exact."""

from __future__ import annotations

import asyncio

import pytest

from codestral_ls.backends.base import Finish
from codestral_ls.config.settings import Settings
from codestral_ls.model import ClientHabits, Nothing, Selected, Source, Suggestion, Trigger
from codestral_ls.text.syntax import parse
from tests.engine.harness import Desk, check_nothing, check_superseded, knowing, text_of
from tests.virtual_time import run

LINE = "total = price * count\nprint(total)\n"


def test_a_request_is_answered_with_the_first_line_and_the_stream_is_closed() -> None:
    async def session() -> None:
        desk = Desk(lambda _: "price * count\n" + "more = 1\n" * 80, before="total = ")
        assert await desk.ghost() == "price * count"
        await asyncio.sleep(0)
        assert desk.backend.asked[0].closed_early
        assert len(desk.backend.asked[0].sent) < 40
        assert desk.counters["requests"] == 1

    run(session())


def test_the_same_place_asked_again_is_answered_from_memory() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="total = ")
        first = await desk.ask()
        second = await desk.ask()
        assert isinstance(first, Suggestion)
        assert isinstance(second, Suggestion)
        assert (first.source, second.source) == (Source.REQUEST, Source.CACHE)
        assert first.text == second.text
        assert len(desk.backend.asked) == 1

    run(session())


def test_typing_along_a_suggestion_asks_nothing_and_shows_the_rest_at_once() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="total = ")
        await desk.ghost()
        started = asyncio.get_running_loop().time()
        assert await desk.type("price", s_per_key=0.0) == [
            "rice * count",
            "ice * count",
            "ce * count",
            "e * count",
            " * count",
        ]
        assert asyncio.get_running_loop().time() == started
        assert len(desk.backend.asked) == 1
        assert desk.counters["typedThrough"] == 5

    run(session())


def test_backspacing_a_typo_brings_the_known_suggestion_back() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="total = ")
        await desk.ghost()
        desk.insert("q")
        asked = desk.ask()
        await asyncio.sleep(0.05)
        desk.backspace()
        assert await desk.ghost() == "price * count"
        check_superseded(await asked)
        assert len(desk.backend.asked) == 1

    run(session())


def test_a_bracket_closed_by_the_editor_does_not_cost_a_request() -> None:
    async def session() -> None:
        desk = Desk(knowing("print(total)\n"), before="print")
        assert await desk.ghost() == "(total)"
        desk.insert("(", closers=")")
        shown = await desk.ghost()
        assert shown is not None
        assert shown.startswith("total")
        assert len(desk.backend.asked) == 1

    run(session())


def test_a_request_joins_the_generation_that_is_already_running() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="total = ", first_byte_s=0.3)
        first = desk.ask()
        await asyncio.sleep(0.1)
        desk.insert("p")
        second = desk.ask()
        assert text_of(await second) == "rice * count"
        check_superseded(await first)
        outcome = await second
        assert isinstance(outcome, Suggestion)
        assert outcome.source is Source.JOINED
        assert len(desk.backend.asked) == 1

    run(session())


def test_typing_ahead_of_the_stream_waits_for_it_to_agree() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="total = ", first_byte_s=0.3, s_per_piece=0.05)
        desk.ask()
        await asyncio.sleep(0.31)
        for key in "price * c":
            desk.insert(key)
        assert await desk.ghost() == "ount"
        assert len(desk.backend.asked) == 1

    run(session())


def test_typing_something_else_ends_the_stream_at_once() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="total = ", first_byte_s=0.1, s_per_piece=0.1)
        asked = desk.ask()
        await asyncio.sleep(0.15)
        desk.insert("x")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert desk.backend.asked[0].closed_early
        assert desk.backend.asked[0].ended_at == pytest.approx(0.15)
        check_superseded(await asked)

    run(session())


def test_an_edit_elsewhere_supersedes_the_request() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="total = ")
        asked = desk.ask()
        await asyncio.sleep(0.01)
        desk.replace_elsewhere()
        check_superseded(await asked)

    run(session())


def test_a_cancelled_request_leaves_the_generation_to_serve_the_next() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="total = ", first_byte_s=1.0)
        asked = desk.ask()
        await asyncio.sleep(0.75)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert await desk.ghost() == "price * count"
        assert len(desk.backend.asked) == 1
        assert desk.counters["cancelled"] == 1

    run(session())


def test_fifty_rapid_requests_run_at_most_two_generations_and_answer_in_order() -> None:
    async def session() -> None:
        desk = Desk(lambda _: "first_value + second_value\n", before="a = ")
        answered: list[str] = []
        tasks = []
        for number in range(50):
            desk.insert("(")
            task = desk.ask()
            task.set_name(f"{number:02}")
            task.add_done_callback(lambda task: answered.append(task.get_name()))
            tasks.append(task)
            await asyncio.sleep(0.002)
        outcomes = await asyncio.gather(*tasks)
        assert answered == sorted(answered)
        assert desk.backend.most_open <= 2
        assert isinstance(outcomes[-1], Suggestion)
        for outcome in outcomes[:-1]:
            check_superseded(outcome)

    run(session())


def test_a_client_that_gives_up_is_answered_before_and_gets_the_rest_later() -> None:
    async def session() -> None:
        desk = Desk(
            knowing("if ready:\n    go()\n    stop()\n"),
            before="",
            first_byte_s=0.6,
            s_per_piece=0.2,
            habits=ClientHabits(answer_within_s=0.65),
        )
        first = await desk.ask()
        check_nothing(first, "next request")
        assert first.timings.total == pytest.approx(650)
        later = await desk.ask()
        assert isinstance(later, Suggestion | Nothing)
        await asyncio.sleep(3)
        last = await desk.ghost()
        assert last is not None
        assert last.startswith("if ready:")
        assert len(desk.backend.asked) == 1

    run(session())


def test_a_client_that_waits_gets_its_answer_when_it_comes() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="total = ", first_byte_s=2.0)
        assert await desk.ghost() == "price * count"
        assert asyncio.get_running_loop().time() > 2.0

    run(session())


def test_a_backend_that_hangs_is_given_up_after_the_timeout() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), first_byte_s=100, settings=Settings(timeout_ms=900))
        outcome = await desk.ask(Trigger.INVOKED)
        assert isinstance(outcome, Nothing)
        assert asyncio.get_running_loop().time() == pytest.approx(0.9)
        assert desk.backend.open_now == 0

    run(session())


def test_an_empty_answer_is_remembered() -> None:
    async def session() -> None:
        desk = Desk("", before="total = ")
        assert await desk.ghost() is None
        assert await desk.ghost() is None
        assert len(desk.backend.asked) == 1

    run(session())


def test_a_truncated_stream_is_not_remembered() -> None:
    async def session() -> None:
        desk = Desk("price * co", before="total = ", finish=None)
        await desk.ask()
        await desk.ask()
        assert len(desk.backend.asked) == 2

    run(session())


def test_a_suggestion_taken_and_removed_again_is_not_offered_again() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="total = ")
        first = await desk.ask()
        assert isinstance(first, Suggestion)
        desk.insert(first.text)
        desk.engine.accepted(first.id)
        desk.backspace(len(first.text))
        check_nothing(await desk.ask(), "removed it again")
        assert await desk.ghost(Trigger.INVOKED) == first.text
        assert desk.counters["accepted"] == 1
        assert desk.counters["acceptedChars"] == len(first.text)

    run(session())


def test_an_acceptance_is_inferred_where_the_editor_runs_no_command() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="total = ")
        await desk.ghost()
        desk.insert("price")
        desk.insert(" * count")
        assert desk.counters["accepted"] == 1

    run(session())


def test_a_suggestion_taken_word_by_word_counts_once_with_all_its_characters() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="total = ")
        first = await desk.ask()
        assert isinstance(first, Suggestion)
        desk.insert("price")
        await desk.ghost()
        desk.insert(" * count")
        desk.engine.accepted(first.id)
        assert desk.counters["accepted"] == 1
        assert desk.counters["acceptedChars"] == len("price * count")

    run(session())


def test_asking_explicitly_again_brings_another_candidate_and_keeps_the_first() -> None:
    async def session() -> None:
        answers = ["price\n", "amount\n"]
        desk = Desk(lambda _: answers.pop(0), before="total = ")
        assert await desk.ghost(Trigger.INVOKED) == "price"
        second = await desk.ask(Trigger.INVOKED)
        assert isinstance(second, Suggestion)
        assert second.text == "amount"
        assert second.alternatives == ("price",)
        assert desk.backend.asked[1].generation.temperature > 0

    run(session())


def test_an_explicit_request_skips_the_switch_and_the_wait() -> None:
    async def session() -> None:
        settings = Settings(enabled=False, debounce_ms=500)
        desk = Desk(knowing(LINE), before="total = ", settings=settings)
        desk.insert("p")
        check_nothing(await desk.ask(), "turned off")
        assert await desk.ghost(Trigger.INVOKED) == "rice * count"
        assert desk.backend.asked[0].at == pytest.approx(0.0)

    run(session())


def test_in_the_middle_of_a_word_a_request_waits_for_a_pause() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="tot")
        desk.insert("a")
        assert await desk.ghost() == "l = price * count"
        assert 0.2 <= desk.backend.asked[0].at <= 0.45

    run(session())


@pytest.mark.parametrize("asks_after_s", [0.03, 0.2])
def test_thirty_keys_at_full_speed_cost_at_most_four_requests(asks_after_s: float) -> None:
    async def session() -> None:
        desk = Desk(lambda _: "something_else\n", before="")
        await desk.ghost()
        desk.backend.asked.clear()
        pending = None
        for key in "def compute(first, second): re":
            await asyncio.sleep(0.025)
            desk.insert(key)
            if pending is not None:
                pending.cancel()
            pending = asyncio.get_running_loop().call_later(asks_after_s, desk.ask)
        await asyncio.sleep(2)
        assert 1 <= len(desk.backend.asked) <= 4

    run(session())


def test_pressing_enter_while_the_answer_comes_brings_the_next_line_too() -> None:
    async def session() -> None:
        document = "total = price\nprint(total)\nmore = 1\n"
        desk = Desk(knowing(document), before="total = price", s_per_piece=0.02)
        asked = desk.ask()
        await asyncio.sleep(0.45)
        desk.insert("\n")
        assert await desk.ghost() == "print(total)"
        assert len(desk.backend.asked) == 1
        await asyncio.gather(asked, return_exceptions=True)

    run(session())


def test_after_a_space_a_request_leaves_at_once() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="total =")
        desk.insert(" ")
        await desk.ghost()
        assert desk.backend.asked[0].at == pytest.approx(0.0)

    run(session())


def test_an_edit_is_taken_for_a_question_when_the_editor_asks_by_itself() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="total")
        await desk.ghost()
        desk.backend.asked.clear()
        desk.engine.clear()
        desk.insert(" ")
        await asyncio.sleep(0.2)
        assert len(desk.backend.asked) == 1
        outcome = await desk.ask()
        assert isinstance(outcome, Suggestion)
        assert len(desk.backend.asked) == 1
        assert outcome.timings.total < 1

    run(session())


@pytest.mark.parametrize("speculate", ["auto", "never"])
def test_nothing_is_anticipated_for_an_editor_that_only_asks_by_hand(speculate: str) -> None:
    async def session() -> None:
        settings = Settings(speculate=speculate)  # type: ignore[arg-type]  # from the parameters
        desk = Desk(knowing(LINE), before="total", settings=settings)
        if speculate == "auto":
            await desk.ghost(Trigger.INVOKED)
        else:
            await desk.ghost()
        known = len(desk.backend.asked)
        desk.engine.clear()
        desk.insert(" ")
        await asyncio.sleep(2)
        assert len(desk.backend.asked) == known

    run(session())


def test_anticipation_stops_when_no_question_follows() -> None:
    async def session() -> None:
        desk = Desk("", before="total")
        await desk.ghost()
        for _ in range(20):
            desk.insert(" ")
            await asyncio.sleep(0.3)
        assert len(desk.backend.asked) <= 6

    run(session())


def test_a_paste_is_not_anticipated() -> None:
    async def session() -> None:
        desk = Desk("x\n", before="total")
        await desk.ghost()
        known = len(desk.backend.asked)
        desk.insert("a = 1\nb = 2\nc = 3\n")
        await asyncio.sleep(1)
        assert len(desk.backend.asked) == known

    run(session())


def test_the_popups_entry_is_completed_as_if_it_were_inserted() -> None:
    async def session() -> None:
        desk = Desk(knowing("print(total)\n"), before="pr")
        assert text_of(await desk.ask(selected=Selected("print", 2))) == "(total)"
        assert desk.backend.asked[0].generation.prefix == "print"

    run(session())


def test_the_popups_entry_is_known_to_the_check_against_the_documents_syntax() -> None:
    async def session() -> None:
        before = "def f():\n    if a:\n        pri"
        desk = Desk(
            "(1)\n        y = = 2\n        z = 3\n",
            before=before,
            settings=Settings(multiline="always"),
            syntax=lambda _: parse(before + "\n", "python"),
        )
        shown = text_of(await desk.ask(Trigger.INVOKED, Selected("print", 3)))
        assert shown == "(1)"

    run(session())


def test_a_text_cut_at_the_token_limit_is_finished_back_or_withheld() -> None:
    async def session() -> None:
        desk = Desk("price * co", before="total = ", finish=Finish.LENGTH)
        outcome = await desk.ask()
        assert text_of(outcome) in (None, "price *", "price")

    run(session())


def test_a_generation_nobody_waits_for_makes_room_for_another_document() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="total = ", first_byte_s=1.0, max_in_flight=1)
        asked = desk.ask()
        await asyncio.sleep(0.01)
        asked.cancel()
        desk.uri = "file:///other.py"
        assert await desk.ghost() == "price * count"
        assert desk.backend.most_open == 1
        assert desk.backend.asked[0].closed_early

    run(session())


def test_leaving_a_document_ends_what_was_generated_for_it() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="total = ", first_byte_s=1.0)
        asked = desk.ask()
        await asyncio.sleep(0.1)
        asked.cancel()
        desk.engine.closed(desk.uri)
        await desk.engine.aclose()
        assert desk.backend.open_now == 0
        assert desk.backend.closed

    run(session())


def test_explain_tells_how_the_last_requests_ended() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="total = ")
        await desk.ghost()
        desk.insert("p")
        await desk.ghost()
        records = [record.as_json() for record in desk.engine.explain()]
        assert [record["source"] for record in records] == ["typed-through", "request"]
        assert all(record["reason"] for record in records)
        assert desk.before not in str(records)

    run(session())


@pytest.mark.parametrize(
    ("with_tree", "expected"),
    [(True, "x = 1"), (False, "x = 1\n    y = = 2 (\n    z = 3")],
    ids=["with its tree", "without a grammar"],
)
def test_a_block_is_judged_by_the_documents_syntax(with_tree: bool, expected: str) -> None:
    async def session() -> None:
        said = "x = 1\n    y = = 2 (\n    z = 3\n"
        before = "def f():\n    "
        tree = parse(before + "\n", "python") if with_tree else None
        desk = Desk(lambda _: said, before=before, after="\n", syntax=lambda _: tree)
        assert await desk.ghost() == expected

    run(session())


def test_what_follows_a_suggestion_is_prepared_where_the_user_wants_that() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="total = ", settings=Settings(speculate="always"))
        shown = await desk.ghost()
        assert shown == "price * count"
        await asyncio.sleep(1)
        assert len(desk.backend.asked) == 2
        assert desk.backend.asked[1].generation.prefix == "total = price * count"
        for key in shown:
            desk.insert(key)
            await desk.ghost()
        desk.insert("\n")
        started = asyncio.get_running_loop().time()
        assert await desk.ghost() == "print(total)"
        assert asyncio.get_running_loop().time() == started

    run(session())


def test_typing_along_does_not_end_what_is_being_prepared() -> None:
    async def session() -> None:
        desk = Desk(
            knowing(LINE),
            before="total = ",
            settings=Settings(speculate="always"),
            first_byte_s=0.5,
        )
        await desk.ghost()
        for key in "pri":
            await asyncio.sleep(0.05)
            desk.insert(key)
            await desk.ghost()
        assert len(desk.backend.asked) == 2
        assert not desk.backend.asked[1].closed_early
        desk.insert("x")
        await asyncio.sleep(0.01)
        assert desk.backend.asked[1].closed_early

    run(session())


def test_nothing_is_prepared_ahead_of_an_acceptance_unless_asked_for() -> None:
    async def session() -> None:
        desk = Desk(knowing(LINE), before="total = ")
        await desk.ghost()
        await asyncio.sleep(1)
        assert len(desk.backend.asked) == 1

    run(session())
