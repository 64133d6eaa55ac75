"""Two real vLLM servers behind the router of vLLM's production-stack, a second one.

Time budget: two minutes on two cores that others use too, most of it the start of the servers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.launch import needed
from tests.real.servers import Server, free_port, running
from tests.real.team import HELD_BACK, WANTED, User, home_of, soon, three_more, typing
from tests.real.vllms import START_WITHIN_S, Replica, Vllms, recipe, recipe_row, vllms

pytestmark = pytest.mark.long

# Ada asks nothing ahead, so that what is counted after her last answer is Bob's.
ADA = 'speculate = "never"\n'
BOB = 'headers = { "X-Session-ID" = "bob" }\n'


@pytest.fixture(scope="module")
def python() -> str:
    return needed("get_production_stack.sh", "production-stack's router")


@pytest.fixture(scope="module")
def started(python: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vllms]:
    del python  # without it there is nothing to start them for
    with vllms(tmp_path_factory.mktemp("vllms")) as starts:
        yield starts


@pytest.fixture(scope="module")
def replicas(started: Vllms) -> list[Replica]:
    return [started.start(*recipe("vllm serve")) for _ in range(2)]


@pytest.fixture(scope="module")
def endpoint(
    python: str, replicas: list[Replica], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    port = free_port()
    urls = ",".join(replica.url for replica in replicas)
    command = [
        str(Path(python).with_name("vllm-router")), "--host", "127.0.0.1", "--port", str(port),
        "--service-discovery", "static", "--static-backends", urls,
        "--static-models", ",".join("fast" for _ in replicas),
        *recipe_row("production-stack"),
    ]  # fmt: skip
    log = tmp_path_factory.mktemp("router") / "log"
    with running(command, port, log, {"DO_NOT_TRACK": "1"}, START_WITHIN_S) as server:
        yield server


async def test_users_stay_with_their_cache_and_wait_for_a_server_that_is_away(
    endpoint: Server, started: Vllms, replicas: list[Replica], tmp_path: Path
) -> None:
    ada = User("ada", endpoint.url, tmp_path, ADA)
    bob = User("bob", endpoint.url, tmp_path, BOB)
    homes = [await home_of(user, replicas) for user in (ada, bob)]
    assert {user.session.status()["provider"] for user in (ada, bob)} == {"vllm"}

    # With a list of servers and without looks at their health this router asks the dead one on.
    homes[0].kill()
    async with typing(ada, bob):
        await soon(lambda: HELD_BACK in " ".join(ada.reasons), "it asks on", endpoint)
        await asyncio.to_thread(started.start, *recipe("vllm serve"), port=homes[0].port)
        await soon(three_more([ada, bob]), "suggestions do not go on", endpoint)
    assert {*ada.shown, *bob.shown} <= {WANTED, ""}
    assert [user.told.notices for user in (ada, bob)] == [[], []]
    for user in (ada, bob):
        await user.session.aclose()
