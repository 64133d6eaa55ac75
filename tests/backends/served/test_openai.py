"""Servers in OpenAI's manner: asked with a suffix, and by template where they refuse it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from codestral_ls.backends.base import BadRequest, ModelError
from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.table import create
from tests.backends.asking import GENERATION
from tests.backends.served.serving import Asked, chunks_of, served, text_of
from tests.fakes.behaviour import SCENARIOS, refusal
from tests.fakes.fim_server import KEY, FakeFim
from tests.fakes.openai import OpenAi
from tests.fakes.served_model import ServedModel


async def test_prefix_and_suffix_go_in_fields_of_their_own() -> None:
    async with served("openai") as (fake, backend):
        await chunks_of(backend)
        body = fake.requests[0].body
    assert (body["prompt"], body["suffix"]) == (GENERATION.prefix, GENERATION.suffix)


def with_code(fake: FakeFim) -> list[Any]:
    """The requests that show the user's code."""
    return [exchange.body for exchange in fake.requests if "def add" in str(exchange.body)]


REFUSALS = [
    (400, "Unrecognized argument supplied: {name}"),
    (422, "{name}: Extra inputs are not permitted"),
    (500, "Unsupported param: {name}"),  # Docker Model Runner
    (501, "{name} is not implemented"),
    (404, "This model does not support {name}"),
    (400, "Bad request"),
    (500, "Internal error"),
]


@pytest.mark.parametrize(("status", "told"), REFUSALS)
async def test_a_server_that_refuses_the_suffix_in_any_way_is_asked_by_template(
    status: int, told: str
) -> None:
    asked = Asked()
    dialect = OpenAi(refuses=["suffix"], status=status, told=told)
    async with FakeFim(dialect=dialect, answer=asked) as fake:
        backend = create("openai", BackendOptions(base_url=fake.url, api_key=KEY))
        for _ in range(2):
            assert await text_of(backend) == "a + b"
        await backend.aclose()
        # What the server does with the field was found out without any code.
        assert all("suffix" not in body for body in with_code(fake))
        assert fake.requests[-1].body["prompt"].startswith("<｜fim▁begin｜>def add")
        assert len([exchange for exchange in fake.requests if "suffix" in exchange.body]) == 1
    assert asked.sides[-2:] == [(GENERATION.prefix, GENERATION.suffix)] * 2


async def test_a_server_that_drops_the_suffix_without_a_word_is_asked_by_template() -> None:
    asked = Asked()
    dialect = OpenAi(ignores_suffix=True)
    async with served("openai", dialect=dialect, answer=asked) as (fake, backend):
        assert await text_of(backend) == "a + b"
        assert fake.requests[0].body["prompt"].startswith("<｜fim▁begin｜>def add")
    assert asked.sides == [(GENERATION.prefix, GENERATION.suffix)]


async def test_a_server_that_does_not_count_is_believed_to_read_the_suffix() -> None:
    dialect = OpenAi(ignores_suffix=True)
    async with FakeFim(dialect=dialect, default=SCENARIOS["no-usage"]) as fake:
        backend = create("openai", BackendOptions(base_url=fake.url, api_key=KEY))
        await chunks_of(backend)
        assert with_code(fake)[0]["suffix"] == GENERATION.suffix
        await backend.aclose()


@pytest.mark.parametrize("field", ["stream_options", "stop", "temperature"])
async def test_a_field_that_the_server_does_not_know_is_left_out_from_then_on(field: str) -> None:
    question = dataclasses.replace(GENERATION, stop=("+",))
    async with served("openai", dialect=OpenAi(refuses=[field])) as (fake, backend):
        for _ in range(2):
            assert (await text_of(backend, question)).strip() == "a"
        assert [field in exchange.body for exchange in fake.requests] == [True, False, False]


async def test_a_refused_suffix_and_a_family_that_is_not_known_is_told() -> None:
    dialect = OpenAi(ServedModel("my-model", "starcoder2"), refuses=["suffix"])
    with pytest.raises(ModelError, match="fimTemplate"):
        async with served("openai", dialect=dialect):
            pass


@pytest.mark.parametrize("parses", [True, False])
async def test_codestrals_markers_are_sent_only_where_they_are_seen_to_be_parsed(
    parses: bool,
) -> None:
    model = ServedModel("codestral-22b", "codestral", parses=parses)
    async with FakeFim(dialect=OpenAi(model, refuses=["suffix"])) as fake:
        backend = create("openai", BackendOptions(base_url=fake.url, api_key=KEY))
        if parses:
            assert await text_of(backend) == "a + b"
        else:
            with pytest.raises(ModelError, match="nothing is sent"):
                await chunks_of(backend)
            assert with_code(fake) == []
        await backend.aclose()


EMBEDS = {"id": "text-embedding-nomic-embed-text-v1.5", "owned_by": "organization_owner"}
CHATS = {"id": "llama-3.1-8b-instruct", "owned_by": "organization_owner"}


@pytest.mark.parametrize("model", ["qwen2.5-coder-7b", "starcoder2-3b"])
async def test_of_several_models_the_one_that_completes_is_asked(model: str) -> None:
    family = "qwen-coder" if "qwen" in model else "starcoder2"
    dialect = OpenAi(ServedModel(model, family), beside=[EMBEDS, CHATS])
    async with served("openai", dialect=dialect) as (_, backend):
        assert await text_of(backend) == "a + b"
        assert backend.model == model


async def test_several_models_of_which_none_surely_completes_are_told_and_no_code_is_sent() -> None:
    dialect = OpenAi(ServedModel("my-tune", "qwen-coder"), beside=[EMBEDS, CHATS])
    async with FakeFim(dialect=dialect) as fake:
        backend = create("openai", BackendOptions(base_url=fake.url, api_key=KEY))
        with pytest.raises(ModelError, match=r"the one that does: llama.*my-tune"):
            await chunks_of(backend)
        assert fake.requests == []
        await backend.aclose()


async def test_a_template_in_the_settings_is_used_at_once() -> None:
    async with served("openai", fim_template="deepseek-coder") as (fake, backend):
        await chunks_of(backend)
        assert "suffix" not in fake.requests[0].body


async def test_a_request_that_is_refused_for_another_reason_is_not_repeated() -> None:
    other = refusal(422, {"error": {"message": "max_tokens must be less than 5", "code": None}})
    async with served("openai", default=other) as (fake, backend):
        with pytest.raises(BadRequest):
            await chunks_of(backend)
        assert len(with_code(fake)) == 1


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
