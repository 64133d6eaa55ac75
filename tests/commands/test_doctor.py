"""``codestral-ls doctor`` as a person or a script meets it: one page, and what to do."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codestral_ls.backends.base import (
    AuthError,
    BackendError,
    BackendTimeout,
    BadRequest,
    Finish,
    ModelError,
    NetworkFailure,
    NoAllowance,
    Overloaded,
    PromptTooLong,
    ProtocolViolation,
    RateLimited,
    ServerFailure,
)
from codestral_ls.commands import cli
from codestral_ls.commands.doctor.checks import all_well, checks
from codestral_ls.commands.doctor.effective import effective
from codestral_ls.commands.doctor.findings import Findings
from codestral_ls.commands.doctor.progress import ProgressLine
from codestral_ls.commands.doctor.proxy import Proxy, proxy_of, without_password
from codestral_ls.commands.doctor.report import page
from codestral_ls.commands.doctor.requests import Series, percentiles
from codestral_ls.commands.doctor.samples import SAMPLES, generation_of
from codestral_ls.commands.doctor.trial import Trial
from codestral_ls.commands.doctor.verdict import Check, Status
from codestral_ls.config import Options, Resolved, Settings, resolve, specs
from codestral_ls.config.resolve import Level, Origin
from codestral_ls.model import Usage
from codestral_ls.privacy.hosts import Key
from codestral_ls.session.choice import EMBEDDED, Choice
from codestral_ls.text.languages import language_of
from tests.fakes.behaviour import Behaviour, recorded
from tests.fakes.dialect import tokenize
from tests.fakes.endpoint import Endpoint
from tests.fakes.fim_server import KEY as KEY_OF_THE_FAKE
from tests.fakes.fim_server import FakeFim
from tests.server.raw import REPOSITORY, TIMEOUT_S, clean_environment

KEY = Key("canary-key", "mistral", "MISTRAL_API_KEY")
CODESTRAL = {
    "id": "codestral-2508",
    "aliases": ["codestral-latest"],
    "capabilities": {"completion_fim": True},
    "max_context_length": 256000,
}
CHAT = {"id": "mistral-small-latest", "capabilities": {"completion_fim": False}}
RETIRING = {
    "id": "codestral-2405",
    "capabilities": {"completion_fim": True},
    "deprecation": "2026-12-31T12:00:00Z",
    "deprecation_replacement_model": "codestral-2508",
}


@dataclasses.dataclass
class Done:
    """How a run ended."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A run in this process, in an empty directory of a fresh user without a keyring."""
    monkeypatch.setattr("codestral_ls.session.keys.from_keyring", _nothing_stored)
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


def check_line(done: Done, mark: str, name: str, *words: str) -> None:
    """The line of a check, with its remedy, in a report that fits its terminal."""
    assert "Traceback" not in done.stderr + done.stdout
    assert all(len(line) <= 80 or "/" in line for line in done.stdout.splitlines())
    blocks: dict[str, str] = {}
    for line in done.stdout.splitlines():
        if line and not line.startswith(" "):
            blocks[last := " ".join(line.split()[:2])] = line
        elif line:
            blocks[last] += " " + line.strip()
    assert f"{mark} {name}" in blocks, done.stdout
    for word in words:
        assert word in blocks[f"{mark} {name}"]


def found(
    *,
    models: list[dict[str, Any]] | None = None,
    facts_error: BackendError | None = None,
    error: BackendError | None = None,
    text: str = "a + b",
    host: str = "api.mistral.ai",
    **fields: Any,
) -> Findings:
    """What a healthy visit finds, but for the differences given."""
    choice = Choice("mistral", f"https://{host}", host, "codestral-latest", KEY)
    trial = Trial(text, 180.0, 400.0, Usage(20, 8, 0), Finish.STOP, error)
    if models is None and facts_error is None:
        models = [CODESTRAL, CHAT]
    defaults: dict[str, Any] = {
        "resolved": resolve([]),
        "problems": [],
        "choice": choice,
        "host": host,
        "provider": "mistral",
        "model": choice.model,
        "models": models,
        "facts_error": facts_error,
        "facts_ms": 210.0,
        "trial": trial,
    }
    return Findings(**{**defaults, **fields})


