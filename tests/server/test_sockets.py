"""Clients by TCP and Unix socket: one is served, and everything else is turned away."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import pytest

from tests import forked
from tests.forked import Process
from tests.server.raw import REPOSITORY, TIMEOUT_S, Message, clean_environment

INITIALIZE: Message = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"processId": None, "rootUri": None, "capabilities": {}},
}
SHUTDOWN: Message = {"jsonrpc": "2.0", "id": 2, "method": "shutdown"}
EXIT: Message = {"jsonrpc": "2.0", "method": "exit"}
HTTP = (
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"
)


@contextmanager
def started(home: Path, *arguments: str, anew: bool = False) -> Iterator[Process]:
    """A server that was started with these arguments; in a new interpreter if ``anew``."""
    start = forked.start_anew if anew else forked.start
    process = start(arguments, clean_environment(home), REPOSITORY)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdin.close()
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def first_line(process: Process) -> str:
    assert process.stderr is not None
    return process.stderr.readline().decode().strip()


@contextmanager
def listening(home: Path, *arguments: str, anew: bool = False) -> Iterator[tuple[Process, int]]:
    """A server that waits for its client by TCP, and the port it chose."""
    with started(home, "--tcp", "127.0.0.1:0", *arguments, anew=anew) as process:
        line = first_line(process)
        found = re.search(r" 127\.0\.0\.1:(\d+)$", line)
        assert found, line
        yield process, int(found[1])


def dialled(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)


def framed(message: Message) -> bytes:
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def answer(answers: BinaryIO) -> Message:
    length = int(answers.readline().partition(b":")[2])
    while answers.readline().strip():
        continue
    found: Message = json.loads(answers.read(length))
    return found


def check_served(process: Process, client: socket.socket) -> None:
    """The client is served until it ends the server."""
    with client.makefile("rb") as answers:
        client.sendall(framed(INITIALIZE))
        assert answer(answers)["result"]["capabilities"]["inlineCompletionProvider"] == {}
        client.sendall(framed(SHUTDOWN))
        assert answer(answers)["id"] == 2
        client.sendall(framed(EXIT))
        assert process.wait(TIMEOUT_S) == 0


def is_closed(client: socket.socket) -> bool:
    """The server closes the connection, without a word."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_client_is_served_by_tcp(tmp_path: Path) -> None:
    with listening(tmp_path, anew=True) as (process, port), dialled(port) as client:
        check_served(process, client)


NO_CLIENTS = {
    "post": HTTP % len(framed(INITIALIZE)) + framed(INITIALIZE),
    "get": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\n",
    "nothing": b"\r\n\r\n",
    "endless": b"x" * 200_000 + b"\n",
    "no header": json.dumps(INITIALIZE).encode() + b"\n",
}


def test_what_is_no_client_is_closed_and_listening_goes_on(tmp_path: Path) -> None:
    with listening(tmp_path) as (process, port):
        for kind, sent in NO_CLIENTS.items():
            with dialled(port) as other:
                with suppress(ConnectionError):
                    other.sendall(sent)
                assert is_closed(other), kind
        with dialled(port) as client:
            check_served(process, client)


def test_connections_that_say_nothing_keep_no_client_out(tmp_path: Path) -> None:
    with listening(tmp_path) as (process, port):
        silent = [dialled(port) for _ in range(40)]
        assert is_closed(silent[0])
        with dialled(port) as client:
            check_served(process, client)
        for connection in silent:
            connection.close()


def test_a_second_client_finds_nobody_listening(tmp_path: Path) -> None:
    with listening(tmp_path) as (process, port), dialled(port) as client:
        with client.makefile("rb") as answers:
            client.sendall(framed(INITIALIZE))
            assert answer(answers)["id"] == 1
        with pytest.raises(ConnectionRefusedError):
            dialled(port)
        client.sendall(framed(SHUTDOWN) + framed(EXIT))
        assert process.wait(TIMEOUT_S) == 0


@pytest.mark.parametrize("line", ["Codestral-LS-Token:{}\r\n", "{}\n"])
def test_a_client_with_the_token_is_served(tmp_path: Path, line: str) -> None:
    file = tmp_path / "token"
    with listening(tmp_path, "--token-file", str(file)) as (process, port):
        token = file.read_text(encoding="ascii").strip()
        assert len(token) >= 32
        assert os.name != "posix" or stat.S_IMODE(file.stat().st_mode) == 0o600
        for wrong in (framed(INITIALIZE), b"codestral-ls-token: \r\n", b"\n", b"x" * 32 + b"\n"):
            with dialled(port) as other:
                other.sendall(wrong)
                assert is_closed(other)
        with dialled(port) as client:
            client.sendall(line.format(token).encode())
            check_served(process, client)


