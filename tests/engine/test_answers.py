"""Finding known answers again: by content alone, and never the wrong one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.engine.answers import ANSWERS_KEPT, COMPARED, Answer, Answers, Typed, typed_since
from codestral_ls.model import WINDOW_AFTER, WINDOW_BEFORE, Snapshot

# Few letters, so that passages repeat, and every separator that is easily taken for a line end.
TEXTS = st.text(alphabet="ab (\n\u2028\x0c\x85😀", max_size=60)


def seen(before: str, after: str = "") -> Snapshot:
    """A snapshot of the whole text, windows cut as documents cut them."""
    return Snapshot(
        "file:///a.py",
        "/a.py",
        "python",
        None,
        before[-WINDOW_BEFORE:],
        after[:WINDOW_AFTER],
        before.count("\n"),
        at_document_start=len(before) <= WINDOW_BEFORE,
        at_document_end=len(after) <= WINDOW_AFTER,
    )


def answer(snapshot: Snapshot, text: str, *, raw: str | None = None, name: str = "1") -> Answer:
    return Answer(name, snapshot, text if raw is None else raw, text)


@given(TEXTS, TEXTS, TEXTS)
def test_what_was_typed_is_found_whatever_it_is(before: str, typed: str, after: str) -> None:
    assert typed_since(seen(before, after), seen(before + typed, after)) == Typed(typed)


@given(TEXTS, TEXTS, TEXTS)
def test_what_is_found_is_always_what_makes_the_old_text_the_new_one(
    then: str, now: str, after: str
) -> None:
    typed = typed_since(seen(then, after), seen(now, after))
    assert (typed is not None) == now.startswith(then)
    if typed is not None:
        assert then + typed.text == now


@given(st.text(alphabet="ab\n", min_size=1, max_size=5), st.integers(1, 300))
def test_a_long_repetitive_document_is_no_trap(typed: str, n_lines: int) -> None:
    before = "same line again\n" * (WINDOW_BEFORE // 16 + n_lines)
    after = "same line again\n" * (WINDOW_AFTER // 16 + n_lines)
    assert typed_since(seen(before, after), seen(before + typed, after)) == Typed(typed)


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (("a = 1\nb", "\n"), ("a = 2\nb", "\n")),
        (("abc", "\n"), ("ab", "\n")),
        (("ab", "\n"), ("abc", "x\n")),
        (("x\nab", ""), ("ab", "")),
        (("f", "\n"), ("f(", "))))\n")),
        (("", ""), ("\n" * 500, "")),
    ],
)
def test_any_other_change_is_not_typing(then: tuple[str, str], now: tuple[str, str]) -> None:
    assert typed_since(seen(*then), seen(*now)) is None


@pytest.mark.parametrize("closers", [")", ")]", '"', "})"])
def test_closers_that_the_editor_adds_do_not_hide_the_typing(closers: str) -> None:
    for after in ("\n", "x" * WINDOW_AFTER * 2):
        typed = typed_since(seen("f", after), seen("f(", closers + after))
        assert typed == Typed("(", closers)


def test_a_difference_far_above_the_cursor_does_not_matter_within_a_window() -> None:
    then = "x" * COMPARED * 2
    assert typed_since(seen(then), seen(then + "a")) == Typed("a")


def test_the_longest_rest_comes_first() -> None:
    answers = Answers()
    start = seen("x = ")
    answers.add(answer(start, "one", name="short"))
    answers.add(answer(start, "one + two", name="long"))
    hits = answers.hits(seen("x = o"))
    assert [(hit.answer.id, hit.rest) for hit in hits] == [("long", "ne + two"), ("short", "ne")]


def test_an_answer_that_was_typed_against_is_no_hit() -> None:
    answers = Answers()
    answers.add(answer(seen("x = "), "one"))
    assert answers.hits(seen("x = t")) == []


def test_what_came_beyond_the_shown_text_is_known_once_that_is_typed() -> None:
    answers = Answers()
    answers.add(answer(seen("x = "), "one", raw="one\ny = two\n"))
    (hit,) = answers.hits(seen("x = one"))
    assert not hit.within
    assert hit.overrun == "\ny = two\n"


def test_the_least_recently_used_answers_go_first() -> None:
    answers = Answers()
    for number in range(ANSWERS_KEPT + 1):
        answers.add(answer(seen(f"v{number} = "), "x", name=str(number)))
    assert answers.get("0") is None
    assert answers.get(str(ANSWERS_KEPT)) is not None


def test_two_answers_for_one_place_know_each_other() -> None:
    answers = Answers()
    start = seen("x = ")
    first, second = answer(start, "one", name="1"), answer(replace(start), "two", name="2")
    elsewhere = answer(seen("y = "), "three", name="3")
    for one in (first, second, elsewhere):
        answers.add(one)
    assert answers.same_place(first) == [second]
