"""The engine as an editor meets it, in virtual time: every figure is exact."""

from __future__ import annotations

import asyncio

import pytest

from codestral_ls.backends.base import Finish, NetworkFailure
from codestral_ls.config.settings import Settings
from codestral_ls.model import ClientHabits, Nothing, Selected, Source, Suggestion, Trigger
from codestral_ls.text.syntax import parse
from tests.engine.harness import FakeEditor, check_nothing, check_superseded, knowing, text_of
from tests.virtual_time import run

LINE = "total = price * count\nprint(total)\n"


def test_a_request_is_answered_with_the_first_line_and_the_stream_closed_a_line_later() -> None:
    async def session() -> None:
        editor = FakeEditor(lambda _: "price * count\n" + "more = 1\n" * 80, before="total = ")
        assert await editor.ghost() == "price * count"
        assert len(editor.backend.asked[0].sent) <= len("price * count\n") + 4
        await asyncio.sleep(1)
        assert editor.backend.asked[0].closed_early
        assert len(editor.backend.asked[0].sent) <= len("price * count\nmore = 1\n") + 4
        assert editor.counters["requests"] == 1

    run(session())


def test_the_line_after_an_answer_needs_no_request() -> None:
    async def session() -> None:
        said = "price * count\nprint(total)\nlog(total)\n"
        editor = FakeEditor(knowing("total = " + said), before="total = ")
        assert await editor.ghost() == "price * count"
        await asyncio.sleep(1)
        editor.insert("price * count")
        editor.insert("\n")
        assert await editor.ghost() == "print(total)"
        assert len(editor.backend.asked) == 1

    run(session())


def test_nothing_is_read_beyond_an_answer_where_nothing_is_to_be_foreseen() -> None:
    async def session() -> None:
        editor = FakeEditor(
            lambda _: "price * count\n" + "more = 1\n" * 80,
            before="total = ",
            settings=Settings(speculate="never"),
        )
        assert await editor.ghost() == "price * count"
        await asyncio.sleep(0.001)
        assert editor.backend.asked[0].closed_early

    run(session())


def test_a_stream_that_only_reads_on_neither_fails_nor_is_busy_nor_takes_anybodys_slot() -> None:
    async def session() -> None:
        long = "price\n" + "m" * 800
        settings = Settings(timeout_ms=500)
        editor = FakeEditor(
            knowing("total = " + long, "other = 2\n"),
            before="total = ",
            settings=settings,
            max_in_flight=1,
        )
        assert await editor.ghost() == "price"
        assert not editor.engine.status().busy
        editor.uri, editor.before = "file:///other.py", "other = "
        assert await editor.ghost() == "2"
        editor.uri, editor.before = "file:///third.py", "total = "
        assert await editor.ghost() == "price"
        await asyncio.sleep(2)
        assert editor.engine.status().pause is None
        assert editor.engine.status().last_error is None

    run(session())


def test_the_same_place_asked_again_is_answered_from_memory() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total = ")
        first = await editor.ask()
        second = await editor.ask()
        assert isinstance(first, Suggestion)
        assert isinstance(second, Suggestion)
        assert (first.source, second.source) == (Source.REQUEST, Source.CACHE)
        assert first.text == second.text
        assert len(editor.backend.asked) == 1

    run(session())


def test_typing_along_a_suggestion_asks_nothing_and_shows_the_rest_at_once() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total = ")
        await editor.ghost()
        started = asyncio.get_running_loop().time()
        assert await editor.type("price", s_per_key=0.0) == [
            "rice * count",
            "ice * count",
            "ce * count",
            "e * count",
            " * count",
        ]
        assert asyncio.get_running_loop().time() == started
        assert len(editor.backend.asked) == 1
        assert editor.counters["typedThrough"] == 5

    run(session())


def test_backspacing_a_typo_brings_the_known_suggestion_back() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total = ")
        await editor.ghost()
        editor.insert("q")
        asked = editor.ask()
        await asyncio.sleep(0.05)
        editor.backspace()
        assert await editor.ghost() == "price * count"
        check_superseded(await asked)
        assert len(editor.backend.asked) == 1

    run(session())


