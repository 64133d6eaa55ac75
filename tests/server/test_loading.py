"""A model that loads for longer than the user waits: told by the real process, and not by code."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.fakes.behaviour import Behaviour
from tests.fakes.endpoint import Endpoint
from tests.fakes.fim_server import Exchange
from tests.server.raw import clean_environment, running

URI = "file:///project/a.py"


def test_status_says_that_ollama_loads_and_no_code_is_sent(tmp_path: Path) -> None:
    with Endpoint("ollama") as endpoint:

        def script(exchange: Exchange) -> Behaviour:
            is_load = exchange.body.get("prompt") == ""
            return Behaviour(waits_for=asyncio.Event()) if is_load else Behaviour()

        endpoint.fake.script = script
        variables = {"CODESTRAL_LS_ENDPOINT": endpoint.url, "CODESTRAL_LS_TIMEOUT_MS": "200"}
        with running(clean_environment(tmp_path, **variables)) as client:
            client.initialize()
            client.notify("initialized", {})
            document = {"uri": URI, "languageId": "python", "version": 1, "text": "x = unheard("}
            client.notify("textDocument/didOpen", {"textDocument": document})
            place = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 12}}
            # The first ones may pass before it is known what answers there.
            for _ in range(40):
                answer = client.ask(
                    "textDocument/inlineCompletion", {**place, "context": {"triggerKind": 1}}
                )
                assert answer == {"items": []}
                status = client.ask("workspace/executeCommand", {"command": "codestral-ls.status"})
                if (status["lastError"] or {}).get("kind") == "loading":
                    break
            assert status["state"] == "loading"
            assert status["lastError"]["kind"] == "loading"
            assert "is loading codestral:22b" in status["lastError"]["message"]
            assert not client.sent("window/showMessage")
            assert client.end() == 0
        loads = [exchange.body for exchange in endpoint.fake.requests]
        assert len(loads) == 1
        assert "unheard" not in str(loads)
