"""Two real vLLM servers behind vLLM's router, as the recipe for a team has them; one is killed.

Time budget: five minutes on two shared cores, nearly all of it the start of two vLLMs; the
questions take ten seconds. That is too long for each run of the checks: ``-m long``.
"""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from codestral_ls.model import Nothing, Request, Snapshot, Suggestion, Trigger
from codestral_ls.session.session import Session
from tests.real.servers import Server, fetched, free_port, get, metric, running, until
from tests.real.test_vllm import KEY, vllm
from tests.session.test_session import Told

pytestmark = pytest.mark.long

RECIPES = Path(__file__).parents[2] / "codestral_ls" / "backends" / "README.md"
START_WITHIN_S = 60.0
AUTHORIZATION = {"Authorization": f"Bearer {KEY}"}
# What the made-up model says after "return".
WANTED = " left + (b * 7)"
# A server counts a little later than it answers.
LOOKS, SETTLED_WITHIN_S = 8, 60.0
PATIENCE_MS = "60000"


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    python = fetched("get_vllm.sh", "vLLM could not be fetched")
    fetched("get_vllm_router.sh", "vLLM's router could not be fetched")
    folder = tmp_path_factory.mktemp("logs")
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(vllm(python, "hf", folder / f"log{n}")) for n in range(2)]


@pytest.fixture(scope="module")
def router(replicas: list[Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    python = fetched("get_vllm_router.sh", "vLLM's router could not be fetched")
    port = free_port()
    command = [
        str(Path(python).with_name("vllm-router")), "--port", str(port),
        "--worker-urls", *(replica.url for replica in replicas), *recipe(),
        "--prometheus-port", str(free_port()), "--health-check-interval-secs", "1",
    ]  # fmt: skip
    log = tmp_path_factory.mktemp("router") / "log"
    with running(command, port, log, {"DO_NOT_TRACK": "1"}, START_WITHIN_S) as server:
        yield server


def recipe() -> list[str]:
    """The options of the router in the recipe, but for its workers."""
    (line,) = (
        line for line in RECIPES.read_text().splitlines() if line.startswith("$ vllm-router")
    )
    options = [word for word in shlex.split(line)[2:] if "://" not in word]
    return [option for option in options if option != "--worker-urls"]


class User:
    """Somebody who completes through the router, with settings as a team hands them out."""

    def __init__(self, name: str, router: Server, home: Path) -> None:
        self.told = Told()
        self.asked = 0
        self.head = "".join(f"# {name} wrote line {n} of this\n" for n in range(40))
        environ = {"CODESTRAL_LS_CONFIG": str(home / "none.toml"), "CODESTRAL_LS_API_KEY": KEY}
        flags = {"endpoint": router.url, "timeout_ms": PATIENCE_MS}
        self.session = Session(environ, flags, self.told)

    async def ask(self) -> str:
        """What is shown at a place further on in the same document; empty for nothing."""
        self.asked += 1
        before = self.head + "".join(f"x{n} = {n}\n" for n in range(self.asked)) + "return"
        snapshot = Snapshot(
            "file:///a.py", None, "python", None, before, "\n", before.count("\n"), True, True
        )
        engine = await self.session.ready_engine()
        settings = self.session.settings()
        outcome = await engine.complete(Request(snapshot, Trigger.INVOKED), settings)
        if isinstance(outcome, Nothing) and outcome.failure:
            self.session.tell_failure(outcome)
        return outcome.text if isinstance(outcome, Suggestion) else ""


def counted(replicas: list[Server]) -> list[tuple[float, float]]:
    """Prompt tokens of each replica, and those that were in its cache."""
    names = ("vllm:prompt_tokens_total", "vllm:prefix_cache_hits_total")
    reads: list[list[tuple[float, float]]] = []

    def are_settled() -> bool:
        tokens, hits = (
            [metric(replica, name, AUTHORIZATION) for replica in replicas] for name in names
        )
        reads.append(list(zip(tokens, hits, strict=True)))
        return reads[-LOOKS:] == [reads[-1]] * LOOKS

    until(are_settled, SETTLED_WITHIN_S, "it counts on", replicas[0])
    return reads[-1]


async def test_a_user_stays_where_their_prompt_is_cached_and_outlives_that_server(
    router: Server, replicas: list[Server], tmp_path: Path
) -> None:
    assert "fast" in get(f"{router.url}/v1/models", AUTHORIZATION)
    users = [User(name, router, tmp_path) for name in ("ada", "bob")]
    homes: list[Server] = []
    for user in users:
        before = counted(replicas)
        for _ in range(4):
            assert await user.ask() == WANTED
        after = counted(replicas)
        asked = [now[0] - then[0] for now, then in zip(after, before, strict=True)]
        cached = [now[1] - then[1] for now, then in zip(after, before, strict=True)]
        assert sorted(n > 0 for n in asked) == [False, True], asked
        homes.append(replicas[asked.index(max(asked))])
        # All but the first prompt begin with what that server has seen.
        assert sum(cached) > sum(asked) / 2
    os.killpg(homes[0].process.pid, 9)
    homes[0].process.wait()
    shown = [await user.ask() for _ in range(4) for user in users]
    # One request may have died with its server; nothing wrong is shown, and nobody is bothered.
    assert set(shown) <= {WANTED, ""}
    assert shown[-2:] == [WANTED, WANTED]
    assert [user.told.notices for user in users] == [[], []]
    for user in users:
        await user.session.aclose()
