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
        ("$/cancelRequest", {"id": [1]}),
        ("$/cancelRequest", {"id": {"a": 1}}),
        ("$/cancelRequest", {"id": None}),
        ("$/cancelRequest", None),
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


def explained(client: RawClient, uri: str) -> str:
    """The newest reason that ``explain`` gives for a document."""
    command = {"command": "codestral-ls.explain", "arguments": [uri]}
    records = client.ask("workspace/executeCommand", command)
    return str(records[0]["reason"]) if records else ""


def change(client: RawClient, uri: str, *changes: object, version: object = 2) -> None:
    client.notify(
        "textDocument/didChange",
        {"textDocument": {"uri": uri, "version": version}, "contentChanges": list(changes)},
    )


@pytest.mark.parametrize(
    "odd",
    [
        {"range": 3, "text": "x"},
        {"range": {"start": None, "end": None}, "text": "x"},
        {"range": {"start": {"line": -1, "character": 0}}, "text": "x"},
        {"text": None},
        {},
        None,
        7,
    ],
    ids=json.dumps,
)
def test_explain_says_that_an_edit_could_not_be_read_until_the_whole_text_comes(
    client: RawClient, odd: object
) -> None:
    uri = "file:///odd/explained.py"
    client.open(uri, "a = 1\n")
    change(client, uri, odd)
    assert client.reply(client.complete(uri, 0, 2))["result"] == EMPTY
    assert "could not be read" in explained(client, uri)
    change(client, uri, {"range": None, "text": "a = 2\n"}, version=None)
    assert "could not be read" not in explained(client, uri)
    change(client, uri, odd, {"text": "a = 3\n"})
    assert "could not be read" not in explained(client, uri)
    change(client, uri, {"text": "a = 3\n"}, odd)
    assert "could not be read" in explained(client, uri)


def test_an_edit_in_a_body_that_is_no_json_is_told_too(client: RawClient) -> None:
    uri = "file:///odd/cut.py"
    client.open(uri, "a = 1\n")
    body = b'{"method":"textDocument/didChange","params":{"textDocument":{"uri":"%b"},"con\xff'
    body = body % uri.encode()
    client.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    assert "could not be read" in explained(client, uri)


def test_a_document_that_could_not_be_read_is_told_too(client: RawClient) -> None:
    uri = "file:///odd/unreadable.py"
    client.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "text": None}})
    assert "could not be read" in explained(client, uri)


@pytest.mark.parametrize("request_id", [[1], {"a": 1}, True, 2.5], ids=repr)
def test_a_request_with_an_odd_id_is_refused(client: RawClient, request_id: object) -> None:
    before = len(client.received)
    client.send({"jsonrpc": "2.0", "id": request_id, "method": "shutdown"})
    assert ask_inline(client) == EMPTY
    (refusal,) = [message for message in client.received[before:] if "error" in message]
    assert (refusal["id"], refusal["error"]["code"]) == (None, -32600)


def test_a_response_with_the_id_of_the_clients_own_request_changes_nothing(
    client: RawClient,
) -> None:
    request = client.complete(URI, 0, 5)
    client.send({"jsonrpc": "2.0", "id": request, "result": [1]})
    client.send({"jsonrpc": "2.0", "id": [request], "error": {"code": "odd"}})
    assert client.reply(request)["result"] == EMPTY


def test_before_initialize_requests_are_refused_and_the_rest_is_passed_over(
    tmp_path: Path,
) -> None:
    with running(clean_environment(tmp_path)) as client:
        odd: list[object] = [None, [], {}, {"textDocument": {"uri": 7}, "contentChanges": {}}]
        for params in odd:
            client.notify("textDocument/didChange", params)
            client.notify("textDocument/didOpen", params)
        client.open(URI, "x = 1\n")
        for method in ("textDocument/inlineCompletion", "workspace/executeCommand", "odd"):
            assert client.reply(client.request(method, 7))["error"]["code"] == -32002
        client.initialize()
        assert client.reply(client.request("initialize", {}))["error"]["code"] == -32600
        assert client.end() == 0
        assert b"Traceback" not in client.stderr


def test_after_shutdown_requests_are_refused(tmp_path: Path) -> None:
    with running(clean_environment(tmp_path)) as client:
        client.initialize()
        client.ask("shutdown", None)
        for method in ("textDocument/inlineCompletion", "shutdown", "initialize", "odd"):
            assert client.reply(client.request(method, {}))["error"]["code"] == -32600
        client.notify("textDocument/didChange", None)
        client.notify("exit", None)
        assert client.exit_status() == 0
        assert client.stderr == b""


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