def line_of(findings: Findings, name: str) -> Check:
    (line,) = (line for line in checks(findings) if line.name == name)
    return line


def check_failed(findings: Findings, name: str, *words: str) -> None:
    """One check fails, with these words and a remedy, and none passes that depends on it."""
    line = line_of(findings, name)
    assert line.status is Status.FAILED
    assert line.remedy
    for word in words:
        assert word in f"{line.text} {line.remedy}"
    assert [other.name for other in checks(findings) if other.status is Status.FAILED] == [name]


def test_without_key_and_endpoint_it_says_that_the_embedded_one_completes(run: Run) -> None:
    done = run()
    check_line(done, "ok", "settings", "none set")
    check_line(done, "ok", "provider", "workspace, the embedded one", "MISTRAL_API_KEY", "login")
    check_line(done, "ok", "learning", "0 files", "inside of a project")
    assert done.stdout.endswith("All is well.\n")
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
    assert done.stdout.endswith("All is well.\n")
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
    check_line(done, "ok", "completion", "first text after", "whole after", "tokens")
    assert (done.returncode, done.stderr) == (0, "")
    assert exchange.body["prompt"] == generation_of("python", max_tokens=1).prefix


def test_a_server_of_ones_own_tells_model_context_and_template(run: Run) -> None:
    endpoint = Endpoint()
    endpoint.fake = FakeFim(default=Behaviour(text="readings)\n"), dialect="vllm")
    with endpoint:
        environ = {"CODESTRAL_LS_ENDPOINT": endpoint.url, "CODESTRAL_LS_API_KEY": KEY_OF_THE_FAKE}
        done = run("--provider", "vllm", **environ)
    check_line(done, "ok", "provider", "vllm at http://127.0.0.1")
    check_line(done, "ok", "key", "CODESTRAL_LS_API_KEY, accepted by 127.0.0.1")
    check_line(done, "ok", "model", "Qwen/Qwen2.5-Coder-1.5B answers, context of 32768 tokens")
    check_line(done, "ok", "template", "qwen-coder, as text, whose markers the server parses")
    check_line(done, "ok", "completion")


def test_a_server_that_takes_markers_for_text_is_told_as_that() -> None:
    error = ModelError("llm.example reads the markers of template codestral as ordinary text.")
    check_failed(found(host="llm.example", facts_error=error, error=error), "model", "markers")


def test_what_is_waited_for_is_shown_on_a_terminal_and_nowhere_else() -> None:
    terminal = Terminal()
    progress = ProgressLine(terminal)
    progress("asking api.mistral.ai")
    assert terminal.getvalue().endswith("asking api.mistral.ai ...")
    progress.clear()
    assert terminal.getvalue().endswith("\r\x1b[K")
    pipe = io.StringIO()
    ProgressLine(pipe)("asking api.mistral.ai")
    assert pipe.getvalue() == ""


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_a_refused_key_names_its_source_and_the_host_and_never_shows(run: Run) -> None:
    with Endpoint() as endpoint:
        done = run(**{**endpoint.environment, "MISTRAL_API_KEY": "canary-key"})
    check_line(done, "FAILED", "key", "MISTRAL_API_KEY: 127.0.0.1", "refused the key (401)")
    check_line(done, "-", "completion")
    assert done.stdout.endswith("To be looked at: key.\n")
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
    check_line(done, "FAILED", "endpoint", "no completion server", "welcome page")
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
    assert done.stdout.endswith("To be looked at: model.\n")


