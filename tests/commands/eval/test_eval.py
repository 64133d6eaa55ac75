"""``eval`` from end to end: with the embedded provider, and with a strict fake of Mistral's."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from pathlib import Path
from typing import Any

import pytest

from codestral_ls.commands.eval.tasks import TaskSet
from tests.commands.doctor.running import Run
from tests.commands.eval.repositories import commit, module, repository
from tests.fakes.behaviour import Behaviour
from tests.fakes.endpoint import Endpoint
from tests.fakes.fim_server import KEY, Exchange
from tests.fakes.llamacpp import LlamaCpp
from tests.fakes.served_model import ServedModel

FILES = {f"pkg/m{number}.py": module(number) for number in range(40)}


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return repository(tmp_path / "repo", FILES)


def figures_of(report: dict[str, Any], run: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = report["runs"][run]["figures"]
    for name, figure in found.items():
        value, low, high = figure["value"], figure["low"], figure["high"]
        assert (value is None) == (low is None) == (high is None), name
        assert value is None or low <= value <= high, name
    return found


def test_without_key_and_network_the_embedded_provider_is_measured(run: Run, top: Path) -> None:
    done = run(str(top), "--count", "8", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    (only,) = report["runs"]
    assert (only["provider"], only["results"], only["failed"]) == ("workspace", 8, 0)
    assert sum(report["tasks"]["kinds"].values()) == 8
    figures = figures_of(report)
    shares = [figures[name]["value"] for name in ("right", "wrong", "silent")]
    assert sum(shares) == pytest.approx(1)
    assert figures["cost"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert set(report["definitions"]) == set(figures)


class Oracle:
    """A server that knows the truth of every task, and tells it for a share of them."""

    def __init__(self, tasks: TaskSet, share: float) -> None:
        n_right = round(share * len(tasks.tasks))
        self._known = []
        for number, task in enumerate(tasks.tasks):
            before, after = task.sides(FILES[task.path])
            text = task.truth if number < n_right else "zz_nothing_of_the_kind"
            self._known.append((before[-100:], after[:100], text))

    def __call__(self, exchange: Exchange) -> Behaviour:
        prompt, suffix = exchange.body["prompt"], exchange.body["suffix"]
        texts = {
            text
            for before, after, text in self._known
            if prompt.endswith(before) and suffix.startswith(after)
        }
        (text,) = texts
        return Behaviour(text=text)


def test_a_known_difference_between_two_settings_is_found(
    run: Run, top: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "tasks.json"
    wanted = ("--count", "40", "--tasks", str(saved))
    run(str(top), *wanted, "--provider", "workspace", "--dry-run")
    tasks = TaskSet.load(saved)
    assert len(tasks.tasks) == 40
    with Endpoint() as endpoint:
        shares = {"codestral-latest": Oracle(tasks, 0.6), "codestral-2508": Oracle(tasks, 0.7)}
        endpoint.fake.script = lambda exchange: shares[exchange.body["model"]](exchange)
        done = run(
            str(top), *wanted, "--yes", "--json",
            "--compare", "model=codestral-latest", "--compare", "model=codestral-2508",
            **endpoint.environment,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [each["model"] for each in report["runs"]] == list(shares)
    (comparison,) = report["comparisons"]
    assert comparison["pairs"] == 40
    right = comparison["figures"]["right"]
    assert right["value"] == pytest.approx(0.1)
    assert 0 < right["low"] <= 0.1 <= right["high"]
    assert figures_of(report)["right"]["value"] == pytest.approx(0.6)
    assert figures_of(report, 1)["right"]["value"] == pytest.approx(0.7)


def test_nothing_is_sent_without_consent(run: Run, top: Path) -> None:
    with Endpoint() as endpoint:
        done = run(str(top), "--count", "4", **endpoint.environment)
        assert endpoint.fake.requests == []
    assert (done.returncode, done.stdout) == (2, "")
    assert "4 tasks, about " in done.stderr
    assert endpoint.url.removeprefix("http://") in done.stderr
    assert "--yes" in done.stderr


def test_a_price_makes_the_cost_known_and_none_leaves_it_unknown(run: Run, top: Path) -> None:
    with Endpoint() as endpoint:
        ask = (str(top), "--count", "3", "--yes", "--json")
        unknown = run(*ask, **endpoint.environment)
        known = run(*ask, "--price", "1000,0,0", **endpoint.environment)
    assert figures_of(json.loads(unknown.stdout))["cost"]["value"] is None
    assert "price that is not known" in unknown.stderr
    priced = figures_of(json.loads(known.stdout))
    assert priced["cost"]["value"] > 0
    assert priced["tokens_in"]["value"] > 0


def test_a_refused_key_ends_the_run_at_once_with_what_there_is(run: Run, top: Path) -> None:
    with Endpoint() as endpoint:
        wrong = {**endpoint.environment, "MISTRAL_API_KEY": "wrong"}
        done = run(str(top), "--count", "30", "--yes", "--json", **wrong)
        assert len(endpoint.fake.requests) == 1
    assert done.returncode == 3
    (only,) = json.loads(done.stdout)["runs"]
    assert only["failed"] == only["results"] == 1
    assert only["stopped"]
    assert only["figures"]["exact"]["value"] is None


def test_a_model_that_cannot_complete_ends_the_run_at_once(run: Run, top: Path) -> None:
    model = ServedModel("nothing-known.gguf", "codestral", parses=False)
    with Endpoint(LlamaCpp(model)) as endpoint:
        own = {
            "CODESTRAL_LS_ENDPOINT": endpoint.url,
            "CODESTRAL_LS_PROVIDER": "llamacpp",
            "CODESTRAL_LS_API_KEY": KEY,
        }
        done = run(str(top), "--count", "30", "--yes", "--json", **own)
    assert done.returncode == 3
    (only,) = json.loads(done.stdout)["runs"]
    assert only["failed"] == only["results"] == 1
    assert "fimTemplate" in only["stopped"]


def test_a_model_that_is_being_loaded_is_waited_for(
    run: Run, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialect = LlamaCpp()
    dialect.is_loading = True

    async def loaded(_self: object, _why: str) -> None:
        dialect.is_loading = False

    monkeypatch.setattr("codestral_ls.commands.eval.runner._Asker._wait_for_model", loaded)
    with Endpoint(dialect) as endpoint:
        own = {
            "CODESTRAL_LS_ENDPOINT": endpoint.url,
            "CODESTRAL_LS_PROVIDER": "llamacpp",
            "CODESTRAL_LS_API_KEY": KEY,
            "CODESTRAL_LS_TIMEOUT_MS": "300",
        }
        done = run(str(top), "--count", "3", "--yes", "--json", **own)
    assert done.returncode == 0
    (only,) = json.loads(done.stdout)["runs"]
    assert (only["results"], only["failed"], only["stopped"]) == (3, 0, None)


def test_a_dry_run_shows_three_prompts_and_sends_nothing(run: Run, top: Path) -> None:
    with Endpoint() as endpoint:
        done = run(str(top), "--count", "5", "--dry-run", **endpoint.environment)
        assert endpoint.fake.requests == []
    assert done.returncode == 0
    assert done.stdout.count("POST /v1/fim/completions") == 3
    assert "max_tokens: 128" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--compare", "modell=x"), "did you mean model?"),
        (("--compare", "provider=workspace,multiline=never"), "a blank between settings"),
        (("--compare", "maxTokens=many"), "number"),
        (("--compare", "headers=a:b"), "secret"),
        (("--count", "0"), "from 1 to"),
        (("--price", "cheap"), "three numbers"),
        (("--since", "--output=x"), "names no commit"),
        (("--since", "nothing"), "names no commit here"),
    ],
)
def test_wrong_usage_says_what_is_wrong(
    run: Run, top: Path, arguments: tuple[str, str], word: str
) -> None:
    done = run(str(top), "=".join(arguments), "--provider", "workspace")
    assert (done.returncode, done.stdout) == (2, "")
    assert word in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_lines_that_commits_added_are_asked_about(run: Run, top: Path) -> None:
    commit(top, {"pkg/m1.py": FILES["pkg/m1.py"] + module(90), "pkg/new.py": module(91)})
    commit(top, {"pkg/m2.py": module(92) + FILES["pkg/m2.py"]})
    done = run(str(top), "--since", "HEAD~2", "--count", "4", "--json", "--provider", "workspace")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["tasks"]["since"] == "HEAD~2"
    assert report["tasks"]["count"] == report["runs"][0]["results"] > 1
    few = run(str(top), "--since", "HEAD~2", "--count", "900", "--dry-run")
    assert "places to complete were found, not 900" in few.stderr
    nothing = run(str(top), "--since", "HEAD", "--provider", "workspace")
    assert (nothing.returncode, nothing.stdout) == (1, "")


def test_what_the_repository_excludes_is_no_task_and_in_no_prompt(run: Run, top: Path) -> None:
    commit(top, {".codestral.toml": 'exclude = ["m1*.py"]\n'})
    with Endpoint() as endpoint:
        done = run(str(top), "--count", "6", "--yes", "--json", **endpoint.environment)
        bodies = [exchange.body for exchange in endpoint.fake.requests]
    assert done.returncode == 0, done.stderr
    assert len(bodies) == 6
    assert any("+++++ pkg/" in body["prompt"] for body in bodies)
    for body in bodies:
        assert "pkg/m1" not in body["prompt"]
        assert "read_1_" not in body["prompt"] + body["suffix"]


def test_a_repositorys_settings_that_cannot_be_read_keep_all_of_it_here(
    run: Run, top: Path
) -> None:
    (top / ".codestral.toml").write_text("exclude = [\n")
    with Endpoint() as endpoint:
        done = run(str(top), "--count", "2", "--yes", **endpoint.environment)
        assert endpoint.fake.requests == []
    assert (done.returncode, done.stdout) == (2, "")
    assert "repair or remove that file" in done.stderr


def test_secrets_in_the_code_are_masked_as_ever(run: Run, tmp_path: Path) -> None:
    secret = "sk-ant-api03-" + "aB3dE5fG7hJ9" * 7
    text = module(1).replace("import os\n", f'import os\n\nTOKEN = "{secret}"\n')
    top = repository(tmp_path / "with-secret", {"a.py": text})
    with Endpoint() as endpoint:
        done = run(str(top), "--count", "3", "--yes", **endpoint.environment)
        bodies = [exchange.body for exchange in endpoint.fake.requests]
    assert done.returncode == 0, done.stderr
    assert len(bodies) == 3
    for body in bodies:
        assert secret not in body["prompt"] + body["suffix"]


def test_the_same_run_asks_at_the_same_places(run: Run, top: Path) -> None:
    with Endpoint() as endpoint:
        for seed in ("1", "1", "2"):
            run(str(top), "--count", "6", "--yes", "--seed", seed, **endpoint.environment)
        # Without the snippets of other files: ties between those fall as they were read.
        asked = [
            (exchange.body["prompt"].rpartition("+++++ ")[2], exchange.body["suffix"])
            for exchange in endpoint.fake.requests
        ]
    assert len(asked) == 18
    assert asked[:6] == asked[6:12] != asked[12:]


@pytest.mark.parametrize(
    ("name", "is_in_background"),
    # A shell has Ctrl-C ignored in a script's background.
    [("SIGINT", False), ("SIGTERM", False), ("SIGTERM", True), ("SIGHUP", False)],
)
def test_what_ends_the_process_leaves_what_there_is(
    run: Run,
    top: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    is_in_background: bool,
) -> None:
    number = getattr(signal, name, None)
    if number is None:
        pytest.skip("this platform has no such signal")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    former = signal.getsignal(signal.SIGINT)
    if is_in_background:
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def answer(_: Exchange) -> Behaviour:
        if len(endpoint.fake.requests) == 3:
            os.kill(os.getpid(), number)
        return Behaviour(text="x")

    page = tmp_path / "page.html"
    try:
        with Endpoint() as endpoint:
            endpoint.fake.script = answer
            done = run(
                *(str(top), "--count", "9", "--yes", "--json", "--report", str(page)),
                **endpoint.environment,
            )
    finally:
        signal.signal(signal.SIGINT, former)
    assert done.returncode == 130, done.stderr
    (only,) = json.loads(done.stdout)["runs"]
    assert only["stopped"] == "interrupted"
    assert 1 <= only["results"] < 9
    assert page.exists()
    assert not list(tmp_path.glob("codestral-ls-eval.*"))
