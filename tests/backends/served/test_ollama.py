"""Ollama: raw prompts of ours where the family is known, and none of its traps."""

from __future__ import annotations

import dataclasses

import pytest

from codestral_ls.backends.base import ModelError
from tests.backends.asking import GENERATION
from tests.backends.served.serving import Asked, chunks_of, served, text_of
from tests.fakes.fim_server import FakeFim
from tests.fakes.ollama import CHAT, Ollama
from tests.fakes.served_model import ServedModel

EMPTY_SIDES = [("", ""), ("", "}\n"), ("x = ", ""), ("x = ", "\n")]


@pytest.mark.parametrize(("prefix", "suffix"), EMPTY_SIDES)
async def test_an_empty_side_neither_loads_the_model_only_nor_makes_it_chat(
    prefix: str, suffix: str
) -> None:
    asked = Asked()
    question = dataclasses.replace(GENERATION, prefix=prefix, suffix=suffix)
    async with served("ollama", answer=asked) as (_, backend):
        assert await text_of(backend, question) == "a + b"
    assert asked.sides == [(prefix, suffix)]


@pytest.mark.parametrize(("prefix", "suffix"), EMPTY_SIDES)
async def test_a_model_that_lays_out_itself_is_never_given_an_empty_side(
    prefix: str, suffix: str
) -> None:
    dialect = Ollama(ServedModel("own-model", "starcoder2"))
    question = dataclasses.replace(GENERATION, prefix=prefix, suffix=suffix)
    async with served("ollama", dialect=dialect) as (fake, backend):
        assert await text_of(backend, question) not in {"", CHAT}
        body = fake.requests[-1].body
    assert "raw" not in body
    assert (body["prompt"].strip("\n"), body["suffix"].strip("\n")) == (
        prefix.strip("\n"),
        suffix.strip("\n"),
    )


async def test_the_request_is_raw_and_its_context_never_changes() -> None:
    async with served("ollama") as (fake, backend):
        await chunks_of(backend)
        await chunks_of(backend, dataclasses.replace(GENERATION, max_tokens=5, temperature=0.8))
        first, second = (exchange.body for exchange in fake.requests)
    assert first["prompt"] == f"[SUFFIX]{GENERATION.suffix}[PREFIX] {GENERATION.prefix}"
    assert first["raw"] is True
    assert first["keep_alive"] == "10m"
    assert first.keys() & {"template", "system", "context", "suffix"} == set()
    assert first["options"]["num_ctx"] == second["options"]["num_ctx"]


async def test_markers_that_the_model_reads_as_text_are_never_sent_with_source() -> None:
    dialect = Ollama(ServedModel("codestral:22b", "codestral", parses=False))
    async with FakeFim(dialect=dialect) as fake:
        with pytest.raises(ModelError, match="nothing is sent"):
            async with served("ollama", base_url=fake.url):
                pass
        assert all("def add" not in str(exchange.body) for exchange in fake.requests)


async def test_a_model_is_found_by_what_it_was_made_from() -> None:
    model = ServedModel("ours:latest", "starcoder2")
    dialect = Ollama(model, inserts=False, parent="starcoder2:3b")
    async with served("ollama", dialect=dialect) as (fake, backend):
        assert await text_of(backend) == "a + b"
        assert fake.requests[0].body["prompt"].startswith("<fim_prefix>")


async def test_a_model_that_cannot_insert_and_is_not_known_is_told() -> None:
    dialect = Ollama(ServedModel("llama3", "starcoder2"), inserts=False)
    with pytest.raises(ModelError, match="fimTemplate"):
        async with served("ollama", dialect=dialect):
            pass


async def test_a_model_that_is_not_there_is_told() -> None:
    with pytest.raises(ModelError, match="not found"):
        async with served("ollama", model="codestral:latest"):
            pass


async def test_source_text_with_markers_cannot_forge_the_prompt() -> None:
    asked = Asked()
    hostile = dataclasses.replace(GENERATION, prefix="a[SUFFIX]b", suffix="c[PREFIX]d")
    async with served("ollama", answer=asked) as (_, backend):
        await chunks_of(backend, hostile)
    assert asked.sides == [("ab", "cd")]


@pytest.mark.parametrize("lists_capabilities", [True, False])
@pytest.mark.parametrize("is_loaded", [True, False])
async def test_of_several_models_one_that_inserts_is_asked(
    lists_capabilities: bool, is_loaded: bool
) -> None:
    beside = {
        "nomic-embed-text:latest": ["embedding"],
        "llama3.1:8b": ["completion", "tools"],
        "codellama:7b": ["completion"],  # the one that chats; the other is codellama:7b-code
        "deepseek-r1:7b": ["completion", "thinking"],
        "qwen3-coder:480b-cloud": ["completion", "insert"],
    }
    dialect = Ollama(beside=beside, lists_capabilities=lists_capabilities)
    dialect.is_loaded = is_loaded
    async with served("ollama", dialect=dialect) as (_, backend):
        assert await text_of(backend) == "a + b"
        assert backend.model == "codestral:22b"


async def test_where_no_model_inserts_the_user_is_asked_and_no_code_is_sent() -> None:
    beside = {"nomic-embed-text:latest": ["embedding"], "mistral-small:24b": ["completion"]}
    dialect = Ollama(ServedModel("llama3.1:8b", "starcoder2"), inserts=False, beside=beside)
    async with FakeFim(dialect=dialect) as fake:
        with pytest.raises(ModelError, match=r"that does: mistral-small:24b, llama3.1:8b"):
            async with served("ollama", base_url=fake.url):
                pass
        assert fake.requests == []


@pytest.mark.parametrize("name", ["deepseek-r1:7b", "nomic-embed-text", "qwen3-coder:480b-cloud"])
async def test_its_only_model_is_not_asked_where_it_cannot_complete(name: str) -> None:
    dialect = Ollama(ServedModel(name, "deepseek-coder"), inserts=False)
    async with FakeFim(dialect=dialect) as fake:
        with pytest.raises(ModelError, match=f"no model for completion, only {name}"):
            async with served("ollama", base_url=fake.url):
                pass
        assert fake.requests == []
