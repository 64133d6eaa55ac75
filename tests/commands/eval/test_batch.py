"""A batch: the same prompts as one job, gone on with after an interruption, partial or failed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codestral_ls.backends.mistral.batch import MistralBatches
from codestral_ls.commands import eval as evaluation
from codestral_ls.commands.eval import batch, batch_state
from codestral_ls.commands.eval.results import EvalRun
from codestral_ls.commands.eval.runner import INTERRUPTED
from tests.commands.doctor.running import Run
from tests.commands.eval.repositories import module, repository
from tests.fakes.endpoint import Endpoint
from tests.fakes.mistral import Mistral
from tests.fakes.mistral_batch import Batches, Job

FILES = {f"pkg/m{number}.py": module(number) for number in range(6)}


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return repository(tmp_path / "repo", FILES)


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    monkeypatch.setattr(batch, "_FIRST_LOOK_S", 0.0)
    monkeypatch.setattr(batch, "_LONGEST_LOOK_S", 0.0)
    with Endpoint() as endpoint:
        yield endpoint


def batches_of(endpoint: Endpoint) -> Batches:
    dialect = endpoint.fake._dialect
    assert isinstance(dialect, Mistral)
    return dialect.batches


def reported(run: Run, endpoint: Endpoint, *arguments: str) -> dict[str, Any]:
    done = run(*arguments, "--json", **endpoint.environment)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_batch_gives_the_figures_of_a_live_run_at_half_the_price(
    run: Run, top: Path, endpoint: Endpoint
) -> None:
    def answer(prompt: str, suffix: str) -> str:
        return prompt.split()[-1] + "(x)\n\n\ndef more():\n    return 1\n"

    batches_of(endpoint).answer = endpoint.fake.answer = answer
    # Without snippets: ties between those fall as they were read, and this compares prompts.
    wanted = (
        *(str(top), "--count", "6", "--yes"),
        *("--price", "10,1,20", "--max-context-chars", "0"),
    )
    (live,) = reported(run, endpoint, *wanted)["runs"]
    asked = [exchange.body for exchange in endpoint.fake.requests]
    done = run(*wanted, "--batch", "--json", **endpoint.environment)
    assert done.returncode == 0, done.stderr
    assert "zero data retention does not cover it" in done.stderr
    assert "in a batch to 127.0.0.1" in done.stderr
    (batched,) = json.loads(done.stdout)["runs"]
    assert len(endpoint.fake.requests) == len(asked)
    (job,) = batches_of(endpoint).jobs.values()
    for line, body in zip(job.lines, asked, strict=True):
        kept = {"prompt", "suffix", "max_tokens", "temperature", "stop"}
        assert line["body"] == {name: value for name, value in body.items() if name in kept}
    assert batched["batch"] is True
    for name in ("exact", "right", "wrong", "silent", "similarity", "saved"):
        assert batched["figures"][name] == live["figures"][name], name
    assert batched["figures"]["answer_p50"]["value"] is None
    tokens = batched["figures"]["tokens_in"]["value"], batched["figures"]["tokens_out"]["value"]
    paid = (tokens[0] * 10 + tokens[1] * 20) / 1e6 / 2 * 1000
    assert batched["figures"]["cost"]["value"] == pytest.approx(paid, rel=1e-4)
    assert run("--resume", **endpoint.environment).returncode == 2


def test_failed_and_lost_lines_are_reported_and_the_rest_counts(
    run: Run, top: Path, endpoint: Endpoint
) -> None:
    batches = batches_of(endpoint)
    batches.fails = lambda number: number == 1
    batches.loses = lambda number: number in (2, 3)
    report = reported(run, endpoint, str(top), "--count", "6", "--yes", "--batch")
    (only,) = report["runs"]
    assert (only["results"], only["failed"], only["stopped"]) == (6, 3, None)
    assert only["figures"]["failed"]["value"] == 0.5
    assert only["figures"]["exact"]["value"] is not None


def test_a_batch_goes_on_where_it_was_left(
    run: Run, top: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(MistralBatches, "job", leave)
        done = run(str(top), "--count", "4", "--yes", "--batch", **endpoint.environment)
    assert (done.returncode, done.stdout) == (130, "")
    assert "eval --resume fetches it" in done.stderr
    again = run(str(top), "--count", "4", "--yes", "--batch", **endpoint.environment)
    assert again.returncode == 2
    assert "a batch is under way" in again.stderr
    (only,) = reported(run, endpoint, "--resume")["runs"]
    assert (only["results"], only["failed"], only["batch"]) == (4, 0, True)
    assert len(batches_of(endpoint).jobs) == 1


def test_a_batch_that_is_cancelled_brings_what_it_had(
    run: Run, top: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(MistralBatches, "job", leave)
        run(str(top), "--count", "4", "--yes", "--batch", **endpoint.environment)
    done = run("--cancel", **endpoint.environment)
    assert done.returncode == 0
    assert "cancellation_requested" in done.stdout
    (only,) = reported(run, endpoint, "--resume")["runs"]
    assert (only["results"], only["failed"]) == (4, 2)


async def ended_by_the_user(run: EvalRun, *_: object) -> None:
    run.stopped = INTERRUPTED


@pytest.mark.parametrize("compared", [("workspace", "mistral"), ("mistral", "workspace")])
def test_a_batch_is_kept_where_a_run_beside_it_is_interrupted(
    run: Run,
    top: Path,
    endpoint: Endpoint,
    monkeypatch: pytest.MonkeyPatch,
    compared: tuple[str, str],
) -> None:
    wanted = [word for name in compared for word in ("--compare", f"provider={name}")]
    with monkeypatch.context() as patch:
        patch.setattr(evaluation, "run_tasks", ended_by_the_user)
        for arguments in (str(top), "--count", "2", "--yes", "--batch", *wanted), ("--resume",):
            done = run(*arguments, "--json", **endpoint.environment)
            assert done.returncode == 130, done.stderr
            assert "eval --resume fetches it" in done.stderr
            runs = json.loads(done.stdout)["runs"]
            assert len(runs) == compared.index("workspace") + 1
            assert runs[-1]["stopped"] == "interrupted"
    both = reported(run, endpoint, "--resume")["runs"]
    assert [only["results"] for only in both] == [2, 2]
    assert len(batches_of(endpoint).jobs) == 1


def test_a_batch_is_kept_where_showing_its_answers_is_interrupted(
    run: Run, top: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(run, top, endpoint, monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(batch, "run_tasks", ended_by_the_user)
        done = run("--resume", **endpoint.environment)
    assert done.returncode == 130, done.stderr
    assert "eval --resume fetches it" in done.stderr
    (only,) = reported(run, endpoint, "--resume")["runs"]
    assert only["results"] == 4


def test_only_mistral_has_batches(run: Run, top: Path, endpoint: Endpoint) -> None:
    own = {"CODESTRAL_LS_ENDPOINT": endpoint.url, "CODESTRAL_LS_MODEL": "x"}
    done = run(str(top), "--batch", "--yes", "--provider", "openai", **own)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no batches" in done.stderr
    done = run(str(top), "--batch", "--yes")
    assert done.returncode == 2
    assert "MISTRAL_API_KEY" in done.stderr
    done = run("--resume")
    assert "there is no batch under way" in done.stderr


def test_a_batch_that_is_refused_says_why(run: Run, top: Path, endpoint: Endpoint) -> None:
    wrong = {**endpoint.environment, "MISTRAL_API_KEY": "wrong"}
    done = run(str(top), "--count", "3", "--batch", "--yes", **wrong)
    assert (done.returncode, done.stdout) == (3, "")
    assert "Traceback" not in done.stderr


def left(run: Run, top: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Job:
    """The job of a batch that was left under way."""

    def leave(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(MistralBatches, "job", leave)
        run(str(top), "--count", "4", "--yes", "--batch", **endpoint.environment)
    (job,) = batches_of(endpoint).jobs.values()
    return job


@pytest.mark.parametrize("status", ["TIMEOUT_EXCEEDED", "FAILED", "CANCELLED"])
def test_a_batch_that_ended_without_an_answer_is_over(
    run: Run, top: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    job = left(run, top, endpoint, monkeypatch)
    job.status, job.output_file = status, ""
    done = run("--resume", "--json", **endpoint.environment)
    assert done.returncode == 3, done.stderr
    (only,) = json.loads(done.stdout)["runs"]
    assert status in only["stopped"]
    assert "no batch under way" in run("--resume", **endpoint.environment).stderr


@pytest.mark.parametrize("words", [("--cancel",), ("--cancel", "--yes")])
def test_a_batch_of_which_nothing_can_be_fetched_is_forgotten_when_it_is_cancelled(
    run: Run, top: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    job = left(run, top, endpoint, monkeypatch)
    job.status, job.output_file = "FAILED", ""
    done = run(*words, **endpoint.environment)
    assert done.returncode == 0, done.stderr
    assert "nothing of it is left to fetch" in done.stdout
    assert "no batch under way" in run("--resume", **endpoint.environment).stderr


def test_a_batch_that_another_key_made_is_kept(
    run: Run, top: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = left(run, top, endpoint, monkeypatch)
    jobs = batches_of(endpoint).jobs
    of_the_other = dict(jobs)
    jobs.clear()
    done = run("--resume", **endpoint.environment)
    assert done.returncode == 3
    assert "eval --cancel" in done.stderr
    done = run("--cancel", **endpoint.environment)
    assert done.returncode == 0, done.stderr
    assert "unknown to this key: use the key that made it" in done.stdout
    assert "eval --cancel --yes forgets it" in done.stdout
    assert "forgotten" not in done.stdout
    jobs.update(of_the_other)
    assert "cancellation_requested" in run("--cancel", **endpoint.environment).stdout
    assert job.status == "CANCELLATION_REQUESTED"
    jobs.clear()
    dropped = run("--cancel", "--yes", **endpoint.environment).stdout
    assert "forgotten" in dropped
    assert "nothing of it is left" not in dropped
    assert "no batch under way" in run("--resume", **endpoint.environment).stderr


def test_what_a_batch_brought_is_forgotten_only_on_demand(
    run: Run, top: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = batches_of(endpoint)
    job = left(run, top, endpoint, monkeypatch)
    job.status = "SUCCESS"
    assert "eval --resume" in run("--cancel", **endpoint.environment).stdout
    assert job.status == "SUCCESS"
    for file in top.glob("pkg/*.py"):
        file.write_text("x = 1\n")
    assert run("--resume", **endpoint.environment).returncode == 1
    dropped = run("--cancel", "--yes", **endpoint.environment).stdout
    assert "forgotten" in dropped
    assert "nothing of it is left" not in dropped
    assert batches.jobs
    assert "no batch under way" in run("--resume", **endpoint.environment).stderr


def test_lines_of_answers_may_come_in_any_order_and_twice(
    run: Run, top: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = batches_of(endpoint)
    job = left(run, top, endpoint, monkeypatch)
    job.status = "SUCCESS"
    batches._step(job)
    assert job.output_file
    lines = batches.files[job.output_file].splitlines()
    odd = [b"null", b"[]", b"{", b"\xff", b'{"custom_id": 7}', b'{"custom_id": "no task of ours"}']
    batches.files[job.output_file] = b"\r\n".join([*odd, *lines[::-1], *odd, *lines])
    (only,) = reported(run, endpoint, "--resume")["runs"]
    assert (only["results"], only["failed"]) == (4, 0)


def test_a_state_that_cannot_be_read_names_its_file(
    run: Run, top: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(run, top, endpoint, monkeypatch)
    for damaged in (b"", b"\0" * 40, b"[]", b'{"format": 1}', b'{"format": 9}', b"[" * 9000):
        batch_state._file().write_bytes(damaged)
        for wanted in ("--resume", "--cancel"):
            done = run(wanted, **endpoint.environment)
            assert (done.returncode, done.stdout) == (2, ""), damaged
            assert "eval-batch.json" in done.stderr
            assert "remove" in done.stderr