def test_a_retirement_announced_in_passing_fails_the_check(run: Run) -> None:
    with Endpoint() as endpoint:
        headers = {"x-model-deprecation-timestamp": "2026-12-31T12:00:00Z"}
        endpoint.fake.default = Behaviour(headers=headers)
        done = run(**endpoint.environment)
    check_line(done, "FAILED", "model", "going to be retired: 2026-12-31T12:00:00Z")
    assert done.stderr == ""


def test_a_host_that_is_not_there_is_named(run: Run) -> None:
    environ = {"CODESTRAL_LS_ENDPOINT": "http://127.0.0.1:9", "MISTRAL_API_KEY": "k"}
    done = run(**environ)
    check_line(done, "FAILED", "endpoint", "127.0.0.1:9", "could not be reached", "listens at")
    check_line(done, "-", "key", "not known")
    check_line(done, "-", "completion", "not tried")


def test_a_proxy_in_the_way_is_named_without_its_password(run: Run) -> None:
    done = run(
        "--endpoint", "http://llm.example", "--provider", "mistral",
        HTTP_PROXY="http://me:canary-key@127.0.0.1:9",
    )  # fmt: skip
    check_line(done, "ok", "proxy", "http://127.0.0.1:9 (HTTP_PROXY)")
    check_line(done, "FAILED", "endpoint", "http://127.0.0.1:9", "NO_PROXY=llm.example")
    assert "canary" not in done.stdout + done.stderr


def test_this_machine_is_reached_past_the_proxy(run: Run) -> None:
    with Endpoint() as endpoint:
        done = run(**endpoint.environment, HTTP_PROXY="http://127.0.0.1:9")
    check_line(done, "ok", "proxy", "is not used for 127.0.0.1")
    check_line(done, "ok", "completion")


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
    check_line(done, "FAILED", "settings", "endpoint is not for a repository to set")
    assert f'model = "codestral-latest" ({config})' in " ".join(done.stdout.split())
    check_line(done, "ok", "learning")
    assert done.returncode == 1


def test_what_a_repository_restricts_is_shown_as_its_doing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "project" / ".codestral.toml").write_text("max_tokens = 64\n")
    check_line(run(), "ok", "settings", "1 set", "max_tokens = 64", ".codestral.toml")


def test_a_provider_without_its_key_fails_and_says_where_to_get_one(run: Run) -> None:
    done = run("--provider", "mistral")
    check_line(
        done, "FAILED", "provider", "the embedded provider completes instead", "set MISTRAL_API_KEY"
    )
    assert done.returncode == 1


def test_a_key_command_that_fails_is_a_check_that_fails(run: Run) -> None:
    done = run("--api-key-command", "no-such-program-here canary-key")
    check_line(done, "FAILED", "keys", "apiKeyCommand did not start")
    assert "canary" not in done.stdout + done.stderr


def test_all_settings_are_shown_with_their_origin(run: Run) -> None:
    shown = run("--settings", "--exclude", "private/**").stdout
    for name in specs():
        assert f"        {name} " in shown
    assert '= ["private/**"] (--exclude)' in shown
    assert "= 128 (default)" in shown


def test_scripts_get_the_same_as_json(run: Run) -> None:
    with Endpoint() as endpoint:
        answer = json.loads(run("--json", "--max-tokens", "9", **endpoint.environment).stdout)
        refused = run("--json", **{**endpoint.environment, "MISTRAL_API_KEY": "canary-key"})
    assert answer["ok"] is True
    assert [check["name"] for check in answer["checks"]] == [
        "settings", "provider", "endpoint", "key", "model", "template", "completion",
    ]  # fmt: skip
    assert set(answer["checks"][0]) == {"name", "status", "text", "remedy"}
    assert answer["settings"]["max_tokens"] == {"value": "9", "origin": "--max-tokens"}
    found = json.loads(refused.stdout)
    assert (found["ok"], refused.returncode) == (False, 1)
    (key,) = (check for check in found["checks"] if check["name"] == "key")
    assert (key["status"], bool(key["remedy"])) == ("failed", True)


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


