"""How the process ends: promptly, cleanly, with the status that says how."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from codestral_ls.server.parent import Parent
from tests import virtual_time
from tests.server.raw import REPOSITORY, TIMEOUT_S, clean_environment, running

INITIALIZE = (
    b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":'
    b'{"processId":null,"rootUri":null,"capabilities":{}}}'
)


def framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def test_after_shutdown_the_exit_status_is_0(tmp_path: Path) -> None:
    with running(clean_environment(tmp_path)) as client:
        client.initialize()
        assert client.end() == 0


def test_without_shutdown_the_exit_status_is_1(tmp_path: Path) -> None:
    with running(clean_environment(tmp_path)) as client:
        client.initialize()
        client.notify("exit", None)
        assert client.exit_status() == 1


def test_when_stdin_closes_the_process_is_gone(tmp_path: Path) -> None:
    with running(clean_environment(tmp_path)) as client:
        client.initialize()
        assert client.process.stdin is not None
        client.process.stdin.close()
        assert client.exit_status() == 1


def test_pipes_closed_right_after_exit_do_not_leave_a_spinning_process(tmp_path: Path) -> None:
    with running(clean_environment(tmp_path)) as client:
        client.initialize()
        client.request("shutdown", None)
        client.notify("exit", None)
        assert client.process.stdin is not None
        client.process.stdin.close()
        assert client.exit_status() == 0


def test_a_client_that_stops_reading_does_not_leave_a_process(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "codestral_ls"],
        stdin=subprocess.PIPE,
        stdout=writing,
        stderr=subprocess.PIPE,
        env=clean_environment(tmp_path),
        cwd=REPOSITORY,
    )
    os.close(writing)
    os.close(reading)
    assert process.stdin is not None
    process.stdin.write(framed(INITIALIZE))
    process.stdin.flush()
    assert process.wait(TIMEOUT_S) == 1
    _, stderr = process.communicate()
    assert b"Traceback" not in stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_process_without_a_traceback(
    tmp_path: Path, number: signal.Signals
) -> None:
    with running(clean_environment(tmp_path)) as client:
        client.initialize()
        client.process.send_signal(number)
        assert client.exit_status() == 128 + number
        assert b"Traceback" not in client.stderr


def test_when_the_parent_dies_the_process_is_gone(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with running(clean_environment(tmp_path)) as client:
        client.initialize(processId=parent.pid)
        parent.communicate(b"\n", timeout=TIMEOUT_S)
        assert client.exit_status() == 1
        assert f"process {parent.pid} is gone, so the server ends" in client.stderr.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no processes to watch this way")
def test_an_editor_of_another_system_is_not_taken_for_a_dead_one() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait(TIMEOUT_S)

    async def watching(process_id: int | None) -> bool:
        """Whether an hour passes without an end."""
        parent = Parent()
        parent.named(process_id)
        try:
            async with asyncio.timeout(3600):
                await parent.gone()
        except TimeoutError:
            return True
        return False

    for process_id in (gone.pid, None, os.getpid(), 2**31 - 1):
        assert virtual_time.run(watching(process_id))


def test_a_shutdown_during_a_request_still_ends_well(tmp_path: Path) -> None:
    with running(clean_environment(tmp_path)) as client:
        client.initialize()
        client.open("file:///a.py", "x = \n")
        client.complete("file:///a.py", 0, 4)
        assert client.end() == 0


def test_without_any_client_the_process_ends(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "codestral_ls"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT_S,
        env=clean_environment(tmp_path),
        cwd=REPOSITORY,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_recorded_session_can_be_fed_from_a_file(tmp_path: Path) -> None:
    shutdown = b'{"jsonrpc":"2.0","id":2,"method":"shutdown"}'
    leave = b'{"jsonrpc":"2.0","method":"exit"}'
    recorded = tmp_path / "session"
    recorded.write_bytes(framed(INITIALIZE) + framed(shutdown) + framed(leave))
    with recorded.open("rb") as stdin:
        done = subprocess.run(
            [sys.executable, "-m", "codestral_ls", "--stdio", "--clientProcessId=1"],
            stdin=stdin,
            capture_output=True,
            timeout=TIMEOUT_S,
            env=clean_environment(tmp_path),
            cwd=REPOSITORY,
            check=False,
        )
    assert done.returncode == 0
    assert b'"inlineCompletionProvider": {}' in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_log_on_a_full_disk_is_no_trouble(tmp_path: Path) -> None:
    flags = ["--log-level", "debug", "--log-file", "/dev/full"]
    with running(clean_environment(tmp_path, CODESTRAL_LS_PROVIDER="workspace"), *flags) as client:
        client.initialize()
        client.open("file:///w/a.py", "total = 1\ntot")
        assert "error" not in client.reply(client.complete("file:///w/a.py", 1, 3))
        assert client.end() == 0
        assert client.stderr == b""
