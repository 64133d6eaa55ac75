"""A model that is being loaded: told, awaited in the background, and sent no code before."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from codestral_ls.backends import table
from codestral_ls.backends.base import Backend, BackendError, ModelError, NetworkFailure
from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.served import arrival
from tests.backends.asking import GENERATION
from tests.backends.served.serving import SERVED, Asked, chunks_of, text_of
from tests.fakes.behaviour import SCENARIOS, Behaviour, refusal
from tests.fakes.dialect import Dialect
from tests.fakes.fim_server import KEY, Exchange, FakeFim
from tests.fakes.koboldcpp import KoboldCpp
from tests.fakes.llama_router import LlamaRouter
from tests.fakes.llamacpp import LlamaCpp
from tests.fakes.ollama import Ollama
from tests.fakes.openai import OpenAi
from tests.fakes.served_model import ServedModel
from tests.fakes.tgi import Tgi
from tests.fakes.transport import HttpRequest


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between two looks."""
    monkeypatch.setattr(arrival, "_LOOK_AGAIN_S", 0.0)
    monkeypatch.setattr("codestral_ls.backends.served.llama_router._LOOK_AGAIN_S", 0.0)


@contextlib.asynccontextmanager
async def asking(
    dialect: str | Dialect, provider: str, **settings: str
) -> AsyncIterator[tuple[FakeFim, Backend]]:
    async with FakeFim(dialect=dialect) as fake:
        chosen = {"base_url": fake.url, "api_key": KEY, **settings}
        backend = table.create(provider, BackendOptions(**chosen))  # type: ignore[arg-type]  # the fields by name
        try:
            yield fake, backend
        finally:
            await backend.aclose()


def shows_code(fake: FakeFim) -> bool:
    return any("def add" in str(exchange.body) for exchange in (*fake.requests, *fake.others))


async def given_up(backend: Backend, fake: FakeFim, seen: str) -> None:
    """A request that its user gives up while the server loads."""
    task = asyncio.create_task(text_of(backend))
    await fake.until(lambda: seen in backend.loading)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("model", ["codestral:22b", "own-model"])
async def test_ollama_loads_in_the_background_however_often_its_user_gives_up(model: str) -> None:
    family = "codestral" if "codestral" in model else "starcoder2"
    dialect = Ollama(ServedModel(model, family))
    release = asyncio.Event()

    async with asking(dialect, "ollama") as (fake, backend):

        def script(exchange: Exchange) -> Behaviour:
            is_load = exchange.body.get("prompt") == ""
            return Behaviour(waits_for=release) if is_load else Behaviour()

        fake.script = script
        for _ in range(3):
            await given_up(backend, fake, f"is loading {model}")
        assert not shows_code(fake)
        assert [exchange.disconnected_at for exchange in fake.requests] == [None]
        assert fake.requests[0].body["options"]["num_ctx"] == 8192
        release.set()
        assert await text_of(backend) == "a + b"
        assert backend.loading == ""


async def test_ollama_that_has_unloaded_the_model_is_not_sent_code_before_it_is_back() -> None:
    dialect = Ollama()
    async with asking(dialect, "ollama") as (fake, backend):
        await text_of(backend)
        dialect.is_loaded = False
        backend._loaded_until = 0.0  # type: ignore[attr-defined]  # half a minute later
        fake.requests.clear()
        await text_of(backend)
        assert [bool(exchange.body["prompt"]) for exchange in fake.requests] == [False, True]


async def test_ollama_is_not_told_to_load_what_is_loaded() -> None:
    async with asking("ollama", "ollama") as (fake, backend):
        for _ in range(3):
            await text_of(backend)
        assert [e.body["prompt"] for e in fake.requests].count("") == 1


async def test_a_model_that_ollama_cannot_load_is_told() -> None:
    async with asking("ollama", "ollama") as (fake, backend):
        fake.default = refusal(500, {"error": "model requires more system memory (40 GiB)"})
        with pytest.raises(BackendError, match="more system memory"):
            await text_of(backend)
        assert not shows_code(fake)


