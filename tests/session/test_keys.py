"""Where keys come from, what is told of one that is none, and when they are asked for again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from keyring.errors import KeyringLocked

from codestral_ls import paths
from codestral_ls.config import Settings
from codestral_ls.installation import _command, install_command
from codestral_ls.model import Nothing, Suggestion
from codestral_ls.paths import expanded
from codestral_ls.session import (
    key_command,
    key_file,
    key_renewal,
    key_sources,
    keys,
    system_keyring,
)
from tests.fakes.behaviour import Behaviour
from tests.fakes.fim_server import FakeFim
from tests.faults.editor import Editor, editing

SECRET = "canary" * 5


@pytest.fixture(autouse=True)
def _a_home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "state_directory", lambda: tmp_path / "state")
    monkeypatch.setattr(system_keyring, "_password", lambda host: None)


@pytest.mark.parametrize("quotes", ['""', "''", "``", "“”", "‘’", "„“", "«»"])
@pytest.mark.parametrize("name", ["MISTRAL_API_KEY", "CODESTRAL_LS_API_KEY"])
async def test_a_key_in_quotation_marks_is_told_as_that_and_not_sent(
    name: str, quotes: str
) -> None:
    found, problems = await key_sources.gather(Settings(), {name: quotes[0] + SECRET + quotes[1]})
    assert found == []
    (problem,) = problems
    assert name in problem
    assert "quotation marks" in problem
    assert "canary" not in problem


@pytest.mark.parametrize("head", ["Bearer ", "bearer ", "Authorization: Bearer ", "x-api-key:"])
async def test_a_key_that_was_copied_with_its_header_is_told_as_that(head: str) -> None:
    found, (problem,) = await key_sources.gather(Settings(), {"MISTRAL_API_KEY": head + SECRET})
    assert found == []
    assert "MISTRAL_API_KEY" in problem
    assert "without" in problem
    assert "canary" not in problem


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        *((text, "stands for a key") for text in (
            "$MISTRAL_API_KEY", "${MISTRAL_API_KEY}", "$(MISTRAL_API_KEY)", "%MISTRAL_API_KEY%",
            "{env:MISTRAL_API_KEY}", "{{ secrets.MISTRAL }}", "${{ secrets.KEY }}",
            "${env:MISTRAL_API_KEY}", "<your key>", "<KEY>", "your-api-key-here", "YOUR_API_KEY",
            "insert-key-here",
        )),
        *((text + SECRET, "begins with a name") for text in (
            "MISTRAL_API_KEY=", "export MISTRAL_API_KEY=", "api_key = ", "APIKEY=",
        )),
    ],
)  # fmt: skip
async def test_what_stands_for_a_key_is_told_as_that_and_not_sent(secret: str, words: str) -> None:
    found, problems = await key_sources.gather(Settings(), {"MISTRAL_API_KEY": secret})
    assert found == []
    (problem,) = problems
    assert words in problem
    assert "canary" not in problem


@pytest.mark.parametrize("secret", ["my-key", "your-own-word", "changeme", "$ecret", "sk-1234"])
async def test_a_server_of_ones_own_may_have_any_word_for_its_key(secret: str) -> None:
    found, problems = await key_sources.gather(Settings(), {"CODESTRAL_LS_API_KEY": secret})
    assert ([key.secret for key in found], problems) == ([secret], [])


async def test_a_source_that_fails_keeps_no_other_from_being_asked() -> None:
    settings = Settings(api_key_command="false")
    environ = {"MISTRAL_API_KEY": f"'{SECRET}'", "CODESTRAL_API_KEY": SECRET}
    found, problems = await key_sources.gather(settings, environ)
    assert [key.source for key in found] == ["CODESTRAL_API_KEY"]
    assert len(problems) == 2


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("~", "/home/me"),
        ("~/a", "/home/me/a"),
        ("$HOME/a", "/home/me/a"),
        ("${HOME}/a", "/home/me/a"),
        ("/x/$TEAM/${TEAM}s", "/x/blue/blues"),
        ("~/$TEAM", "/home/me/blue"),
        ("/a/~/b", "/a/~/b"),
        ("$UNKNOWN/a", "$UNKNOWN/a"),
        ("${UNKNOWN}", "${UNKNOWN}"),
        ("~no-such-user-here/a", "~no-such-user-here/a"),
        ("$1 $$ ${} $", "$1 $$ ${} $"),
        ("", ""),
    ],
)
def test_paths_are_read_as_a_shell_reads_them(text: str, path: str) -> None:
    assert expanded(text, {"HOME": "/home/me", "TEAM": "blue"}) == path


async def test_a_key_command_may_stand_at_home(tmp_path: Path) -> None:
    program = tmp_path / "print key"
    program.write_text(f"#!/bin/sh\necho {SECRET}$1\n")
    program.chmod(0o755)
    environ = {"HOME": str(tmp_path), "ITEM": "-x", "PATH": os.environ["PATH"]}
    for command in ("'~/print key' $ITEM", '"$HOME/print key" ${ITEM}'):
        key = await key_command.from_command(command, environ)
        assert key.secret == SECRET + "-x"


async def test_what_a_key_command_started_ends_with_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command itself is over; a child of its own keeps the pipe open."""
    monkeypatch.setattr(key_command, "COMMAND_TIMEOUT_S", 0.5)
    numbers = tmp_path / "pid"
    command = f"sh -c 'sleep 60 & echo $! > {numbers}; exit 0'"
    with pytest.raises(keys.KeyProblem, match="did not finish"):
        await key_command.from_command(command, dict(os.environ))
    child = int(numbers.read_text())
    async with asyncio.timeout(10):
        while _is_running(child):  # noqa: ASYNC110  # the system tells nobody
            await asyncio.sleep(0.01)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