def test_failures_among_the_completions_are_told_by_kind(run: Run) -> None:
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


@pytest.mark.parametrize(
    ("error", "name", "words"),
    [
        (AuthError("It refused the key (401)."), "key", "codestral.mistral.ai"),
        (ModelError("It cannot complete with it (400)."), "model", "codestral-2508"),
        (PromptTooLong("Too long."), "completion", "max_prefix_chars"),
        (BadRequest("It did not accept it (422)."), "completion", "check provider"),
        (RateLimited("Fewer."), "completion", "requests_per_minute"),
        (NoAllowance("None."), "completion", "plan"),
        (Overloaded("Full."), "completion", "again"),
        (ServerFailure("Broken."), "completion", "again"),
        (NetworkFailure("Not reached."), "completion", "proxy"),
        (BackendTimeout("Silent."), "completion", "timeout_ms"),
        (ProtocolViolation("HTML."), "completion", "no completion server"),
    ],
    ids=lambda value: value.kind if isinstance(value, BackendError) else None,
)
def test_every_kind_of_failure_fails_one_check_with_a_remedy(
    error: BackendError, name: str, words: str
) -> None:
    check_failed(found(error=error), name, words)


def test_every_kind_of_failure_is_in_the_table_above() -> None:
    (mark,) = test_every_kind_of_failure_fails_one_check_with_a_remedy.pytestmark  # type: ignore[attr-defined]
    assert {type(row[0]) for row in mark.args[1]} == set(BackendError.__subclasses__())


@pytest.mark.parametrize("kind", [NetworkFailure, BackendTimeout, BadRequest, ProtocolViolation])
def test_where_the_list_of_models_failed_too_the_address_is_to_blame(
    kind: type[BackendError],
) -> None:
    findings = found(facts_error=ServerFailure("No list."), error=kind("No completion."))
    check_failed(findings, "endpoint", "No completion")
    assert line_of(findings, "completion").status is Status.SKIPPED


def test_an_unreached_host_is_not_waited_for_twice() -> None:
    findings = found(facts_error=NetworkFailure("Not found."), trial=None)
    check_failed(findings, "endpoint", "Not found")
    assert line_of(findings, "completion").status is Status.SKIPPED


def test_a_list_of_models_that_fails_matters_to_nobody_who_can_complete() -> None:
    assert all_well(checks(found(facts_error=AuthError("The list is not for this key."))))


def test_a_retiring_model_names_its_successor() -> None:
    check_failed(
        found(models=[RETIRING, CODESTRAL], model="codestral-2405"),
        "model", "2026-12-31", 'model = "codestral-2508"',
    )  # fmt: skip


def test_a_model_without_fim_names_one_with_it() -> None:
    findings = found(
        models=[CHAT, CODESTRAL],
        model="mistral-small-latest",
        error=ModelError("FIM is not enabled for this model (400)."),
    )
    check_failed(findings, "model", "cannot fill in the middle", 'model = "codestral-2508"')


def test_a_model_that_answers_though_it_is_not_listed_is_fine() -> None:
    assert all_well(checks(found(models=[CHAT], model="fine-tuned")))


def test_a_server_that_was_asked_for_no_list_needs_none() -> None:
    findings = found(models=None, facts_error=None)
    findings.models = None
    assert all_well(checks(findings))
    assert line_of(findings, "model").text == "codestral-latest answers"


@pytest.mark.parametrize("marker", ["[PREFIX]", "<|fim_middle|>", "<fim_suffix>", "<｜fim▁end｜>"])
def test_a_marker_in_the_answer_is_recognized(marker: str) -> None:
    check_failed(found(text=f"a + {marker}"), "template", marker, "fim_template")


def test_a_server_without_key_that_wants_one_is_told_how_to_get_it() -> None:
    choice = Choice("mistral", "https://llm.example", "llm.example", "m", None)
    findings = found(
        host="llm.example", choice=choice, error=AuthError("It refused the key (401).")
    )
    check_failed(findings, "key", "wants a key", "CODESTRAL_LS_API_KEY")