@pytest.mark.parametrize("provider", ["llamacpp", "auto"])
async def test_llamacpp_is_asked_once_its_model_is_loaded(provider: str) -> None:
    dialect = LlamaCpp()
    dialect.is_loading = True
    async with asking(dialect, provider) as (fake, backend):
        await given_up(backend, fake, "is still loading its model")
        assert not shows_code(fake)
        task = asyncio.create_task(text_of(backend))
        await fake.until(lambda: len(fake.others) > 8)
        dialect.is_loading = False
        assert await task == "a + b"
        assert backend.loading == ""


async def test_a_server_that_was_started_anew_and_loads_is_awaited() -> None:
    dialect = LlamaCpp()
    async with asking(dialect, "llamacpp") as (fake, backend):
        await text_of(backend)
        dialect.is_loading = True
        task = asyncio.create_task(text_of(backend))
        await fake.until(lambda: backend.loading)
        dialect.is_loading = False
        assert await task == "a + b"


@pytest.mark.parametrize(
    "told",
    [
        *("Loading model", "Model codestral is currently loading", "The server is not ready yet"),
        *("no available server", "no healthy upstream", "no endpoints available for service x"),
        "upstream connect error or disconnect/reset before headers",
        "No server is available to handle this request.",
    ],
)
async def test_whatever_server_says_that_it_loads_is_asked_later(told: str) -> None:
    async with asking("vllm", "vllm") as (fake, backend):
        loading = refusal(503, {"error": {"message": told, "code": 503}})
        fake.script = [loading, loading]
        assert await text_of(backend) == "a + b"


async def test_the_loading_is_given_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrival, "LOAD_WITHIN_S", 0.01)
    dialect = LlamaCpp()
    dialect.is_loading = True
    async with asking(dialect, "llamacpp") as (_, backend):
        with pytest.raises(BackendError, match="did not load its model within"):
            await text_of(backend)


@pytest.mark.parametrize("provider", [*SERVED, "auto"])
async def test_where_nothing_listens_it_costs_nothing_to_look_again(
    provider: str, unused_tcp_port: int
) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}"
    backend = table.create(provider, BackendOptions(base_url=url, api_key=KEY))
    with pytest.raises(NetworkFailure) as caught:
        await chunks_of(backend)
    assert caught.value.recheck_s == 2.0
    assert str(caught.value).endswith("If it is still starting, it is asked as soon as it listens.")
    assert str(caught.value).count("still starting") == 1
    async with FakeFim(dialect="vllm" if provider == "auto" else provider, port=unused_tcp_port):
        assert await text_of(backend) == "a + b"
    await backend.aclose()


CODER = ServedModel("qwen2.5-coder-1.5b", "qwen-coder")
OTHERS = ("nomic-embed-text-v1.5", "llama-3.1-8b-instruct")


@pytest.mark.parametrize("named", ["", CODER.name])
async def test_a_router_is_told_the_model_in_every_request_and_loads_it_first(named: str) -> None:
    dialect = LlamaRouter(CODER, beside=OTHERS, looks_until_loaded=3)
    async with asking(dialect, "auto", model=named) as (fake, backend):
        assert await text_of(backend) == "a + b"
        assert (backend.name, backend.model) == ("llamacpp", CODER.name)
        posts = [e for e in (*fake.requests, *fake.others) if e.request.method == "POST"]
        asked = [
            e for e in posts if e.request.path not in {"/v1/fim/completions", "/v1/completions"}
        ]
        assert {e.request.path for e in asked} >= {"/completion", "/tokenize", "/models/load"}
        assert all(e.body["model"] == CODER.name for e in asked)


async def test_a_router_that_has_unloaded_the_model_loads_it_again() -> None:
    dialect = LlamaRouter(CODER)
    async with asking(dialect, "llamacpp") as (_, backend):
        await text_of(backend)
        dialect.state = "unloaded"
        assert await text_of(backend) == "a + b"


async def test_a_model_that_a_router_cannot_load_is_told() -> None:
    dialect = LlamaRouter(CODER)
    dialect.fails = True
    async with asking(dialect, "llamacpp") as (fake, backend):
        with pytest.raises(ModelError, match=r"could not load qwen.*log says why"):
            await text_of(backend)
        assert not shows_code(fake)


