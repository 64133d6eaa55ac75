"""Two real vLLM servers behind vLLM's router, as the recipe for a team has them.

Time budget: four minutes on two cores that much else uses, of which three are the start of four
vLLMs (``vllms`` has the figures); two minutes were taken at a load of 8, nearly three at 11.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from codestral_ls.backends.base import Overloaded
from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.served.vllm import VllmBackend
from codestral_ls.prompt.prompt import Prompt
from tests.real.servers import Server, get
from tests.real.team import HELD_BACK, WANTED, User, home_of, soon, three_more, typing
from tests.real.vllms import AUTHORIZATION, IDLE_S, KEY, Replica, Vllms, recipe, router, vllms

pytestmark = pytest.mark.real

REFUSED = '"POST /v1/completions HTTP/1.1" 503'
# Ada's client makes a session for each run. It asks nothing ahead, so that what is counted after
# her last answer is Bob's. His editors share a session.
ADA = 'speculate = "never"\n'
BOB = 'headers = { "X-Session-ID" = "{user}" }\n'


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vllms]:
    with vllms(tmp_path_factory.mktemp("vllms")) as starts:
        yield starts


@pytest.fixture(scope="module")
def replicas(started: Vllms) -> list[Replica]:
    return [started.start(*recipe("vllm serve")) for _ in range(2)]


@pytest.fixture(scope="module")
def endpoint(replicas: list[Replica], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("router") / "log"
    with router([replica.url for replica in replicas], recipe("vllm-router"), log) as server:
        yield server


async def test_users_stay_with_their_cache_while_a_server_dies_and_comes_back(
    started: Vllms, replicas: list[Replica], endpoint: Server, tmp_path: Path
) -> None:
    assert "fast" in get(f"{endpoint.url}/v1/models", AUTHORIZATION)
    ada = User("ada", endpoint.url, tmp_path, ADA)
    bob = User("bob", endpoint.url, tmp_path, BOB)
    users = [ada, bob]
    homes = [await home_of(user, replicas) for user in users]
    async with typing(*users):
        # A server that does not answer any more, and is then gone, with Ada's request in its hands.
        os.killpg(homes[0].process_id, signal.SIGSTOP)
        await soon(lambda: not ada.is_idle(), "nobody asks", endpoint)
        homes[0].kill()
        await soon(three_more(users), "suggestions do not go on", endpoint)
        n_answers = homes[0].answers
        await asyncio.to_thread(started.start, *recipe("vllm serve"), port=homes[0].port)
        await soon(lambda: homes[0].answers > n_answers, "nobody comes back", endpoint)
        await soon(three_more(users), "suggestions do not go on", endpoint)
    # What was under way died with the server; nothing wrong is shown, and nobody is bothered.
    assert {text for user in users for text in user.shown} <= {WANTED, ""}
    assert [user.told.notices for user in users] == [[], []]
    for user in users:
        await user.session.aclose()


async def test_a_full_queue_holds_clients_back(
    started: Vllms, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    # The recipe's limit is for people; one is enough to fill the queue of this one.
    replica = started.start(*recipe("vllm serve"), "--max-num-queued-reqs", "1")
    log = tmp_path_factory.mktemp("router") / "log"
    with router([replica.url], recipe("vllm-router"), log) as endpoint:
        ada = User("ada", endpoint.url, tmp_path)
        assert await ada.ask() == WANTED
        await soon(ada.is_idle, "it is busy for ever", endpoint)
        async with filled(replica):
            async with typing(ada):
                await soon(lambda: HELD_BACK in " ".join(ada.reasons), "it asks on", endpoint)
            assert REFUSED in replica.log_text()
        async with typing(ada):
            n_right = ada.n_right
            await soon(lambda: ada.n_right > n_right, "it does not ask again", endpoint)
    assert set(ada.shown) <= {WANTED, ""}
    assert ada.told.notices == []
    await ada.session.aclose()


@contextlib.asynccontextmanager
async def filled(replica: Replica) -> AsyncIterator[None]:
    """Somebody has a long answer generated, and then another one, during the block."""
    options = BackendOptions(base_url=replica.url, api_key=KEY, idle_timeout_s=IDLE_S)
    backend = VllmBackend(options)
    # After anything but "return" the model goes on for ever.
    endless = Prompt(prefix="value", suffix="", max_tokens=7000, temperature=0.0)

    async def ask_on() -> None:
        while True:
            with contextlib.suppress(Overloaded):
                async for _ in backend.stream(endless):
                    began.set()

    began = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(ask_on())
        await began.wait()
        try:
            yield
        finally:
            task.cancel()
    await backend.aclose()
