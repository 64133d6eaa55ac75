"""TGI: greedy said in its way, special tokens left out, the end told by the last event."""

from __future__ import annotations

import dataclasses

import pytest

from codestral_ls.backends.base import ModelError, PromptTooLong
from tests.backends.asking import GENERATION
from tests.backends.served.serving import chunks_of, served, text_of
from tests.fakes.served_model import ServedModel
from tests.fakes.tgi import Tgi


async def test_greedy_is_asked_without_a_temperature() -> None:
    async with served("tgi") as (fake, backend):
        await chunks_of(backend)
        await chunks_of(backend, dataclasses.replace(GENERATION, temperature=0.8))
        greedy, warm = (exchange.body["parameters"] for exchange in fake.requests)
    assert greedy["do_sample"] is False
    assert "temperature" not in greedy
    assert (warm["do_sample"], warm["temperature"]) == (True, 0.8)


async def test_codestral_is_refused_where_its_markers_are_text() -> None:
    model = ServedModel("mistralai/Codestral-22B-v0.1", "codestral", parses=False)
    with pytest.raises(ModelError, match="nothing is sent"):
        async with served("tgi", dialect=Tgi(model)):
            pass


async def test_codestral_is_served_where_its_markers_are_parsed() -> None:
    model = ServedModel("mistralai/Codestral-22B-v0.1", "codestral")
    async with served("tgi", dialect=Tgi(model)) as (_, backend):
        assert await text_of(backend) == "a + b"


async def test_a_model_whose_family_is_not_known_is_told() -> None:
    with pytest.raises(ModelError, match="fimTemplate"):
        async with served("tgi", dialect=Tgi(ServedModel("my-model", "starcoder2"))):
            pass


async def test_the_family_of_a_model_may_be_set() -> None:
    dialect = Tgi(ServedModel("my-model", "starcoder2"))
    async with served("tgi", dialect=dialect, fim_template="starcoder2") as (_, backend):
        assert await text_of(backend) == "a + b"
        assert backend.model == "my-model"


async def test_a_long_prompt_is_cut_to_the_limit_that_the_server_names() -> None:
    long = dataclasses.replace(GENERATION, prefix="value = compute(1)\n" * 2000)
    async with served("tgi", dialect=Tgi(max_total_tokens=1000)) as (fake, backend):
        assert await text_of(backend, long) == "a + b"
        assert len(fake.requests) <= 2


async def test_a_prompt_that_stays_too_long_is_told() -> None:
    async with served("tgi", dialect=Tgi(max_total_tokens=50)) as (_, backend):
        with pytest.raises(PromptTooLong):
            await chunks_of(backend)