def test_the_keys_of_other_servers_are_not_made_at_mistral() -> None:
    findings = found(host="llm.example", error=AuthError("It refused the key (401)."))
    assert "mistral.ai" not in line_of(findings, "key").remedy


def test_an_embedded_provider_that_does_not_run_is_a_failure() -> None:
    trial = Trial(error=ServerFailure("The embedded completer could not be started."))
    check_failed(found(choice=EMBEDDED, trial=trial), "learning", "could not be started")


def test_what_a_server_says_reaches_the_page_as_text() -> None:
    hostile = {"id": "codestral-9\x1b[2J\u202e", "aliases": ["codestral-latest"]}
    shown = "".join(line.text + line.remedy for line in checks(found(models=[hostile])))
    assert "codestral-9" in shown
    assert shown.isprintable()


def test_the_page_fits_narrow_and_wide_terminals() -> None:
    lines = checks(found(error=AuthError("api.mistral.ai refused the key (401).")))
    for columns, limit in ((80, 80), (60, 60), (20, 52), (400, 100)):
        shown = page(lines, effective(resolve([])), None, all_settings=True, columns=columns)
        assert max(map(len, shown.splitlines())) <= limit


SECRET = "q7Zp2LrX9vTb4KmW8sNdGh3J"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("headers", {"X-Team-Key": SECRET}),
        ("proxy", f"http://me:{SECRET}@proxy.example:3128"),
        ("api_key_command", f"echo {SECRET}"),
        ("endpoint", f"https://me:{SECRET}@llm.example"),
        ("model", f"api_key={SECRET}"),
        ("exclude", [f"password = {SECRET}"]),
    ],
)
def test_no_setting_shows_a_secret(name: str, value: object) -> None:
    resolved = resolve([Options(Origin(Level.USER_FILE, "config.toml"), {name: value})])
    assert not resolved.problems
    (shown,) = (setting for setting in effective(resolved) if setting.is_set)
    assert shown.name == name
    assert SECRET not in shown.value


def test_settings_that_are_secret_by_definition_are_all_covered_above() -> None:
    secret = {entry.name for entry in dataclasses.fields(Settings) if not entry.repr}
    assert secret == {"headers", "proxy"}


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
    generation = generation_of(language, max_tokens=1)
    assert SAMPLES[language].count("█") == 1
    assert len(generation.prefix) > 60
    assert generation.suffix.strip()
    assert language_of({"shellscript": "a.sh"}.get(language, "a.py")) is not None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://me:pw@proxy.example:3128/x?y", "http://proxy.example:3128"),
        ("proxy.example:3128", "http://proxy.example:3128"),
        ("socks5://[::1]:1080", "socks5://[::1]:1080"),
        ("http://[broken", "(not a URL)"),
        ("", "(not a URL)"),
    ],
)
def test_a_proxy_is_shown_without_its_password(url: str, shown: str) -> None:
    assert without_password(url) == shown


def resolved_with(**values: object) -> Resolved:
    return resolve([Options(Origin(Level.COMMAND_LINE, "command line"), values)])


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"https_proxy": "http://p:1"}, Proxy("http://p:1", "https_proxy", True)),
        ({"ALL_PROXY": "http://p:1"}, Proxy("http://p:1", "ALL_PROXY", True)),
        ({"HTTP_PROXY": "http://p:1"}, None),
        (
            {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "llm.example"},
            Proxy("http://p:1", "HTTPS_PROXY", False),
        ),
    ],
)
def test_the_proxy_of_the_environment_is_found(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], expected: Proxy | None
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert proxy_of("https://llm.example", resolve([])) == expected


def test_the_proxy_of_the_settings_comes_first() -> None:
    proxy = proxy_of("https://llm.example", resolved_with(proxy="http://q:2"))
    assert proxy == Proxy("http://q:2", "proxy (command line)", True)
