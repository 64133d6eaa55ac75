"""``stats`` prints what was counted, in each of its forms."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from codestral_ls.commands import cli, stats
from codestral_ls.statistics.counts import Counts
from codestral_ls.statistics.store import StatisticsStore
from tests.commands.doctor.running import Done, Run
from tests.server.raw import clean_environment

TODAY = datetime.now().astimezone().date()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setattr("codestral_ls.commands.cli._start_logging", lambda *_: None)
    monkeypatch.setattr("codestral_ls.paths.state_directory", lambda: tmp_path / "state")

    def start(*arguments: str) -> Done:
        own = clean_environment(tmp_path)
        for name in set(os.environ) - {"PYTEST_CURRENT_TEST"}:
            monkeypatch.delenv(name)
        for name, value in own.items():
            monkeypatch.setenv(name, value)
        try:
            status = cli.main(["stats", *arguments])
        except SystemExit as end:
            status = int(str(end.code))
        written = capsys.readouterr()
        return Done(status, written.out, written.err)

    return start


@pytest.fixture
def kept(tmp_path: Path) -> StatisticsStore:
    store = StatisticsStore(tmp_path / "state")
    for days_ago in (0, 3, 90):
        counts = Counts(
            asked=30, shown=20, taken=8, taken_whole=6, parts=3, chars=400, lines=10,
            kept_30s=6, seen_30s=8, prompt_tokens=9000, completion_tokens=500, micro_dollars=5000,
        )  # fmt: skip
        counts.add_latency(240)
        page = {("python", "codestral-latest"): counts, ("go", "<b>x"): Counts(asked=1, unpriced=1)}
        store.add(TODAY - timedelta(days=days_ago), page)
    return store


def test_the_table_says_rate_savings_and_cost(run: Run, kept: StatisticsStore) -> None:
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    assert "16 (40 %); 12 whole, 6 words or lines" in done.stdout
    assert "75 % after 30 s (of 16 that could be seen); unknown after 5 min" in done.stdout
    assert "$0.01, and 2 requests of unknown price" in done.stdout
    assert "$0.00050" in done.stdout


def test_json_and_csv_are_alone_on_stdout(run: Run, kept: StatisticsStore) -> None:
    report = json.loads(run("--json", "--since", "100d").stdout)
    assert report["total"]["shown"] == 60
    assert report["by_language"]["python"]["acceptance_rate"] == 0.4
    assert report["by_model"]["codestral-latest"]["latency_ms_p50"] == 300
    assert report["by_language"]["go"]["dollars"] is None
    rows = list(csv.DictReader(io.StringIO(run("--csv").stdout)))
    assert [row["day"] for row in rows if row["language"] == "python"] == [
        str(TODAY - timedelta(days=3)),
        str(TODAY),
    ]
    assert rows[0]["model"] == "?b?x"


@pytest.mark.parametrize("model", ["=cmd", "+1", "-1", "@SUM"])
def test_a_spreadsheet_finds_no_formula_in_a_models_name(
    run: Run, kept: StatisticsStore, model: str
) -> None:
    kept.add(TODAY, {("go", model): Counts(asked=1)})
    cells = [cell for row in csv.reader(io.StringIO(run("--csv").stdout)) for cell in row]
    assert any(cell.endswith(model[1:4]) for cell in cells)
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_the_page_escapes_and_loads_nothing(
    run: Run, kept: StatisticsStore, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    assert run("--report", str(page), "--since", "100d").returncode == 0
    text = page.read_text(encoding="utf-8")
    assert "<b>" not in text
    assert "<script" not in text
    assert text.count("http") == text.count("http://www.w3.org/2000/svg") + text.count("http-equiv")


def test_a_day_of_a_wrong_clock_makes_no_endless_page(
    run: Run, kept: StatisticsStore, tmp_path: Path
) -> None:
    kept.add(date(1970, 1, 1), {("go", "m"): Counts(asked=1, shown=1)})
    file = tmp_path / "page.html"
    done = run("--since", "1900-01-01", "--report", str(file))
    assert done.returncode == 0
    assert file.stat().st_size < 100_000


def test_without_counts_it_says_how_they_come(run: Run) -> None:
    done = run()
    assert (done.returncode, done.stdout) == (1, "")
    assert "statistics = false" in done.stderr


@pytest.mark.parametrize("since", ["soon", "30", "-3d", "2026-13-01", "99999d"])
def test_a_time_that_is_none_is_wrong_usage(run: Run, since: str) -> None:
    done = run(f"--since={since}")
    assert (done.returncode, done.stdout) == (2, "")


def test_days_back_count_today() -> None:
    today = date(2026, 11, 26)
    assert stats.since_of("1d", today) == today
    assert stats.since_of("30d", today) == date(2026, 10, 28)
    assert stats.since_of("2026-10-01", today) == date(2026, 10, 1)