@pytest.mark.parametrize(
    ("model", "told"),
    [("codestral-22b", "does not serve codestral-22b"), ("", "Set model to the one that does")],
)
async def test_a_router_without_the_model_that_is_wanted_is_told(model: str, told: str) -> None:
    dialect = LlamaRouter(ServedModel("my-tune", "qwen-coder"), beside=OTHERS)
    async with asking(dialect, "llamacpp", model=model) as (fake, backend):
        with pytest.raises(ModelError, match=told):
            await text_of(backend)
        assert not shows_code(fake)


class JustInTime(OpenAi):
    """LM Studio, which loads a model when it is first asked for."""

    def other(self, request: HttpRequest, key: str) -> Behaviour:
        entry = {"id": self.model.name, "type": "llm", "state": "not-loaded"}
        if request.path == "/api/v0/models":
            return refusal(200, {"object": "list", "data": [entry]})
        return super().other(request, key)


async def test_a_model_that_is_loaded_by_the_first_request_is_awaited_in_the_background() -> None:
    dialect = JustInTime(ServedModel("qwen2.5-coder-7b", "qwen-coder"), owner="organization_owner")
    release = asyncio.Event()
    async with asking(dialect, "openai") as (fake, backend):
        fake.default = Behaviour(waits_for=release)
        for _ in range(2):
            await given_up(backend, fake, "is loading qwen2.5-coder-7b")
        assert len(fake.requests) == 1
        assert not shows_code(fake)
        release.set()
        assert await text_of(backend) == "a + b"


SERVES_ANY_NAME: list[tuple[str, Dialect, str]] = [
    ("llamacpp", LlamaCpp(ServedModel("starcoder2-3b.gguf", "starcoder2")), "starcoder2-3b.gguf"),
    ("tgi", Tgi(ServedModel("bigcode/starcoder2-7b", "starcoder2")), "bigcode/starcoder2-7b"),
    (
        "koboldcpp",
        KoboldCpp(ServedModel("koboldcpp/starcoder2", "starcoder2")),
        "koboldcpp/starcoder2",
    ),
]


@pytest.mark.parametrize(("provider", "other", "model"), SERVES_ANY_NAME)
async def test_after_a_pause_a_server_that_answers_to_every_name_is_asked_what_it_serves(
    provider: str, other: Dialect, model: str
) -> None:
    asked = Asked()
    async with asking(provider, provider) as (fake, backend):
        await text_of(backend)
        fake.serve(other)
        fake.answer = asked
        backend._answered_at -= 61.0  # type: ignore[attr-defined]  # a minute later
        assert await text_of(backend) == "a + b"
        assert backend.model == model
    assert asked.sides[-1] == (GENERATION.prefix, GENERATION.suffix)


@pytest.mark.parametrize("provider", SERVED)
async def test_a_server_that_broke_off_is_asked_again_what_it_serves(provider: str) -> None:
    async with asking(provider, provider) as (fake, backend):
        await text_of(backend)
        fake.default = SCENARIOS["hang-up"]
        with pytest.raises(NetworkFailure):
            await text_of(backend)
        fake.default = Behaviour()
        before = len(fake.others)
        assert await text_of(backend) == "a + b"
        assert {e.request.path for e in fake.others[before:]} - {"/tokenize"}


async def test_an_older_llamacpp_that_tokenizes_markers_as_text_is_asked_by_text() -> None:
    dialect = LlamaCpp(ServedModel("qwen2.5-coder-1.5b.gguf", "qwen-coder"))
    dialect.has_tokenizer = False
    asked = Asked()
    async with asking(dialect, "llamacpp") as (fake, backend):
        fake.answer = asked
        assert await text_of(backend) == "a + b"
        assert isinstance(fake.requests[-1].body["prompt"], str)
    assert asked.sides[-1] == (GENERATION.prefix, GENERATION.suffix)


assert "def add" in GENERATION.prefix  # which ``shows_code`` looks for