def test_a_bracket_closed_by_the_editor_does_not_cost_a_request() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing("print(total)\n"), before="print")
        assert await editor.ghost() == "(total)"
        editor.insert("(", closers=")")
        shown = await editor.ghost()
        assert shown is not None
        assert shown.startswith("total")
        assert len(editor.backend.asked) == 1

    run(session())


def test_a_request_joins_the_generation_that_is_already_running() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total = ", first_byte_s=0.3)
        first = editor.ask()
        await asyncio.sleep(0.1)
        editor.insert("p")
        second = editor.ask()
        assert text_of(await second) == "rice * count"
        check_superseded(await first)
        outcome = await second
        assert isinstance(outcome, Suggestion)
        assert outcome.source is Source.JOINED
        assert len(editor.backend.asked) == 1

    run(session())


def test_typing_ahead_of_the_stream_waits_for_it_to_agree() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total = ", first_byte_s=0.3, s_per_piece=0.05)
        editor.ask()
        await asyncio.sleep(0.31)
        for key in "price * c":
            editor.insert(key)
        assert await editor.ghost() == "ount"
        assert len(editor.backend.asked) == 1

    run(session())


def test_typing_something_else_ends_the_stream_at_once() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total = ", first_byte_s=0.1, s_per_piece=0.1)
        asked = editor.ask()
        await asyncio.sleep(0.15)
        editor.insert("x")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert editor.backend.asked[0].closed_early
        assert editor.backend.asked[0].ended_at == pytest.approx(0.15)
        check_superseded(await asked)

    run(session())


def test_an_edit_elsewhere_supersedes_the_request() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total = ")
        asked = editor.ask()
        await asyncio.sleep(0.01)
        editor.replace_elsewhere()
        check_superseded(await asked)

    run(session())


def test_a_cancelled_request_leaves_the_generation_to_serve_the_next() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total = ", first_byte_s=1.0)
        asked = editor.ask()
        await asyncio.sleep(0.75)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert await editor.ghost() == "price * count"
        assert len(editor.backend.asked) == 1
        assert editor.counters["cancelled"] == 1

    run(session())


def test_fifty_rapid_requests_run_at_most_two_generations_and_answer_in_order() -> None:
    async def session() -> None:
        editor = FakeEditor(lambda _: "first_value + second_value\n", before="a = ")
        answered: list[str] = []
        tasks = []
        for number in range(50):
            editor.insert("(")
            task = editor.ask()
            task.set_name(f"{number:02}")
            task.add_done_callback(lambda task: answered.append(task.get_name()))
            tasks.append(task)
            await asyncio.sleep(0.002)
        outcomes = await asyncio.gather(*tasks)
        assert answered == sorted(answered)
        assert editor.backend.most_open <= 2
        assert isinstance(outcomes[-1], Suggestion)
        for outcome in outcomes[:-1]:
            check_superseded(outcome)

    run(session())


def test_a_client_that_gives_up_is_answered_before_and_gets_the_rest_later() -> None:
    async def session() -> None:
        editor = FakeEditor(
            knowing("if ready:\n    go()\n    stop()\n"),
            before="",
            first_byte_s=0.6,
            s_per_piece=0.2,
            habits=ClientHabits(answer_within_s=0.65),
        )
        first = await editor.ask()
        check_nothing(first, "next request")
        assert first.timings.total == pytest.approx(650)
        later = await editor.ask()
        assert isinstance(later, Suggestion | Nothing)
        await asyncio.sleep(3)
        last = await editor.ghost()
        assert last is not None
        assert last.startswith("if ready:")
        assert len(editor.backend.asked) == 1

    run(session())


def test_a_client_that_waits_gets_its_answer_when_it_comes() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total = ", first_byte_s=2.0)
        assert await editor.ghost() == "price * count"
        assert asyncio.get_running_loop().time() > 2.0

    run(session())


def test_a_backend_that_hangs_is_given_up_after_the_timeout() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), first_byte_s=100, settings=Settings(timeout_ms=900))
        outcome = await editor.ask(Trigger.INVOKED)
        assert isinstance(outcome, Nothing)
        assert asyncio.get_running_loop().time() == pytest.approx(0.9)
        assert editor.backend.open_now == 0

    run(session())


