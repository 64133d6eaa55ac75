"""``eval`` with a real model server, and its page in a real browser."""

from __future__ import annotations

import html
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.commands.eval.repositories import module, repository
from tests.fakes.endpoint import Endpoint
from tests.real.launch import needed
from tests.real.test_llama_server import KEY, llama
from tests.server.raw import clean_environment

pytestmark = pytest.mark.real

# Reading a prompt takes a busy core seconds.
WITHIN_S = 300
PAGE_WITHIN_S = 120
# What a script of the page's own policy can see: whether it fits, and whether the filters work.
PROBE = """
<script>
  var list = document.getElementById('tasks').children;
  function visible() { return Array.prototype.filter.call(list, function (item) {
    return !item.hidden; }).length; }
  var all = visible();
  var verdict = document.getElementById('verdict');
  verdict.value = 'silent';
  verdict.dispatchEvent(new Event('change'));
  var silent = visible();
  verdict.value = '';
  verdict.dispatchEvent(new Event('change'));
  var search = document.getElementById('search');
  search.value = 'm1.py';
  search.dispatchEvent(new Event('input'));
  var found = visible();
  search.value = '';
  search.dispatchEvent(new Event('input'));
  var first = list[0].dataset.verdicts.split(' ')[0];
  document.title = JSON.stringify({
    width: document.documentElement.scrollWidth, window: window.innerWidth,
    all: all, silent: silent, found: found, first: first,
    hidden: document.getElementById('filters').hidden,
    dark: getComputedStyle(document.body).backgroundColor,
    drawn: document.querySelectorAll('svg circle').length
  });
</script>
"""


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("work") / "repo"
    return repository(directory, {f"pkg/m{number}.py": module(number) for number in range(8)})


def evaluated(home: Path, *arguments: str, **variables: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "codestral_ls", "eval", *arguments, "--yes", "--json"],
        env=clean_environment(home, **variables),
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_a_real_llama_server_is_measured(top: Path, tmp_path: Path) -> None:
    prefix = Path(needed("get_llama_server.sh", "llama.cpp's server"))
    with llama(prefix, "infill.gguf", tmp_path / "log") as server:
        report = evaluated(
            tmp_path, str(top), "--count", "6", "--provider", "llamacpp", "--endpoint", server.url,
            "--timeout-ms", "60000", "--compare", "maxContextChars=0",
            CODESTRAL_LS_API_KEY=KEY,
        )  # fmt: skip
    for run in report["runs"]:
        assert (run["provider"], run["results"], run["failed"]) == ("llamacpp", 6, 0)
        figures = run["figures"]
        assert figures["tokens_in"]["value"] > 0
        assert figures["cost"]["value"] == 0
        assert figures["answer_p50"]["value"] > 0
    (comparison,) = report["comparisons"]
    assert comparison["pairs"] == 6
    # Without snippets of other files the prompts are shorter.
    assert comparison["figures"]["tokens_in"]["value"] < 0


@pytest.fixture(scope="module")
def page(top: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of two runs, with a hostile answer."""
    home = tmp_path_factory.mktemp("home")
    file = home / "page.html"
    with Endpoint() as endpoint:
        hostile = "\"</script><script>document.title='pwned'</script>\""
        turn = itertools.cycle([hostile, ""])
        endpoint.fake.answer = lambda prompt, suffix: next(turn)
        evaluated(
            home, str(top), "--count", "12", "--report", str(file),
            "--compare", "model=codestral-latest", "--compare", "provider=workspace",
            **endpoint.environment,
        )  # fmt: skip
    return file


@pytest.mark.parametrize("width", [400, 1200])
@pytest.mark.parametrize("dark", [False, True])
def test_the_page_fits_filters_and_loads_nothing(
    page: Path, tmp_path: Path, width: int, dark: bool
) -> None:
    probed = tmp_path / "probed.html"
    text = page.read_text(encoding="utf-8")
    probed.write_text(text.replace("</body>", PROBE + "</body>"), encoding="utf-8")
    done = subprocess.run(
        [
            needed("get_chromium.sh", "a Chromium"),
            "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'chr'}",
            f"--window-size={width},900", "--enable-logging=stderr", "--virtual-time-budget=5000",
            *(["--blink-settings=preferredColorScheme=0"] if dark else []),
            "--dump-dom", probed.as_uri(),
        ],
        capture_output=True, text=True, timeout=PAGE_WITHIN_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "CONSOLE" not in done.stderr, done.stderr
    title = re.search(r"<title>(.*?)</title>", done.stdout)
    assert title is not None
    seen = json.loads(html.unescape(title[1]))
    assert seen["width"] <= seen["window"]
    assert seen["all"] == 12
    assert 0 < seen["silent"] < 12
    assert 0 < seen["found"] < 12
    assert seen["hidden"] is False
    assert seen["first"] == "wrong"
    assert seen["drawn"] > 4
    assert (seen["dark"] == "rgb(18, 23, 30)") is dark
