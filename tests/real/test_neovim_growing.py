"""A suggestion that grows on the screen of a real Neovim, while its user does this and that."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("pynvim", reason="NOT PROVED: Neovim; pynvim is not installed")

from tests.fakes.endpoint import Endpoint
from tests.real.growing import BLOCK, WHOLE, go_file, header, plays, watch
from tests.real.neovim import Neovim

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