@contextlib.asynccontextmanager
async def editing_with_command(home: Path, file: Path) -> AsyncIterator[Editor]:
    """With a command that prints the key in a file, at an endpoint that wants ``new-key``."""
    variables = {
        "CODESTRAL_LS_API_KEY": "",
        "CODESTRAL_LS_API_KEY_COMMAND": f"{sys.executable} -c 'print(open(\"{file}\").read())'",
    }
    async with (
        FakeFim(default=Behaviour(text="a + b\n"), key="new-key") as fake,
        editing(home, fake.url, **variables) as editor,
    ):
        yield editor


async def test_a_key_that_expired_is_asked_for_again_by_the_next_explicit_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_renewal, "_EXPLICIT_S", 0.0)
    file = tmp_path / "key"
    file.write_text("old-key")
    async with editing_with_command(tmp_path, file) as editor:
        refused = await editor.ask()
        assert isinstance(refused, Nothing)
        assert refused.failure == "auth"
        file.write_text("new-key")
        assert isinstance(await editor.ask(), Suggestion)
        assert len(editor.told) == 1


async def test_a_key_command_that_failed_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_renewal, "_EXPLICIT_S", 0.0)
    file = tmp_path / "key"
    async with editing_with_command(tmp_path, file) as editor:
        assert isinstance(await editor.ask(), Nothing)
        file.write_text("new-key")
        assert isinstance(await editor.ask(), Suggestion)


async def test_automatic_requests_ask_in_the_background_and_get_the_key_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_renewal, "_AUTOMATIC_S", 0.0)
    file = tmp_path / "key"
    file.write_text("old-key")
    async with editing_with_command(tmp_path, file) as editor:
        assert isinstance(await editor.ask(), Nothing)
        file.write_text("new-key")
        session = editor.session
        before = await session.ready_engine(automatic=True)
        assert before.status().last_error is not None
        async with asyncio.timeout(10):
            while (await session.ready_engine(automatic=True)).status().last_error:  # noqa: ASYNC110  # as an editor asks
                await asyncio.sleep(0.01)
        assert isinstance(await editor.ask(), Suggestion)


