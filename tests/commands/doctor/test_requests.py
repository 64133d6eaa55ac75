"""``doctor --requests N``: completions in a row, timed and counted."""

from __future__ import annotations

import dataclasses
import json

import pytest

from codestral_ls.commands.doctor import requests
from codestral_ls.commands.doctor.requests import Series, percentiles
from codestral_ls.commands.doctor.samples import SAMPLES, prompt_of
from codestral_ls.commands.doctor.trial import Trial
from codestral_ls.model import Usage
from codestral_ls.text.languages import language_of
from tests.commands.doctor.running import Run, check_line
from tests.fakes.behaviour import Behaviour, recorded
from tests.fakes.dialect import tokenize
from tests.fakes.endpoint import Endpoint


def test_completions_in_several_languages_are_timed_and_counted(run: Run) -> None:
    with Endpoint() as endpoint:
        endpoint.fake.default = Behaviour(text="a + b")
        done = run("--requests", "10", "--json", **endpoint.environment)
        report = json.loads(done.stdout)["requests"]
        prompts = {exchange.body["prompt"] for exchange in endpoint.fake.requests}
    assert report["n"] == 10
    assert len(prompts) == len(SAMPLES)
    assert 0 < report["first_text_ms"]["p50"] <= report["total_ms"]["p99"]
    assert (report["errors"], report["error_rate"]) == ({}, 0)
    assert report["usage"]["completion_tokens"] == 10 * len(tokenize("a + b"))
    assert report["cost_usd"] is None, "only Mistral's prices are known"


def test_failures_among_the_completions_are_told_by_kind(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "_PAUSE_S", 0.01)
    failing = recorded("mistral/error-500")
    slow_down = dataclasses.replace(recorded("mistral/error-429"), headers={"Retry-After": "0"})
    with Endpoint() as endpoint:
        endpoint.fake.script = [Behaviour(), failing, Behaviour(), slow_down, slow_down]
        done = run("--requests", "8", **endpoint.environment)
    check_line(done, "failed", "3", "(38%)", "server 1, rate 2")
    assert "some of the requests failed" in done.stdout
    assert done.returncode == 1


def test_a_server_that_keeps_failing_is_left_alone(run: Run) -> None:
    with Endpoint() as endpoint:
        endpoint.fake.script = [Behaviour()]
        endpoint.fake.default = recorded("mistral/error-500")
        done = run("--requests", "100", **endpoint.environment)
        assert len(endpoint.fake.requests) == 6
    check_line(done, "stopped", "early:")


def test_requests_are_not_made_where_a_completion_fails(run: Run) -> None:
    with Endpoint() as endpoint:
        environ = {**endpoint.environment, "MISTRAL_API_KEY": "wrong"}
        done = run("--requests", "100", **environ)
        assert len(endpoint.fake.requests) == 1
    assert done.stdout.endswith("The requests were not made.\n")


@pytest.mark.parametrize("number", ["0", "-1", "1001", "many", "²"])
def test_a_number_of_requests_that_is_none_is_wrong_usage(run: Run, number: str) -> None:
    done = run("--requests", number)
    assert (done.returncode, done.stdout) == (2, "")
    assert "from 1 to 1000" in done.stderr


def test_mistrals_hosts_have_a_price_and_others_none() -> None:
    usage = Usage(prompt_tokens=1_000_000, completion_tokens=1_000_000, cached_tokens=500_000)
    trials = [Trial("x", 1.0, 2.0, usage)]
    assert Series("api.eu.mistral.ai", trials).cost_usd == pytest.approx(0.165 + 0.90)
    assert Series("llm.example", trials).cost_usd is None
    cost = dict(Series("api.mistral.ai", trials).rows())["cost"]
    assert "prices of August 2026" in cost


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert percentiles(values) == {"p50": 50.0, "p90": 90.0, "p99": 99.0}
    assert percentiles([7.0]) == {"p50": 7.0, "p90": 7.0, "p99": 7.0}
    assert percentiles([]) == {"p50": None, "p90": None, "p99": None}


@pytest.mark.parametrize("language", SAMPLES)
def test_a_sample_has_one_cursor_and_something_on_both_sides(language: str) -> None:
    generation = prompt_of(language, max_tokens=1)
    assert SAMPLES[language].count("█") == 1
    assert len(generation.prefix) > 60
    assert generation.suffix.strip()
    assert language_of({"shellscript": "a.sh"}.get(language, "a.py")) is not None
