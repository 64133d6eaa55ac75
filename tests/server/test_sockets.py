"""The server over TCP and WebSocket, for editors that cannot start a process."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from websockets.sync.client import connect

from tests.server.raw import REPOSITORY, TIMEOUT_S, Message, clean_environment

INITIALIZE: Message = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"processId": None, "rootUri": None, "capabilities": {}},
}
SHUTDOWN: Message = {"jsonrpc": "2.0", "id": 2, "method": "shutdown"}
EXIT: Message = {"jsonrpc": "2.0", "method": "exit"}


@contextmanager
def listening(home: Path, flag: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server that waits for its client, and the port it chose."""
    process = subprocess.Popen(
        [sys.executable, "-m", "codestral_ls", flag, "127.0.0.1:0"],
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(home),
        cwd=REPOSITORY,
    )
    assert process.stderr is not None
    try:
        line = process.stderr.readline()
        found = re.search(r":(\d+)$", line.strip())
        assert found, line
        yield process, int(found[1])
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_a_client_is_served_by_tcp(tmp_path: Path) -> None:
    with (
        listening(tmp_path, "--tcp") as (process, port),
        socket.create_connection(("127.0.0.1", port)) as client,
        client.makefile("rb") as answers,
    ):
        client.sendall(framed(INITIALIZE))
        length = int(answers.readline().partition(b":")[2])
        while answers.readline().strip():
            continue
        answer = json.loads(answers.read(length))
        assert answer["result"]["capabilities"]["inlineCompletionProvider"] == {}
        client.sendall(framed(SHUTDOWN) + framed(EXIT))
        assert process.wait(TIMEOUT_S) == 0


def test_a_client_is_served_by_websocket(tmp_path: Path) -> None:
    with listening(tmp_path, "--ws") as (process, port):
        with connect(f"ws://127.0.0.1:{port}") as client:
            client.send(json.dumps(INITIALIZE))
            answer = json.loads(client.recv(TIMEOUT_S))
            assert answer["result"]["capabilities"]["inlineCompletionProvider"] == {}
            client.send(json.dumps(SHUTDOWN))
            client.recv(TIMEOUT_S)
            client.send(json.dumps(EXIT))
        assert process.wait(TIMEOUT_S) == 0


def test_a_port_that_is_taken_gets_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = subprocess.run(
            [sys.executable, "-m", "codestral_ls", "--tcp", f"127.0.0.1:{taken.getsockname()[1]}"],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            env=clean_environment(tmp_path),
            cwd=REPOSITORY,
            check=False,
        )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "cannot listen" in done.stderr


def framed(message: Message) -> bytes:
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
