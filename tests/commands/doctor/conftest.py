"""``doctor`` run in the test's own process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codestral_ls.commands import cli
from tests.commands.doctor.running import Done, Run
from tests.server.raw import clean_environment


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A run in this process, in an empty directory of a fresh user without a keyring."""
    monkeypatch.setattr("codestral_ls.session.system_keyring.read", _nothing_stored)
    directory = tmp_path / "project"
    directory.mkdir()
    monkeypatch.chdir(directory)

    def start(*arguments: str, **variables: str) -> Done:
        for name in set(os.environ) - {"PYTEST_CURRENT_TEST"}:
            monkeypatch.delenv(name)
        for name, value in clean_environment(tmp_path, COLUMNS="80", **variables).items():
            monkeypatch.setenv(name, value)
        try:
            status = cli.main(["doctor", *arguments])
        except SystemExit as end:
            status = int(str(end.code))
        printed = capsys.readouterr()
        return Done(status, printed.out, printed.err)

    return start


async def _nothing_stored(host: str) -> None:
    del host
