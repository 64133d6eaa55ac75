"""SGLang: a row of its own, asked with our own layout of the prompt and never with ``suffix``."""

from __future__ import annotations

import pytest

from codestral_ls.backends import table
from codestral_ls.backends.base import ModelError
from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.served.facts import PromptForm
from codestral_ls.backends.served.sglang import SglangBackend
from tests.backends.asking import GENERATION
from tests.backends.served.serving import Asked, served, text_of
from tests.fakes.fim_server import KEY, FakeFim
from tests.fakes.served_model import ServedModel
from tests.fakes.sglang import Sglang


@pytest.mark.parametrize("new_routes", [True, False])
@pytest.mark.parametrize("lists_length", [True, False])
async def test_it_is_recognized_and_its_context_is_known(
    new_routes: bool, lists_length: bool
) -> None:
    dialect = Sglang(new_routes=new_routes, lists_length=lists_length)
    asked = Asked()
    async with FakeFim(dialect=dialect, answer=asked) as fake:
        backend = table.create("auto", BackendOptions(base_url=fake.url, api_key=KEY))
        assert await text_of(backend) == "a + b"
        assert backend.name == "sglang"
        await backend.aclose()
        assert all("suffix" not in exchange.body for exchange in fake.requests)
    assert asked.sides == [(GENERATION.prefix, GENERATION.suffix)]
    async with served("sglang", dialect=dialect) as (_, own):
        assert isinstance(own, SglangBackend)
        assert (await own.facts()).context_tokens == 32_768


@pytest.mark.parametrize("family", ["codestral", "codestral-tekken"])
@pytest.mark.parametrize("parses", [True, False])
async def test_codestral_goes_as_token_ids_where_its_markers_are_not_parsed(
    family: str, parses: bool
) -> None:
    asked = Asked()
    model = ServedModel("mistralai/Codestral-22B-v0.1", family, parses=parses)
    async with served("sglang", dialect=Sglang(model), answer=asked) as (fake, backend):
        assert await text_of(backend) == "a + b"
        assert isinstance(backend, SglangBackend)
        facts = await backend.facts()
        assert isinstance(fake.requests[0].body["prompt"], list) or parses
        assert facts.form is PromptForm.IDS or parses
    assert asked.sides == [(GENERATION.prefix, GENERATION.suffix)]


async def test_a_model_that_embeds_is_told() -> None:
    with pytest.raises(ModelError, match="writes no text"):
        async with served("sglang", dialect=Sglang(generates=False)):
            pass
