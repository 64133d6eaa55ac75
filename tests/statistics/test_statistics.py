"""Counts last: several servers lose none, damage costs what it hits, and no text is in them."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from codestral_ls.engine.upstream import UpstreamStatus
from codestral_ls.model import Usage
from codestral_ls.statistics import recorder as recorder_module
from codestral_ls.statistics.counts import (
    LATENCY_MS,
    Counts,
    language_name,
    line_of,
    model_name,
    page_of,
    total,
)
from codestral_ls.statistics.recorder import StatisticsRecorder
from codestral_ls.statistics.store import StatisticsStore

DAY = date(2026, 11, 26)
KEY = ("python", "codestral-latest")
CODESTRAL = UpstreamStatus(
    "mistral", "api.mistral.ai", "codestral-latest", False, "", False, False, None, None
)


def counts(**numbers: int) -> Counts:
    return Counts(**numbers)  # type: ignore[arg-type]  # counts by name


def test_counts_are_written_as_a_line_and_read_again() -> None:
    found = counts(asked=3, shown=2, taken=1, chars=40)
    found.add_latency(120)
    found.add_latency(99_999)
    line = line_of(KEY, found)
    assert page_of([line]) == {KEY: found}
    assert page_of([line, line])[KEY].shown == 4
    assert found.latency_ms(0.5) == 150
    assert found.latency_ms(0.9) == LATENCY_MS[-1]


def test_a_month_takes_a_few_kilobytes() -> None:
    busy = counts(
        asked=2900, shown=1900, taken=600, taken_whole=480, parts=300, chars=21_000, lines=640,
        kept_30s=500, seen_30s=560, kept_5min=450, seen_5min=540, prompt_tokens=9_400_000,
        cached_tokens=4_000_000, completion_tokens=40_000, micro_dollars=1_750_000,
    )  # fmt: skip
    busy.latency = [9, 120, 300, 410, 700, 300, 120, 60, 31, 12, 8, 3, 1, 1, 0]
    assert 22 * 2 * len(line_of(KEY, busy)) < 10_000


@pytest.mark.parametrize(
    "line",
    ["", "{}", "[]", "[1]", "nonsense", '["python","m",1]', "[" * 3000, '["a","b",-1,[]]', "null"],
)
def test_a_damaged_line_costs_itself(line: str) -> None:
    good = line_of(KEY, counts(shown=1))
    assert page_of([line, good]) == page_of([good])
    assert page_of([good.replace(",0,", ",-5,", 1)]) == {}
    assert page_of([good.replace(",0,", ",1e99,", 1)]) == {}


def test_a_day_adds_up_and_a_damaged_day_costs_that_day(tmp_path: Path) -> None:
    store = StatisticsStore(tmp_path)
    store.add(DAY, {KEY: counts(shown=2)})
    store.add(DAY, {KEY: counts(shown=3), ("go", "x"): counts(shown=1)})
    store.add(date(2026, 11, 25), {KEY: counts(shown=7)})
    assert total([store.day(DAY)]).shown == 6
    (tmp_path / "statistics" / "2026-11-25.jsonl").write_bytes(b"\xff\x00garbage\n[")
    (tmp_path / "statistics" / "2026-13-99.jsonl").write_text("x")
    assert [day for day, _ in store.days(date(2026, 11, 1))] == [DAY]
    store.add(date(2026, 11, 25), {KEY: counts(shown=1)})
    assert [day for day, _ in store.days(date(2026, 11, 1))] == [date(2026, 11, 25), DAY]
    assert [day for day, _ in store.days(DAY)] == [DAY]


WRITER = """
import sys
from datetime import date
from pathlib import Path
from codestral_ls.statistics.counts import Counts
from codestral_ls.statistics.store import StatisticsStore
for _ in range(40):
    done = StatisticsStore(Path(sys.argv[1])).add(
        date(2026, 11, 26), {("python", "codestral-latest"): Counts(shown=1)}
    )
    assert done is not None
