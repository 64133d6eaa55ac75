"""A batch: the same prompts as one job, gone on with after an interruption, partial or failed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codestral_ls.backends.mistral.batch import MistralBatches
from codestral_ls.commands.eval import batch
from tests.commands.doctor.running import Run
from tests.commands.eval.repositories import module, repository
from tests.fakes.endpoint import Endpoint
from tests.fakes.mistral import Mistral
from tests.fakes.mistral_batch import Batches

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
