"""The administrator's file: where it lies, when it counts, and what the user hears of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codestral_ls.commands.doctor.checks import _by_machine
from codestral_ls.commands.doctor.effective import effective
from codestral_ls.privacy.text import name
from codestral_ls.session.session import Session
from tests.session.test_session import Told


@pytest.fixture
def machine_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Its place is that of the platform."""
    place = tmp_path / "site" / "codestral-ls" / "config.toml"
    place.parent.mkdir(parents=True)
    monkeypatch.setattr("platformdirs.site_config_path", lambda *_, **__: place.parent)
    return place


def session_with(home: Path, **flags: str) -> tuple[Session, Told]:
    told = Told()
    return Session({"CODESTRAL_LS_CONFIG": str(home / "config.toml")}, flags, told), told


def write(place: Path, text: str, mode: int = 0o644) -> None:
    place.write_text(text)
    place.chmod(mode)


def test_it_counts_below_the_users_file(tmp_path: Path, machine_file: Path) -> None:
    write(machine_file, "max_tokens = 64\ndebounce_ms = 5\n")
    (tmp_path / "config.toml").write_text("max_tokens = 32\n")
    settings = session_with(tmp_path)[0].settings()
    assert (settings.max_tokens, settings.debounce_ms) == (32, 5)


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_one_that_others_can_write_does_not_count(
    tmp_path: Path, machine_file: Path, mode: int
) -> None:
    write(machine_file, 'endpoint = "https://evil.example"\n', mode)
    session, told = session_with(tmp_path)
    assert session.settings().endpoint is None
    told.check(name(str(machine_file)), "others can write to it")


async def test_one_that_others_could_write_counts_from_when_they_cannot(
    tmp_path: Path, machine_file: Path
) -> None:
    write(machine_file, "max_tokens = 64\n")
    session, _ = session_with(tmp_path)
    assert session.settings().max_tokens == 64
    write(machine_file, "max_tokens = 64\n", 0o666)
    await session.refresh()
    assert session.settings().max_tokens == 128
    write(machine_file, "max_tokens = 64\n", 0o600)
    await session.refresh()
    assert session.settings().max_tokens == 64


def test_one_of_another_user_does_not_count(
    tmp_path: Path, machine_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(machine_file, "max_tokens = 64\n")
    if os.geteuid() == 0:
        os.chown(machine_file, 12345, -1)
    else:
        mine = os.geteuid()
        monkeypatch.setattr("os.geteuid", lambda: mine + 1)
    session, told = session_with(tmp_path)
    assert session.settings().max_tokens == 128
    told.check(name(str(machine_file)), "neither root nor you")


async def test_a_lock_is_told_once_with_the_files_name(tmp_path: Path, machine_file: Path) -> None:
    write(machine_file, 'endpoint = "https://fim.example.org"\nlocked = ["endpoint"]\n')
    session, told = session_with(tmp_path, endpoint="https://other.example")
    for _ in range(3):
        session.set_roots([tmp_path])
        await session.refresh()
    assert session.settings().endpoint == "https://fim.example.org"
    told.check("endpoint is locked by", "site/codestral-ls/config.toml")


def test_doctor_shows_what_it_sets_and_locks(tmp_path: Path, machine_file: Path) -> None:
    write(machine_file, 'max_tokens = 64\nlocked = ["max_tokens", "proxy"]\n')
    resolved = session_with(tmp_path)[0].resolved()
    said = _by_machine(resolved)
    assert f"1 of them by {name(str(machine_file))}, which locks max_tokens, proxy" in said
    origins = {row.name: row.origin for row in effective(resolved)}
    assert (
        origins["max_tokens"] == f"{name(str(machine_file))} (locked by {name(str(machine_file))})"
    )
    assert origins["proxy"] == f"default (locked by {name(str(machine_file))})"


def test_without_one_doctor_says_nothing_of_it(tmp_path: Path) -> None:
    assert _by_machine(session_with(tmp_path)[0].resolved()) == ""
