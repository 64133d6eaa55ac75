"""Asking a backend one question of a fake server."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from codestral_ls.backends.base import Chunk
from codestral_ls.backends.mistral.fim import MistralBackend
from codestral_ls.backends.options import BackendOptions
from codestral_ls.prompt.prompt import Prompt
from tests.fakes.behaviour import Behaviour
from tests.fakes.fim_server import KEY, FakeFim

GENERATION = Prompt(
    prefix="def add(a, b):\n    return ", suffix="\n", max_tokens=64, temperature=0.0
)


@contextlib.asynccontextmanager
async def backend_for(fake: FakeFim, **settings: Any) -> AsyncIterator[MistralBackend]:
    chosen = {"base_url": fake.url, "api_key": KEY, "model": "codestral-latest", **settings}
    backend = MistralBackend(BackendOptions(**chosen))
    try:
        yield backend
    finally:
        await backend.aclose()


async def chunks_of(backend: MistralBackend, generation: Prompt = GENERATION) -> list[Chunk]:
    async with contextlib.aclosing(backend.stream(generation)) as stream:
        return [chunk async for chunk in stream]


async def ask(behaviour: Behaviour, **settings: Any) -> tuple[str, list[Chunk]]:
    """The text, and all chunks, of one request treated so."""
    async with FakeFim(default=behaviour) as fake, backend_for(fake, **settings) as backend:
        chunks = await chunks_of(backend)
        return "".join(chunk.text for chunk in chunks), chunks


def stream_of(*events: dict[str, Any] | str) -> Behaviour:
    lines = (event if isinstance(event, str) else json.dumps(event) for event in events)
    body = "".join(f"data: {line}\n\n" for line in lines)
    return Behaviour(body=body.encode(), content_type="text/event-stream")
