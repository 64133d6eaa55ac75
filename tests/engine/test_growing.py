"""A suggestion that is shown with its first statement and grows, in virtual time.

The model is the one of ``tests.benchmarks.ghost``: 200 ms to the first byte, 100 tokens/s.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codestral_ls import postprocess
from codestral_ls.backends.base import BackendError, Finish
from codestral_ls.config.settings import Settings
from codestral_ls.engine.growing import LINGER_S
from codestral_ls.model import ClientHabits, Growth, Suggestion, Trigger
from tests.engine.harness import FakeEditor, check_nothing, knowing, text_of
from tests.virtual_time import run

GROWS = ClientHabits(wants_growth=True)
HEAD = "def total(rows):\n    "
BLOCK = (
    "result = 0\n"
    "    for row in rows:\n"
    "        if row.price < 0:\n"
    "            continue\n"
    "        result += row.price\n"
    "    print(result)\n"
    "    log(result)\n"
    "    return result\n"
)
WHOLE = BLOCK.rstrip("\n")
LINES = WHOLE.split("\n")


def typist(**options: object) -> FakeEditor:
    """Somebody in an empty body, with a model that knows the block."""
    chosen = {
        "answer": knowing(HEAD + BLOCK),
        "before": HEAD,
        "after": "\n",
        "first_byte_s": 0.2,
        "s_per_piece": 0.01,
        "habits": GROWS,
    }
    return FakeEditor(**(chosen | options))  # type: ignore[arg-type]  # the class's own


def now_ms() -> float:
    return asyncio.get_running_loop().time() * 1000


def test_the_first_statement_is_answered_before_the_block_is_whole() -> None:
    async def session() -> None:
        editor = typist()
        outcome = await editor.ask()
        assert isinstance(outcome, Suggestion)
        assert outcome.text == LINES[0]
        assert outcome.grows
        assert "still coming" in outcome.note
        n_pieces = len(LINES[0]) // 4 + 1
        assert now_ms() <= 200 + 10 * n_pieces + LINGER_S * 1000 + 1

    run(session())


def test_a_stream_without_pauses_is_answered_whole() -> None:
    async def session() -> None:
        editor = typist(s_per_piece=0.0)
        outcome = await editor.ask()
        assert text_of(outcome) == WHOLE
        assert isinstance(outcome, Suggestion)
        assert not outcome.grows
        assert now_ms() == pytest.approx(200)
        assert not editor.growths

    run(session())


def test_a_stream_that_ends_within_the_linger_is_answered_whole() -> None:
    async def session() -> None:
        editor = typist(pieces=["result = 0\n", "    return ", "result\n"], s_per_piece=0.008)
        outcome = await editor.ask()
        assert text_of(outcome) == "result = 0\n    return result"

    run(session())


@pytest.mark.parametrize("trigger", [Trigger.AUTOMATIC, Trigger.INVOKED])
@pytest.mark.parametrize("following", ["print(total)\n", "", "# " + "long " * 40])
def test_a_single_line_is_answered_when_it_ends(trigger: Trigger, following: str) -> None:
    async def session() -> None:
        line = "price * count\n"
        editor = typist(answer=lambda _: line + following, before="total = ")
        outcome = await editor.ask(trigger)
        assert text_of(outcome) == "price * count"
        assert isinstance(outcome, Suggestion)
        assert not outcome.grows
        assert not outcome.note
        assert now_ms() <= 200 + 10 * (len(line) // 4) + 1
        assert not editor.growths

    run(session())


def test_an_item_among_others_is_answered_when_it_ends() -> None:
    async def session() -> None:
        before = "def total(\n    prices,\n    "
        line = "counts=(),\n    "
        editor = typist(answer=lambda _: line + "taxes=(),\n" * 30, before=before)
        assert await editor.ghost() == "counts=(),"
        assert now_ms() <= 200 + 10 * (len(line) // 4) + LINGER_S * 1000

    run(session())


def test_what_was_accepted_and_taken_out_does_not_come_back_by_growing() -> None:
    async def session() -> None:
        editor = typist(s_per_piece=0.03)
        first = await editor.ask()
        assert isinstance(first, Suggestion)
        editor.insert(first.text)
        editor.engine.accepted(first.id)
        editor.backspace(len(first.text))
        assert await editor.ghost() != first.text

    run(session())


async def grown(editor: FakeEditor) -> list[str]:
    """All texts of the ghost of a client that asks again whenever there is more."""
    texts = [text_of(await editor.ask()) or ""]
    seen = 0
    for _ in range(600):
        await asyncio.sleep(0.005)
        news, seen = editor.growths[seen:], len(editor.growths)
        if any(growth.ready for growth in news):
            texts.append(text_of(await editor.ask()) or "")
    return texts


def test_a_ghost_grows_by_whole_statements_with_one_request() -> None:
    async def session() -> None:
        editor = typist()
        texts = await grown(editor)
        assert texts[0] == LINES[0]
        assert texts[-1] == WHOLE
        known = await editor.ask()
        assert isinstance(known, Suggestion)
        assert known.note == ""
        assert len(texts) >= 4
        for shorter, longer in itertools.pairwise(texts):
            assert longer.startswith(shorter)
        assert all(text.split("\n") == LINES[: text.count("\n") + 1] for text in texts)
        assert len(editor.backend.asked) == 1
        assert len({growth.id for growth in editor.growths}) == 1

    run(session())


def test_the_answer_says_that_more_is_coming_and_the_end_that_it_is_all() -> None:
    async def session() -> None:
        editor = typist()
        outcome = await editor.ask()
        assert isinstance(outcome, Suggestion)
        await asyncio.sleep(0)
        assert editor.growths == [Growth(editor.uri, outcome.id, ready=False, done=False)]
        await asyncio.sleep(3)
        assert [growth.done for growth in editor.growths].count(True) == 1
        assert editor.growths[-1].done
        assert text_of(await editor.ask()) == WHOLE

    run(session())


def test_a_client_that_does_not_want_growth_is_told_nothing_and_gets_the_rest_when_it_asks() -> (
    None
):
    async def session() -> None:
        editor = typist(habits=None)
        first = await editor.ghost()
        assert first == LINES[0]
        await asyncio.sleep(3)
        assert not editor.growths
        editor.insert(first[0])
        assert await editor.ghost() == WHOLE[1:]
        assert len(editor.backend.asked) == 1

    run(session())


@pytest.mark.parametrize("pause_s", [0.0, 0.3, 3.0])
def test_accepting_the_first_lines_shows_the_rest(pause_s: float) -> None:
    async def session() -> None:
        editor = typist()
        first = await editor.ask()
        assert isinstance(first, Suggestion)
        await asyncio.sleep(pause_s)
        editor.insert(first.text)
        editor.engine.accepted(first.id)
        started = now_ms()
        rest = await editor.ghost()
        assert rest is not None
        assert WHOLE.startswith(first.text + rest)
        assert rest.startswith("\n    for row in rows:\n        if row.price < 0:")
        if pause_s:
            assert now_ms() == started
        texts = [rest]
        while first.text + texts[-1] != WHOLE:
            await asyncio.sleep(0.1)
            texts.append(await editor.ghost() or "")
            assert texts[-1].startswith(texts[-2])
            assert now_ms() < 3500
        assert len(editor.backend.asked) == 1

    run(session())


def test_enter_after_the_first_line_brings_the_rest() -> None:
    async def session() -> None:
        editor = typist(habits=None)
        assert await editor.ghost() == LINES[0]
        editor.insert(LINES[0])
        editor.insert("\n    ")
        rest = await editor.ghost()
        assert rest is not None
        assert rest.startswith("for row in rows:\n")
        assert len(editor.backend.asked) == 1
        await asyncio.sleep(3)
        assert await editor.ghost() == "\n".join(LINES[1:]).lstrip()
        assert len(editor.backend.asked) == 1

    run(session())


def test_typing_along_a_ghost_that_grows_always_shows_what_was_shown() -> None:
    async def session() -> None:
        editor = typist()
        last = await editor.ghost()
        assert last is not None
        for key in WHOLE[:60]:
            await asyncio.sleep(0.04)
            if not last.startswith(key):
                break
            editor.insert(key)
            shown = await editor.ghost()
            assert shown is not None
            assert shown.startswith(last[1:])
            last = shown
        assert editor.before + last == HEAD + WHOLE
        assert len(editor.backend.asked) == 1

    run(session())


def test_an_explicit_request_waits_for_the_whole_block() -> None:
    async def session() -> None:
        editor = typist()
        assert await editor.ghost(Trigger.INVOKED) == WHOLE
        assert now_ms() < 200 + 10 * (len(BLOCK) // 4 + 3)

    run(session())


def test_an_explicit_request_waits_within_a_limit() -> None:
    async def session() -> None:
        editor = typist(s_per_piece=0.2)
        outcome = await editor.ask(Trigger.INVOKED)
        assert isinstance(outcome, Suggestion)
        assert outcome.grows
        assert outcome.text in WHOLE
        assert now_ms() == pytest.approx(2000)

    run(session())


def test_an_explicit_request_while_a_ghost_grows_completes_that_one() -> None:
    async def session() -> None:
        editor = typist()
        first = await editor.ask()
        whole = await editor.ask(Trigger.INVOKED)
        assert isinstance(first, Suggestion)
        assert isinstance(whole, Suggestion)
        assert whole.text == WHOLE
        assert whole.id == first.id
        assert not whole.alternatives
        assert len(editor.backend.asked) == 1

    run(session())


def test_an_explicit_request_where_a_suggestion_is_known_brings_another_and_both() -> None:
    async def session() -> None:
        said = ["price\n", "amount\n"]
        editor = FakeEditor(lambda _: said.pop(0), before="total = ")
        assert await editor.ghost() == "price"
        both = await editor.ask(Trigger.INVOKED)
        assert isinstance(both, Suggestion)
        assert {both.text, *both.alternatives} == {"price", "amount"}
        assert editor.backend.asked[1].prompt.temperature > 0

    run(session())


def test_another_candidate_stands_beside_what_is_left_of_a_suggestion_typed_along() -> None:
    async def session() -> None:
        said = ["price\n", "ublic\n"]
        editor = FakeEditor(lambda _: said.pop(0), before="total = ")
        assert await editor.ghost() == "price"
        editor.insert("p")
        assert await editor.ghost() == "rice"
        both = await editor.ask(Trigger.INVOKED)
        assert isinstance(both, Suggestion)
        assert (both.text, both.alternatives) == ("ublic", ("rice",))

    run(session())


@pytest.mark.parametrize("said", ["", "error"])
def test_where_there_is_no_other_candidate_the_known_one_stays(said: str) -> None:
    async def session() -> None:
        answers: list[str | BackendError] = [
            "price\n",
            BackendError("The server is away.") if said else "",
        ]
        editor = FakeEditor(lambda _: answers.pop(0), before="total = ")
        assert await editor.ghost() == "price"
        assert await editor.ghost(Trigger.INVOKED) == "price"

    run(session())


REVISED: Sequence[tuple[str, str]] = [
    ("a later line revises the first", "value = 1\n    value = 1\n    value = 1\n" * 4),
    ("it turns into talk", "value = 1\n    other = 2\n```\nThis sets the value.\n"),
    ("it is broken off", "value = 1\n    other = compute(value, "),
]


@pytest.mark.parametrize(("name", "said"), REVISED, ids=[name for name, _ in REVISED])
def test_what_was_shown_is_never_taken_back(name: str, said: str) -> None:
    async def session() -> None:
        editor = typist(answer=lambda _: said, finish=Finish.LENGTH)
        texts = await grown(editor)
        for shorter, longer in itertools.pairwise(texts):
            assert longer.startswith(shorter), name
        last = await editor.ghost()
        assert last is not None
        assert last.startswith(texts[-1])

    run(session())


def test_a_failure_in_mid_stream_leaves_what_was_shown() -> None:
    async def session() -> None:
        editor = typist(s_per_piece=0.2, settings=Settings(timeout_ms=1500))
        first = await editor.ghost()
        assert first == LINES[0]
        await asyncio.sleep(3)
        assert editor.growths[-1].done
        assert await editor.ghost() == first
        assert len(editor.backend.asked) == 1

    run(session())


UNWHOLE = [
    ("a head", "for row in rows:\n        "),
    ("a comment", "# The sum of all.\n    "),
    ("a decorator", "@cached\n    "),
    ("an open bracket", "rows = [\n        1,\n        "),
    ("an operator at the end", "total = first + \\\n        "),
    ("a line that has not ended", "total = fir"),
    ("a string of several lines", '"""What it\n    is about\n'),
]


