"""``codestral/status`` comes when things change, whether or not a request is answered just then."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from tests.fakes.behaviour import Behaviour
from tests.fakes.endpoint import Endpoint
from tests.fakes.fim_server import Exchange
from tests.server.raw import RawClient, clean_environment, eventually, running

URI = "file:///project/a.py"
WANTED = {"statusNotifications": True, "moreNotifications": True}


def wait_for_state(client: RawClient, wanted: str) -> dict[str, object]:
    """The next status with this state; asks for nothing."""
    while True:
        status: dict[str, object] = client.next_of("codestral/status")["params"]
        if status["state"] == wanted:
            return status


def test_the_status_follows_a_stream_that_nobody_waits_for(tmp_path: Path) -> None:
    block = "first = one()\n    second = two()\n    third = three()\n    return third\n"
    with (
        Endpoint() as endpoint,
        running(clean_environment(tmp_path, **endpoint.environment)) as client,
    ):
        client.initialize(initializationOptions=WANTED)
        # Answered with its first statement, while the rest of the block is under way.
        endpoint.intends("def go():\n    " + block, pace_s=0.1)
        client.open(URI, "def go():\n    \n")
        answer = client.reply(client.complete(URI, 1, 4, kind=1))["result"]
        assert answer["items"]
        wait_for_state(client, "ready")
        # Refused after the editor took its request back.
        endpoint.intends("", delay_s=0.5, status=401)
        client.insert(URI, 2, 2, 0, "other = ")
        request = client.complete(URI, 2, 8)
        wait_for_state(client, "busy")
        client.notify("$/cancelRequest", {"id": request})
        assert client.reply(request)["error"]["code"] == -32800
        refused = wait_for_state(client, "unauthorized")
        assert "refused the key" in str(refused["message"])


def test_the_status_says_when_a_model_is_loaded(tmp_path: Path) -> None:
    loaded = asyncio.Event()
    with Endpoint("ollama") as endpoint:

        def script(exchange: Exchange) -> Behaviour:
            is_load = exchange.body.get("prompt") == ""
            return Behaviour(waits_for=loaded) if is_load else Behaviour()

        endpoint.fake.script = script
        variables = {"CODESTRAL_LS_ENDPOINT": endpoint.url}
        with running(clean_environment(tmp_path, **variables)) as client:
            client.initialize(initializationOptions=WANTED)
            client.open(URI, "x = unheard(")
            client.complete(URI, 0, 12)
            wait_for_state(client, "loading")
            endpoint.set(loaded)
            wait_for_state(client, "ready")


def test_after_the_answer_to_shutdown_no_status_comes(tmp_path: Path) -> None:
    with (
        Endpoint() as endpoint,
        running(clean_environment(tmp_path, **endpoint.environment)) as client,
    ):
        client.initialize(initializationOptions=WANTED)
        endpoint.intends("total = price", delay_s=0.4)
        client.open(URI, "total = ")
        client.complete(URI, 0, 8)
        wait_for_state(client, "busy")
        client.ask("shutdown", None)
        n_told = len(client.sent("codestral/status"))
        (exchange,) = endpoint.fake.requests
        # A quarter of a second after the stream's end a client is told of it.
        eventually(lambda: exchange.over and time.monotonic() > (exchange.finished_at or 0) + 0.6)
        client.notify("exit", None)
        client.read_rest()
        assert len(client.sent("codestral/status")) == n_told
