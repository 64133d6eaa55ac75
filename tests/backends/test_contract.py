"""What holds for every provider of the table that is reached over the network."""

from __future__ import annotations

import contextlib
import dataclasses
import json

import pytest

from codestral_ls.backends import table
from codestral_ls.backends.base import (
    ERRORS,
    BackendError,
    Chunk,
    Finish,
    NetworkFailure,
    RateLimits,
)
from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.table import BACKENDS
from codestral_ls.model import Usage
from tests.backends.asking import GENERATION, stream_of
from tests.backends.mistral.test_fim import OUTCOMES
from tests.backends.served.serving import REMOTE, SERVED, Asked, chunks_of, served, text_of
from tests.fakes.behaviour import FIXTURES, SCENARIOS, Behaviour, recorded
from tests.fakes.fim_server import KEY

STREAM_TYPES = {"ollama": "application/x-ndjson"}
REFUSALS = [
    (name, path.stem)
    for name in REMOTE
    for path in sorted((FIXTURES / name).glob("error-*.json"))
    if json.loads(path.read_bytes())["kind"] != "loading"  # no failure: the backend waits
]


def test_every_provider_but_those_without_a_wire_is_held_to_the_contract() -> None:
    # SGLang and KoboldCpp are asked as vLLM and OpenAI's kind are: see their own tests.
    by_others = {"sglang", "koboldcpp"}
    assert set(REMOTE) == BACKENDS.keys() - {"workspace", "auto"} - by_others


def test_errors_say_of_themselves_what_follows_from_them() -> None:
    def kinds(attribute: str, value: object) -> set[str]:
        return {kind for kind, error in ERRORS.items() if getattr(error, attribute) is value}

    assert kinds("may_pass", False) == {"auth", "model", "no_allowance", "replaced"}
    elsewhere = {"blocked", "bad_request", "protocol"}
    assert kinds("user_must_act", True) == kinds("may_pass", False) | elsewhere
    assert kinds("server_answered", False) == {"network", "timeout"} | elsewhere


@pytest.mark.parametrize("name", BACKENDS)
def test_every_provider_is_made_with_the_same_options_and_shows_no_key(name: str) -> None:
    options = BackendOptions(api_key=KEY, headers={"X-Team": KEY}, proxy=f"http://me:{KEY}@proxy")
    made = table.create(name, options)
    assert made.name == name
    assert KEY not in repr(made)
    assert KEY not in repr(options)


@pytest.mark.parametrize("name", REMOTE)
async def test_a_recorded_stream_is_read_to_its_end(name: str) -> None:
    stream = recorded(f"{name}/stream")
    if name in STREAM_TYPES:
        stream = dataclasses.replace(stream, content_type=STREAM_TYPES[name])
    async with served(name, default=stream) as (_, backend):
        chunks = await chunks_of(backend)
    text = "".join(chunk.text for chunk in chunks)
    assert text == ("a + b" if name == "mistral" else " left + b")
    assert chunks[-1].finish is Finish.STOP
    cached = {"vllm": 16, "llamacpp": 16, "openai": 16}.get(name, 0)
    if name != "mistral":
        assert chunks[-1].usage == Usage(20, 4, cached)


@pytest.mark.parametrize("name", REMOTE)
async def test_a_completion_is_sent_with_its_id_trace_and_language(name: str) -> None:
    question = dataclasses.replace(GENERATION, request_id="a1" * 16, language_id="python")
    headers = {"X-Language": "{language}"}
    async with (
        served(name, trace=True, headers=headers) as (fake, backend),
        contextlib.aclosing(backend.stream(question)) as stream,
    ):
        async for _ in stream:
            pass
    last = fake.requests[-1].request.headers
    assert (last["x-request-id"], last["x-language"]) == ("a1" * 16, "python")
    assert last["traceparent"].startswith(f"00-{'a1' * 16}-")
    for request in (exchange.request for exchange in fake.requests):
        assert request.headers["traceparent"].split("-")[1] == request.headers["x-request-id"]
        assert "{" not in request.headers.get("x-language", "")