@pytest.mark.parametrize(("name", "begun"), UNWHOLE, ids=[name for name, _ in UNWHOLE])
def test_nothing_is_shown_before_a_statement_is_whole(name: str, begun: str) -> None:
    filler = " + ".join(f"name_{number}" for number in range(80))

    async def session() -> None:
        editor = typist(answer=lambda _: begun + filler, s_per_piece=0.01)
        asked = editor.ask()
        await asyncio.sleep(0.2 + 0.01 * (len(begun) / 4) + LINGER_S + 0.1)
        assert not asked.done(), name
        asked.cancel()
        await editor.engine.aclose()

    run(session())


def test_an_accepted_statement_is_followed_by_whole_ones_and_not_by_crumbs() -> None:
    async def session() -> None:
        editor = typist(
            answer=knowing("total = price\nfor row in rows:\n    go()\n"), before="total = "
        )
        assert await editor.ghost() == "price"
        editor.insert("price")
        editor.insert("\n")
        assert await editor.ghost() == "for row in rows:\n    go()"

    run(session())


def test_braces_stay_closed_where_code_follows() -> None:
    async def session() -> None:
        loop = "\tfor _, row := range rows {\n\t\ttotal += row\n\t\tlog(row)\n\t}\n"
        said = f"total := 0\n{loop}\treturn total\n"
        before = "func sum(rows []int) int {\n\t"
        editor = typist(answer=lambda _: said, before=before, after="\n}\n", language_id="go")
        texts = await grown(editor)
        assert texts[0] == "total := 0"
        assert texts[-1] == said.rstrip()
        for text in texts:
            assert text.count("{") == text.count("}")

    run(session())


