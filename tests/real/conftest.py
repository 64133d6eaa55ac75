"""Whatever the editor tests share: the fake endpoint that stands for Mistral's, and a Neovim.

Modules about other editors have an ``editor`` of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fakes.endpoint import Endpoint
from tests.real import vscode
from tests.real.launch import or_skipped

if TYPE_CHECKING:
    from tests.real.neovim import Neovim

# The user's own mapping of Tab, which our key must leave alone where nothing is suggested.
USERS_TAB = "vim.keymap.set('i', '<Tab>', function() return '(tab)' end, { expr = true })\n"


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What editor and server said to each other, message by message."""
    return tmp_path_factory.mktemp("wire") / "messages.jsonl"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """One endpoint for a module's tests; each says what it intends to be typed."""
    with Endpoint() as fake:
        yield fake


@pytest.fixture(scope="session")
def installed() -> dict[str, str]:
    """VS Code's parts, as the environment of its driver."""
    with or_skipped("VS Code could not be fetched"):
        return vscode.environment()


@pytest.fixture(scope="session")
def vsix(installed: dict[str, str]) -> str:
    """The extension, built from this checkout."""
    with or_skipped("the extension's parts could not be fetched"):
        return str(vscode.build_extension())


@pytest.fixture(scope="module")
def program() -> str:
    """Neovim's executable."""
    from tests.real.neovim import executable

    with or_skipped("Neovim 0.12 could not be fetched"):
        return executable()


@pytest.fixture(scope="module")
def editor(
    program: str, endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Neovim]:
    """One Neovim for a module's tests; each has a file and a text of its own, so that no answer
    of one is remembered in another."""
    from tests.real.neovim import Neovim, init_lua

    home = tmp_path_factory.mktemp("home")
    neovim = Neovim(program, home, USERS_TAB + init_lua(), endpoint.environment)
    yield neovim
    neovim.close()


@pytest.fixture
def opened(editor: Neovim, endpoint: Endpoint, tmp_path: Path) -> Callable[..., Path]:
    """Open a file with a text, the cursor at its end, and say what the endpoint completes to."""

    def open_file(
        text: str, *, intends: str = "", name: str = "main.py", delay_s: float = 0.0
    ) -> Path:
        endpoint.intends(intends, delay_s=delay_s)
        path = tmp_path / name
        path.write_bytes(text.encode())
        editor.leave()
        editor.edit(path)
        editor.nvim.command("normal! G$")
        editor.keys("a")
        editor.wait(lambda: editor.mode() == "i")
        return path

    return open_file


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what could not be fetched, and so was not proved, in the last lines of the run."""
    reasons = {
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    }
    for reason in sorted(reason for reason in reasons if reason.startswith("NOT PROVED")):
        terminalreporter.write_line(reason)
