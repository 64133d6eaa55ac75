"""A suggestion that grows on the screen of a real VS Code, while its user does this and that."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.endpoint import Endpoint
from tests.real.growing import BLOCK, WHOLE, Growth, go_file, header, plays
from tests.real.vscode import ROOT, Code

pytestmark = pytest.mark.real

TEE = Path(__file__).parent / "tee.py"
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
def wire(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wire") / "messages.jsonl"


@pytest.fixture(scope="module")
def code(
    installed: dict[str, str], vsix: str, endpoint: Endpoint, folder: Path, wire: Path
) -> Iterator[Code]:
    editor = Code(installed)
    try:
        tee = ["env", f"PYTHONPATH={ROOT}", sys.executable, str(TEE), str(wire)]
        editor.start(
            vsix=vsix,
            folder=str(folder),
            machine={"codestral.server.command": [*tee, sys.executable, "-m", "codestral_ls"]},
            env=endpoint.environment,
        )
        endpoint.intends("value = 1")
        editor.load("first.py")
        editor.press("Control+B")
        editor.ready("val")
        yield editor
    finally:
        editor.close()


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


def requests(wire: Path) -> int:
    entries = [json.loads(line)["message"] for line in wire.read_text().splitlines()]
    return sum(entry.get("method") == "textDocument/inlineCompletion" for entry in entries)


def with_body(number: int, body: str) -> bytes:
    return f"package main\n\n{header(number)}\n\t{body}\n}}\n".encode()


def test_a_suggestion_comes_with_its_first_statement_and_grows_in_place(
    code: Code, endpoint: Endpoint, in_body: InBody
) -> None:
    asked = len(endpoint.fake.requests)
    name = in_body(1)
    seen = watched(code, DRAWN)
    seen.check()
    assert seen.texts[0] == BLOCK[0]
    assert len(seen.texts) >= 3
    assert len(endpoint.fake.requests) == asked + 1
    code.screenshot("grown")
    code.press("Tab")
    code.wait_no_ghost()
    assert code.saved(name) == with_body(1, WHOLE)
    assert len(endpoint.fake.requests) == asked + 1