def test_a_token_that_the_user_wrote_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("a-token-of-the-users-own\n", encoding="ascii")
    file.chmod(0o600)
    with (
        listening(tmp_path, "--token-file", str(file)) as (process, port),
        dialled(port) as client,
    ):
        client.sendall(b"codestral-ls-token: a-token-of-the-users-own\n")
        check_served(process, client)


def refused(home: Path, *arguments: str) -> str:
    """The one line with which a server does not start."""
    done = forked.run(arguments, clean_environment(home), REPOSITORY, TIMEOUT_S)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize(
    ("content", "mode", "remedy"),
    [
        ("a-token-of-the-users-own\n", 0o644, "chmod 600"),
        ("short\n", 0o600, "Remove the file"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_a_token_file_of_no_use_is_refused(
    tmp_path: Path, content: str, mode: int, remedy: str
) -> None:
    file = tmp_path / "token"
    file.write_text(content, encoding="ascii")
    file.chmod(mode)
    assert remedy in refused(tmp_path, "--tcp", "127.0.0.1:0", "--token-file", str(file))


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("--token-file", "token"), "goes with --tcp"),
        (("--tcp", "127.0.0.1:0", "--allow-origin", "https://editor.example"), "goes with --ws"),
        (("--tcp", "127.0.0.1:0", "--pipe", "a.sock"), "not allowed with"),
    ],
)
def test_a_flag_that_would_change_nothing_is_refused(
    tmp_path: Path, words: tuple[str, ...], remedy: str
) -> None:
    assert remedy in refused(tmp_path, *words)


def test_a_port_that_is_taken_gets_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert "cannot listen" in refused(tmp_path, "--tcp", f"127.0.0.1:{port}")


with_unix_sockets = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no Unix sockets"
)


@with_unix_sockets
@pytest.mark.parametrize("together", [True, False])
def test_an_editor_that_listens_on_a_pipe_is_called(tmp_path: Path, together: bool) -> None:
    path = tmp_path / "editor.sock"
    words = [f"--pipe={path}"] if together else ["--pipe", str(path)]
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        listener.settimeout(TIMEOUT_S)
        with started(tmp_path, *words, "--clientProcessId=1") as process:
            client, _ = listener.accept()
            client.settimeout(TIMEOUT_S)
            with client:
                check_served(process, client)
    assert path.exists()


@contextmanager
def listening_on_pipe(home: Path, path: Path) -> Iterator[Process]:
    with started(home, "--pipe", str(path)) as process:
        assert first_line(process) == f"codestral-ls: listening on {path}"
        yield process


def called(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(TIMEOUT_S)
    client.connect(str(path))
    return client


@with_unix_sockets
def test_a_pipe_where_nobody_listens_is_listened_on_for_the_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "server.sock"
    with listening_on_pipe(tmp_path, path) as process:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with called(path) as other:
            other.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert is_closed(other)
        with called(path) as client:
            check_served(process, client)
    assert not path.exists()


@with_unix_sockets
def test_a_socket_that_was_left_behind_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "server.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with listening_on_pipe(tmp_path, path) as process, called(path) as client:
        check_served(process, client)


@with_unix_sockets
def test_a_server_that_is_stopped_leaves_no_socket(tmp_path: Path) -> None:
    path = tmp_path / "server.sock"
    with listening_on_pipe(tmp_path, path) as process:
        process.send_signal(signal.SIGTERM)
        process.wait(TIMEOUT_S)
    assert not path.exists()


@with_unix_sockets
def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine", encoding="ascii")
    assert "is no socket" in refused(tmp_path, "--pipe", str(path))
    assert path.read_text(encoding="ascii") == "mine"


@with_unix_sockets
def test_what_took_the_place_of_the_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "server.sock"
    with listening_on_pipe(tmp_path, path) as process:
        path.unlink()
        path.write_text("mine", encoding="ascii")
        process.send_signal(signal.SIGTERM)
        process.wait(TIMEOUT_S)
    assert path.read_text(encoding="ascii") == "mine"


@with_unix_sockets
def test_a_link_to_nowhere_is_not_replaced_by_a_socket(tmp_path: Path) -> None:
    path = tmp_path / "server.sock"
    path.symlink_to(tmp_path / "nowhere")
    assert "cannot listen" in refused(tmp_path, "--pipe", str(path))
    assert path.is_symlink()


@with_unix_sockets
def test_a_pipe_in_a_folder_that_is_not_there_gets_one_line(tmp_path: Path) -> None:
    assert "cannot listen" in refused(tmp_path, "--pipe", str(tmp_path / "no" / "a.sock"))
