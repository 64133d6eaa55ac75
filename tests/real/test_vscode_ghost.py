"""What suggestions look like on the screen of a real VS Code: they grow, stand between brackets,
and have alternatives."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.endpoint import Endpoint
from tests.real.growing import BLOCK, WHOLE, Growth, go_file, header, plays, prompts_in
from tests.real.pairs import PAIRS, Pair
from tests.real.vscode import Code, teed_window

pytestmark = pytest.mark.real

# VS Code draws a tab of the text as so many blanks.
TAB = " " * 4
DRAWN = WHOLE.replace("\t", TAB)

InBody = Callable[[int], str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    (folder / "first.py").write_text("value = 1\n")
    return folder


@pytest.fixture(scope="module")
def code(
    installed: dict[str, str], vsix: str, endpoint: Endpoint, folder: Path, wire: Path
) -> Iterator[Code]:
    # As the file has them, whatever else is in it.
    settings = {"editor.detectIndentation": True}
    with teed_window(installed, vsix, folder, endpoint, wire, settings) as editor:
        yield editor


@pytest.fixture
def in_body(code: Code, endpoint: Endpoint, folder: Path) -> InBody:
    """A new line in the body of a new function, everything on screen noted from its key on."""

    def open_line(number: int) -> str:
        name = f"report{number}.go"
        (folder / name).write_text(go_file(number))
        plays(endpoint, number)
        code.open(name)
        code.go(3, len(header(number)) + 1)
        code.trace()
        code.press("Enter")
        return name

    return open_line


def watched(code: Code, until_text: str) -> Growth:
    """What was on the screen until this was."""
    end = time.monotonic() + 10
    while True:
        texts, ms = code.traced()
        if texts and texts[-1] == until_text:
            return Growth(texts, ms)
        assert time.monotonic() < end, f"{until_text!r} was not shown, but {texts!r}"
        threading.Event().wait(0.02)


def with_body(number: int, body: str) -> bytes:
    return f"package main\n\n{header(number)}\n\t{body}\n}}\n".encode()


def test_a_suggestion_comes_with_its_first_statement_and_grows_in_place(
    code: Code, endpoint: Endpoint, in_body: InBody
) -> None:
    name = in_body(1)
    seen = watched(code, DRAWN)
    seen.check()
    assert seen.texts[0] == BLOCK[0]
    assert len(seen.texts) >= 2
    assert len(prompts_in(endpoint, 1)) == 1
    code.screenshot("grown")
    code.press("Tab")
    code.wait_no_ghost()
    assert code.saved(name) == with_body(1, WHOLE)


def test_accepting_the_first_line_shows_the_rest_at_once(
    code: Code, endpoint: Endpoint, in_body: InBody
) -> None:
    name = in_body(2)
    code.wait_ghost(BLOCK[0])
    code.trace()
    code.press("Tab")
    seen = watched(code, DRAWN.removeprefix(BLOCK[0]))
    # For a frame or two the first line may still be drawn.
    rest = [text for text in seen.texts if text and not text.startswith(BLOCK[0])]
    Growth(rest, seen.ms[-len(rest) :]).check()
    assert len(prompts_in(endpoint, 2)) == 1
    code.press("Tab")
    code.wait_no_ghost()
    assert code.saved(name) == with_body(2, WHOLE)


def test_typing_along_a_growing_suggestion_keeps_it(
    code: Code, endpoint: Endpoint, in_body: InBody
) -> None:
    name = in_body(3)
    code.wait_ghost(BLOCK[0])
    code.type(BLOCK[0][:12], delay_ms=40)
    watched(code, DRAWN[12:])
    assert len(prompts_in(endpoint, 3)) == 1
    code.press("Tab")
    code.wait_no_ghost()
    assert code.saved(name) == with_body(3, WHOLE)


def test_a_dismissed_suggestion_does_not_come_back_by_growing(
    code: Code, endpoint: Endpoint, in_body: InBody
) -> None:
    in_body(4)
    code.wait_ghost(BLOCK[0])
    code.press("Escape")
    code.wait_no_ghost()
    served = endpoint.fake.requests[-1]
    until(lambda: served.over)
    code.command("Codestral: Show Status")
    code.wait_for('.tab.active[aria-label^="Codestral status"]')
    texts, _ = code.traced()
    assert texts[-1] == ""


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens by itself."""
    end = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.02)


def test_asking_for_another_suggestion_shows_the_second_of_two(
    code: Code, endpoint: Endpoint, folder: Path
) -> None:
    endpoint.intends("amounts = sorted(first)")
    (folder / "another.py").write_text("first = [2, 1]\n\n")
    code.open("another.py")
    code.go(2, 1)
    code.type("amounts = ")
    code.wait_ghost("sorted(first)")
    endpoint.intends("amounts = list(first)")
    code.press("Alt+]")
    code.wait_ghost("list(first)")
    code.press("Alt+[")
    code.wait_ghost("sorted(first)")
    code.press("Alt+]")
    code.wait_ghost("list(first)")
    code.press("Tab")
    code.wait_no_ghost()
    assert code.saved("another.py") == b"first = [2, 1]\namounts = list(first)\n"


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.file)
def test_several_lines_between_brackets_are_right_after_tab_and_after_undo(
    code: Code, endpoint: Endpoint, folder: Path, pair: Pair
) -> None:
    said = pair.before.rpartition("\n")[2] + pair.head + pair.body
    endpoint.intends(said, known_from=len(said) - len(pair.body))
    (folder / pair.file).write_text(pair.before + pair.after)
    code.open(pair.file)
    # Columns are as wide as a tab is drawn, so the end is safer.
    code.go(pair.before.count("\n") + 1, 1)
    code.press("End")
    code.type(pair.head)
    code.wait_ghost()
    code.screenshot(f"pair-{pair.file}")
    code.press("Tab")
    code.wait_no_ghost()
    assert code.saved(pair.file).decode() == pair.taken
    code.press("Control+Z")
    assert code.saved(pair.file).decode() == pair.typed
