"""Servers in OpenAI's manner: asked with a suffix, and by template where they refuse it."""

from __future__ import annotations

import pytest

from codestral_ls.backends.base import BadRequest, ModelError
from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.table import create
from tests.backends.asking import GENERATION
from tests.backends.served.serving import Asked, chunks_of, served, text_of
from tests.fakes.behaviour import recorded
from tests.fakes.openai import OpenAi
from tests.fakes.served_model import ServedModel


async def test_prefix_and_suffix_go_in_fields_of_their_own() -> None:
    async with served("openai") as (fake, backend):
        await chunks_of(backend)
        body = fake.requests[0].body
    assert (body["prompt"], body["suffix"]) == (GENERATION.prefix, GENERATION.suffix)


@pytest.mark.parametrize("status", [400, 422])
async def test_a_server_that_refuses_the_suffix_is_asked_by_template_from_then_on(
    status: int,
) -> None:
    asked = Asked()
    dialect = OpenAi(refuses=["suffix"], status=status)
    async with served("openai", dialect=dialect, answer=asked) as (fake, backend):
        for _ in range(2):
            assert await text_of(backend) == "a + b"
        refused = [exchange for exchange in fake.requests if "suffix" in exchange.body]
        assert len(refused) == 1
        assert fake.requests[-1].body["prompt"].startswith("<｜fim▁begin｜>def add")
    assert asked.sides[-2:] == [(GENERATION.prefix, GENERATION.suffix)] * 2


async def test_a_server_that_does_not_know_stream_options_is_asked_without() -> None:
    dialect = OpenAi(refuses=["stream_options"])
    async with served("openai", dialect=dialect) as (fake, backend):
        for _ in range(2):
            assert await text_of(backend) == "a + b"
        assert len(fake.requests) == 3


async def test_a_refused_suffix_and_a_family_that_is_not_known_is_told() -> None:
    dialect = OpenAi(ServedModel("my-model", "starcoder2"), refuses=["suffix"])
    async with served("openai", dialect=dialect) as (_, backend):
        with pytest.raises(ModelError, match="fimTemplate"):
            await chunks_of(backend)


@pytest.mark.parametrize("parses", [True, False])
async def test_codestrals_markers_are_sent_only_where_they_are_seen_to_be_parsed(
    parses: bool,
) -> None:
    dialect = OpenAi(ServedModel("codestral-22b", "codestral", parses=parses), refuses=["suffix"])
    async with served("openai", dialect=dialect) as (fake, backend):
        if parses:
            assert await text_of(backend) == "a + b"
            return
        with pytest.raises(ModelError, match="nothing is sent"):
            await chunks_of(backend)
        later = [exchange.body["prompt"] for exchange in fake.requests[1:]]
        assert all("def add" not in prompt for prompt in later)


async def test_a_template_in_the_settings_is_used_at_once() -> None:
    async with served("openai", fim_template="deepseek-coder") as (fake, backend):
        await chunks_of(backend)
        assert "suffix" not in fake.requests[0].body


async def test_a_request_that_is_refused_for_another_reason_is_not_repeated() -> None:
    async with served("openai", default=recorded("openai/error-422")) as (fake, backend):
        with pytest.raises(BadRequest):
            await chunks_of(backend)
        assert len(fake.requests) == 1


async def test_without_a_list_of_models_the_model_must_be_set() -> None:
    with pytest.raises(ModelError, match="set model"):
        async with served("openai", dialect=OpenAi(lists_models=False)):
            pass
    async with served("openai", dialect=OpenAi(lists_models=False), model="deepseek-coder-v2") as (
        _,
        backend,
    ):
        assert await text_of(backend) == "a + b"


@pytest.mark.parametrize(
    ("base_url", "path"),
    [
        ("https://api.deepseek.com", "/beta/completions"),
        ("https://api.deepseek.com/beta", "/completions"),
        ("http://127.0.0.1:1234/v1", "/v1/completions"),
    ],
)
async def test_deepseek_completes_in_its_beta_alone(base_url: str, path: str) -> None:
    backend = create("openai", BackendOptions(base_url=base_url, model="deepseek-chat"))
    assert backend.completion_path == path  # type: ignore[attr-defined]
    await backend.aclose()
