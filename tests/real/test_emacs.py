"""A real Emacs with lsp-mode, configured as our README says, and the real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.endpoint import Endpoint
from tests.real.emacs import Emacs, documented_init, executable
from tests.real.launch import or_skipped, shim, teed_command

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("home")
    (path / "project" / ".git").mkdir(parents=True)
    return path


@pytest.fixture(scope="module")
def editor(home: Path, endpoint: Endpoint) -> Iterator[Emacs]:
    with or_skipped("Emacs with lsp-mode could not be fetched"):
        program = executable()
    on_path = shim(home / "bin", teed_command(home / "messages.jsonl"))
    emacs = Emacs(program, home, documented_init(), {**endpoint.environment, **on_path})
    yield emacs
    emacs.close()


def opened(editor: Emacs, home: Path, name: str, text: str = "") -> Path:
    path = home / "project" / name
    path.write_text(text)
    editor.edit(path)
    return path


def sent(home: Path) -> list[dict[str, Any]]:
    """What Emacs sent to the server so far."""
    lines = (home / "messages.jsonl").read_text().splitlines()
    return [line["message"] for line in map(json.loads, lines) if line["from"] == "client"]


def test_a_suggestion_is_shown_and_tab_inserts_it(
    editor: Emacs, home: Path, endpoint: Endpoint
) -> None:
    path = opened(editor, home, "area.py")
    endpoint.intends("def area(r):\n    return 3 * r * r")
    editor.keys("def area(")
    editor.shown("r):\n    return 3 * r * r")
    editor.keys("\t")
    editor.save()
    editor.wait(lambda: path.read_text() == "def area(r):\n    return 3 * r * r\n")


def test_in_the_middle_of_a_line_nothing_is_lost(
    editor: Emacs, home: Path, endpoint: Endpoint
) -> None:
    path = opened(editor, home, "middle.py", "f = (, 7)\n")
    endpoint.intends("f = (first")
    # C-f five times: behind the bracket.
    editor.keys("\x06" * 5)
    editor.keys("f")
    editor.shown("irst")
    editor.keys("\t")
    editor.save()
    editor.wait(lambda: path.read_text() == "f = (first, 7)\n")


def test_accepting_tells_the_server(editor: Emacs, home: Path, endpoint: Endpoint) -> None:
    opened(editor, home, "told.py")
    endpoint.intends("left = right.mirror()")
    editor.keys("left = ")
    editor.shown("right.mirror()")
    editor.keys("\t")
    editor.wait(
        lambda: any(
            message.get("params", {}).get("command") == "codestral-ls.didAccept"
            for message in sent(home)
            if message.get("method") == "workspace/executeCommand"
        )
    )


def test_typing_on_leaves_a_suggestion_alone(editor: Emacs, home: Path, endpoint: Endpoint) -> None:
    path = opened(editor, home, "other.py")
    endpoint.intends("size = window.height")
    editor.keys("size = ")
    editor.shown("window.height")
    editor.keys("9")
    editor.save()
    editor.wait(lambda: path.read_text() == "size = 9\n")
