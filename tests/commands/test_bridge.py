"""``codestral-ls bridge`` as a person meets it: what it prints, who can use it, how it ends."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from codestral_ls.commands import bridge
from codestral_ls.session.client import PlainClient
from codestral_ls.session.session import Session
from tests import forked
from tests.server.raw import TIMEOUT_S, clean_environment

GIVEN = "a-token-that-somebody-chose"


@contextmanager
def running(home: Path, **variables: str) -> Iterator[tuple[forked.Process, str]]:
    """The bridge, started in an empty directory, and the URL that it printed."""
    environ = clean_environment(home, **variables)
    process = forked.start(["bridge", "--port", "0"], environ, home)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = process.stdout.readline().decode()
        found = re.fullmatch(r"codestral-ls: listening on (http://127\.0\.0\.1:\d+/\S+)\n", line)
        assert found, line
        yield process, found[1]
    finally:
        process.kill()
        process.wait(TIMEOUT_S)
        for pipe in (process.stdin, process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()


def status_of(url: str, **headers: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_S)
    try:
        connection.request("GET", urlsplit(url).path + "/health", headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def run(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return forked.run(["bridge", *arguments], clean_environment(home, **variables), home, TIMEOUT_S)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_tells_how_to_use_it_and_ends_quietly(tmp_path: Path, number: int) -> None:
    with running(tmp_path) as (process, url):
        assert process.stdout is not None
        assert process.stderr is not None
        lines = iter(process.stdout.readline, b"  }\n")
        shown = b"".join(lines).decode() + "  }"
        assert f"'endpoint_fim': '{url}/infill'" in shown
        zed = json.loads("{" + shown.partition("Zed, in settings.json:\n")[2] + "}")
        api = zed["edit_predictions"]["open_ai_compatible_api"]
        assert api["api_url"] == f"{url}/v1/completions"
        assert "It is another one at the next start." in shown  # another port
        assert b"from the embedded provider" in process.stdout.readline()
        assert b"in no repository" in process.stdout.readline()
        assert status_of(url) == 200
        assert status_of(url, Origin="https://page.example") == 403
        assert status_of(url.rpartition("/")[0]) == 401
        process.send_signal(number)
        assert process.wait(TIMEOUT_S) == 128 + number
        assert process.stderr.read() == b""


def test_the_url_stays_the_same_and_only_its_user_can_read_the_token(tmp_path: Path) -> None:
    with running(tmp_path) as (_, url):
        token = url.rpartition("/")[2]
    (file,) = tmp_path.rglob("bridge-token")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with running(tmp_path) as (_, url):
        assert url.endswith(f"/{token}")
    file.chmod(0o644)
    done = run(tmp_path, "--port", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert "chmod 600" in done.stderr


def test_a_port_that_was_named_makes_the_url_a_lasting_one() -> None:
    assert "stays the same" in bridge._how_to_use("http://127.0.0.1:8012/x", is_lasting=True)


async def test_it_tells_who_completes(tmp_path: Path) -> None:
    environ = {**clean_environment(tmp_path), "MISTRAL_API_KEY": "k"}
    session = Session(environ, {}, PlainClient())
    session.set_roots([tmp_path])
    await session.ready_target()
    told = bridge._who_completes(session)
    assert told == "Completions come from api.mistral.ai, codestral-latest.\n"


def test_the_token_may_be_the_users_own(tmp_path: Path) -> None:
    with running(tmp_path, CODESTRAL_LS_BRIDGE_TOKEN=GIVEN) as (process, url):
        assert url.endswith(f"/{GIVEN}")
        assert list(tmp_path.rglob("bridge-token")) == []
        process.send_signal(signal.SIGINT)
        assert process.wait(TIMEOUT_S) == 130
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_a_port_in_use_and_what_is_no_port_or_token_get_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        in_use = run(tmp_path, "--port", port)
    wrong = run(tmp_path, "--port", "70000")
    weak = run(tmp_path, "--port", "0", CODESTRAL_LS_BRIDGE_TOKEN="a/short one")
    nobody = run(tmp_path, "--port", "0", CODESTRAL_LS_PROVIDER="mistrall")
    for done, words in (
        (in_use, f"port {port} is in use"),
        (wrong, "from 0 to 65535"),
        (weak, "CODESTRAL_LS_BRIDGE_TOKEN"),
        (nobody, "CODESTRAL_LS_PROVIDER"),
    ):
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert "short one" not in done.stderr