@pytest.mark.parametrize("scenario", OUTCOMES)
@pytest.mark.parametrize("name", SERVED)
async def test_every_scenario_ends_as_it_should_and_the_next_request_is_fine(
    name: str, scenario: str
) -> None:
    text, end = OUTCOMES[scenario]
    arrived, ended = "", None
    patience = 5.0 if end != "timeout" else 0.2
    async with served(name, idle_timeout_s=patience) as (fake, backend):
        fake.default = SCENARIOS[scenario]
        try:
            async with contextlib.aclosing(backend.stream(GENERATION)) as stream:
                async for chunk in stream:
                    arrived += chunk.text
                    ended = chunk.finish
        except BackendError as error:
            ended = error.kind  # type: ignore[assignment]
        assert (arrived.strip(" "), ended) == (text, end)
        await fake.until(lambda: fake.requests[0].over)
        fake.default = Behaviour()
        assert (await chunks_of(backend))[-1].finish is Finish.STOP


def kind_of(name: str, refusal: str) -> object:
    return json.loads((FIXTURES / name / f"{refusal}.json").read_bytes())["kind"]


@pytest.mark.parametrize(("name", "refusal"), REFUSALS)
async def test_every_recorded_refusal_is_classed_and_told_in_one_clean_sentence(
    name: str, refusal: str
) -> None:
    kind = kind_of(name, refusal)
    async with served(name, default=recorded(f"{name}/{refusal}")) as (_, backend):
        with pytest.raises(BackendError) as caught:
            await chunks_of(backend)
    error = caught.value
    assert error.kind == kind
    assert "\n" not in error.message
    assert error.message.endswith((".", "…"))
    assert KEY not in error.message


@pytest.mark.parametrize("name", REMOTE)
@pytest.mark.parametrize(
    ("prefix", "suffix"),
    [
        ("def add(a, b):\n    return ", "\n\nprint(add(1, 2))\n"),
        ("x", ""),
        ("  indented = '日本 🦊'", ")\n"),
    ],
)
async def test_the_model_sees_the_text_on_both_sides_of_the_cursor(
    name: str, prefix: str, suffix: str
) -> None:
    asked = Asked()
    question = dataclasses.replace(GENERATION, prefix=prefix, suffix=suffix)
    async with served(name, answer=asked) as (_, backend):
        assert await text_of(backend, question) == "a + b"
    assert asked.sides == [(prefix, suffix)]


@pytest.mark.parametrize("name", SERVED)
async def test_limit_and_temperature_are_always_sent_and_at_most_four_stops(name: str) -> None:
    async with served(name) as (fake, backend):
        stops = ("one", "two", "three", "four", "five")
        await chunks_of(backend, dataclasses.replace(GENERATION, stop=stops, temperature=0.5))
    body = fake.requests[0].body
    fields = {**body, **body.get("options", {}), **body.get("parameters", {})}
    limits = [fields.get(key) for key in ("max_tokens", "n_predict", "num_predict")]
    assert 64 in [*limits, fields.get("max_new_tokens")]
    assert fields["temperature"] == 0.5
    assert fields["stop"] == ["one", "two", "three", "four"]


@pytest.mark.parametrize("name", REMOTE)
async def test_a_stop_that_the_server_was_not_sent_ends_the_completion_all_the_same(
    name: str,
) -> None:
    endless = Behaviour(text="a STOP HERE " + "b " * 4000, pace_s=0.001)
    stops = ("1", "2", "3", "4", "STOP HERE")
    question = dataclasses.replace(GENERATION, stop=stops, max_tokens=4000)
    async with served(name, default=endless) as (fake, backend):
        chunks = await chunks_of(backend, question)
        assert "".join(chunk.text for chunk in chunks) == "a "
        assert chunks[-1].finish is Finish.STOP
        await fake.until(lambda: fake.requests[0].disconnected_at)