def test_an_empty_answer_is_remembered() -> None:
    async def session() -> None:
        editor = FakeEditor("", before="total = ")
        assert await editor.ghost() is None
        assert await editor.ghost() is None
        assert len(editor.backend.asked) == 1

    run(session())


def test_a_truncated_stream_is_not_remembered() -> None:
    async def session() -> None:
        editor = FakeEditor("price * co", before="total = ", finish=None)
        await editor.ask()
        await editor.ask()
        assert len(editor.backend.asked) == 2

    run(session())


def test_a_suggestion_taken_and_removed_again_is_not_offered_again() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total = ")
        first = await editor.ask()
        assert isinstance(first, Suggestion)
        editor.insert(first.text)
        editor.engine.accepted(first.id)
        editor.backspace(len(first.text))
        check_nothing(await editor.ask(), "removed it again")
        assert await editor.ghost(Trigger.INVOKED) == first.text
        assert editor.counters["accepted"] == 1
        assert editor.counters["acceptedChars"] == len(first.text)

    run(session())


def test_an_acceptance_is_inferred_where_the_editor_runs_no_command() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total = ")
        await editor.ghost()
        editor.insert("price")
        editor.insert(" * count")
        assert editor.counters["accepted"] == 1

    run(session())


def test_a_suggestion_taken_word_by_word_counts_once_with_all_its_characters() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total = ")
        first = await editor.ask()
        assert isinstance(first, Suggestion)
        editor.insert("price")
        await editor.ghost()
        editor.insert(" * count")
        editor.engine.accepted(first.id)
        assert editor.counters["accepted"] == 1
        assert editor.counters["acceptedChars"] == len("price * count")

    run(session())


def test_asking_explicitly_again_brings_another_candidate_and_keeps_the_first() -> None:
    async def session() -> None:
        answers = ["price\n", "amount\n"]
        editor = FakeEditor(lambda _: answers.pop(0), before="total = ")
        assert await editor.ghost(Trigger.INVOKED) == "price"
        second = await editor.ask(Trigger.INVOKED)
        assert isinstance(second, Suggestion)
        assert second.text == "amount"
        assert second.alternatives == ("price",)
        assert editor.backend.asked[1].prompt.temperature > 0

    run(session())


def test_an_explicit_request_skips_the_switch_and_the_wait() -> None:
    async def session() -> None:
        settings = Settings(enabled=False, debounce_ms=500)
        editor = FakeEditor(knowing(LINE), before="total = ", settings=settings)
        editor.insert("p")
        check_nothing(await editor.ask(), "turned off")
        assert await editor.ghost(Trigger.INVOKED) == "rice * count"
        assert editor.backend.asked[0].at == pytest.approx(0.0)

    run(session())


def test_in_the_middle_of_a_word_a_request_waits_for_a_pause() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="tot")
        editor.insert("a")
        assert await editor.ghost() == "l = price * count"
        assert 0.2 <= editor.backend.asked[0].at <= 0.45

    run(session())


@pytest.mark.parametrize("asks_after_s", [0.03, 0.2])
def test_thirty_keys_at_full_speed_cost_at_most_four_requests(asks_after_s: float) -> None:
    async def session() -> None:
        editor = FakeEditor(lambda _: "something_else\n", before="")
        await editor.ghost()
        editor.backend.asked.clear()
        pending = None
        for key in "def compute(first, second): re":
            await asyncio.sleep(0.025)
            editor.insert(key)
            if pending is not None:
                pending.cancel()
            pending = asyncio.get_running_loop().call_later(asks_after_s, editor.ask)
        await asyncio.sleep(2)
        assert 1 <= len(editor.backend.asked) <= 4

    run(session())


def test_pressing_enter_while_the_answer_comes_brings_the_next_line_too() -> None:
    async def session() -> None:
        document = "total = price\nprint(total)\nmore = 1\n"
        editor = FakeEditor(knowing(document), before="total = price", s_per_piece=0.02)
        asked = editor.ask()
        await asyncio.sleep(0.45)
        editor.insert("\n")
        assert await editor.ghost() == "print(total)"
        assert len(editor.backend.asked) == 1
        await asyncio.gather(asked, return_exceptions=True)

    run(session())


