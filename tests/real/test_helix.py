"""A real Helix, configured as our README says: the suggestion in its completion menu."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.endpoint import Endpoint
from tests.real.helix import Helix, executable
from tests.real.launch import or_skipped, shim, teed_command

pytestmark = pytest.mark.real


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "project" / "main.py"
    (path.parent / ".git").mkdir(parents=True)
    path.write_text("")
    return path


@pytest.fixture
def editor(file: Path, endpoint: Endpoint, tmp_path: Path) -> Iterator[Helix]:
    with or_skipped("Helix could not be fetched"):
        program = executable()
    on_path = shim(tmp_path / "bin", teed_command(tmp_path / "messages.jsonl"))
    helix = Helix(program, tmp_path, file, {**endpoint.environment, **on_path})
    yield helix
    helix.close()


def test_the_suggestion_is_an_entry_of_the_menu_that_can_be_chosen(
    editor: Helix, file: Path, endpoint: Endpoint, tmp_path: Path
) -> None:
    endpoint.intends("total = compute(left, right)")

    def passed() -> list[Any]:
        log = tmp_path / "messages.jsonl"
        lines = log.read_text().splitlines() if log.exists() else []
        return [json.loads(line)["message"] for line in lines]

    def empty_answers() -> int:
        results = [message["result"] for message in passed() if message.get("result")]
        return sum(result == {"isIncomplete": True, "items": []} for result in results)

    asked_again = 0

    def menu_is_shown() -> bool:
        # An answer that was not there in time is remembered, but Helix asks again only for C-x.
        nonlocal asked_again
        if empty_answers() > asked_again:
            asked_again += 1
            editor.keys("\x18")
        return b"compute(left, right)" in editor.drawn

    editor.wait(lambda: any(m.get("method") == "textDocument/didOpen" for m in passed()))
    editor.insert()
    editor.keys("total = comp")
    editor.wait(menu_is_shown)
    # C-n chooses the first entry, Enter takes it.
    editor.keys("\x0e\r")
    editor.save()
    editor.wait(lambda: file.read_text() == "total = compute(left, right)\n")
