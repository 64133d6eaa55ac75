"""The real process under sessions of captured editors, with messages broken by chance.

Whatever comes, each request is answered once, a document that was left alone stays known, and the
process ends as it was told to.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server import mutations
from tests.server.raw import REPOSITORY, Message, clean_environment, running

CLIENTS = sorted((REPOSITORY / "fixtures" / "clients").glob("*.json"))
URI = "file:///project/a.py"
WITNESS = "file:///project/witness.py"
NOTEBOOK = "file:///project/a.ipynb"
CELL = "vscode-notebook-cell:/project/a.ipynb#W0"
START = {"line": 0, "character": 0}
END = {"line": 0, "character": 4}
N_EARLY = 20
"""Messages before ``initialize``."""


def document(uri: str, text: str) -> Message:
    return {"uri": uri, "languageId": "python", "version": 1, "text": text}


def session() -> Iterator[Message]:
    """What an editor sends between ``initialized`` and ``shutdown``."""
    asked = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 4}}
    selected = {"range": {"start": START, "end": END}, "text": "total"}
    edits = [
        {"range": {"start": END, "end": END}, "rangeLength": 0, "text": "x"},
        {"text": "tota = 1\n"},
    ]
    cells = {
        "structure": {
            "array": {"start": 0, "deleteCount": 0, "cells": [{"kind": 2, "document": CELL}]},
            "didOpen": [document(CELL, "y = 2\n")],
            "didClose": [{"uri": CELL}],
        },
        "data": [{"kind": 2, "document": CELL}],
        "textContent": [{"document": {"uri": CELL, "version": 2}, "changes": edits}],
    }
    folder = {"uri": "file:///project", "name": "project"}
    notebook = {"uri": NOTEBOOK, "notebookType": "jupyter-notebook", "version": 1}
    cell = {"kind": 2, "document": CELL}
    notifications: list[tuple[str, Message]] = [
        ("textDocument/didOpen", {"textDocument": document(URI, "tota\n")}),
        (
            "textDocument/didChange",
            {"textDocument": {"uri": URI, "version": 2}, "contentChanges": edits},
        ),
        ("textDocument/didClose", {"textDocument": {"uri": URI}}),
        (
            "notebookDocument/didOpen",
            {
                "notebookDocument": {**notebook, "cells": [cell]},
                "cellTextDocuments": [document(CELL, "y = 1\n")],
            },
        ),
        (
            "notebookDocument/didChange",
            {"notebookDocument": {"uri": NOTEBOOK, "version": 2}, "change": {"cells": cells}},
        ),
        (
            "notebookDocument/didClose",
            {"notebookDocument": {"uri": NOTEBOOK}, "cellTextDocuments": [{"uri": CELL}]},
        ),
        ("workspace/didChangeConfiguration", {"settings": {"codestral": {"maxTokens": 9}}}),
        ("workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}}),
        ("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}}),
        ("workspace/didChangeWatchedFiles", {"changes": [{"uri": URI, "type": 2}]}),
        ("$/cancelRequest", {"id": 1000}),
        ("$/setTrace", {"value": "verbose"}),
        ("window/workDoneProgress/cancel", {"token": "codestral-ls-1"}),
        ("initialized", {}),
    ]
    for method, params in notifications:
        yield {"jsonrpc": "2.0", "method": method, "params": params}
    requests: list[tuple[str, Message]] = [
        (
            "textDocument/inlineCompletion",
            {**asked, "context": {"triggerKind": 2, "selectedCompletionInfo": selected}},
        ),
        ("textDocument/inlineCompletion", {**asked, "context": {"triggerKind": 1}}),
        ("textDocument/completion", asked),
        ("workspace/executeCommand", {"command": "codestral-ls.explain", "arguments": [URI]}),
        ("workspace/executeCommand", {"command": "codestral-ls.didAccept", "arguments": ["x"]}),
        ("workspace/executeCommand", {"command": "codestral-ls.toggle", "arguments": []}),
        ("initialize", {"capabilities": {}}),
    ]
    for method, params in requests:
        yield {"jsonrpc": "2.0", "id": 0, "method": method, "params": params}
    # Answers to what was never asked, or by the client itself.
    yield {"jsonrpc": "2.0", "id": 1000, "result": [{}]}
    yield {"jsonrpc": "2.0", "id": "odd", "error": {"code": -32601, "message": "no"}}


def is_request(message: Any) -> bool:
    return (
        isinstance(message, dict)
        and isinstance(message.get("method"), str)
        and isinstance(message.get("id"), int | str)
        and not isinstance(message.get("id"), bool)
    )


def check_session(home: Path, seed: int, n_messages: int) -> None:
    """One process, which is told many broken messages and must be there after all of them."""
    chance = random.Random(seed)
    captured = json.loads(chance.choice(CLIENTS).read_text(encoding="utf-8"))
    messages = list(session())
    with running(clean_environment(home, CODESTRAL_LS_PROVIDER="workspace")) as client:
        # Far from any id that a broken message may have, so that no answer is taken for another.
        client._last_id = 1_000_000

        def send_broken(number: int) -> None:
            message = chance.choice(messages)
            if "id" in message:
                message = {**message, "id": 1000 + number}
            message = mutations.any_broken(message, chance)
            if message.get("method") in ("exit", "shutdown"):
                return
            if number < N_EARLY and message.get("method") == "initialize":
                return  # it would be the session's own
            if is_request(message):
                expected[message["id"]] += 1
            client.send(message)

        expected: Counter[int | str] = Counter()
        for number in range(N_EARLY):
            send_broken(number)
        client.initialize(**{**mutations.any_broken(captured, chance), "processId": None})
        client.open(WITNESS, "first\n")
        version = 1
        for number in range(N_EARLY, n_messages):
            send_broken(number)
            if number % 20 == 0:
                version += 1
                client.insert(WITNESS, version, 0, 0, "a")
                reply = client.reply(client.complete(WITNESS, 0, 1))
                assert "error" not in reply, reply
                if version == 6:
                    client.notify("textDocument/didClose", {"textDocument": {"uri": WITNESS}})
                    client.open(WITNESS, "first\n")
                    version = 1
        # A record for the witness would say that its text is not known.
        command = {"command": "codestral-ls.explain", "arguments": [WITNESS]}
        records = client.ask("workspace/executeCommand", command)
        assert "could not be read" not in json.dumps(records)
        assert client.end() == 0
        assert b"Traceback" not in client.stderr, client.stderr.decode()
        client.read_rest()
        answered = Counter(
            message["id"]
            for message in client.received
            if "method" not in message and message.get("id") is not None
        )
        for request_id, n_requests in expected.items():
            assert answered[request_id] == n_requests, (seed, request_id)


def test_a_session_of_broken_messages_ends_nothing(tmp_path: Path) -> None:
    check_session(tmp_path, seed=1, n_messages=600)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 22))
def test_long_sessions_of_broken_messages_end_nothing(tmp_path: Path, seed: int) -> None:
    check_session(tmp_path, seed, n_messages=5000)