def test_leaving_the_ghost_ends_the_stream_and_the_news() -> None:
    async def session() -> None:
        editor = typist()
        await editor.ghost()
        editor.insert("zzz")
        await asyncio.sleep(0.05)
        n_told = len(editor.growths)
        assert editor.backend.asked[0].closed_early
        await asyncio.sleep(2)
        assert not any(growth.ready for growth in editor.growths[n_told:])

    run(session())


def test_a_client_that_gives_up_gets_whole_lines_by_then() -> None:
    async def session() -> None:
        said = "if ready:\n        go(\n            1,\n        )\n"
        habits = ClientHabits(answer_within_s=0.65)
        editor = typist(answer=lambda _: said, s_per_piece=0.1, habits=habits)
        outcome = await editor.ask()
        assert now_ms() == pytest.approx(650)
        assert text_of(outcome) == "if ready:"

    run(session())


@pytest.mark.parametrize("first_byte_s", [0.2, 1.0])
def test_a_client_that_keeps_late_answers_gets_the_same_rule_and_waits_on(
    first_byte_s: float,
) -> None:
    async def session() -> None:
        habits = ClientHabits(answer_within_s=0.65, keeps_late_answers=True)
        editor = typist(first_byte_s=first_byte_s, habits=habits)
        outcome = await editor.ask()
        assert text_of(outcome) == LINES[0]
        assert now_ms() == pytest.approx(first_byte_s * 1000 + 40, abs=15)

    run(session())


