"""A real LiteLLM proxy before our strict fake of Mistral's endpoint, and before a real vLLM behind
its router, set up as the recipe says.

Time budget: a minute to start on two shared cores, another one for vLLM, ten seconds for the rest.
What needs LiteLLM's database (virtual keys and their budgets) is done by a hook of its own, which
raises LiteLLM's own errors; what the database does is NOT PROVED.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import getpass
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from codestral_ls.backends import table
from codestral_ls.backends.base import (
    AuthError,
    Backend,
    BackendError,
    Finish,
    NoAllowance,
    RateLimited,
)
from codestral_ls.backends.options import BackendOptions
from tests.backends.asking import GENERATION
from tests.backends.served.serving import chunks_of
from tests.fakes.behaviour import Behaviour, recorded
from tests.fakes.fim_server import KEY, FakeFim
from tests.real.launch import needed
from tests.real.servers import Server, free_port, metric, running
from tests.real.team import WANTED, User, soon
from tests.real.vllms import Replica, router, vllms
from tests.real.vllms import recipe as vllms_recipe

pytestmark = pytest.mark.real

RECIPES = Path(__file__).parents[2] / "codestral_ls" / "backends" / "README.md"
START_WITHIN_S = 240.0
NOTICE_WITHIN_S = 30.0
# The first request makes LiteLLM import what it asks with.
IDLE_S = 60.0

TEAM_KEYS = """
from litellm import BudgetExceededError
from litellm.proxy._types import ProxyException, UserAPIKeyAuth

async def check(request, api_key):
    match api_key:
        case "sk-ada":
            return UserAPIKeyAuth(api_key=api_key, user_id="ada")
        case "sk-one-a-minute":
            return UserAPIKeyAuth(api_key=api_key, user_id="bob", rpm_limit=1)
        case "sk-spent":
            raise BudgetExceededError(current_cost=10.2, max_budget=10.0)
    raise ProxyException(
        message="Authentication Error, invalid key", type="auth_error", param="key", code=401
    )
"""


class Routed(NamedTuple):
    """A router and the one server behind it."""

    router: Server
    replica: Replica


def recipe(language: str, number: int = 0) -> str:
    """One of the blocks of that language in the section on LiteLLM."""
    section = RECIPES.read_text(encoding="utf-8").partition("### LiteLLM")[2].partition("\n## ")[0]
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found, f"no {language} in the recipe"
    return found[number]


@pytest.fixture(scope="module")
def upstream_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def router_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def routed(router_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Routed]:
    """vLLM's router, and one vLLM behind it, as the recipe for a team has them."""
    folder = tmp_path_factory.mktemp("vllms")
    with vllms(folder) as started:
        replica = started.start(*vllms_recipe("vllm serve"), key="")
        options, log = vllms_recipe("vllm-router"), folder / "router.log"
        with router([replica.url], options, log, port=router_port) as server:
            yield Routed(server, replica)