@pytest.mark.parametrize(
    ("document", "first", "then"),
    [
        ("import os\nimport re\n\n\ndef main():\n    run()\n", "import os", "import re"),
        ("x = 1\nfor y in x:\n    use(y)\n", "x = 1", "for y in x:\n    use(y)"),
        ("x = 1\ny = x + \\\n    2\n", "x = 1", "y = x + \\\n    2"),
    ],
)
@pytest.mark.parametrize("piece_chars", [1, 3, 7])
def test_enter_after_a_suggestion_shows_a_statement_and_no_crumb_of_one(
    document: str, first: str, then: str, piece_chars: int
) -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(document), before="", piece_chars=piece_chars)
        assert await editor.ghost() == first
        editor.insert(first)
        editor.insert("\n")
        assert await editor.ghost() == then

    run(session())


def test_after_a_space_a_request_leaves_at_once() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total =")
        editor.insert(" ")
        await editor.ghost()
        assert editor.backend.asked[0].at == pytest.approx(0.0)

    run(session())


def test_an_edit_is_taken_for_a_question_when_the_editor_asks_by_itself() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total")
        await editor.ghost()
        editor.backend.asked.clear()
        editor.engine.clear()
        editor.insert(" ")
        await asyncio.sleep(0.2)
        assert len(editor.backend.asked) == 1
        outcome = await editor.ask()
        assert isinstance(outcome, Suggestion)
        assert len(editor.backend.asked) == 1
        assert outcome.timings.total < 1

    run(session())


@pytest.mark.parametrize("speculate", ["auto", "never"])
def test_nothing_is_anticipated_for_an_editor_that_only_asks_by_hand(speculate: str) -> None:
    async def session() -> None:
        settings = Settings(speculate=speculate)  # type: ignore[arg-type]  # from the parameters
        editor = FakeEditor(knowing(LINE), before="total", settings=settings)
        if speculate == "auto":
            await editor.ghost(Trigger.INVOKED)
        else:
            await editor.ghost()
        known = len(editor.backend.asked)
        editor.engine.clear()
        editor.insert(" ")
        await asyncio.sleep(2)
        assert len(editor.backend.asked) == known

    run(session())


def test_anticipation_stops_when_no_question_follows() -> None:
    async def session() -> None:
        editor = FakeEditor("", before="total")
        await editor.ghost()
        for _ in range(20):
            editor.insert(" ")
            await asyncio.sleep(0.3)
        assert len(editor.backend.asked) <= 6

    run(session())


def test_a_paste_is_not_anticipated() -> None:
    async def session() -> None:
        editor = FakeEditor("x\n", before="total")
        await editor.ghost()
        known = len(editor.backend.asked)
        editor.insert("a = 1\nb = 2\nc = 3\n")
        await asyncio.sleep(1)
        assert len(editor.backend.asked) == known

    run(session())


def test_the_popups_entry_is_completed_as_if_it_were_inserted() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing("print(total)\n"), before="pr")
        assert text_of(await editor.ask(selected=Selected("print", 2))) == "(total)"
        assert editor.backend.asked[0].prompt.prefix == "print"

    run(session())


def test_the_popups_entry_is_known_to_the_check_against_the_documents_syntax() -> None:
    async def session() -> None:
        before = "def f():\n    if a:\n        pri"
        editor = FakeEditor(
            "(1)\n        y = = 2\n        z = 3\n",
            before=before,
            settings=Settings(multiline="always"),
            syntax=lambda _: parse(before + "\n", "python"),
        )
        shown = text_of(await editor.ask(Trigger.INVOKED, Selected("print", 3)))
        assert shown == "(1)"

    run(session())


def test_a_text_cut_at_the_token_limit_is_finished_back_or_withheld() -> None:
    async def session() -> None:
        editor = FakeEditor("price * co", before="total = ", finish=Finish.LENGTH)
        outcome = await editor.ask()
        assert text_of(outcome) in (None, "price *", "price")

    run(session())


