"""Messages that no editor sends, on the real process: requests are answered, none ends it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.server.raw import RawClient, clean_environment, running

CALM = "file:///calm/a.py"
URIS = [
    "",
    ":",
    "file:",
    "file://",
    "file:///",
    "file:///%00",
    "file:///%ff%fe/%E4.py",
    "file:///w/%2e%2e/%2E%2E/etc/shadow",
    "file:///" + "a/" * 4_000 + "b.py",
    "file:///" + "%41" * 40_000,
    "file://[::1/a.py",
    "file://server/share/../../a.py",
    "FILE:///W/A.PY",
    "untitled:",
    "untitled:Untitled-1",
    "vscode-userdata:/User/settings.json",
    "vscode-remote://ssh-remote%2Bbox/w/a.py",
    "git:/w/a.py?%7B%22path%22%3A",
    "jar:" * 2_000 + "file:///a.py",
    "a.py",
    "\\\\server\\share\\a.py",
    "file:///c%3A/a.py",
    "file:///con/nul.py",
    "file:///\ud800/a.py",
    "file:///e\u0301/\u00e9.py",
    "file:///dev/stdin",
    "file:///proc/self/environ",
    "data:text/plain,x",
    "javascript:alert(1)",
    "\n\r\0",
]
TEXTS = {
    "many lines": "x\n" * 100_000,
    "one long line": "x" * 1_000_000,
    "half a character": "a = '\ud800'\n",
    "all line ends": "\r\n\r\x0b\x0c\x85\u2028\u2029\x00" * 500,
    "combining": "e" + "\u0301" * 20_000,
    "from right to left": "\u202e\u2066" * 5_000,
    "deep": "[" * 20_000,
    "marks": "\ufeff" * 3_000,
}


def position(line: Any, character: Any) -> dict[str, Any]:
    return {"line": line, "character": character}


NUMBERS: list[Any] = [-1, 2**31, 2**63, 10**290, 1.5, True, None, "1", [], float("inf")]
ODD_IDS: list[Any] = [1.5, True, [1], {"a": 1}, None, "x" * 100_000, -(2**70)]


def check_alive(client: RawClient) -> None:
    reply = client.reply(client.complete(CALM, 0, 4))
    assert "error" not in reply, reply


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return clean_environment(tmp_path, CODESTRAL_LS_PROVIDER="workspace")


@pytest.mark.long
def test_addresses_and_texts_of_any_make(home: dict[str, str]) -> None:
    with running(home) as client:
        client.initialize()
        client.open(CALM, "x = 1\n")
        for uri in URIS:
            client.open(uri, "total = 1\ntota\n")
            assert "error" not in client.reply(client.complete(uri, 1, 4))
            command = {"command": "codestral-ls.explain", "arguments": [uri]}
            client.ask("workspace/executeCommand", command)
            client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        for number, text in enumerate(TEXTS.values()):
            uri = f"file:///texts/{number}.py"
            client.open(uri, text)
            assert "error" not in client.reply(client.complete(uri, 0, 1))
            client.insert(uri, 2, 0, 0, text[:100])
            client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        check_alive(client)
        assert client.end() == 0
        assert b"Traceback" not in client.stderr, client.stderr.decode()


def test_numbers_of_any_make(home: dict[str, str]) -> None:
    with running(home) as client:
        client.initialize()
        client.open(CALM, "x = 1\n")
        client.open("file:///odd/a.py", "x = 1\n")
        for odd in NUMBERS:
            for place in (position(odd, 0), position(0, odd)):
                asked = {
                    "textDocument": {"uri": "file:///odd/a.py"},
                    "position": place,
                    "context": {"triggerKind": 1},
                }
                client.reply(client.request("textDocument/inlineCompletion", asked))
                change = {"range": {"start": place, "end": place}, "text": "y"}
                client.notify(
                    "textDocument/didChange",
                    {
                        "textDocument": {"uri": "file:///odd/a.py", "version": odd},
                        "contentChanges": [change],
                    },
                )
        check_alive(client)
        assert client.end() == 0
        assert b"Traceback" not in client.stderr, client.stderr.decode()


def test_frames_batches_and_ids_of_any_make(home: dict[str, str]) -> None:
    status = {"method": "workspace/executeCommand", "params": {"command": "codestral-ls.status"}}
    with running(home) as client:
        client.initialize()
        client.open(CALM, "x = 1\n")
        for odd in ODD_IDS:
            client.send({"jsonrpc": "2.0", "id": odd, **status})
        odd_messages: tuple[Any, ...] = (
            [],
            [{"jsonrpc": "2.0", "id": 7001, **status}],
            [[[]]],
            None,
            1,
            "exit",
            {"jsonrpc": "2.0", "method": 5, "id": 7002},
            {"jsonrpc": "1.0", "method": "exit2", "id": 7003},
            {"jsonrpc": "2.0", "method": "x" * 100_000, "id": 7004},
            {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": {"a": []}}},
            {"jsonrpc": "2.0", "id": 7005, "result": {}, "error": {}, **status},
            {"jsonrpc": "2.0", "id": 1, "result": {}},
        )
        for message in odd_messages:
            client.send(message)
        for frame in (
            b"Content-Length: 2\r\nContent-Length: 4\r\n\r\nnull",
            b"content-length : 4\r\nX: Content-Length: 9\r\n\r\nnull",
            b"Content-Length: -5\r\n\r\n",
            b"Content-Length: +4\r\n\r\n",
            b"Content-Length: 0x4\r\n\r\n",
            b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n",
            b"Content-Length: 3\nX:\n\n\xff\xfe\x00",
            b"Content-Length: 6\r\n\r\n\x00\x00\x00\x00\x00\x00",
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"\r\n" * 50,
            b"x" * 300_000 + b"\r\n",
            b"Content-Length: 200000\r\n\r\n" + b"[" * 200_000,
        ):
            client.write(frame)
        # The same id twice, before the first is answered.
        for _ in range(2):
            client.send({"jsonrpc": "2.0", "id": 7100, **status})
        check_alive(client)
        twice = client.ask("workspace/executeCommand", {"command": "codestral-ls.status"})
        assert json.dumps(twice)
        answered = [m.get("id") for m in client.received if "method" not in m]
        assert answered.count(7100) == 2
        for odd in ("x" * 100_000, -(2**70)):
            assert odd in answered
        assert client.end() == 0
        assert b"Traceback" not in client.stderr, client.stderr.decode()


def test_requests_after_shutdown_are_answered_whatever_they_ask(home: dict[str, str]) -> None:
    with running(home) as client:
        client.initialize()
        client.open(CALM, "x = 1\n")
        client.ask("shutdown", None)
        for method in ("textDocument/inlineCompletion", "shutdown", "initialize", "x/y"):
            reply = client.reply(client.request(method, {}))
            assert "error" in reply or reply["result"] is None
        client.open("file:///late.py", "x")
        client.notify("exit", None)
        assert client.exit_status() == 0
        assert b"Traceback" not in client.stderr, client.stderr.decode()
