"""``codestral-ls.why`` and ``codestral-ls.checkKey``, as an editor asks them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.endpoint import Endpoint
from tests.fakes.fim_server import KEY
from tests.server.raw import RawClient, clean_environment, running

URI = "file:///project/a.py"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as endpoint:
        yield endpoint


def run(client: RawClient, command: str, *arguments: object) -> dict[str, Any]:
    params = {"command": f"codestral-ls.{command}", "arguments": list(arguments)}
    found: dict[str, Any] = client.ask("workspace/executeCommand", params)
    return found


def test_status_and_why_have_one_sentence_from_the_first_failure_to_the_next_answer(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    with running(clean_environment(tmp_path, **endpoint.environment)) as client:
        client.initialize()
        client.open(URI, "total = \nother = \n")
        at = {"line": 0, "character": 8}
        assert run(client, "status")["message"].startswith(("Starting", "Ready to ask 127.0.0.1"))
        assert "Nothing was asked at the cursor yet" in run(client, "why", URI, at)["answer"]
        endpoint.intends("total = price", status=500)
        client.reply(client.complete(URI, 0, 8))
        status, why = run(client, "status"), run(client, "why", URI, at)
        assert status["state"] == "offline"
        assert status["message"] == why["answer"] == status["lastError"]["message"]
        assert why["remedies"]
        assert status["counters"]["promptTokens"] == 0, "what was refused cost nothing"
        endpoint.intends("total = price")
        client.reply(client.complete(URI, 0, 8, kind=1))
        status = run(client, "status")
        assert (status["state"], status["message"]) == ("ready", "Ready.")
        given = run(client, "why", URI, at)
        assert given["answer"].startswith("There was a suggestion for this place.")
        assert "8 characters before the cursor" in given["seen"][0]
        endpoint.intends("nothing of that kind")
        client.reply(client.complete(URI, 1, 8))
        why = run(client, "why", URI, {"line": 1, "character": 8})
        assert why["answer"] == "Provider mistral had nothing certain enough to add here."
        assert client.end() == 0


@pytest.mark.parametrize(
    "arguments",
    [[], [None], [URI], [URI, {}], [URI, {"line": -3, "character": 10**12}], ["file:///other.py"]],
)
def test_any_arguments_get_an_answer(tmp_path: Path, arguments: list[object]) -> None:
    with running(clean_environment(tmp_path)) as client:
        client.initialize()
        client.open(URI, "total = \n")
        assert run(client, "why", *arguments)["answer"]
        assert client.end() == 0


def test_a_key_is_checked_at_the_endpoint_and_never_logged(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    environ = clean_environment(tmp_path, CODESTRAL_LS_ENDPOINT=endpoint.url)
    host = endpoint.url.removeprefix("http://")
    with running(environ, "--log-level", "debug") as client:
        client.initialize()
        assert run(client, "checkKey", {"key": KEY, "host": host})["outcome"] == "accepted"
        refused = run(client, "checkKey", {"key": "canary-key", "host": host})
        assert refused["outcome"] == "refused"
        assert "refused the key" in refused["message"]
        assert run(client, "checkKey", {"key": "two words"})["outcome"] == "refused"
        assert run(client, "checkKey")["outcome"] == "refused"
        # Not the endpoint, not trusted, not Mistral: the same decision as with a completion.
        for host in ("evil.example", "http://127.0.0.1:9"):
            evil = run(client, "checkKey", {"key": "canary-key", "host": host})
            assert evil["outcome"] == "forbidden"
        assert client.end() == 0
    assert b"canary" not in client.stderr
    assert KEY.encode() not in client.stderr


def test_a_host_that_is_not_reached_is_told_from_one_that_refuses(tmp_path: Path) -> None:
    environ = clean_environment(tmp_path, CODESTRAL_LS_ENDPOINT="http://127.0.0.1:9")
    with running(environ) as client:
        client.initialize()
        away = run(client, "checkKey", {"key": "canary-key", "host": "127.0.0.1:9"})
        assert away["outcome"] == "unreachable"
        assert client.end() == 0


def test_advice_names_what_the_client_has(tmp_path: Path) -> None:
    environ = clean_environment(tmp_path, CODESTRAL_LS_PROVIDER="mistral")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"initializationOptions": {"notices": True}}, "codestral-ls login"),
        ({"initializationOptions": {"clientName": "neovim"}}, ":Codestral login"),
        (
            {
                "initializationOptions": {"notices": True},
                "clientInfo": {"name": "Visual Studio Code"},
            },
            "Codestral: Set API Key",
        ),
    ]
    for params, words in cases:
        with running(environ) as client:
            client.initialize(**params)
            client.open(URI, "total = \n")
            client.reply(client.complete(URI, 0, 8))
            message = run(client, "status")["message"]
            assert words in message
            assert ("codestral-ls login" in message) == (words == "codestral-ls login")
            assert client.end() == 0