@pytest.fixture(scope="module")
def litellm(
    upstream_port: int, router_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    python = needed("get_litellm.sh", "LiteLLM")
    folder = tmp_path_factory.mktemp("litellm")
    # The recipe's, with a hook in the place of the database of keys.
    config = recipe("yaml") + "  custom_auth: team_keys.check\n"
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    (folder / "team_keys.py").write_text(TEAM_KEYS, encoding="utf-8")
    port = free_port()
    upstream = f"http://127.0.0.1:{upstream_port}"
    environment = {
        "LITELLM_MASTER_KEY": f"sk-{secrets.token_hex(24)}",  # it refuses to start with a weak one
        "MISTRAL_API_KEY": KEY,
        "MISTRAL_API_BASE": upstream,
        "CODESTRAL_FIM_URL": f"{upstream}/v1/fim/completions",
        "VLLM_API_BASE": f"http://127.0.0.1:{router_port}",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_TELEMETRY": "False",
        "DO_NOT_TRACK": "1",
    }
    command = [
        str(Path(python).with_name("litellm")), "--config", str(folder / "config.yaml"),
        "--host", "127.0.0.1", "--port", str(port),
    ]  # fmt: skip
    alive = "/health/liveliness"
    with running(command, port, folder / "log", environment, START_WITHIN_S, alive) as server:
        yield server


@pytest.fixture
async def upstream(upstream_port: int) -> AsyncIterator[FakeFim]:
    async with FakeFim(port=upstream_port) as fake:
        yield fake


@contextlib.asynccontextmanager
async def asking(
    server: Server, provider: str = "mistral", key: str = "sk-ada"
) -> AsyncIterator[Backend]:
    """As the recipe's settings say: the pass-through, or the completions of an OpenAI's kind."""
    path, model = ("/mistral", "codestral-latest") if provider != "openai" else ("", "codestral")
    options = BackendOptions(
        base_url=server.url + path, api_key=key, model=model,
        idle_timeout_s=IDLE_S, answer_within_s=IDLE_S,
    )  # fmt: skip
    backend = table.create(provider, options)
    try:
        yield backend
    finally:
        await backend.aclose()


async def refusal(server: Server, key: str = "sk-ada", provider: str = "mistral") -> BackendError:
    async with asking(server, provider, key) as backend:
        with pytest.raises(BackendError) as raised:
            await chunks_of(backend)
    return raised.value


@pytest.mark.parametrize("provider", ["mistral", "auto", "openai"])
async def test_a_completion_comes_through(
    litellm: Server, upstream: FakeFim, provider: str
) -> None:
    async with asking(litellm, provider) as backend:
        chunks = await chunks_of(backend)
        assert backend.name == provider.replace("auto", "mistral")
    assert "".join(chunk.text for chunk in chunks) == "a + b"
    assert any(chunk.finish is Finish.STOP for chunk in chunks)
    asked = upstream.requests[-1]
    assert asked.body["suffix"] == GENERATION.suffix
    # The user's key stays at the gateway.
    assert asked.request.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("provider", ["mistral", "openai"])
async def test_a_hang_up_ends_the_generation(
    litellm: Server, upstream: FakeFim, provider: str
) -> None:
    async with asking(litellm, provider) as backend:
        if provider == "openai":
            await chunks_of(backend)  # finds out first what is served
        upstream.default = Behaviour(text="x = 1\n" * 4000, pace_s=0.02)
        endless = dataclasses.replace(GENERATION, max_tokens=4000)
        async with contextlib.aclosing(backend.stream(endless)) as stream:
            async for chunk in stream:
                if chunk.text:
                    break
        async with asyncio.timeout(NOTICE_WITHIN_S):
            await upstream.until(lambda: upstream.requests[-1].over)
    assert upstream.requests[-1].disconnected_at is not None
    assert upstream.requests[-1].finished_at is None


async def test_a_wrong_key_is_told(litellm: Server, upstream: FakeFim) -> None:
    error = await refusal(litellm, "sk-wrong")
    assert (type(error), error.status) == (AuthError, 401)
    assert upstream.requests == []


@pytest.mark.parametrize("provider", ["mistral", "openai"])
async def test_a_spent_budget_is_told_as_one(
    litellm: Server, upstream: FakeFim, provider: str
) -> None:
    error = await refusal(litellm, "sk-spent", provider)
    assert type(error) is NoAllowance
    assert "Budget has been exceeded" in str(error)
    assert upstream.requests == []


async def test_its_limit_of_requests_is_told_in_words(litellm: Server, upstream: FakeFim) -> None:
    async with asking(litellm, key="sk-one-a-minute") as backend:
        await chunks_of(backend)
        with pytest.raises(RateLimited, match="Rate limit exceeded"):
            await chunks_of(backend)
    assert len(upstream.requests) == 1


async def test_mistrals_own_limit_and_its_retry_after_come_through(
    litellm: Server, upstream: FakeFim
) -> None:
    limited = recorded("mistral/error-429")
    upstream.default = dataclasses.replace(limited, headers={"Retry-After": "7"})
    error = await refusal(litellm)
    assert (type(error), error.retry_after_s) == (RateLimited, 7.0)


async def test_vllm_is_asked_through_it_and_a_users_session_reaches_the_router(
    litellm: Server, routed: Routed, tmp_path: Path
) -> None:
    (headers,) = (line for line in recipe("toml", -1).splitlines() if line.startswith("headers"))
    for provider in ("vllm", "auto"):
        config = f'provider = "{provider}"\n{headers}\n'
        ada = User("ada", f"{litellm.url}/vllm", tmp_path, config, key="sk-ada")
        assert [await ada.ask() for _ in range(3)] == [WANTED] * 3
        assert ada.session.status()["provider"] == "vllm"
        assert routed.replica.cached_share() > 0.5
        assert ada.told.notices == []
        await ada.session.aclose()
    assert f"x-session-id:{getpass.getuser()}" in routed.router.log_text()
    # Markers were looked for with the tokenizer, which has a route of its own.
    assert '"POST /tokenize HTTP/1.1" 200' in routed.replica.log_text()
    await check_a_hang_up_ends_it(litellm, routed.replica)


async def check_a_hang_up_ends_it(litellm: Server, replica: Replica) -> None:
    options = BackendOptions(
        base_url=f"{litellm.url}/vllm", api_key="sk-ada", idle_timeout_s=IDLE_S
    )
    backend = table.create("vllm", options)
    # The made-up model goes on for ever.
    endless = dataclasses.replace(GENERATION, prefix="value", max_tokens=7000)
    async with contextlib.aclosing(backend.stream(endless)) as stream:
        await anext(stream)
    await backend.aclose()
    await soon(
        lambda: metric(replica, "vllm:num_requests_running") == 0, "it generates on", replica
    )
    assert metric(replica, "vllm:generation_tokens_total") < endless.max_tokens


@pytest.mark.skip(
    reason="NOT PROVED: LiteLLM's keys and budgets in its database (its engine comes from "
    "binaries.prisma.sh alone, which could not be reached from where these tests were written)"
)
def test_keys_and_budgets_are_those_of_its_database() -> None:
    """PostgreSQL is no matter, Debian has it; Prisma's engine, by which LiteLLM asks it, is built
    into no package. Until then a hook stands in, in the tests above."""
    raise NotImplementedError