@pytest.mark.parametrize("name", REMOTE)
async def test_leaving_the_stream_ends_the_generation_at_the_server(name: str) -> None:
    endless = Behaviour(text="a " * 4000, pace_s=0.005)
    async with served(name, default=endless) as (fake, backend):
        long = dataclasses.replace(GENERATION, max_tokens=4000)
        async with contextlib.aclosing(backend.stream(long)) as stream:
            await anext(stream)
        await fake.until(lambda: fake.requests[0].disconnected_at)
        assert fake.requests[0].tokens_sent < 1000


@pytest.mark.parametrize("name", REMOTE)
async def test_requests_one_after_another_travel_on_one_connection(name: str) -> None:
    async with served(name) as (fake, backend):
        await chunks_of(backend)
        before = fake.connections  # Ollama has loaded its model on one of its own
        for _ in range(20):
            await chunks_of(backend)
        assert (len(fake.requests), fake.connections) == (21, before)
        assert before <= 2


@pytest.mark.parametrize("name", REMOTE)
async def test_a_server_that_is_not_there_yet_is_asked_again_by_the_next_request(
    name: str, unused_tcp_port: int
) -> None:
    backend = table.create(
        name, BackendOptions(base_url=f"http://127.0.0.1:{unused_tcp_port}", api_key=KEY)
    )
    await backend.warm()
    for _ in range(2):
        with pytest.raises(NetworkFailure):
            await chunks_of(backend)
    await backend.aclose()
    await backend.aclose()


@pytest.mark.parametrize("name", [name for name in SERVED if name != "ollama"])  # asks for none
async def test_a_wrong_key_is_told_before_any_source_is_sent(name: str) -> None:
    with pytest.raises(BackendError) as caught:
        async with served(name, api_key="another"):
            pass
    assert caught.value.kind == "auth"


@pytest.mark.parametrize("name", SERVED)
async def test_usage_and_the_token_limit_are_told(name: str) -> None:
    async with served(name, default=Behaviour(finish="length")) as (_, backend):
        last = (await chunks_of(backend))[-1]
    assert last.finish is Finish.LENGTH
    assert last.usage is not None
    assert last.usage.completion_tokens == 4
    assert last.usage.prompt_tokens > 4


@pytest.mark.parametrize("name", REMOTE)
async def test_the_limits_of_a_plan_and_the_end_of_a_model_are_noticed(name: str) -> None:
    headers = {
        "x-ratelimit-limit-req-minute": "60",
        "x-model-deprecation-timestamp": "2027-01-31T00:00:00Z",
    }
    async with served(name, default=Behaviour(headers=headers)) as (_, backend):
        assert (backend.rate_limits, backend.deprecation) == (RateLimits(), "")
        await chunks_of(backend)
        assert backend.rate_limits == RateLimits(requests_minute=60)
        assert backend.deprecation == "2027-01-31T00:00:00Z"


@pytest.mark.parametrize("name", ["mistral", "vllm", "openai"])
async def test_a_stream_that_ends_before_any_text_is_a_failure_of_the_network(name: str) -> None:
    async with served(name, default=stream_of({"choices": []})) as (_, backend):
        with pytest.raises(NetworkFailure, match="broke off before any text"):
            await chunks_of(backend)


@pytest.mark.parametrize("name", SERVED)
async def test_what_is_known_of_a_server_is_asked_once(name: str) -> None:
    async with served(name) as (fake, backend):
        await backend.warm()
        for _ in range(3):
            await chunks_of(backend)
        paths = {exchange.request.path for exchange in fake.others}
        # Opening a connection, and tokens where the prompt goes as ids.
        assert paths <= {"/", "/tokenize"}
        assert len(fake.requests) == 3


@pytest.mark.parametrize("name", SERVED)
async def test_the_name_and_model_are_known_after_the_first_question(name: str) -> None:
    async with served(name) as (_, backend):
        assert backend.name == name
        assert backend.model
        assert isinstance((await chunks_of(backend))[0], Chunk)