def test_a_generation_nobody_waits_for_makes_room_for_another_document() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total = ", first_byte_s=1.0, max_in_flight=1)
        asked = editor.ask()
        await asyncio.sleep(0.01)
        asked.cancel()
        editor.uri = "file:///other.py"
        assert await editor.ghost() == "price * count"
        assert editor.backend.most_open == 1
        assert editor.backend.asked[0].closed_early

    run(session())


def test_leaving_a_document_ends_what_was_generated_for_it() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total = ", first_byte_s=1.0)
        asked = editor.ask()
        await asyncio.sleep(0.1)
        asked.cancel()
        editor.engine.closed(editor.uri)
        await editor.engine.aclose()
        assert editor.backend.open_now == 0
        assert editor.backend.closed

    run(session())


def test_explain_tells_how_the_last_requests_ended() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total = ")
        await editor.ghost()
        editor.insert("p")
        await editor.ghost()
        records = [record.as_json() for record in editor.engine.explain()]
        assert [record["source"] for record in records] == ["typed-through", "request"]
        assert all(record["reason"] for record in records)
        assert editor.before not in str(records)

    run(session())


def test_explain_gives_the_id_under_which_a_request_was_sent() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total = ")
        await editor.ghost()
        editor.insert("p")
        await editor.ghost()
        ids = [record.as_json()["requestId"] for record in editor.engine.explain()]
        assert ids == [None, editor.backend.asked[0].prompt.request_id]
        assert ids[1]

    run(session())


@pytest.mark.parametrize("was_sent", [True, False])
def test_explain_tells_of_text_that_may_have_left_the_machine_and_of_no_other(
    was_sent: bool,
) -> None:
    async def session() -> None:
        error = NetworkFailure("Down.")
        error.was_sent = was_sent
        editor = FakeEditor(lambda _: error, before="total = ")
        assert await editor.ghost() is None
        (record,) = editor.engine.explain()
        assert (record.seen is not None) is was_sent

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
        editor = FakeEditor(lambda _: said, before=before, after="\n", syntax=lambda _: tree)
        assert await editor.ghost(Trigger.INVOKED) == expected

    run(session())


def test_what_follows_a_suggestion_is_prepared_where_the_user_wants_that() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total = ", settings=Settings(speculate="always"))
        shown = await editor.ghost()
        assert shown == "price * count"
        await asyncio.sleep(1)
        assert len(editor.backend.asked) == 2
        assert editor.backend.asked[1].prompt.prefix == "total = price * count"
        for key in shown:
            editor.insert(key)
            await editor.ghost()
        editor.insert("\n")
        started = asyncio.get_running_loop().time()
        assert await editor.ghost() == "print(total)"
        assert asyncio.get_running_loop().time() == started

    run(session())


def test_typing_along_does_not_end_what_is_being_prepared() -> None:
    async def session() -> None:
        editor = FakeEditor(
            knowing(LINE),
            before="total = ",
            settings=Settings(speculate="always"),
            first_byte_s=0.5,
        )
        await editor.ghost()
        for key in "pri":
            await asyncio.sleep(0.05)
            editor.insert(key)
            await editor.ghost()
        assert len(editor.backend.asked) == 2
        assert not editor.backend.asked[1].closed_early
        editor.insert("x")
        await asyncio.sleep(0.01)
        assert editor.backend.asked[1].closed_early

    run(session())


def test_nothing_is_prepared_ahead_of_an_acceptance_unless_asked_for() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing(LINE), before="total = ")
        await editor.ghost()
        await asyncio.sleep(1)
        assert len(editor.backend.asked) == 1

    run(session())


def test_a_request_in_a_document_that_is_closed_ends_and_asks_nothing_more() -> None:
    async def session() -> None:
        editor = FakeEditor("price * count", before="total = ", first_byte_s=1.0)
        asked = editor.ask()
        await asyncio.sleep(0.5)
        editor.engine.closed(editor.uri)
        outcome = await asked
        check_superseded(outcome)
        assert asyncio.get_running_loop().time() < 0.6
        await asyncio.sleep(2)
        assert len(editor.backend.asked) == 1

    run(session())
