"""An upgrade or removal under the running server is told, with what to do."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.server.raw import REPOSITORY, RawClient, clean_environment

URI = "file:///project/a.py"


class CopiedServer(RawClient):
    """A server that runs from a copy of the package."""

    def __init__(self, package: Path, home: Path) -> None:
        self._package = package
        super().__init__(clean_environment(home))

    def command(self) -> list[str]:
        run = "import runpy; runpy.run_module('codestral_ls', run_name='__main__')"
        return [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(self._package)!r}); {run}",
        ]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    copy = tmp_path / "installed"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "codestral_ls", copy / "codestral_ls", ignore=ignored)
    return copy


def test_modules_that_vanish_are_told_with_restart(package: Path, tmp_path: Path) -> None:
    client = CopiedServer(package, tmp_path)
    try:
        client.initialize()
        package.rename(tmp_path / "gone")
        client.notify("initialized", {})
        document = {"uri": URI, "languageId": "python", "version": 1, "text": "x = "}
        client.notify("textDocument/didOpen", {"textDocument": document})
        place = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 4}}
        for _ in range(2):
            answer = client.ask(
                "textDocument/inlineCompletion", {**place, "context": {"triggerKind": 1}}
            )
            assert answer == {"items": []}
        told = client.wait_for("window/showMessage")["params"]["message"]
        assert "restart the language server" in told
        assert len(client.sent("window/showMessage")) == 1
        assert client.end() == 0
    finally:
        client.kill()