def test_a_client_known_to_ask_is_foreseen_in_a_documents_first_burst() -> None:
    async def session() -> None:
        editor = FakeEditor(
            knowing("total = price\n"), before="", habits=ClientHabits(asks_by_itself=True)
        )
        await editor.type_without_asking("total = pri", s_per_key=0.12)
        assert len(editor.backend.asked) == 1
        assert await editor.ghost() == "ce"
        assert len(editor.backend.asked) == 1

    run(session())


def test_who_asked_in_one_document_is_foreseen_in_the_next() -> None:
    async def session() -> None:
        editor = FakeEditor(knowing("total = price\n"), before="total =")
        await editor.ghost()
        known = len(editor.backend.asked)
        editor.uri, editor.before = "file:///other.py", ""
        await editor.type_without_asking("total = pri", s_per_key=0.12)
        assert len(editor.backend.asked) == known + 1

    run(session())


def test_nothing_whole_at_the_deadline_is_said_so() -> None:
    async def session() -> None:
        editor = typist(first_byte_s=1.0, habits=ClientHabits(answer_within_s=0.65))
        check_nothing(await editor.ask(), "next request")

    run(session())


def test_who_asks_only_once_waits_for_all_of_it() -> None:
    async def session() -> None:
        editor = typist(s_per_piece=0.1, habits=ClientHabits(explicit_within_s=None))
        assert await editor.ghost(Trigger.INVOKED) == WHOLE

    run(session())


FRAGMENTS = st.lists(
    st.sampled_from(
        [
            *(
                "a = 1",
                "go(b)",
                "return c",
                "for d in e:",
                "if f:",
                "else:",
                "    g()",
                "# h",
                "i,",
            ),
            *("j = [", "]", "k({", "})", '"""', "```", "", "        l()", "try:", "except M:", "n"),
        ]
    ),
    min_size=1,
    max_size=9,
)


@settings(max_examples=30, deadline=None)
@given(FRAGMENTS, st.integers(1, 40), st.sampled_from([0.01, 0.03, 0.08]), st.booleans())
def test_whatever_a_model_says_a_ghost_only_ever_grows(
    lines: list[str], piece_chars: int, s_per_piece: float, below: bool
) -> None:
    async def session() -> None:
        editor = typist(
            answer=lambda _: "\n    ".join(lines) + "\n",
            after="\n    last = 0\n" if below else "\n",
            piece_chars=piece_chars,
            s_per_piece=s_per_piece,
        )
        texts = await grown(editor)
        texts.append(await editor.ghost() or "")
        for shorter, longer in itertools.pairwise(texts):
            assert longer.startswith(shorter)
        await editor.engine.aclose()

    run(session())


def test_an_answer_that_comes_by_the_character_is_not_read_anew_with_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    n_read = 0
    enough = postprocess.enough

    def counted(text: str, scene: postprocess.Scene) -> bool:
        nonlocal n_read
        n_read += len(text)
        return enough(text, scene)

    monkeypatch.setattr(postprocess, "enough", counted)
    text = "f(" * 3_000

    async def session() -> None:
        await typist(pieces=list(text), s_per_piece=0.0).ask()

    run(session())
    assert n_read <= 200 * len(text)
