"""The day's count of tokens."""

from __future__ import annotations

import errno
import json
import os
from datetime import date
from pathlib import Path

import pytest

from codestral_ls.engine import daily_tokens
from codestral_ls.engine.daily_tokens import DailyTokens


def test_a_restart_does_not_forget_what_was_spent(tmp_path: Path) -> None:
    path = tmp_path / "state" / "tokens.json"
    first = DailyTokens(path)
    first.add(100)
    first.add(20)
    first.save()
    assert DailyTokens(path).tokens_today == 120


def test_two_servers_at_once_count_together(tmp_path: Path) -> None:
    one, two = DailyTokens(tmp_path / "tokens.json"), DailyTokens(tmp_path / "tokens.json")
    for ledger in (one, two):
        ledger.add(10)
        ledger.save()
    assert DailyTokens(tmp_path / "tokens.json").tokens_today == 20


def test_a_new_day_starts_at_zero(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = DailyTokens(tmp_path / "tokens.json")
    ledger.add(10)
    monkeypatch.setattr("codestral_ls.engine.daily_tokens._today", lambda: date(2100, 1, 1))
    assert ledger.tokens_today == 0


TODAY = date.today().isoformat()  # local, as the count is


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "null", '{"day": 3}', '{"tokens": "x"}', "[" * 4_000),
        *(f'{{"day": "{TODAY}", "tokens": {n}}}' for n in ("1e999", "NaN", "-Infinity", "-5")),
    ],
)
def test_a_damaged_file_counts_as_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "tokens.json"
    path.write_text(content, errors="replace")
    ledger = DailyTokens(path)
    assert ledger.tokens_today == 0
    ledger.add(5)
    ledger.save()
    assert json.loads(path.read_text())["tokens"] == 5


def test_without_a_place_to_write_the_count_lasts_as_long_as_the_process(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (None, tmp_path / "file" / "tokens.json"):
        ledger = DailyTokens(path)
        ledger.add(5)
        ledger.save()
        assert ledger.tokens_today == 5


def test_on_a_full_disk_the_count_lasts_as_long_as_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(daily_tokens, "write_whole", full)
    ledger = DailyTokens(tmp_path / "tokens.json")
    ledger.add(10)
    ledger.save()
    assert ledger.tokens_today == 10


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "tokens.json")
    assert DailyTokens(tmp_path / "tokens.json").tokens_today == 0


def test_a_number_that_nobody_spends_is_cut(tmp_path: Path) -> None:
    (tmp_path / "tokens.json").write_text(f'{{"day": "{TODAY}", "tokens": {"9" * 4_000}}}')
    assert DailyTokens(tmp_path / "tokens.json").tokens_today < 10**13


def test_the_directory_is_for_its_user_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        ledger = DailyTokens(tmp_path / "state" / "tokens.json")
        ledger.add(5)
        ledger.save()
    finally:
        os.umask(before)
    assert os.name != "posix" or not (tmp_path / "state").stat().st_mode & 0o077
