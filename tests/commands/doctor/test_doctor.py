"""``codestral-ls doctor`` against real processes and servers, as a user meets it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from codestral_ls.commands.doctor.samples import prompt_of
from tests.commands.doctor.running import Run, check_line
from tests.fakes.behaviour import Behaviour
from tests.fakes.endpoint import Endpoint
from tests.fakes.fim_server import KEY as KEY_OF_THE_FAKE
from tests.fakes.fim_server import FakeFim
from tests.server.raw import REPOSITORY, TIMEOUT_S, clean_environment


def test_without_key_and_endpoint_it_says_that_the_embedded_one_completes(run: Run) -> None:
    done = run()
    check_line(done, "ok", "settings", "none set")
    check_line(
        done, "ok", "provider", "workspace, the embedded provider", "MISTRAL_API_KEY", "login"
    )
    check_line(done, "ok", "learning", "0 files", "inside a project")
    assert done.stdout.endswith("All checks passed.\n")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_process_of_its_own_says_the_same(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "codestral_ls", "doctor"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT_S,
        stdin=subprocess.DEVNULL,
        env=clean_environment(tmp_path, PYTHONPATH=str(REPOSITORY)),
        cwd=tmp_path,
        check=False,
    )
    assert done.stdout.endswith("All checks passed.\n")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_embedded_one_tells_what_it_has_learnt(run: Run, tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / "project" / name).write_text("def total(prices):\n    return sum(prices)\n")
    check_line(run(), "ok", "learning", "2 files and", "tokens learnt;", "ms")


def test_a_working_endpoint_passes_every_check(run: Run) -> None:
    with Endpoint() as endpoint:
        endpoint.fake.default = Behaviour(text="readings)\n")
        done = run("--max-tokens", "50", **endpoint.environment)
        (exchange,) = endpoint.fake.requests
    check_line(done, "ok", "settings", "3 set", "max_tokens = 50 (--max-tokens)")
    assert f'endpoint   = "{endpoint.url}" (CODESTRAL_LS_ENDPOINT)' in done.stdout
    check_line(done, "ok", "provider", "mistral at http://127.0.0.1")
    check_line(done, "ok", "endpoint", "answers in")
    check_line(done, "ok", "key", "MISTRAL_API_KEY, accepted by 127.0.0.1")
    check_line(done, "ok", "model", "codestral-latest (codestral-2508), fills in")
    check_line(done, "ok", "template", "the server's")
    check_line(done, "ok", "completion", "first text after", "complete after", "tokens")
    assert (done.returncode, done.stderr) == (0, "")
    assert exchange.body["prompt"] == prompt_of("python", max_tokens=1).prefix


def test_a_server_of_ones_own_tells_model_context_and_template(run: Run) -> None:
    endpoint = Endpoint()
    endpoint.fake = FakeFim(default=Behaviour(text="readings)\n"), dialect="vllm")
    with endpoint:
        environ = {"CODESTRAL_LS_ENDPOINT": endpoint.url, "CODESTRAL_LS_API_KEY": KEY_OF_THE_FAKE}
        done = run("--provider", "vllm", **environ)
    check_line(done, "ok", "provider", "vllm at http://127.0.0.1")
    check_line(done, "ok", "key", "CODESTRAL_LS_API_KEY, accepted by 127.0.0.1")
    check_line(done, "ok", "model", "Qwen/Qwen2.5-Coder-1.5B answers, context of 32768 tokens")
    check_line(done, "ok", "template", "qwen-coder, sent as text")
    check_line(done, "ok", "completion")


def test_a_refused_key_names_its_source_and_the_host_and_never_shows(run: Run) -> None:
    with Endpoint() as endpoint:
        done = run(**{**endpoint.environment, "MISTRAL_API_KEY": "canary-key"})
    check_line(done, "FAILED", "key", "MISTRAL_API_KEY: 127.0.0.1", "refused the key (401)")
    check_line(done, "-", "completion")
    assert done.stdout.endswith("Failed: key.\n")
    assert done.returncode == 1
    assert "canary" not in done.stdout + done.stderr


def test_a_wrong_base_url_says_how_to_write_it(run: Run) -> None:
    with Endpoint() as endpoint:
        done = run(
            "--endpoint", f"{endpoint.url}/fim", "--provider", "mistral", MISTRAL_API_KEY="k"
        )
    check_line(done, "FAILED", "endpoint", "(404)", "/fim", "ends before /v1")
    check_line(done, "-", "key")


def test_a_server_that_is_no_completion_server_is_told_as_that(run: Run) -> None:
    page_of_a_hotel = Behaviour(body=b"<html>Welcome!</html>", content_type="text/html")
    with Endpoint() as endpoint:
        endpoint.fake._dialect.other = lambda request, key: page_of_a_hotel  # type: ignore[method-assign]
        endpoint.fake.default = page_of_a_hotel
        done = run(**endpoint.environment)
    check_line(done, "FAILED", "endpoint", "not a completion server", "login page")
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("codestral-2404", "has no model codestral-2404"),
        ("devstral-latest", 'Set model = "codestral-2508"'),
    ],
)
def test_a_model_that_cannot_be_had_names_one_that_can(run: Run, model: str, words: str) -> None:
    with Endpoint() as endpoint:
        done = run("--model", model, **endpoint.environment)
    check_line(done, "FAILED", "model", model, words)
    assert done.stdout.endswith("\nFailed: model.\n")


def test_a_retirement_announced_in_passing_fails_the_check(run: Run) -> None:
    with Endpoint() as endpoint:
        headers = {"x-model-deprecation-timestamp": "2026-12-31T12:00:00Z"}
        endpoint.fake.default = Behaviour(headers=headers)
        done = run(**endpoint.environment)
    check_line(done, "FAILED", "model", "will be retired: 2026-12-31T12:00:00Z")
    assert done.stderr == ""


def test_a_host_that_is_not_there_is_named(run: Run) -> None:
    environ = {"CODESTRAL_LS_ENDPOINT": "http://127.0.0.1:9", "MISTRAL_API_KEY": "k"}
    done = run(**environ)
    check_line(done, "FAILED", "endpoint", "127.0.0.1:9", "could not be reached", "listening at")
    check_line(done, "-", "key", "not known")
    check_line(done, "-", "completion", "not tried")


def test_a_hanging_server_is_given_up_after_the_timeout(run: Run) -> None:
    with Endpoint() as endpoint:
        endpoint.fake.default = Behaviour(hangs=True)
        done = run("--timeout-ms", "300", **endpoint.environment)
    check_line(done, "FAILED", "completion", "within 0.3 s", "raise timeout_ms")
    assert done.returncode == 1


def test_problems_in_the_settings_are_told_by_key_path_and_the_rest_goes_on(
    run: Run, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('maxtokens = 3\ntimeout_ms = "soon"\nmodel = "codestral-latest"\n')
    (tmp_path / "project" / ".codestral.toml").write_text('endpoint = "https://evil.example"\n')
    done = run(CODESTRAL_LS_CONFIG=str(config))
    check_line(done, "FAILED", "settings", "3 problems", "did you mean max_tokens?", "timeout_ms")
    check_line(done, "FAILED", "settings", "endpoint cannot be set by a repository")
    assert f'model = "codestral-latest" ({config})' in " ".join(done.stdout.split())
    check_line(done, "ok", "learning")
    assert done.returncode == 1


def test_a_provider_without_its_key_fails_and_says_where_to_get_one(run: Run) -> None:
    done = run("--provider", "mistral")
    check_line(
        done, "FAILED", "provider", "the embedded provider completes instead", "set MISTRAL_API_KEY"
    )
    assert done.returncode == 1


def test_a_key_command_that_fails_is_a_check_that_fails(run: Run) -> None:
    done = run("--api-key-command", "no-such-program-here canary-key")
    check_line(done, "FAILED", "keys", "api_key_command could not be started")
    assert "canary" not in done.stdout + done.stderr
