"""``eval`` run in the test's own process, as a fresh user."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codestral_ls.commands import cli
from tests.commands.doctor.running import Done, Run
from tests.commands.eval.repositories import GIT
from tests.server.raw import clean_environment

if GIT is None:
    collect_ignore_glob = ["test_*.py"]  # eval reads with git what is tracked


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A run in this process, of a user without a keyring or a terminal."""
    monkeypatch.setattr("codestral_ls.session.system_keyring.read", _nothing_stored)
    monkeypatch.setattr("codestral_ls.commands.cli._start_logging", lambda *_: None)
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)

    def start(*arguments: str, **variables: str) -> Done:
        own = clean_environment(home, COLUMNS="100", **variables)
        for name in set(os.environ) - {"PYTEST_CURRENT_TEST"}:
            monkeypatch.delenv(name)
        for name, value in own.items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()
        try:
            status = cli.main(["eval", *arguments])
        except SystemExit as end:
            status = int(str(end.code))
        written = capsys.readouterr()
        return Done(status, written.out, written.err)

    return start


async def _nothing_stored(_host: str) -> None:
    return None
