"""Odd messages: each gets its answer, none a popup, and the server goes on.

One server process for all of them, since going on is the point.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.raw import Message, RawClient, clean_environment, running

URI = "file:///odd/a.py"
EMPTY: Message = {"items": []}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawClient]:
    with running(clean_environment(tmp_path_factory.mktemp("home"))) as client:
        client.initialize()
        client.open(URI, "x = 1\n")
        yield client
        assert client.sent("window/showMessage") == []
        assert client.end() == 0
        assert b"Traceback" not in client.stderr


def ask_inline(client: RawClient, **params: Any) -> Any:
    defaults = {
        "textDocument": {"uri": URI},
        "position": {"line": 0, "character": 5},
        "context": {"triggerKind": 2},
    }
    return client.ask("textDocument/inlineCompletion", {**defaults, **params})


SELECTED = {
    "range": [{"line": 0, "character": 0}, {"line": 0, "character": 5}],
    "text": "xylophone",
}


@pytest.mark.parametrize(
    "params",
    [
        {"context": {"triggerKind": 0}},
        {"context": {"triggerKind": 7}},
        {"context": None},
        {"context": {"triggerKind": 2, "selectedCompletionInfo": SELECTED}},
        {"position": {"line": 900, "character": 900}},
        {"position": {"line": 0, "character": 2**31 - 1}},
        {"position": {"line": -1, "character": 0}},
        {"position": {"line": 0, "character": 2**32}},
        {"somethingNew": {"deep": [1, 2, 3]}},
        {"textDocument": {"uri": "file:///never/opened.py"}},
        {"textDocument": {"uri": "file:///etc/hostname"}},
        {"textDocument": {"uri": "file://"}},
        {"textDocument": {"uri": ""}},
    ],
    ids=lambda params: json.dumps(params)[:60],
)
def test_an_odd_request_is_answered_without_an_error(
    client: RawClient, params: dict[str, Any]
) -> None:
    answer = ask_inline(client, **params)
    assert answer is None or "items" in answer


def test_a_request_without_context_is_an_automatic_one(client: RawClient) -> None:
    position = {"line": 0, "character": 5}
    answer = client.ask(
        "textDocument/inlineCompletion", {"textDocument": {"uri": URI}, "position": position}
    )
    assert answer == EMPTY


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("initialized", None),
        ("textDocument/didChange", None),
        ("textDocument/didClose", {"textDocument": {"uri": "file:///never/opened.py"}}),
        (
            "textDocument/didChange",
            {
                "textDocument": {"uri": "file:///never/opened.py", "version": 2},
                "contentChanges": [{"text": "x"}],
            },
        ),
        ("workspace/didChangeConfiguration", {"settings": None}),
        ("workspace/didChangeConfiguration", {"settings": []}),
        ("$/cancelRequest", {"id": 12345}),
        ("$/setTrace", {"value": "nonsense"}),
        ("textDocument/didShowCompletion", {"item": {}}),
        ("textDocument/didFocus", {}),
        ("somebody/elses", {"a": 1}),
    ],
)
def test_an_odd_notification_changes_nothing(
    client: RawClient, method: str, params: object
) -> None:
    client.notify(method, params)
    assert ask_inline(client) == EMPTY


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"null", b"7", b'"x"', b"\xff\xfe", b'{"jsonrpc": "2.0"}', b"{}", b"[" * 100000],
)
def test_a_body_that_is_no_message_changes_nothing(client: RawClient, body: bytes) -> None:
    client.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    assert ask_inline(client) == EMPTY


def test_a_header_that_is_none_is_passed_over(client: RawClient) -> None:
    client.write(b"Nonsense: yes\r\n" + b"x" * 5_000_000 + b"\r\n\r\n")
    assert ask_inline(client) == EMPTY


def test_notifications_without_params_are_taken(client: RawClient) -> None:
    client.send({"jsonrpc": "2.0", "method": "initialized"})
    assert ask_inline(client) == EMPTY


def test_a_document_closed_in_flight_is_answered(client: RawClient) -> None:
    client.open("file:///odd/b.py", "y = \n")
    request = client.complete("file:///odd/b.py", 0, 4)
    client.notify("textDocument/didClose", {"textDocument": {"uri": "file:///odd/b.py"}})
    assert "error" not in client.reply(request)


def test_an_empty_document_is_answered(client: RawClient) -> None:
    client.open("file:///odd/empty.py", "")
    assert "error" not in client.reply(client.complete("file:///odd/empty.py", 0, 0))


def test_an_edit_that_cannot_be_applied_silences_its_document_until_it_is_opened_again(
    client: RawClient,
) -> None:
    uri = "file:///odd/lost.py"
    client.open(uri, "a = 1\n")
    client.notify(
        "textDocument/didChange",
        {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"range": 3}]},
    )
    assert client.reply(client.complete(uri, 0, 2))["result"] == EMPTY
    client.open(uri, "a = 1\n")
    assert "error" not in client.reply(client.complete(uri, 0, 2))


def test_an_unknown_command_and_an_unknown_request_are_refused_quietly(client: RawClient) -> None:
    for method, params in (
        ("workspace/executeCommand", {"command": "no-such", "arguments": []}),
        ("somebody/elsesRequest", {}),
    ):
        assert "error" in client.reply(client.request(method, params))
    assert ask_inline(client) == EMPTY


def test_a_message_of_a_hundred_megabytes_is_skipped(tmp_path: Path) -> None:
    with running(clean_environment(tmp_path)) as client:
        client.initialize()
        client.open(URI, "x = 1\n")
        head = (
            '{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":'
            f'{{"uri":"{URI}","version":2}},"contentChanges":[{{"text":"'
        ).encode()
        tail = b'"}]}}'
        size = 100 * 1024 * 1024
        client.write(b"Content-Length: %d\r\n\r\n" % size + head)
        block = b"x" * (1 << 20)
        left = size - len(head) - len(tail)
        while left:
            client.write(block[:left])
            left -= len(block[:left])
        client.write(tail)
        assert client.reply(client.complete(URI, 0, 5))["result"] == EMPTY
        status = client.ask("workspace/executeCommand", {"command": "codestral-ls.status"})
        assert status["counters"]["requests"] == 0
        client.open(URI, "x = 1\n")
        assert "error" not in client.reply(client.complete(URI, 0, 5))
        assert client.end() == 0
