"""What Mistral's endpoint refuses, limits or announces is classed, remembered and told once."""

from __future__ import annotations

import dataclasses
import json
import logging
from typing import Any

import pytest

from codestral_ls.backends.base import (
    BackendError,
    BadRequest,
    NoAllowance,
    RateLimited,
    RateLimits,
)
from tests.backends.asking import GENERATION, ask, backend_for, chunks_of, stream_of
from tests.fakes.behaviour import FIXTURES, Behaviour, recorded, refusal
from tests.fakes.fim_server import KEY, Exchange, FakeFim

ERRORS = sorted(path.stem for path in (FIXTURES / "mistral").glob("error-*.json"))


@pytest.mark.parametrize("name", ERRORS)
async def test_every_recorded_refusal_is_classed_and_told_in_one_clean_sentence(name: str) -> None:
    expected = json.loads((FIXTURES / "mistral" / f"{name}.json").read_bytes())
    async with FakeFim(default=recorded(f"mistral/{name}")) as fake, backend_for(fake) as backend:
        with pytest.raises(BackendError) as caught:
            await chunks_of(backend)
        error = caught.value
        assert (error.kind, error.status) == (expected["kind"], expected["status"])
        assert str(expected["status"]) in error.message
        assert backend.host in error.message
        assert "\n" not in error.message
        assert error.message.endswith((".", "…"))


async def test_a_refused_key_is_told_with_the_host_and_without_the_key() -> None:
    echo = refusal(401, {"message": f"Invalid key {KEY} \x1b[31m"})
    async with FakeFim(default=echo) as fake, backend_for(fake) as backend:
        with pytest.raises(BackendError) as caught:
            await chunks_of(backend)
        assert caught.value.message == (
            f"{backend.host} refused the key (401): Invalid key [hidden]."
        )


async def test_source_text_that_a_refusal_quotes_is_not_told() -> None:
    quoting = refusal(422, {"detail": "cannot read def add(a, b):"})
    with pytest.raises(BackendError, match=r"cannot read \[hidden\]"):
        await ask(quoting)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"object": "error", "message": "x", "type": "rate_limited", "code": "1300"}, "rate"),
        ({"message": "Service tier capacity exceeded", "raw_status_code": 429}, "overload"),
        ({"error": {"message": "x", "code": 503}}, "overload"),
        ({"error": {"message": "x", "code": 500}}, "server"),
        ({"error": "x"}, "server"),
        ({"choices": [], "error": {"message": "x"}}, "server"),
    ],
)
async def test_an_error_within_a_stream_is_classed_by_what_it_says(
    event: dict[str, Any], kind: str
) -> None:
    with pytest.raises(BackendError) as caught:
        await ask(stream_of({"choices": []}, event, "[DONE]"))
    assert caught.value.kind == kind


async def test_the_wait_that_a_refusal_asks_for_is_passed_on() -> None:
    date = {"Retry-After": "Thu, 01 Jan 1970 00:01:30 GMT"}
    with pytest.raises(RateLimited) as caught:
        await ask(refusal(429, {"message": "Slow down"}, date), clock=lambda: 60.0)
    assert caught.value.retry_after_s == 30.0


async def test_limits_are_remembered_and_a_limit_of_nothing_is_told_as_that() -> None:
    some = {"x-ratelimit-limit-req-minute": "60"}
    none = {"x-ratelimit-limit-tokens-month": "0"}
    script = [
        Behaviour(headers=some),
        Behaviour(),
        refusal(429, {"message": "Rate limit exceeded"}, none),
    ]
    async with FakeFim(script=script) as fake, backend_for(fake) as backend:
        assert backend.rate_limits == RateLimits()
        for _ in range(2):
            await chunks_of(backend)
            assert backend.rate_limits == RateLimits(requests_minute=60)
        with pytest.raises(NoAllowance):
            await chunks_of(backend)
        assert backend.rate_limits == RateLimits(tokens_month=0)


async def test_the_retirement_of_a_model_is_noticed_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    header = {"x-model-deprecation-timestamp": "2027-01-31T00:00:00Z"}
    async with FakeFim(default=Behaviour(headers=header)) as fake, backend_for(fake) as backend:
        for _ in range(2):
            await chunks_of(backend)
        assert backend.deprecation == "2027-01-31T00:00:00Z"
    warnings = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert ["2027-01-31" in record.getMessage() for record in warnings] == [True]


async def test_neither_key_nor_text_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with FakeFim() as fake, backend_for(fake) as backend:
        await chunks_of(backend)
        assert KEY not in repr(backend)
    assert KEY not in caplog.text
    assert "def add" not in caplog.text
    assert "a + b" not in caplog.text


async def test_a_key_is_refused_for_the_list_of_models_too() -> None:
    async with FakeFim(key="another") as fake, backend_for(fake) as backend:
        with pytest.raises(BackendError) as caught:
            await backend.list_models()
        assert caught.value.kind == "auth"


async def test_without_a_key_no_authorization_is_sent() -> None:
    async with FakeFim() as fake, backend_for(fake, api_key="") as backend:
        with pytest.raises(BackendError):
            await chunks_of(backend)
        assert "authorization" not in fake.requests[0].request.headers


REFUSED_FIELDS = [
    refusal(422, {"detail": [{"loc": ["body", "prompt_cache_key"], "msg": "Extra inputs"}]}),
    refusal(400, {"error": {"message": "Unknown parameter", "param": "prompt_cache_key"}}),
    refusal(400, b'json: unknown field "prompt_cache_key"'),
    refusal(422, {"message": "Extra inputs are not permitted"}),
    refusal(500, {"error": {"message": "Unsupported param: prompt_cache_key"}}),
]


@pytest.mark.parametrize("told", REFUSED_FIELDS)
async def test_a_field_that_a_gateway_refuses_is_left_out_from_then_on(told: Behaviour) -> None:
    question = dataclasses.replace(GENERATION, cache_key="k", stop=("+",))

    def script(exchange: Exchange) -> Behaviour:
        return told if "prompt_cache_key" in exchange.body else Behaviour()

    async with FakeFim(script=script) as fake, backend_for(fake) as backend:
        for _ in range(2):
            chunks = await chunks_of(backend, question)
            assert "".join(chunk.text for chunk in chunks) == "a "
        with_it = ["prompt_cache_key" in exchange.body for exchange in fake.requests]
        assert with_it == [True, False, False]


async def test_stops_that_a_gateway_does_not_know_are_applied_here() -> None:
    question = dataclasses.replace(GENERATION, stop=("+",))
    told = refusal(422, {"detail": [{"loc": ["body", "stop"], "msg": "Extra inputs"}]})

    def script(exchange: Exchange) -> Behaviour:
        return told if "stop" in exchange.body else Behaviour()

    async with FakeFim(script=script) as fake, backend_for(fake) as backend:
        chunks = await chunks_of(backend, question)
        assert "".join(chunk.text for chunk in chunks) == "a "


@pytest.mark.parametrize("field", ["prompt", "suffix", "max_tokens", "model"])
async def test_a_field_that_is_needed_is_not_left_out(field: str) -> None:
    told = refusal(422, {"detail": [{"loc": ["body", field], "msg": "Extra inputs"}]})
    async with FakeFim(default=told) as fake, backend_for(fake) as backend:
        with pytest.raises(BadRequest):
            await chunks_of(backend)
        assert len(fake.requests) == 1