"""


def test_several_servers_at_once_lose_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [subprocess.Popen(command) for _ in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert total([StatisticsStore(tmp_path).day(DAY)]).shown == 120


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_a_pipe_in_the_place_of_a_day_is_not_waited_for(tmp_path: Path) -> None:
    store = StatisticsStore(tmp_path)
    store.add(date(2026, 1, 2), {("python", "m"): counts(shown=1)})
    os.mkfifo(tmp_path / "statistics" / "2026-01-03.jsonl")
    assert [day for day, _ in store.days(date(2026, 1, 1))] == [date(2026, 1, 2)]
    assert store.day(date(2026, 1, 3)) == {}


def test_where_nothing_can_be_written_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "statistics").write_text("in the way")
    store = StatisticsStore(tmp_path)
    assert store.add(DAY, {KEY: counts(shown=1)}) is None
    assert store.day(DAY) == {}
    assert list(store.days(DAY)) == []


def test_a_full_disk_keeps_the_day_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = StatisticsStore(tmp_path)
    store.add(DAY, {KEY: counts(shown=1)})

    real = os.fdopen

    def full(descriptor: int, mode: str, **named: Any) -> object:
        if mode == "rb":
            return real(descriptor, mode, **named)
        os.close(descriptor)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdopen", full)
        assert store.add(DAY, {KEY: counts(shown=1)}) is None
    assert store.day(DAY) == {KEY: counts(shown=1)}
    names = {path.name for path in (tmp_path / "statistics").iterdir()}
    assert names == {".lock", "2026-11-26.jsonl"}


def test_a_file_system_without_locks_keeps_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(_handle: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("codestral_ls.statistics.store._lock", unsupported)
    store = StatisticsStore(tmp_path)
    assert store.add(DAY, {KEY: counts(shown=1)}) is not None
    assert store.add(DAY, {KEY: counts(shown=1)}) == {KEY: counts(shown=2)}


def test_names_say_nothing_of_the_user() -> None:
    assert language_name("Python") == "python"
    assert language_name("golang") == "go"
    assert language_name("/home/me/secret") == "other"
    assert model_name("codestral-latest") == "codestral-latest"
    assert model_name("Qwen/Qwen2.5-Coder-7B") == "Qwen/Qwen2.5-Coder-7B"
    assert model_name("/home/me/models/coder.gguf") == "coder.gguf"
    assert model_name("C:\\Users\\me\\models\\coder.gguf") == "coder.gguf"
    assert model_name("~/models/coder.gguf") == "coder.gguf"
    assert model_name("") == "unknown"


def recorded(tmp_path: Path, *, wanted: bool = True) -> StatisticsRecorder:
    recorder = StatisticsRecorder(StatisticsStore(tmp_path), lambda: wanted, lambda: DAY)
    recorder.watch(lambda: CODESTRAL)
    return recorder


def files(directory: Path) -> list[str]:
    return [file.read_text() for file in directory.rglob("*") if file.suffix == ".jsonl"]


def tell(recorder: StatisticsRecorder) -> None:
    recorder.asked("python")
    recorder.ended("python", Usage(1_000_000, 100_000, 0), failed=False)
    recorder.answered("python", 180.0)
    recorder.shown("python")
    recorder.taken("python", 1, "planted_text(1)\n  planted_text(2)", whole=True)
    recorder.taken("python", 0, "planted", whole=False)
    recorder.kept("python", 30.0, is_there=True)
    recorder.kept("python", 300.0, is_there=False)


async def test_a_recorder_writes_at_the_end_and_holds_counts_only(tmp_path: Path) -> None:
    recorder = recorded(tmp_path)
    await recorder.start()
    tell(recorder)
    assert files(tmp_path) == []
    assert recorder.line_of_today() == "Today: 1 shown, 1 taken (100%), 40 characters, $0.39"
    await recorder.aclose()
    (text,) = files(tmp_path)
    assert "planted" not in text
    found = StatisticsStore(tmp_path).day(DAY)[KEY]
    assert (found.taken, found.taken_whole, found.parts, found.lines) == (1, 1, 1, 3)
    assert (found.kept_30s, found.seen_30s, found.kept_5min, found.seen_5min) == (1, 1, 0, 1)
    assert (found.micro_dollars, found.unpriced) == (390_000, 0)


async def test_a_recorder_writes_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "_WRITE_EVERY_S", 0.0)
    recorder = recorded(tmp_path)
    tell(recorder)
    async with asyncio.timeout(10):
        assert recorder._writing is not None
        await recorder._writing
    assert total([StatisticsStore(tmp_path).day(DAY)]).shown == 1


async def test_todays_line_counts_what_was_there_before(tmp_path: Path) -> None:
    StatisticsStore(tmp_path).add(DAY, {KEY: counts(shown=9, taken=1)})
    recorder = recorded(tmp_path)
    await recorder.start()
    tell(recorder)
    assert recorder.line_of_today().startswith("Today: 10 shown, 2 taken (20%)")
    await recorder.aclose()
    assert recorder.line_of_today().startswith("Today: 10 shown, 2 taken (20%)")


async def test_switched_off_nothing_is_counted(tmp_path: Path) -> None:
    recorder = recorded(tmp_path, wanted=False)
    await recorder.start()
    tell(recorder)
    await recorder.aclose()
    assert recorder.line_of_today() == ""
    assert files(tmp_path) == []
