"""The Mistral backend against a server as strict as Mistral's, and against every misfortune."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from typing import Any

import pytest

from codestral_ls.backends.base import (
    BackendError,
    BackendTimeout,
    Chunk,
    Finish,
    ProtocolViolation,
)
from codestral_ls.model import Usage
from tests.backends.asking import GENERATION, ask, backend_for, chunks_of, stream_of
from tests.fakes.behaviour import SCENARIOS, Behaviour, recorded
from tests.fakes.fim_server import FakeFim
from tests.fakes.mistral import FIELDS

OUTCOMES: dict[str, tuple[str, Finish | str | None]] = {
    "normal": ("a + b", Finish.STOP),
    "late": ("a + b", Finish.STOP),
    "paced": ("a + b", Finish.STOP),
    "hang": ("", "timeout"),
    "stall": ("a", "timeout"),
    "hang-up": ("", "network"),
    "cut-in-event": ("a + b", None),
    "cut-in-character": ("price = '5", None),
    "batched": ("a + b", Finish.STOP),
    "byte-by-byte": ("a + b", Finish.STOP),
    "crlf": ("a + b", Finish.STOP),
    "cr": ("a + b", Finish.STOP),
    "comments": ("a + b", Finish.STOP),
    "no-final-blank-line": ("a + b", Finish.STOP),
    "no-end-marker": ("a + b", None),
    "separators": ("a\u2028b\u2029c\u0085d\x0ce\n", Finish.STOP),
    "empty": ("", Finish.STOP),
    "huge-event": ("", "protocol"),
    "gzip": ("a + b", Finish.STOP),
    "bomb": ("", "protocol"),
    "html": ("", "protocol"),
    "html-error": ("", "server"),
    "empty-error": ("", "server"),
    "not-http": ("", "network"),
    "redirect": ("", "bad_request"),
    "no-usage": ("a + b", Finish.STOP),
    "null-content": ("", Finish.STOP),
    "list-content": ("a + b", Finish.STOP),
    "unknown-fields": ("a + b", Finish.STOP),
    "unknown-finish": ("a + b", Finish.UNKNOWN),
    "token-limit": ("a + b", Finish.LENGTH),
    "error-in-stream": ("a", "server"),
    "error-with-status-200": ("", "server"),
    "slow-down": ("", "rate"),
}
"""For each scenario: the text that arrives, and how it ends: a finish, cut short, or an error."""


def test_every_scenario_of_the_fake_has_its_outcome_here() -> None:
    assert OUTCOMES.keys() == SCENARIOS.keys()


@pytest.mark.parametrize("name", OUTCOMES)
async def test_every_scenario_ends_as_it_should_and_the_next_request_is_fine(name: str) -> None:
    text, end = OUTCOMES[name]
    arrived = ""
    ended: Finish | str | None = None
    # Gaps in the scenarios that succeed are far shorter than this, the others wait it out.
    patience = 5.0 if end != "timeout" else 0.2
    async with (
        FakeFim(script=[SCENARIOS[name]]) as fake,
        backend_for(fake, idle_timeout_s=patience) as backend,
    ):
        try:
            async with contextlib.aclosing(backend.stream(GENERATION)) as stream:
                async for chunk in stream:
                    arrived += chunk.text
                    ended = chunk.finish
        except BackendError as error:
            ended = error.kind
        assert (arrived.strip(" "), ended) == (text, end)
        fake.script = ()
        await fake.until(lambda: fake.requests[0].over)
        assert (await chunks_of(backend))[-1].finish is Finish.STOP


async def test_only_known_fields_are_sent_and_empty_ones_are_left_out() -> None:
    async with FakeFim() as fake, backend_for(fake) as backend:
        await chunks_of(backend)
        full = dataclasses.replace(
            GENERATION,
            stop=("1", "2", "3", "4", "5"),
            cache_key="f00",
            path="/home/me/secret.py",
        )
        await chunks_of(backend, full)
        plain, rich = (exchange.body for exchange in fake.requests)
    assert plain == {
        "model": "codestral-latest",
        "prompt": GENERATION.prefix,
        "suffix": "\n",
        "max_tokens": 64,
        "temperature": 0.0,
        "stream": True,
    }
    assert rich == {**plain, "stop": ["1", "2", "3", "4"], "prompt_cache_key": "f00"}
    assert rich.keys() <= FIELDS.keys()


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/"])
async def test_the_base_url_may_be_spelled_with_and_without_version(ending: str) -> None:
    async with FakeFim() as fake, backend_for(fake, base_url=fake.url + ending) as backend:
        assert (await chunks_of(backend))[-1].finish is Finish.STOP


async def test_no_cookie_of_a_server_is_sent_back() -> None:
    sets = Behaviour(headers={"Set-Cookie": "session=1; Path=/"})
    async with FakeFim(default=sets) as fake, backend_for(fake) as backend:
        await chunks_of(backend)
        await chunks_of(backend)
        assert ["cookie" in exchange.request.headers for exchange in fake.requests] == [False] * 2


async def test_text_arrives_while_the_server_is_still_generating() -> None:
    async with (
        FakeFim(default=Behaviour(stall_after=1)) as fake,
        backend_for(fake) as backend,
        contextlib.aclosing(backend.stream(GENERATION)) as stream,
    ):
        assert await anext(stream) == Chunk("a")
        assert not fake.requests[0].over


async def test_leaving_the_stream_ends_the_generation_at_the_server() -> None:
    endless = Behaviour(text="a " * 5000, pace_s=0.005)
    async with FakeFim(default=endless) as fake, backend_for(fake) as backend:
        long = dataclasses.replace(GENERATION, max_tokens=5000)
        async with contextlib.aclosing(backend.stream(long)) as stream:
            await anext(stream)
        await fake.until(lambda: fake.requests[0].disconnected_at)
        assert fake.requests[0].tokens_sent < 1000


@pytest.mark.parametrize("behaviour", [Behaviour(hangs=True), Behaviour(stall_after=1)])
async def test_cancelling_ends_the_request_at_the_server(behaviour: Behaviour) -> None:
    async with FakeFim(default=behaviour) as fake, backend_for(fake) as backend:
        task = asyncio.create_task(chunks_of(backend))
        await fake.until(lambda: fake.requests)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await fake.until(lambda: fake.requests[0].disconnected_at)


async def test_all_requests_one_after_another_travel_on_one_connection() -> None:
    async with FakeFim() as fake, backend_for(fake) as backend:
        await backend.warm()
        for _ in range(100):
            async with contextlib.aclosing(backend.stream(GENERATION)) as stream:
                async for chunk in stream:
                    if chunk.finish is not None:
                        break  # whoever stops at the end must not cost the connection either
        assert (len(fake.requests), fake.connections) == (100, 1)


async def test_requests_may_overlap() -> None:
    async with FakeFim(default=Behaviour(stall_after=1)) as fake, backend_for(fake) as backend:
        tasks = [asyncio.create_task(chunks_of(backend)) for _ in range(2)]
        await fake.until(lambda: fake.max_concurrency == 2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_the_caller_sets_the_total_time() -> None:
    dripping = Behaviour(text="a " * 1000, pace_s=0.01)
    async with FakeFim(default=dripping) as fake, backend_for(fake) as backend:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await chunks_of(backend, dataclasses.replace(GENERATION, max_tokens=1000))
        await fake.until(lambda: fake.requests[0].disconnected_at)


async def test_a_server_that_falls_silent_is_given_up_after_the_idle_time() -> None:
    with pytest.raises(BackendTimeout):
        await ask(Behaviour(stall_after=1), idle_timeout_s=0.05)


@pytest.mark.parametrize(
    ("more", "cached"),
    [
        ({}, 0),
        ({"prompt_tokens_details": {"cached_tokens": 64}, "num_cached_tokens": 1}, 64),
        ({"prompt_tokens_details": None, "prompt_token_details": {"cached_tokens": 128}}, 128),
        ({"prompt_tokens_details": {"cached_tokens": None}, "num_cached_tokens": 192}, 192),
        ({"prompt_tokens_details": "many"}, 0),
    ],
)
async def test_cached_tokens_are_found_in_each_of_their_places(
    more: dict[str, Any], cached: int
) -> None:
    usage = {"prompt_tokens": 200, "completion_tokens": 3, **more}
    _, chunks = await ask(stream_of({"choices": [], "usage": usage}, "[DONE]"))
    assert chunks == [Chunk(finish=Finish.UNKNOWN, usage=Usage(200, 3, cached))]


async def test_the_fake_counts_the_cached_head_of_a_growing_prompt() -> None:
    async with FakeFim() as fake, backend_for(fake) as backend:
        prefix = "x = 1\n" * 50
        for typed in ("", "y", "yy"):
            grown = dataclasses.replace(GENERATION, prefix=prefix + typed)
            chunks = await chunks_of(backend, grown)
        assert fake.cacheable(64) == [256, 256]
        assert chunks[-1].usage is not None
        assert chunks[-1].usage.cached_tokens == 256


@pytest.mark.parametrize(
    "choice",
    [
        {}, {"delta": None}, {"delta": {}}, {"delta": {"content": None}}, {"delta": {"content": 5}},
        {"delta": {"content": [{"type": "image"}, 5, {"type": "text"}]}}, {"finish_reason": 5},
    ],
)  # fmt: skip
async def test_events_without_text_are_passed_over(choice: dict[str, Any]) -> None:
    text, chunks = await ask(stream_of({"choices": [choice]}, {"choices": ["x"]}, "[DONE]"))
    assert (text, chunks) == ("", [Chunk(finish=Finish.UNKNOWN)])


async def test_an_answer_that_is_not_streamed_is_an_answer() -> None:
    text, chunks = await ask(recorded("mistral/completion"))
    assert text == "a + b"
    assert chunks[-1] == Chunk(finish=Finish.STOP, usage=Usage(8, 91))


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b"{", b'{"choices": {}}', b'"a + b"'])
async def test_json_that_is_no_completion_is_told_as_that(body: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        await ask(Behaviour(body=body))


async def test_a_server_that_heeds_no_limit_is_given_up() -> None:
    event = {"choices": [{"delta": {"content": "x" * 100}}]}
    behaviour = stream_of(*[event] * 50, "[DONE]")
    async with FakeFim(default=behaviour) as fake, backend_for(fake) as backend:
        with pytest.raises(ProtocolViolation, match="far more text than was asked for"):
            await chunks_of(backend)


async def test_models_are_listed() -> None:
    async with FakeFim() as fake, backend_for(fake) as backend:
        assert [model["id"] for model in await backend.list_models()] == ["codestral-2508"]
