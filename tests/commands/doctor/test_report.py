"""The report as a page and as JSON: it fits its terminal and shows no secret."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path

import pytest

from codestral_ls.backends.base import AuthError, ModelError
from codestral_ls.commands.doctor.checks import checks
from codestral_ls.commands.doctor.effective import effective
from codestral_ls.commands.doctor.report import page
from codestral_ls.commands.doctor.workspace import IndexFindings
from codestral_ls.commands.progress import ProgressLine
from codestral_ls.config import Options, Settings, resolve, specs
from codestral_ls.config.resolve import Level, Origin
from tests.commands.doctor.findings import (
    found,
)
from tests.commands.doctor.running import Run, check_line
from tests.fakes.endpoint import Endpoint
from tests.readme import REPOSITORY


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


def test_what_a_repository_restricts_is_shown_as_its_doing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "project" / ".codestral.toml").write_text("max_tokens = 64\n")
    check_line(run(), "ok", "settings", "1 set", "max_tokens = 64", ".codestral.toml")


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
        "settings", "provider", "endpoint", "key", "model", "template", "completion", "index",
    ]  # fmt: skip
    assert set(answer["checks"][0]) == {"name", "status", "text", "remedy"}
    assert answer["settings"]["max_tokens"] == {"value": "9", "origin": "--max-tokens"}
    found = json.loads(refused.stdout)
    assert (found["ok"], refused.returncode) == (False, 1)
    (key,) = (check for check in found["checks"] if check["name"] == "key")
    assert (key["status"], bool(key["remedy"])) == ("failed", True)


def test_the_page_fits_narrow_and_wide_terminals() -> None:
    lines = checks(found(error=AuthError("api.mistral.ai refused the key (401).")))
    for columns, limit in ((80, 80), (60, 60), (20, 52), (400, 100)):
        shown = page(lines, effective(resolve([])), None, all_settings=True, columns=columns)
        assert max(map(len, shown.splitlines())) <= limit


def test_the_example_in_the_readme_is_what_is_printed() -> None:
    source = Origin(Level.USER_FILE, "/home/me/.config/codestral-ls/config.toml")
    resolved = resolve([Options(source, {"model": "codestral-2405"})])
    index = IndexFindings(
        (Path("/home/me/shop"),),
        status={"files": 412, "names": 3_908, "done": True},
        n_code=412,
        cache_directory="/home/me/.cache/codestral-ls",
        cache_bytes=2_300_000,
    )
    refusal = ModelError("api.mistral.ai has no model codestral-2405.")
    findings = found(error=refusal, resolved=resolved, facts_ms=214.0, index=index)
    choice = dataclasses.replace(findings.choice, model="codestral-2405")
    lines = checks(dataclasses.replace(findings, choice=choice))
    shown = page(lines, effective(resolved), None, all_settings=False, columns=100)
    example = shown.partition("\n\n")[2]
    assert f"```\n{example}```" in (REPOSITORY / "README.md").read_text("utf-8"), example


SECRET = "q7Zp2LrX9vTb4KmW8sNdGh3J"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("headers", {"X-Team-Key": SECRET}),
        ("proxy", f"http://me:{SECRET}@proxy.example:3128"),
        ("api_key_command", f"echo {SECRET}"),
        ("endpoint", f"https://me:{SECRET}@llm.example"),
        ("endpoint", f"https://llm.example/v1?key={SECRET}"),
        ("endpoint", "https://llm.example/v1?q7Zp2LrX9vTb4KmW8sNdGh3J"),
        ("endpoint", f"https://llm.example/v1#{SECRET}"),
        ("endpoint", f"https://me:{SECRET}@llm.example/?key={SECRET}"),
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
