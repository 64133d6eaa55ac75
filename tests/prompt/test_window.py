"""The window round the cursor: exact at the cursor, steady at its ends, never over budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.model import WINDOW_AFTER, WINDOW_BEFORE, Snapshot
from codestral_ls.prompt.window import PromptWindow, gather, with_cells

LINES = [f"    total_{number} = price_{number} * count_{number}\n" for number in range(2500)]
FILE = "".join(LINES)
MIDDLE = len("".join(LINES[:1250]))
PREFIX, SUFFIX = 6000, 2000


@dataclass
class Page:
    """A document being typed into, asked about after each edit."""

    text: str
    cursor: int
    max_prefix_chars: int = PREFIX
    max_suffix_chars: int = SUFFIX
    context: PromptWindow | None = None

    def ask(self) -> PromptWindow:
        before, after = self.text[: self.cursor], self.text[self.cursor :]
        snapshot = Snapshot(
            "file:///a.py",
            "/a.py",
            "python",
            1,
            before[-WINDOW_BEFORE:],
            after[:WINDOW_AFTER],
            before.count("\n"),
            at_document_start=len(before) <= WINDOW_BEFORE,
            at_document_end=len(after) <= WINDOW_AFTER,
        )
        self.context = gather(
            snapshot,
            max_prefix_chars=self.max_prefix_chars,
            max_suffix_chars=self.max_suffix_chars,
            former=self.context,
        )
        return self.context

    def type(self, text: str) -> PromptWindow:
        self.text = self.text[: self.cursor] + text + self.text[self.cursor :]
        self.cursor += len(text)
        return self.ask()

    def delete(self, count: int) -> PromptWindow:
        start = max(0, self.cursor - count)
        self.text = self.text[:start] + self.text[self.cursor :]
        self.cursor = start
        return self.ask()

    def go(self, cursor: int) -> PromptWindow:
        self.cursor = min(max(cursor, 0), len(self.text))
        return self.ask()


def check_exact(page: Page, context: PromptWindow) -> None:
    """The prompt ends and the suffix starts at the cursor, and the budgets hold."""
    before, after = page.text[: page.cursor], page.text[page.cursor :]
    assert before.endswith(context.prefix)
    assert after.startswith(context.suffix)
    assert context.starts_document == (context.prefix == before)
    assert context.ends_document == (context.suffix == after)
    total = page.max_prefix_chars + page.max_suffix_chars
    assert len(context.prefix) + len(context.suffix) <= total
    assert len(context.prefix) <= page.max_prefix_chars or context.ends_document
    assert len(context.suffix) <= page.max_suffix_chars or context.starts_document


TEXTS = st.one_of(
    st.text(alphabet="ab \n", max_size=400),
    st.text(max_size=200),
    st.sampled_from([FILE, "x" * 90_000, "same line\n" * 5000, "", "\n" * 100, "é😀\n" * 9000]),
)
EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("type"), st.text(max_size=40)),
        st.tuples(st.just("type"), st.sampled_from([FILE[:3000], "y" * 5000])),
        st.tuples(st.just("delete"), st.integers(0, 5000)),
        st.tuples(st.just("go"), st.integers(0, 120_000)),
        st.tuples(st.just("step"), st.integers(-300, 300)),
    ),
    max_size=12,
)


@given(TEXTS, st.integers(0, 120_000), EDITS, st.integers(200, 30_000), st.integers(0, 15_000))
def test_whatever_the_edits_prefix_and_suffix_meet_at_the_cursor_within_the_budgets(
    text: str, cursor: int, edits: list[tuple[str, object]], max_prefix: int, max_suffix: int
) -> None:
    page = Page(text, min(cursor, len(text)), max_prefix, max_suffix)
    check_exact(page, page.ask())
    for kind, argument in edits:
        match kind, argument:
            case "type", str(typed):
                context = page.type(typed)
            case "delete", int(count):
                context = page.delete(count)
            case "step", int(distance):
                context = page.go(page.cursor + distance)
            case _, int(place):
                context = page.go(place)
            case _:
                raise AssertionError(kind)
        check_exact(page, context)


def test_typing_only_adds_to_the_end_of_the_prefix() -> None:
    page = Page(FILE, MIDDLE)
    former = page.ask()
    for key in "    if total > limit:\n        raise ValueError(total)\n" * 5:
        context = page.type(key)
        assert context.prefix == former.prefix + key
        assert context.suffix == former.suffix
        former = context


def test_a_full_prefix_moves_on_in_one_large_step() -> None:
    page = Page(FILE, MIDDLE)
    former = page.ask()
    moves = []
    for number in range(6000):
        context = page.type("\n" if number % 40 == 39 else "k")
        if not context.prefix.startswith(former.prefix):
            moves.append(number)
        assert context.suffix == former.suffix
        former = context
    assert len(moves) in (3, 4)


def test_windows_consist_of_whole_lines() -> None:
    page = Page(FILE, MIDDLE + 7)
    context = page.ask()
    assert context.prefix.partition("\n")[0] + "\n" in LINES
    assert context.suffix.endswith("\n")
    assert 0.7 * PREFIX < len(context.prefix) <= PREFIX
    assert 0.9 * SUFFIX < len(context.suffix) <= SUFFIX


def test_going_back_and_deleting_keep_the_start() -> None:
    page = Page(FILE, MIDDLE)
    start = page.ask().prefix[:1000]
    assert page.type("value = compute(").prefix.startswith(start)
    assert page.delete(6).prefix.startswith(start)
    assert page.go(page.cursor - 1500).prefix.startswith(start)


def test_the_suffix_keeps_its_end_while_the_cursor_moves_within_the_region() -> None:
    page = Page(FILE, MIDDLE)
    end = page.ask().suffix[-500:]
    assert page.go(page.cursor + 400).suffix.endswith(end)
    assert page.go(page.cursor - 300).suffix.endswith(end)


def test_a_closing_bracket_that_the_editor_adds_leaves_both_ends_alone() -> None:
    page = Page(FILE, MIDDLE)
    former = page.ask()
    page.text = page.text[: page.cursor] + "()" + page.text[page.cursor :]
    context = page.go(page.cursor + 1)
    assert context.prefix == former.prefix + "("
    assert context.suffix == ")" + former.suffix


def test_an_edit_far_above_the_cursor_does_not_move_the_window() -> None:
    page = Page(FILE, MIDDLE)
    former = page.ask()
    page.text = "import os\n" + page.text
    context = page.go(page.cursor + len("import os\n"))
    assert (context.prefix, context.suffix) == (former.prefix, former.suffix)


def test_a_jump_gives_a_window_of_its_own() -> None:
    page = Page(FILE, MIDDLE)
    page.ask()
    there = page.go(len(FILE) // 5)
    assert there == Page(FILE, len(FILE) // 5).ask()


def test_near_the_start_the_suffix_gets_what_the_prefix_does_not_need() -> None:
    page = Page(FILE, 100)
    context = page.ask()
    assert context.prefix == FILE[:100]
    assert len(context.suffix) > 2 * SUFFIX


def test_near_the_end_the_prefix_gets_what_the_suffix_does_not_need() -> None:
    context = Page(FILE, len(FILE) - 20).ask()
    assert context.suffix == FILE[-20:]
    assert len(context.prefix) > 0.7 * (PREFIX + SUFFIX - 20)


def test_typing_into_a_short_file_does_not_nibble_at_the_suffix() -> None:
    """What the prefix has lent is not called in key by key."""
    page = Page(FILE, 100)
    former = page.ask()
    for _ in range(1000):
        context = page.type("k")
        assert context.suffix == former.suffix
        assert context.prefix.startswith(former.prefix)


def test_a_file_within_the_budgets_is_seen_whole() -> None:
    page = Page(FILE[:7000], 1000)
    context = page.ask()
    assert context.prefix + context.suffix == FILE[:7000]


@pytest.mark.parametrize("text", ["x, " * 30_000, FILE.replace("\n", ";")])
def test_in_the_middle_of_one_endless_line_the_window_is_steady_too(text: str) -> None:
    page = Page(text, len(text) // 2)
    former = page.ask()
    for key in "compute(first, second)" * 3:
        context = page.type(key)
        assert context.prefix.startswith(former.prefix)
        assert context.suffix == former.suffix
        former = context


def test_without_room_for_a_suffix_there_is_none() -> None:
    page = Page(FILE, MIDDLE, max_suffix_chars=0)
    assert page.ask().suffix == ""
    assert page.type("x").suffix == ""


def test_a_prefix_gives_away_nothing_that_it_could_show_itself() -> None:
    page = Page(FILE, 6600)
    page.ask()
    context = page.go(4300)
    assert len(context.suffix) > SUFFIX
    assert context.prefix == FILE[:4300]


def cell(before: str, after: str, **fields: Any) -> Snapshot:
    given = {"at_document_start": True, "at_document_end": True, **fields}
    return Snapshot("cell", None, "python", 1, before, after, 0, **given)


def test_a_model_sees_a_notebook_s_other_cells_round_the_cell() -> None:
    shown = with_cells(
        cell("total = ", "\n", cells_before="import shop\n\n", cells_after="\n\nshow()")
    )
    assert shown.before == "import shop\n\ntotal = "
    assert shown.after == "\n\n\nshow()"
    assert shown.at_document_start
    assert shown.at_document_end


def test_in_a_cell_longer_than_the_window_no_other_cell_is_seen() -> None:
    long = cell(
        "x\n" * (WINDOW_BEFORE // 2),
        "y\n",
        at_document_start=False,
        cells_before="import shop\n\n",
        cells_after="\n\nshow()",
    )
    shown = with_cells(long)
    assert shown.before == long.before
    assert not shown.at_document_start
    assert shown.after == "y\n\n\nshow()"


def test_cells_that_do_not_fit_into_the_window_are_cut_at_its_far_end() -> None:
    shown = with_cells(cell("here", "", cells_before="a" * WINDOW_BEFORE, cells_after=""))
    assert len(shown.before) == WINDOW_BEFORE
    assert shown.before.endswith("aahere")
    assert not shown.at_document_start
