"""What suggestions look like on the screen of a real Neovim: they grow, and stand between
brackets."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("pynvim", reason="NOT PROVED: Neovim; pynvim is not installed")

from tests.fakes.endpoint import Endpoint
from tests.real.growing import BLOCK, WHOLE, go_file, header, plays, watch
from tests.real.neovim import Neovim
from tests.real.pairs import PAIRS, Pair

pytestmark = pytest.mark.real

InBody = Callable[[int], float]


@pytest.fixture
def in_body(editor: Neovim, endpoint: Endpoint, tmp_path: Path) -> InBody:
    """A new line in the body of a new function; returns when the key was pressed."""

    def open_line(number: int) -> float:
        path = tmp_path / f"report{number}.go"
        path.write_text(go_file(number))
        plays(endpoint, number)
        editor.leave()
        editor.edit(path)
        editor.nvim.current.window.cursor = (3, 0)
        return editor.keys("o")

    return open_line


def with_body(number: int, body: str) -> str:
    return f"package main\n\n{header(number)}\n\t{body}\n}}"


def test_a_suggestion_comes_with_its_first_statement_and_grows_in_place(
    editor: Neovim, endpoint: Endpoint, in_body: InBody
) -> None:
    asked = len(endpoint.fake.requests)
    seen = watch(editor, WHOLE, in_body(1))
    seen.check()
    assert seen.texts[0] == BLOCK[0]
    assert len(seen.texts) >= 3
    assert len(endpoint.fake.requests) == asked + 1
    editor.keys("<Tab>")
    editor.has_text(with_body(1, WHOLE))
    assert len(endpoint.fake.requests) == asked + 1


def test_accepting_the_first_line_shows_the_rest_at_once(
    editor: Neovim, endpoint: Endpoint, in_body: InBody
) -> None:
    asked = len(endpoint.fake.requests)
    in_body(2)
    editor.shown(BLOCK[0])
    editor.keys("<Tab>")
    editor.has_text(with_body(2, BLOCK[0]))
    rest = WHOLE.removeprefix(BLOCK[0])
    seen = watch(editor, rest, time.monotonic())
    seen.check()
    assert len(endpoint.fake.requests) == asked + 1
    editor.keys("<Tab>")
    editor.has_text(with_body(2, WHOLE))


def test_typing_along_a_growing_suggestion_keeps_it(
    editor: Neovim, endpoint: Endpoint, in_body: InBody
) -> None:
    asked = len(endpoint.fake.requests)
    in_body(3)
    editor.shown(BLOCK[0])
    editor.type(BLOCK[0][:12], 0.06)
    seen = watch(editor, WHOLE[12:], time.monotonic())
    seen.check()
    assert len(endpoint.fake.requests) == asked + 1
    editor.keys("<Tab>")
    editor.has_text(with_body(3, WHOLE))


def test_typing_something_else_ends_a_growing_suggestion(editor: Neovim, in_body: InBody) -> None:
    in_body(4)
    editor.shown(BLOCK[0])
    editor.type("zq", 0.02)
    editor.gone()
    answers = editor.answers
    editor.wait(lambda: editor.answers > answers)
    assert editor.ghost is None


def test_a_dismissed_suggestion_does_not_come_back_by_growing(
    editor: Neovim, in_body: InBody
) -> None:
    in_body(5)
    editor.shown(BLOCK[0])
    editor.keys("<C-]>")
    editor.gone()
    growing = "return require('codestral.ghost').is_growing(0)"
    editor.wait(lambda: not editor.lua(growing))
    assert editor.ghost is None


def test_asked_for_explicitly_a_block_comes_whole(editor: Neovim, in_body: InBody) -> None:
    in_body(6)
    editor.shown(BLOCK[0])
    editor.keys("<M-\\>")
    seen = watch(editor, WHOLE, time.monotonic())
    seen.check()


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.file)
def test_several_lines_between_brackets_are_right_after_tab_and_after_undo(
    editor: Neovim, endpoint: Endpoint, tmp_path: Path, pair: Pair
) -> None:
    said = pair.before.rpartition("\n")[2] + pair.head + pair.body
    endpoint.intends(said, known_from=len(said) - len(pair.body))
    path = tmp_path / pair.file
    path.write_text(pair.before + pair.after)
    editor.leave()
    editor.edit(path)
    for opener, closer in ("{}", "[]"):
        editor.command(f"inoremap <buffer> {opener} {opener}{closer}<Left>")
    lines = pair.before.split("\n")
    editor.nvim.current.window.cursor = (len(lines), max(0, len(lines[-1]) - 1))
    editor.command("setlocal indentexpr= nocindent nosmartindent noautoindent")
    editor.keys("a" if lines[-1] else "i")
    editor.type(pair.head)
    editor.shown(pair.body)
    editor.keys("<Tab>")
    editor.has_text(pair.taken.removesuffix("\n"))
    editor.keys("<Esc>u")
    editor.has_text(pair.typed.removesuffix("\n"))


@pytest.mark.parametrize(
    ("options", "unit"),
    [
        ("expandtab shiftwidth=2", "  "),
        ("expandtab shiftwidth=0 tabstop=3", "   "),
        ("noexpandtab shiftwidth=4", "\t"),
    ],
)
def test_a_new_file_is_indented_as_the_buffer_is_set(
    editor: Neovim, endpoint: Endpoint, opened: Callable[..., Path], options: str, unit: str
) -> None:
    head = f"function total{len(unit)}{ord(unit[0])}(rows) {{"
    editor.nvim.command(f"autocmd FileType javascript ++once setlocal {options}")
    opened("", intends=f"{head}\n    return rows.length;\n}}", name="new.js")
    editor.type(head)
    editor.shown(f"\n{unit}return rows.length;\n}}")
