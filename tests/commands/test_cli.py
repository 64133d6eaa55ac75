"""The command line as a person meets it: what is printed, where, and the exit status."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codestral_ls import __version__
from codestral_ls.config import specs
from tests import forked
from tests.fakes.behaviour import Behaviour
from tests.fakes.endpoint import Endpoint
from tests.server.raw import REPOSITORY, TIMEOUT_S, clean_environment

Run = Callable[..., subprocess.CompletedProcess[str]]
LEDGER = REPOSITORY / "fixtures" / "workspace" / "ledger" / "today.py"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def start(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environ = clean_environment(tmp_path, **variables)
        return forked.run(arguments, environ, REPOSITORY, TIMEOUT_S)

    return start


def check_complaint(done: subprocess.CompletedProcess[str], status: int, *words: str) -> None:
    """One or two lines on stderr, nothing on stdout, and the exit status that belongs to it."""
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert 1 <= len(done.stderr.splitlines()) <= 2
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def source_file(tmp_path: Path, text: str = "total = \n", name: str = "a.py") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_real_file_is_completed_without_key_and_network(run: Run) -> None:
    done = run("complete", f"{LEDGER}:7:17")
    assert done.stdout == "dger(path, mode='strict') as ledger:\n"
    assert (done.returncode, done.stderr) == (0, "")


def test_json_tells_who_answered_and_how_long_it_took(run: Run) -> None:
    answer = json.loads(run("complete", f"{LEDGER}:7:17", "--json").stdout)
    assert answer["text"] == "dger(path, mode='strict') as ledger:"
    assert (answer["provider"], answer["cached"]) == ("workspace", False)
    assert set(answer) == {
        "text", "provider", "model", "reason", "snippets", "cached", "timings_ms", "usage",
    }  # fmt: skip
    assert set(answer["usage"]) == {"prompt_tokens", "completion_tokens", "cached_tokens"}
    assert answer["timings_ms"]["total"] > 0


def test_codestral_completes_with_a_key(run: Run, tmp_path: Path) -> None:
    with Endpoint() as endpoint:
        endpoint.intends("total = price * count\n")
        place = f"{source_file(tmp_path)}:1:9"
        done = run("complete", place, "--max-tokens", "50", **endpoint.environment)
        (exchange,) = endpoint.fake.requests
    assert done.stdout == "price * count\n"
    assert exchange.body["prompt"] == "total = "
    assert exchange.body["suffix"] == "\n"
    assert exchange.body["max_tokens"] == 50


def test_the_prompt_shows_what_the_file_imports_and_json_says_what(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / ".git").mkdir()
    source_file(tmp_path, "def load_parcel(path: str, strict: bool) -> int: ...\n", "parcel.py")
    path = source_file(tmp_path, "from parcel import load_parcel\n\nload_parcel(")
    with Endpoint() as endpoint:
        done = run("complete", f"{path}:3:13", "--json", **endpoint.environment)
        (exchange,) = endpoint.fake.requests
    assert "+++++ parcel.py\ndef load_parcel(path: str, strict: bool)" in exchange.body["prompt"]
    assert json.loads(done.stdout)["snippets"] == [
        {"file": "parcel.py", "why": "defines load_parcel, called at the cursor"}
    ]


def test_columns_count_code_points(run: Run, tmp_path: Path) -> None:
    with Endpoint() as endpoint:
        endpoint.intends("s = '😀é' + rest\n")
        path = source_file(tmp_path, "s = '😀é' + ")
        assert run("complete", f"{path}:1:12", **endpoint.environment).stdout == "rest\n"


def test_nothing_to_suggest_is_status_1_with_a_reason(run: Run, tmp_path: Path) -> None:
    check_complaint(run("complete", f"{source_file(tmp_path, 'zq')}:1:3"), 1)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("nowhere.py:1:1", "does not exist"),
        (".:1:1", "is a directory"),
        ("README.md:x", "FILE:LINE:COLUMN"),
        ("nowhere.py", "does not exist"),
        ("README.md:0:1", "FILE:LINE:COLUMN"),
        ("README.md:1:x", "FILE:LINE:COLUMN"),
        ("README.md:999999:1", "beyond its end"),
        ("README.md:1:9999", "beyond"),
        ("", "FILE:LINE:COLUMN"),
    ],
)
def test_a_place_that_is_none_gets_one_line(run: Run, place: str, words: str) -> None:
    check_complaint(run("complete", place), 2, words)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such device")
def test_a_file_without_end_is_not_read_to_its_end(run: Run) -> None:
    check_complaint(run("complete", "/dev/zero"), 2, "larger than")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x7fELF\0\0", "binary"),
        (b"caf\xe9 = 1\n", "UTF-8"),
        ("a = 1\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_a_file_that_is_no_text_gets_one_line(
    run: Run, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(content)
    check_complaint(run("complete", f"{path}:1:1"), 2, words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--no-such-flag",), "--no-such-flag"),
        (("--node-ipc",), "--stdio"),
        (("--tcp", "nonsense"), "HOST:PORT"),
        (("--tcp", "0.0.0.0:0"), "--allow-remote-clients"),
        (("--log-file", "/no/such/directory/x"), "cannot be written"),
        (("complete",), "FILE[:LINE[:COLUMN]]"),
        (("complete", LEDGER, "--provider", "mistrall"), "did you mean mistral?"),
        (("complete", LEDGER, "--endpoint", "localhost"), "Write http://localhost"),
        (("--provider", "mistrall"), "did you mean mistral?"),
        (("doctor", "--provder=mistral"), "did you mean --provider?"),
        (("compleet", LEDGER), "did you mean complete?"),
        (("--max-tokens", "9" * 5000), "must be at most"),
    ],
)
def test_wrong_usage_gets_one_line(run: Run, arguments: tuple[str, ...], words: str) -> None:
    check_complaint(run(*arguments), 2, words)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PROVIDER", "mistrall"), ("PROVIDER", "5"), ("ENDPOINT", "a\x01b")],
)
def test_who_completes_is_not_guessed_where_the_settings_name_nobody(
    run: Run, tmp_path: Path, name: str, value: str
) -> None:
    with Endpoint() as endpoint:
        variables = {**endpoint.environment, f"CODESTRAL_LS_{name}": value}
        done = run("complete", f"{source_file(tmp_path)}:1:9", **variables)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"CODESTRAL_LS_{name} must" in done.stderr
        assert "Nothing is sent" in done.stderr
        assert (endpoint.fake.requests, endpoint.fake.others) == ([], [])


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("CODESTRAL_LS_MAXTOKENS", "CODESTRAL_LS_MAX_TOKENS"),
        ("CODESTRAL_LS_APIKEY", "CODESTRAL_LS_API_KEY"),
        ("CODESTRAL_LS_ENDPIONT", "CODESTRAL_LS_ENDPOINT"),
    ],
)
def test_a_variable_that_is_nearly_a_setting_is_told(run: Run, variable: str, meant: str) -> None:
    done = run("complete", f"{LEDGER}:7:17", **{variable: "canary"})
    assert done.returncode == 0
    assert f"{variable} is not a setting; did you mean {meant}?" in done.stderr
    assert "canary" not in done.stderr
    assert run("complete", f"{LEDGER}:7:17", CODESTRAL_LS_RECORD="x").stderr == ""


def test_a_refused_key_is_status_3_and_names_source_and_host(run: Run, tmp_path: Path) -> None:
    with Endpoint() as endpoint:
        environ = {**endpoint.environment, "MISTRAL_API_KEY": "canary-key"}
        done = run("complete", f"{source_file(tmp_path)}:1:9", **environ)
    check_complaint(done, 3, "refused the key", "MISTRAL_API_KEY", "127.0.0.1")
    assert "canary" not in done.stderr


def test_no_network_is_status_3(run: Run, tmp_path: Path) -> None:
    environ = {
        "MISTRAL_API_KEY": "k",
        "CODESTRAL_LS_PROVIDER": "mistral",
        "CODESTRAL_LS_ENDPOINT": "http://127.0.0.1:9",
    }
    done = run("complete", f"{source_file(tmp_path)}:1:9", **environ)
    check_complaint(done, 3, "127.0.0.1")


def test_a_hanging_backend_is_status_3_after_the_timeout(run: Run, tmp_path: Path) -> None:
    with Endpoint() as endpoint:
        endpoint.fake.default = Behaviour(hangs=True)
        place = f"{source_file(tmp_path)}:1:9"
        done = run("complete", place, "--timeout-ms", "300", **endpoint.environment)
    check_complaint(done, 3, "0.3 s")


def test_help_explains_every_setting(run: Run) -> None:
    shown = re.sub(r"\s+", " ", run("--help").stdout)
    for spec in specs().values():
        assert spec.flag in shown
        assert re.sub(r"\s+", " ", spec.meaning.replace("`", "")) in shown


def test_help_names_the_commands_before_the_options_and_the_settings(run: Run) -> None:
    shown = run("--help").stdout
    order = ["complete ", "doctor ", "login ", "logout ", "help ", "--stdio", "--provider"]
    places = [re.search(rf"^  {word}", shown, re.MULTILINE) for word in order]
    found = [place.start() for place in places if place]
    assert len(found) == len(order)
    assert found == sorted(found)


@pytest.mark.parametrize("words", [("help", "doctor"), ("doctor", "--help")])
def test_a_command_explains_itself(run: Run, words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.stdout.startswith("usage: codestral-ls doctor")
    assert "--requests N" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("docter",), "did you mean doctor?"),
        (("help", "docter"), "did you mean doctor?"),
        (("xyz",), "codestral-ls --help"),
    ],
)
def test_an_unknown_command_gets_one_line(run: Run, words: tuple[str, ...], hint: str) -> None:
    check_complaint(run(*words), 2, words[-1], hint)


def test_a_value_that_reads_like_a_command_is_a_value(run: Run) -> None:
    done = run("--exclude", "doctor", "complete", f"{LEDGER}:7:17")
    assert done.stdout == "dger(path, mode='strict') as ledger:\n"


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").stdout == f"codestral-ls {__version__}\n"


def test_settings_may_stand_before_the_command_too(run: Run) -> None:
    done = run("--max-tokens", "50", "complete", f"{LEDGER}:7:17")
    assert done.returncode == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--api-key", "canary-key"),
        ("--api-key=canary-key",),
        ("complete", "a.py:1:1", "--api-key", "canary-key"),
        ("doctor", "--key", "canary-key"),
        ("--token", "canary-key"),
    ],
)
def test_a_key_on_the_command_line_is_neither_run_nor_repeated(
    run: Run, words: tuple[str, ...]
) -> None:
    done = run(*words)
    check_complaint(done, 2, "codestral-ls login", "MISTRAL_API_KEY")
    assert "canary" not in done.stderr


@pytest.mark.parametrize("flag", ["--api-key-comm", "--endpoin", "--max-tok"])
def test_flags_are_not_abbreviated(run: Run, flag: str) -> None:
    done = run("complete", "a.py:1:1", flag, "canary-value")
    check_complaint(done, 2, flag)
    assert "canary" not in done.stderr


@pytest.mark.parametrize("digits", ["9" * 5000, "-" + "9" * 5000])
def test_a_number_of_thousands_of_digits_is_a_bad_value(run: Run, digits: str) -> None:
    done = run("complete", f"{LEDGER}:7:17", CODESTRAL_LS_MAX_TOKENS=digits)
    assert done.returncode == 0
    assert "must be at" in done.stderr


@pytest.mark.parametrize(
    ("text", "place", "before"),
    [
        ("\ufeffa = 1\ntotal = ", "", "a = 1\ntotal = "),
        ("total = \nb = 2\n", ":1", "total = "),
    ],
)
def test_without_line_and_column_the_end_is_meant(
    run: Run, tmp_path: Path, text: str, place: str, before: str
) -> None:
    with Endpoint() as endpoint:
        endpoint.intends(f"{before}price * count\n")
        path = source_file(tmp_path, text)
        done = run("complete", f"{path}{place}", **endpoint.environment)
        assert done.stdout == "price * count\n"


def test_a_name_with_colons_is_a_file_where_there_is_one(run: Run, tmp_path: Path) -> None:
    path = source_file(tmp_path, "\0", name="a.py:1:9")
    check_complaint(run("complete", str(path)), 2, "binary")


def test_what_is_wrong_with_a_name_is_told_in_one_line_that_acts_on_no_terminal(run: Run) -> None:
    for place in ("no\x1b[31m\nsuch.py:1:1", "x\u202e](command:y):1:1"):
        done = run("complete", place)
        check_complaint(done, 2)
        assert not {"\x1b", "\u202e"} & set(done.stderr)
        assert "](" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes with paths")
def test_a_log_is_not_written_to_a_pipe_that_nobody_reads(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    check_complaint(run("--log-file", str(tmp_path / "pipe")), 2, "is a pipe")
