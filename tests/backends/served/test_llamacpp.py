"""llama.cpp: token ids for families we know, ``/infill`` for those that only the model knows."""

from __future__ import annotations

import dataclasses

import pytest

from codestral_ls.backends.base import ModelError
from codestral_ls.backends.served.facts import PromptForm
from codestral_ls.backends.served.llamacpp import LlamaCppBackend
from tests.backends.asking import GENERATION
from tests.backends.served.serving import Asked, chunks_of, served, text_of
from tests.fakes.fim_server import FakeFim
from tests.fakes.llamacpp import LlamaCpp
from tests.fakes.served_model import ServedModel

UNKNOWN = ServedModel("new-model.gguf", "seed-coder", parses=False)


@pytest.mark.parametrize("infills", [False, True])
async def test_codestral_is_asked_by_ids_even_where_the_server_would_infill(infills: bool) -> None:
    asked = Asked()
    dialect = LlamaCpp(infills=infills)
    async with served("llamacpp", dialect=dialect, answer=asked) as (fake, backend):
        assert await text_of(backend) == "a + b"
        exchange = fake.requests[0]
    assert exchange.request.path == "/completion"
    assert exchange.body["prompt"][:2] == [1, 13]
    assert asked.sides == [(GENERATION.prefix, GENERATION.suffix)]


async def test_source_text_with_markers_stays_text() -> None:
    asked = Asked()
    hostile = dataclasses.replace(GENERATION, prefix="x = '[PREFIX]'\n", suffix="[SUFFIX]\n")
    async with served("llamacpp", answer=asked) as (fake, backend):
        await chunks_of(backend, hostile)
        prompt = fake.requests[0].body["prompt"]
    assert (prompt.count(11), prompt.count(13)) == (1, 1)


async def test_a_family_that_only_the_model_knows_is_infilled() -> None:
    async with served("llamacpp", dialect=LlamaCpp(UNKNOWN, infills=True)) as (fake, backend):
        assert isinstance(backend, LlamaCppBackend)
        assert (await backend.facts()).form is PromptForm.INFILL
        assert await text_of(backend) == "a + b"
        exchange = fake.requests[0]
    assert exchange.request.path == "/infill"
    assert exchange.body["input_prefix"] == GENERATION.prefix
    assert exchange.body["input_suffix"] == GENERATION.suffix


async def test_infill_gets_no_more_than_it_would_silently_cut() -> None:
    asked = Asked()
    lines = "".join(f"value_{number} = compute({number})\n" for number in range(2000))
    long = dataclasses.replace(GENERATION, prefix=lines, suffix=lines)
    async with served("llamacpp", dialect=LlamaCpp(UNKNOWN, infills=True), answer=asked) as (
        fake,
        backend,
    ):
        await chunks_of(backend, long)
        body = fake.requests[0].body
    # What was sent is what the model saw.
    assert asked.sides == [(body["input_prefix"], body["input_suffix"])]
    assert len(body["input_prefix"]) > 1000
    assert lines.endswith(body["input_prefix"])
    assert lines.startswith(body["input_suffix"])


async def test_a_model_without_fim_tokens_is_told_without_sending_source() -> None:
    with pytest.raises(ModelError, match="template is not known"):
        async with served("llamacpp", dialect=LlamaCpp(UNKNOWN)):
            pass


async def test_a_template_in_the_settings_that_the_model_does_not_know_is_told() -> None:
    with pytest.raises(ModelError, match="markers of template qwen-coder as ordinary text"):
        async with served("llamacpp", fim_template="qwen-coder"):
            pass


async def test_tokens_of_the_unchanged_suffix_are_asked_for_once() -> None:
    async with served("llamacpp") as (fake, backend):
        for typed in ("", "a", "ab"):
            prefix = GENERATION.prefix + typed
            await chunks_of(backend, dataclasses.replace(GENERATION, prefix=prefix))
        texts = [exchange.body["content"] for exchange in fake.others]
    assert len([text for text in texts if text.startswith("☺")]) <= 2


@pytest.mark.parametrize(
    "name", ["nomic-embed-text-v1.5.Q8_0.gguf", "DeepSeek-R1-Distill-Qwen-7B.gguf"]
)
async def test_a_model_that_embeds_or_thinks_aloud_is_told_and_not_asked(name: str) -> None:
    dialect = LlamaCpp(ServedModel(name, "qwen-coder"))
    async with FakeFim(dialect=dialect) as fake:
        with pytest.raises(ModelError, match="no model for completion, only"):
            async with served("llamacpp", base_url=fake.url):
                pass
        assert fake.requests == []
