"""What a shell does to stdin, stdout and stderr ends in no traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.endpoint import Endpoint
from tests.server.raw import REPOSITORY, TIMEOUT_S, clean_environment

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the shells here are POSIX's")

LEDGER = "fixtures/workspace/ledger/today.py:7:17"
MODULE = f"{sys.executable} -m codestral_ls"
# Where the doctor has no index to make.
IN_AN_EMPTY_FOLDER = f"mkdir ~/empty && cd ~/empty && PYTHONPATH={REPOSITORY}"


def shell(home: Path, line: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """A line of shell; ``$LS`` is codestral-ls."""
    done = subprocess.run(
        ["bash" if shutil.which("bash") else "sh", "-c", line],
        capture_output=True,
        timeout=TIMEOUT_S,
        env=clean_environment(home, **{"LS": MODULE, **variables}),
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    return done


@pytest.mark.parametrize(
    "line",
    [
        f"$LS complete {LEDGER} | true",
        "$LS --help | true",
        "$LS complete nowhere.py:1:1 2>&1 | true",
        f"$LS complete {LEDGER} <&- >&- 2>&-",
        f"{IN_AN_EMPTY_FOLDER} $LS doctor <&- >&-",
        "$LS login <&-",
        "$LS <&-",
    ],
)
def test_closed_and_broken_streams_end_it_quietly(tmp_path: Path, line: str) -> None:
    # The reader is gone for certain before anything is written.
    done = shell(tmp_path, line.replace("| true", "| { exec <&-; sleep 0; }"))
    assert len(done.stderr.splitlines()) <= 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_a_full_disk_gets_one_line(tmp_path: Path) -> None:
    done = shell(tmp_path, f"$LS complete {LEDGER} > /dev/full")
    assert done.returncode == 1
    assert b"stdout cannot be written (No space left on device)." in done.stderr


@pytest.mark.parametrize(
    ("encoding", "as_json"), [("ascii", False), ("ascii", True), ("latin-1", False)]
)
def test_a_terminal_in_any_encoding_gets_the_completion(
    tmp_path: Path, encoding: str, as_json: bool
) -> None:
    source = tmp_path / "a.py"
    source.write_text("name = \n", encoding="utf-8")
    with Endpoint() as endpoint:
        endpoint.intends('name = "Ω é"\n')
        line = f"$LS complete {source}:1:8" + " --json" * as_json
        done = shell(tmp_path, line, PYTHONIOENCODING=encoding, **endpoint.environment)
    assert done.returncode == 0
    shown = done.stdout.decode(encoding)
    if as_json:
        assert '"text": "\\"\\u03a9' in shown
    else:
        assert shown == ('"? ?"\n' if encoding == "ascii" else '"? é"\n')
        assert b"PYTHONIOENCODING=utf-8" in done.stderr


def test_the_c_locale_without_pythons_help_shows_messages_too(tmp_path: Path) -> None:
    variables = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = shell(tmp_path, "$LS complete 'né“.py:1:1'", **variables)
    assert done.returncode == 2
    assert b"does not exist" in done.stderr
    assert shell(tmp_path, f"{IN_AN_EMPTY_FOLDER} $LS doctor", **variables).returncode == 0


def test_a_directory_that_was_removed_gets_one_line(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    root = f"PYTHONPATH={REPOSITORY}"
    done = shell(tmp_path, f"cd {gone} && rmdir {gone} && {root} $LS complete a.py:1:1")
    assert done.returncode == 2
    assert b"the current directory does not exist" in done.stderr


def test_an_odd_name_of_the_settings_file_ends_nothing(tmp_path: Path) -> None:
    """More of them are in ``tests/session/test_settings_files.py``."""
    done = shell(tmp_path, f"$LS complete {LEDGER}", CODESTRAL_LS_CONFIG="~no-such-user/x")
    assert done.returncode == 0
    assert done.stdout.startswith(b"dger(")
