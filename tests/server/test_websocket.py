"""Clients by WebSocket: the user's own page or program, and no other page or program."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.forked import Process
from tests.server.raw import TIMEOUT_S
from tests.server.test_sockets import EXIT, INITIALIZE, SHUTDOWN, first_line, refused, started

EDITOR = "https://editor.example"


@contextmanager
def listening(home: Path, *arguments: str, anew: bool = False) -> Iterator[tuple[Process, str]]:
    """A server that waits for its client, and the URL that it printed."""
    with started(home, "--ws", "127.0.0.1:0", *arguments, anew=anew) as process:
        line = first_line(process)
        found = re.fullmatch(
            r"codestral-ls: listening on (ws://127\.0\.0\.1:\d+/\?token=[\w-]{32,})", line
        )
        assert found, line
        yield process, found[1]


def check_served(process: Process, client: ClientConnection) -> None:
    """The client is served until it ends the server."""
    client.send(json.dumps(INITIALIZE))
    answer = client.recv(TIMEOUT_S)
    assert isinstance(answer, str)
    assert json.loads(answer)["result"]["capabilities"]["inlineCompletionProvider"] == {}
    client.send(json.dumps(SHUTDOWN))
    assert json.loads(client.recv(TIMEOUT_S))["id"] == 2
    client.send(json.dumps(EXIT))
    assert process.wait(TIMEOUT_S) == 0


def status_of(url: str, origin: str | None = None, host: str | None = None) -> int:
    """With which status a connection is refused; 101 if it is not."""
    headers = {
        "Host": host or urlsplit(url).netloc,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }
    if origin is not None:
        headers["Origin"] = origin
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_S)
    try:
        path = url.partition(urlsplit(url).netloc)[2]
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_program_with_the_url_is_served(tmp_path: Path) -> None:
    with listening(tmp_path, anew=True) as (process, url), connect(url) as client:
        check_served(process, client)


def test_a_page_that_the_user_named_is_served(tmp_path: Path) -> None:
    named = ("--allow-origin", "https://other.example", "--allow-origin", EDITOR)
    with (
        listening(tmp_path, *named) as (process, url),
        connect(url, additional_headers={"Origin": EDITOR}) as client,
    ):
        check_served(process, client)


OTHER_PAGES = [
    "https://evil.example",
    "null",
    "",
    "https://editor.example.evil.example",
    f"{EDITOR}:444",
]


def test_no_other_page_is_served_and_listening_goes_on(tmp_path: Path) -> None:
    with listening(tmp_path, "--allow-origin", EDITOR) as (process, url):
        for origin in OTHER_PAGES:
            assert status_of(url, origin=origin) == 403, origin
        with connect(url) as client:
            check_served(process, client)


OTHER_HOSTS = [
    "evil.example",
    "evil.example:80",
    "127.0.0.1.evil.example",
    "localhost@evil.example",
    "evil.example@localhost",
    "192.168.1.4",
    "[",
]


def test_only_names_of_this_machine_are_answered(tmp_path: Path) -> None:
    with listening(tmp_path) as (_, url):
        for host in OTHER_HOSTS:
            assert status_of(url, host=host) == 403, host


@pytest.mark.parametrize("host", ["LOCALHOST:8090", "[::1]:8090"])
def test_any_name_of_this_machine_will_do(tmp_path: Path, host: str) -> None:
    with listening(tmp_path) as (_, url):
        assert status_of(url, host=host) == 101


def test_whoever_lets_other_machines_in_may_call_it_by_any_name(tmp_path: Path) -> None:
    with listening(tmp_path, "--allow-remote-clients") as (_, url):
        assert status_of(url, host="build-server.example:8090") == 101


def test_without_the_token_nobody_is_served(tmp_path: Path) -> None:
    with listening(tmp_path) as (process, url):
        bare, _, token = url.partition("/?token=")
        for wrong in ("/", "/?token=", f"/?token={token}x", f"/?token=x&token={token}", "/?tok"):
            assert status_of(bare + wrong) == 401
        with connect(url) as client:
            check_served(process, client)


def test_a_second_connection_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with listening(tmp_path) as (process, url), connect(url) as client:
        client.send(json.dumps(INITIALIZE))
        assert json.loads(client.recv(TIMEOUT_S))["id"] == 1
        with pytest.raises(InvalidStatus):
            connect(url)
        client.send(json.dumps(SHUTDOWN))
        assert json.loads(client.recv(TIMEOUT_S))["id"] == 2
        client.send(json.dumps(EXIT))
        assert process.wait(TIMEOUT_S) == 0


MALFORMED = [
    (b"GET /?token={token} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"426"),
    (b"GET / HTTP/1.1\r\n\r\n", b"403"),
    (b"nonsense\r\n\r\n", b"400"),
    (b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}", b"400"),
    (b"Content-Length: 2\r\n\r\n{}", b"400"),
    (b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", b"4"),
]


def test_connections_that_ask_for_nothing_give_way_to_newer_ones(tmp_path: Path) -> None:
    """Each takes a descriptor, and whoever opens hundreds would leave none for anything else."""
    with listening(tmp_path) as (process, url), ExitStack() as stack:
        address = urlsplit(url)
        silent = [
            stack.enter_context(
                closing(socket.create_connection((address.hostname, address.port), TIMEOUT_S))
            )
            for _ in range(40)
        ]
        assert status_of(url.replace("token=", "token=not-")) == 401
        # Closed before the newest was answered, and not by a time limit.
        for old in silent[:24]:
            old.setblocking(False)
            with suppress(ConnectionResetError):
                assert old.recv(1) == b""
        with connect(url) as client:
            check_served(process, client)


def test_a_malformed_request_is_answered_and_closed(tmp_path: Path) -> None:
    with listening(tmp_path) as (process, url):
        address = urlsplit(url)
        assert address.port is not None
        for sent, status in MALFORMED:
            with socket.create_connection(("127.0.0.1", address.port), TIMEOUT_S) as other:
                other.sendall(sent.replace(b"{token}", url.partition("=")[2].encode()))
                said = b""
                with suppress(ConnectionResetError):
                    while chunk := other.recv(4096):
                        said += chunk
            assert said.startswith(b"HTTP/1.1 " + status), sent[:40]
        with connect(url) as client:
            check_served(process, client)
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()


def test_a_request_that_cannot_be_read_is_answered(tmp_path: Path) -> None:
    with listening(tmp_path) as (process, url), connect(url) as client:
        for odd in ("{", "[]", '{"jsonrpc": "2.0"}'):
            client.send(odd)
        client.send(json.dumps(INITIALIZE))
        assert json.loads(client.recv(TIMEOUT_S))["id"] == 1
        method = "textDocument/inlineCompletion"
        client.send(json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": []}))
        assert json.loads(client.recv(TIMEOUT_S)) == {"jsonrpc": "2.0", "id": 7, "result": None}
        client.send(json.dumps(SHUTDOWN))
        client.recv(TIMEOUT_S)
        client.send(json.dumps(EXIT))
        assert process.wait(TIMEOUT_S) == 0


@pytest.mark.parametrize("origin", ["*", f"{EDITOR}/page"])
def test_an_origin_that_is_none_is_refused_at_the_start(tmp_path: Path, origin: str) -> None:
    line = refused(tmp_path, "--ws", "127.0.0.1:0", "--allow-origin", origin)
    assert "https://editor.example" in line
