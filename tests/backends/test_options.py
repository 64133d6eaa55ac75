"""An endpoint is taken as people paste it: with the route that a server's documentation shows."""

from __future__ import annotations

import pytest

from codestral_ls.backends import table
from codestral_ls.backends.options import BackendOptions
from codestral_ls.privacy.addresses import Address, Malformed
from tests.backends.served.serving import REMOTE, text_of
from tests.fakes.fim_server import KEY, FakeFim

ROUTES = {
    "mistral": ("/v1", "/v1/fim/completions", "/v1/chat/completions", "/v1/models"),
    "vllm": ("/v1/", "/v1/completions", "/v1/chat/completions", "/health", "/tokenize"),
    "llamacpp": ("/infill", "/completion", "/v1/completions", "/props"),
    "ollama": ("/api/generate", "/api/chat", "/api/tags", "/v1/chat/completions"),
    "tgi": ("/generate_stream", "/generate", "/v1/chat/completions"),
    "openai": ("/v1", "/v1/completions", "/v1/chat/completions", "/completions"),
}


@pytest.mark.parametrize(
    ("pasted", "path"),
    [
        ("https://gw.example/llm/v1/fim/completions", "/llm"),
        ("https://openrouter.ai/api/v1/chat/completions", "/api"),
        ("https://openrouter.ai/api/v1", "/api"),
        ("http://localhost:12434/engines/llama.cpp/v1/completions", "/engines/llama.cpp"),
        ("http://localhost:12434/engines/v1/", "/engines"),
        ("https://api.deepseek.com/beta/completions", "/beta"),
        ("http://localhost:1234/v1//", ""),
        ("http://localhost:1234", ""),
        ("https://gw.example/models-of-ours", "/models-of-ours"),
        ("https://gw.example/v1beta", "/v1beta"),
        ("https://gw.example/teams/generate-code", "/teams/generate-code"),
    ],
)
def test_a_route_at_the_end_of_an_address_is_taken_off(pasted: str, path: str) -> None:
    address = BackendOptions(base_url=pasted).address
    assert isinstance(address, Address)
    assert address.path == path


def test_what_is_no_address_stays_told() -> None:
    assert isinstance(BackendOptions(base_url="localhost:8080/v1/completions").address, Malformed)


@pytest.mark.parametrize(
    ("name", "route"), [(name, route) for name in REMOTE for route in ROUTES[name]]
)
async def test_a_server_is_asked_at_its_base_whatever_route_was_pasted(
    name: str, route: str
) -> None:
    async with FakeFim(dialect=name) as fake:
        for provider in (name, "auto"):
            backend = table.create(provider, BackendOptions(base_url=fake.url + route, api_key=KEY))
            assert await text_of(backend) == "a + b"
            await backend.aclose()
