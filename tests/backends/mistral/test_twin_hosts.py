"""A key of unknown kind finds its host: asked at one, then once at the other, then remembered."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest

from codestral_ls.backends.base import AuthError, BackendError
from codestral_ls.backends.mistral.twin_hosts import TwinHosts, other_base_url
from codestral_ls.backends.options import BackendOptions
from codestral_ls.prompt.prompt import Prompt
from tests.backends.asking import GENERATION
from tests.fakes.behaviour import SCENARIOS, Behaviour, recorded
from tests.fakes.fim_server import KEY, FakeFim

REFUSES = recorded("mistral/error-401")


class Hosts:
    """Two fake hosts, and the backend that may ask either."""

    def __init__(self, first: FakeFim, second: FakeFim, backend: TwinHosts) -> None:
        self.first = first
        self.second = second
        self.backend = backend

    async def ask(self, generation: Prompt = GENERATION) -> str:
        async with contextlib.aclosing(self.backend.stream(generation)) as stream:
            return "".join([chunk.text async for chunk in stream])

    @property
    def asked(self) -> tuple[int, int]:
        return len(self.first.requests), len(self.second.requests)


@contextlib.asynccontextmanager
async def hosts(
    first: Behaviour = SCENARIOS["normal"], second: Behaviour = SCENARIOS["normal"]
) -> AsyncIterator[Hosts]:
    async with FakeFim(default=first) as one, FakeFim(default=second) as two:
        options = BackendOptions(
            base_url=one.url, api_key=KEY, model="codestral-latest", idle_timeout_s=0.2
        )
        backend = TwinHosts(options, two.url)
        try:
            yield Hosts(one, two, backend)
        finally:
            await backend.aclose()


async def test_a_key_that_the_first_host_accepts_never_reaches_the_second() -> None:
    async with hosts() as both:
        assert await both.ask() == "a + b"
        assert await both.ask() == "a + b"
        assert both.asked == (2, 0)
        assert both.second.connections == 0
        both.first.default = REFUSES
        with pytest.raises(AuthError):
            await both.ask()
        assert both.asked == (3, 0), "a key that is revoked later is not tried elsewhere"


async def test_a_key_that_only_the_second_host_accepts_is_answered_there_from_then_on() -> None:
    async with hosts(first=REFUSES) as both:
        assert await both.ask() == "a + b"
        assert await both.ask() == "a + b"
        assert both.asked == (1, 2)
        assert both.second.url.endswith(both.backend.host.partition(":")[2])


async def test_a_key_that_both_refuse_is_tried_at_the_second_once() -> None:
    async with hosts(first=REFUSES, second=REFUSES) as both:
        told = set()
        for _ in range(3):
            with pytest.raises(AuthError) as caught:
                await both.ask()
            told.add(str(caught.value))
        assert both.asked == (3, 1)
        (sentence,) = told
        assert sentence.startswith("Neither 127.0.0.1:")


@pytest.mark.parametrize("fault", ["hang-up", "html-error", "html", "hang"])
async def test_trouble_at_the_second_host_leaves_the_refusal_and_decides_nothing(
    fault: str,
) -> None:
    async with hosts(first=REFUSES, second=SCENARIOS[fault]) as both:
        with pytest.raises(AuthError):
            await both.ask()
        both.second.default = SCENARIOS["normal"]
        assert await both.ask() == "a + b"


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        ("mistral/error-429", "rate"),
        ("mistral/error-429-no-allowance", "no_allowance"),
        ("mistral/error-400-no-fim", "model"),
    ],
)
async def test_a_second_host_that_knows_the_key_but_cannot_answer_is_the_right_one(
    refusal: str, kind: str
) -> None:
    async with hosts(first=REFUSES, second=recorded(refusal)) as both:
        with pytest.raises(BackendError) as caught:
            await both.ask()
        assert caught.value.kind == kind
        both.second.default = SCENARIOS["normal"]
        assert await both.ask() == "a + b"
        assert both.asked == (1, 2)


async def test_other_failures_of_the_first_host_are_not_taken_to_the_second() -> None:
    async with hosts(first=SCENARIOS["html-error"]) as both:
        with pytest.raises(BackendError) as caught:
            await both.ask()
        assert caught.value.kind == "server"
        assert both.asked == (1, 0)


async def test_a_stream_that_breaks_after_it_began_is_not_begun_again() -> None:
    async with hosts(first=REFUSES, second=SCENARIOS["error-in-stream"]) as both:
        with pytest.raises(BackendError) as caught:
            await both.ask()
        assert caught.value.kind == "server"
        assert both.asked == (1, 1)


async def test_the_list_of_models_finds_the_host_as_well() -> None:
    async with hosts() as both:
        both.first.key = "another"
        assert [model["id"] for model in await both.backend.list_models()] == ["codestral-2508"]
        assert await both.ask() == "a + b"
        assert both.asked == (0, 1)


async def test_a_list_of_models_that_both_refuse_names_both() -> None:
    async with hosts() as both:
        both.first.key = both.second.key = "another"
        with pytest.raises(AuthError, match=r"Neither 127\.0\.0\.1:\d+ nor 127\.0\.0\.1:\d+"):
            await both.backend.list_models()


@pytest.mark.parametrize(
    ("base_url", "other"),
    [
        ("https://api.mistral.ai", "https://codestral.mistral.ai"),
        ("https://codestral.mistral.ai/v1", "https://api.mistral.ai"),
        ("https://api.eu.mistral.ai", None),
        ("https://api.mistral.ai:8443", None),
        ("http://api.mistral.ai", None),
        ("https://api.mistral.ai.example", None),
        ("https://llm.example", None),
    ],
)
def test_only_the_two_hosts_with_keys_of_their_own_have_another(
    base_url: str, other: str | None
) -> None:
    assert other_base_url(base_url) == other
