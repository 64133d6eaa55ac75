"""KoboldCpp: told from llama.cpp, whose ``/props`` it has, and asked at routes that it has."""

from __future__ import annotations

import pytest

from codestral_ls.backends import table
from codestral_ls.backends.base import ModelError
from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.served.koboldcpp import KoboldCppBackend
from tests.backends.asking import GENERATION
from tests.backends.served.serving import Asked, served, text_of
from tests.fakes.fim_server import KEY, FakeFim
from tests.fakes.koboldcpp import KoboldCpp
from tests.fakes.served_model import ServedModel


@pytest.mark.parametrize("model", ["", "whatever-they-call-it-qwen2.5-coder"])
async def test_it_is_recognized_and_asked_with_our_layout(model: str) -> None:
    asked = Asked()
    async with FakeFim(dialect=KoboldCpp(), answer=asked) as fake:
        options = BackendOptions(base_url=fake.url, api_key=KEY, model=model)
        backend = table.create("auto", options)
        assert await text_of(backend) == "a + b"
        assert backend.name == "koboldcpp"
        await backend.aclose()
        assert [exchange.request.path for exchange in fake.requests] == ["/v1/completions"]
        assert "suffix" not in fake.requests[-1].body
    assert asked.sides[-1] == (GENERATION.prefix, GENERATION.suffix)


async def test_its_context_is_known() -> None:
    async with served("koboldcpp", dialect=KoboldCpp(max_context=2048)) as (_, backend):
        assert isinstance(backend, KoboldCppBackend)
        assert (await backend.facts()).context_tokens == 2048


@pytest.mark.parametrize("model", ["koboldcpp/my-tune", "koboldcpp/Llama-3.1-8B"])
async def test_a_model_of_no_known_family_is_told(model: str) -> None:
    with pytest.raises(ModelError, match="fimTemplate"):
        async with served("koboldcpp", dialect=KoboldCpp(ServedModel(model, "qwen-coder"))):
            pass
