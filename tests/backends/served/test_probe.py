"""What answers at an endpoint is found out by asking it, once; what is not known is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from codestral_ls.backends import table
from codestral_ls.backends.auto import AutoBackend
from codestral_ls.backends.base import (
    AuthError,
    BackendError,
    NetworkFailure,
    Overloaded,
    ProtocolViolation,
)
from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.served.probe import by_counting
from codestral_ls.text.fim_templates import TEMPLATES, Template
from tests.backends.served.serving import REMOTE, chunks_of, text_of
from tests.fakes.behaviour import ERROR_PAGE, Behaviour, refusal
from tests.fakes.dialect import Dialect
from tests.fakes.fim_server import KEY, FakeFim
from tests.fakes.llamacpp import LlamaCpp
from tests.fakes.mistral import Mistral
from tests.fakes.openai import OpenAi
from tests.fakes.tgi import Tgi
from tests.fakes.transport import HttpRequest
from tests.fakes.vllm import Vllm


@contextlib.asynccontextmanager
async def auto(
    dialect: str | Dialect, *, key: str = KEY, model: str = ""
) -> AsyncIterator[tuple[FakeFim, AutoBackend]]:
    async with FakeFim(dialect=dialect) as fake:
        backend = AutoBackend(
            BackendOptions(base_url=fake.url, api_key=key, model=model), table.create
        )
        try:
            yield fake, backend
        finally:
            await backend.aclose()


@pytest.mark.parametrize("name", REMOTE)
async def test_every_kind_of_server_is_recognized_and_asked_in_its_way(name: str) -> None:
    async with auto(name) as (_, backend):
        assert backend.name == "auto"
        assert await text_of(backend) == "a + b"
        assert backend.name == name
        assert backend.model


@pytest.mark.parametrize("name", REMOTE)
async def test_a_server_is_probed_once_whoever_asks_first(name: str) -> None:
    async with auto(name) as (fake, backend):
        await asyncio.gather(*(text_of(backend) for _ in range(3)))
        paths = Counter(exchange.request.path for exchange in fake.others)
        del paths["/tokenize"]
        assert max(paths.values()) <= 2  # what it is, and what it serves
        before = len(fake.others)
        await text_of(backend)
        assert {e.request.path for e in fake.others[before:]} <= {"/tokenize"}


@pytest.mark.parametrize("name", REMOTE)
async def test_warming_finds_out_before_the_first_question(name: str) -> None:
    async with auto(name) as (fake, backend):
        await backend.warm()
        assert backend.name == name
        n_asked = len(fake.requests)
        await text_of(backend)
        assert len(fake.requests) == n_asked + 1


class Pause:
    """A dialect that hides some of its routes, as routers and proxies do."""

    def __init__(self, dialect: Dialect, *hidden: str, answer: Behaviour | None = None) -> None:
        self._dialect = dialect
        self._hidden = hidden
        self._answer = answer or refusal(404, {"detail": "Not Found"})

    def __getattr__(self, name: str) -> object:
        return getattr(self._dialect, name)

    def refuse(self, request: HttpRequest, key: str) -> Behaviour | None:
        if request.path in self._hidden or "*" in self._hidden:
            return self._answer
        return self._dialect.refuse(request, key)

    def other(self, request: HttpRequest, key: str) -> Behaviour:
        if request.path in self._hidden or "*" in self._hidden:
            return self._answer
        return self._dialect.other(request, key)


@pytest.mark.parametrize(
    ("dialect", "hidden", "name"),
    [
        (Vllm(), "/version", "vllm"),
        (LlamaCpp(), "/v1/models", "llamacpp"),
        (Tgi(), "/v1/models", "tgi"),
        (OpenAi(), "/info", "openai"),
    ],
    ids=["vllm", "llamacpp", "tgi", "openai"],
)
async def test_a_server_is_recognized_by_any_of_its_traits(
    dialect: Dialect, hidden: str, name: str
) -> None:
    quiet: Dialect = Pause(dialect, hidden)  # type: ignore[assignment]
    async with auto(quiet) as (_, backend):
        assert await text_of(backend) == "a + b"
        assert backend.name == name


async def test_a_gateway_with_mistrals_route_alone_is_recognized() -> None:
    quiet: Dialect = Pause(Mistral(), "/v1/models")  # type: ignore[assignment]
    async with auto(quiet) as (_, backend):
        assert await text_of(backend) == "a + b"
        assert (backend.name, backend.model) == ("mistral", "codestral-latest")


@pytest.mark.parametrize(
    "answer",
    [
        refusal(404, b"Not here"),
        Behaviour(body=ERROR_PAGE, content_type="text/html"),
        Behaviour(body=b"[]"),
        refusal(400, b"Bad request"),
        Behaviour(status=307, body=b"", headers={"Location": "http://localhost:1/"}),
        Behaviour(status=500, body=b""),
    ],
    ids=["not-found", "page-for-everything", "list", "bad-request", "redirect", "broken"],
)
async def test_what_is_none_of_them_is_told_with_the_host_and_what_was_tried(
    answer: Behaviour,
) -> None:
    quiet: Dialect = Pause(Vllm(), "*", answer=answer)  # type: ignore[assignment]
    async with auto(quiet) as (fake, backend):
        with pytest.raises(ProtocolViolation) as caught:
            await chunks_of(backend)
        assert backend.host in caught.value.message
        assert "/v1/models" in caught.value.message
        assert all("def add" not in str(exchange.body) for exchange in fake.requests)
        n_asked = len(fake.others) + len(fake.requests)
        with pytest.raises(ProtocolViolation):
            await chunks_of(backend)
        assert len(fake.others) + len(fake.requests) == n_asked  # not for every key


@pytest.mark.parametrize(
    ("status", "kind"), [(401, AuthError), (403, AuthError), (503, Overloaded)]
)
async def test_a_server_that_does_not_let_us_see_is_not_called_unknown(
    status: int, kind: type[BackendError]
) -> None:
    closed = refusal(status, {"error": {"message": "Come back later"}})
    quiet: Dialect = Pause(Vllm(), "*", answer=closed)  # type: ignore[assignment]
    async with auto(quiet) as (_, backend):
        with pytest.raises(kind, match="Come back later"):
            await chunks_of(backend)


@pytest.mark.parametrize("name", ["vllm", "llamacpp", "tgi", "openai", "mistral"])
async def test_a_wrong_key_is_told_as_that(name: str) -> None:
    async with auto(name, key="another") as (_, backend):
        with pytest.raises(AuthError):
            await chunks_of(backend)


async def test_a_server_that_comes_up_later_is_found_by_a_later_request(
    unused_tcp_port: int,
) -> None:
    backend = AutoBackend(
        BackendOptions(base_url=f"http://127.0.0.1:{unused_tcp_port}", api_key=KEY), table.create
    )
    with pytest.raises(NetworkFailure):
        await chunks_of(backend)
    async with FakeFim(dialect="vllm", port=unused_tcp_port):
        assert await text_of(backend) == "a + b"
    await backend.aclose()


@pytest.mark.parametrize("row", TEMPLATES, ids=lambda row: row.name)
async def test_counting_tells_markers_that_are_parsed_from_those_that_are_text(
    row: Template,
) -> None:
    n_markers = 8 * len(row.markers)

    async def count(n_tokens: int | None) -> bool | None:
        async def counted(prompt: str) -> int | None:
            assert prompt.count(row.markers[0]) == 8
            return n_tokens

        return await by_counting(counted, row)

    # With up to ten tokens for what opens the prompt; as text, a marker has three and more.
    assert await count(n_markers + 1) is True
    assert await count(n_markers + 10) is True
    assert await count(3 * n_markers) is False
    assert await count(None) is None