async def test_a_keyring_that_is_unlocked_late_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_renewal, "_EXPLICIT_S", 0.0)
    unlocked: list[str] = []

    def ask(host: str) -> str | None:
        with system_keyring._keyring():
            if not unlocked:
                raise KeyringLocked
        return unlocked[0]

    monkeypatch.setattr(system_keyring, "_password", ask)
    async with (
        FakeFim(default=Behaviour(text="a + b\n"), key="new-key") as fake,
        editing(tmp_path, fake.url, CODESTRAL_LS_API_KEY="") as editor,
    ):
        assert isinstance(await editor.ask(), Nothing)
        assert "locked" in editor.told[0].text
        unlocked.append("new-key")
        assert isinstance(await editor.ask(), Suggestion)


@pytest.mark.parametrize(
    ("after_s", "automatic", "wanting", "failed", "due"),
    [
        (0, False, True, False, False), (1.9, False, True, False, False),
        (2, False, True, False, True), (2, False, False, True, True),
        (2, True, True, False, False), (59, True, True, True, False),
        (60, True, True, False, True), (60, True, False, True, True),
        (9999, False, False, False, False), (9999, True, False, False, False),
    ],
)  # fmt: skip
def test_keys_are_asked_for_again_no_more_often_than_they_may_be(
    after_s: float, automatic: bool, wanting: bool, failed: bool, due: bool
) -> None:
    renewal = key_renewal.KeyRenewal()
    renewal.found([], 100.0, failed=failed)
    assert renewal.is_due(100.0 + after_s, automatic=automatic, wanting=wanting) is due


async def test_the_key_file_holds_a_key_for_one_host_and_is_the_owners_alone() -> None:
    path = key_file.store("api.mistral.ai", SECRET)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found, problems = await key_sources.gather(Settings(), {})
    assert [(key.secret, key.source) for key in found] == [(SECRET, "the key file")]
    assert problems == []
    found, _ = await key_sources.gather(Settings(endpoint="https://llm.example"), {})
    assert found == []
    assert key_file.remove("api.mistral.ai")
    assert not key_file.remove("api.mistral.ai")
    assert SECRET not in path.read_text()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o660])
async def test_a_key_file_that_others_can_read_is_not_used(mode: int) -> None:
    key_file.store("api.mistral.ai", SECRET).chmod(mode)
    found, problems = await key_sources.gather(Settings(), {})
    assert found == []
    assert "chmod 600" in problems[0]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"api.mistral.ai": 5}', "[" * 5000, "\x00"])
async def test_a_damaged_key_file_is_told(content: str) -> None:
    path = key_file.store("api.mistral.ai", SECRET)
    path.write_text(content)
    found, problems = await key_sources.gather(Settings(), {})
    assert found == []
    assert "damaged" in problems[0]


@pytest.mark.parametrize("kind", ["directory", "pipe"])
async def test_whatever_stands_in_the_key_files_place_is_not_waited_for(kind: str) -> None:
    path = key_file.key_file()
    assert path is not None
    path.parent.mkdir(parents=True)
    if kind == "directory":
        path.mkdir()
    else:
        os.mkfifo(path)
    found, problems = await key_sources.gather(Settings(), {})
    assert found == []
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("prefix", "has_pip", "own", "command"),
    [
        ("/home/me/.local/share/pipx/venvs/codestral-ls", True, False,
         "pipx inject codestral-ls keyring"),
        ("/home/me/.local/share/uv/tools/codestral-ls", False, False,
         "uv pip install --python /py/python keyring"),
        ("/home/me/x/.venv", True, False, "/py/python -m pip install keyring"),
        ("/home/me/x/.venv", False, False, "uv pip install --python /py/python keyring"),
        ("/usr", True, True, "/py/python -m pip install --user keyring"),
    ],
)  # fmt: skip
def test_a_missing_library_is_named_as_this_installation_gets_it(
    prefix: str, has_pip: bool, own: bool, command: str
) -> None:
    made = _command(
        "keyring", prefix=Path(prefix), python="/py/python", has_pip=has_pip, is_systems_own=own
    )
    assert made == command


def test_what_a_shell_would_take_for_something_else_is_quoted() -> None:
    assert "'httpx[socks]'" in install_command("httpx[socks]")
