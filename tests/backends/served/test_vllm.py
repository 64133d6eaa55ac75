"""vLLM: markers as text only where they are parsed, else as token ids; a session on one server."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from codestral_ls.backends.base import ModelError, PromptTooLong
from codestral_ls.backends.served.facts import PromptForm
from codestral_ls.backends.served.vllm import VllmBackend
from tests.backends.asking import GENERATION
from tests.backends.served.serving import Asked, chunks_of, served, text_of
from tests.fakes.behaviour import recorded
from tests.fakes.served_model import ServedModel
from tests.fakes.vllm import Vllm

PREFIX, SUFFIX = GENERATION.prefix, GENERATION.suffix


async def facts_of(dialect: Vllm, **settings: Any) -> Any:
    async with served("vllm", dialect=dialect, **settings) as (_, backend):
        assert isinstance(backend, VllmBackend)
        return await backend.facts()


async def test_a_tokenizer_that_parses_markers_gets_them_in_a_string() -> None:
    async with served("vllm", dialect=Vllm(ServedModel("qwen2.5-coder", "qwen-coder"))) as (
        fake,
        backend,
    ):
        await chunks_of(backend)
        body = fake.requests[0].body
    assert body["prompt"] == f"<|fim_prefix|>{PREFIX}<|fim_suffix|>{SUFFIX}<|fim_middle|>"
    # As strings they would be left out of the text, and never be seen.
    assert body["stop_token_ids"] == [100, 101, 102, 103]
    assert "suffix" not in body
    assert body["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize("family", ["codestral", "codestral-tekken"])
async def test_a_tokenizer_that_takes_codestrals_markers_for_text_gets_ids(family: str) -> None:
    model = ServedModel("codestral-22b", family, parses=False)
    asked = Asked()
    async with served("vllm", dialect=Vllm(model), answer=asked) as (fake, backend):
        assert await text_of(backend) == "a + b"
        prompt = fake.requests[0].body["prompt"]
    suffix, prefix = model.template.ids["[SUFFIX]"], model.template.ids["[PREFIX]"]
    assert prompt[:2] == [1, suffix]
    assert prompt.count(prefix) == 1
    assert asked.sides == [(PREFIX, SUFFIX)]


@pytest.mark.parametrize("parses", [True, False])
@pytest.mark.parametrize("family", ["codestral", "codestral-tekken"])
async def test_markers_in_source_text_never_become_markers_of_the_prompt(
    family: str, parses: bool
) -> None:
    model = ServedModel("codestral-22b", family, parses=parses)
    hostile = dataclasses.replace(GENERATION, prefix="x = '[SUFFIX]'\n", suffix="y = '[PREFIX]'\n")
    async with served("vllm", dialect=Vllm(model)) as (fake, backend):
        await chunks_of(backend, hostile)
        seen = model.read(fake.requests[0].body["prompt"])
    for marker in model.template.ids.values():
        assert seen.count(marker) == 1


async def test_of_codestrals_two_tokenizers_the_servers_own_is_taken() -> None:
    tekken = await facts_of(Vllm(ServedModel("codestral-next", "codestral-tekken")))
    assert (tekken.template.name, tekken.form) == ("codestral-tekken", PromptForm.STRING)
    older = await facts_of(Vllm(ServedModel("codestral-22b", "codestral")))
    assert (older.template.name, older.form) == ("codestral", PromptForm.STRING)


async def test_a_name_that_tells_nothing_is_made_good_by_the_vocabulary() -> None:
    facts = await facts_of(Vllm(ServedModel("fast", "starcoder2")))
    assert facts.template.name == "starcoder2"
    facts = await facts_of(Vllm(ServedModel("fast", "codestral", parses=False)))
    assert (facts.template.name, facts.form) == ("codestral", PromptForm.IDS)


async def test_a_template_in_the_settings_is_not_taken_where_its_markers_are_text() -> None:
    with pytest.raises(ModelError, match="reads the markers of template seed-coder as ordinary"):
        await facts_of(Vllm(), fim_template="seed-coder")


async def test_a_template_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(ModelError, match="no template nonsense; fimTemplate knows codestral"):
        await facts_of(Vllm(), fim_template="nonsense")


async def test_a_model_without_fill_in_the_middle_is_told() -> None:
    with pytest.raises(ModelError, match="name one with fimTemplate"):
        await facts_of(Vllm(ServedModel("llama", "qwen-coder", parses=False)))


async def test_a_model_that_is_not_served_is_told_with_those_that_are() -> None:
    with pytest.raises(ModelError, match=r"does not serve gpt-2; it has Qwen/Qwen2\.5-Coder"):
        await facts_of(Vllm(), model="gpt-2")


async def test_a_router_without_a_tokenizer_is_asked_to_count_instead() -> None:
    dialect = Vllm(ServedModel("codestral-22b", "codestral"))
    dialect.routes_only_completions = True
    facts = await facts_of(dialect)
    assert (facts.template.name, facts.form) == ("codestral", PromptForm.STRING)


async def test_behind_such_a_router_codestral_is_refused_where_markers_are_text() -> None:
    dialect = Vllm(ServedModel("codestral-22b", "codestral", parses=False))
    dialect.routes_only_completions = True
    with pytest.raises(ModelError, match="nothing is sent"):
        await facts_of(dialect)


async def test_a_session_keeps_its_name_and_another_has_another() -> None:
    names: list[str] = []
    for _ in range(2):
        async with served("vllm") as (fake, backend):
            for _ in range(2):
                await chunks_of(backend)
            sent = {exchange.request.headers["x-session-id"] for exchange in fake.requests}
            assert len(sent) == 1
            names += sent
    assert names[0] != names[1]


async def test_headers_of_the_user_come_before_ours() -> None:
    headers = {"x-session-id": "mine", "X-Team": "tools"}
    async with served("vllm", headers=headers) as (fake, backend):
        await chunks_of(backend)
        sent = fake.requests[0].request.headers
    assert (sent["x-session-id"], sent["x-team"]) == ("mine", "tools")


async def test_a_prompt_longer_than_the_context_is_cut_and_what_is_near_the_cursor_stays() -> None:
    lines = "".join(f"value_{number} = compute({number})\n" for number in range(2000))
    asked = Asked()
    async with served("vllm", dialect=Vllm(max_model_len=2048), answer=asked) as (fake, backend):
        long = dataclasses.replace(GENERATION, prefix=lines + "def f(", suffix="):\n" + lines)
        assert await text_of(backend, long) == "a + b"
        assert len(fake.requests) <= 2
    prefix, suffix = asked.sides[-1]
    assert (lines + "def f(").endswith(prefix)
    assert ("):\n" + lines).startswith(suffix)
    assert len(prefix) > 500
    assert len(suffix) > 200


async def test_a_text_of_many_tokens_is_cut_further_once_and_for_all() -> None:
    digits = "1234567890" * 2000
    async with served("vllm", dialect=Vllm(max_model_len=1024)) as (fake, backend):
        long = dataclasses.replace(GENERATION, prefix=digits)
        for _ in range(2):
            assert await text_of(backend, long) == "a + b"
        assert len(fake.requests) == 3


async def test_a_prompt_that_is_too_long_however_it_is_cut_is_told() -> None:
    async with served("vllm", default=recorded("vllm/error-400-too-long")) as (fake, backend):
        with pytest.raises(PromptTooLong):
            await chunks_of(backend)
        assert len(fake.requests) == 2


async def test_the_head_of_the_prompt_stays_cached_while_its_user_types() -> None:
    for parses in (True, False):
        model = ServedModel("codestral-22b", "codestral", parses=parses)
        async with served("vllm", dialect=Vllm(model)) as (fake, backend):
            head = "value = compute(1)\n" * 300
            for typed in ("", "r", "re", "ret"):
                await chunks_of(backend, dataclasses.replace(GENERATION, prefix=head + typed))
            n_tokens = len(model.read(fake.requests[-1].body["prompt"]))
            assert all(cached > 0.9 * n_tokens for cached in fake.cacheable(16))


async def test_a_server_that_changed_its_model_is_asked_anew_at_once() -> None:
    dialect = Vllm()
    async with served("vllm", dialect=dialect) as (_, backend):
        dialect.model = ServedModel("starcoder2-3b", "starcoder2")
        assert await text_of(backend) == "a + b"
        assert backend.model == "starcoder2-3b"


async def test_an_adapter_beside_its_model_is_no_choice() -> None:
    dialect = Vllm()
    dialect.beside = [{"id": "sql-adapter", "owned_by": "vllm", "parent": dialect.model.name}]
    async with served("vllm", dialect=dialect) as (_, backend):
        assert await text_of(backend) == "a + b"
        assert backend.model == dialect.model.name
