"""Backends of every row of the table, each before the fake that speaks its dialect."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable
from typing import Any

from codestral_ls.backends import table
from codestral_ls.backends.base import Backend, Chunk
from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.served.base import ServedBackend
from codestral_ls.prompt.prompt import Prompt
from tests.backends.asking import GENERATION
from tests.fakes.behaviour import Behaviour
from tests.fakes.dialect import Dialect
from tests.fakes.fim_server import KEY, FakeFim

SERVED = ("vllm", "llamacpp", "ollama", "tgi", "openai")
REMOTE = ("mistral", *SERVED)


class Asked:
    """What the model of a fake saw, question by question."""

    def __init__(self, text: str = "a + b") -> None:
        self.sides: list[tuple[str, str]] = []
        self._text = text

    def __call__(self, prefix: str, suffix: str) -> str:
        self.sides.append((prefix, suffix))
        return self._text


@contextlib.asynccontextmanager
async def served(
    name: str,
    *,
    dialect: str | Dialect | None = None,
    default: Behaviour | None = None,
    answer: Callable[[str, str], str] | None = None,
    **settings: Any,
) -> AsyncIterator[tuple[FakeFim, Backend]]:
    """A fake, and a backend that has found out all about it."""
    async with FakeFim(dialect=dialect or name) as fake:
        chosen = {"base_url": fake.url, "api_key": KEY, **settings}
        backend = table.create(name, BackendOptions(**chosen))
        try:
            await found_out(backend)
            # What the probes asked is not what the tests count.
            fake.requests.clear()
            fake.others.clear()
            fake.default = default or fake.default
            fake.answer = answer or fake.answer
            yield fake, backend
        finally:
            await backend.aclose()


async def found_out(backend: Backend) -> None:
    if isinstance(backend, ServedBackend):
        await backend.facts()


async def chunks_of(backend: Backend, generation: Prompt = GENERATION) -> list[Chunk]:
    async with contextlib.aclosing(backend.stream(generation)) as stream:
        return [chunk async for chunk in stream]


async def cached_shares(backend: Backend, line: str, n_lines: int, question: Prompt) -> list[float]:
    """The share of its prompt that a server has kept, key by key, where its user types below
    that many lines. What is asked else is as in the question."""
    shares = []
    for typed in ("", "    n", "    nu", "    num = cou"):
        prompt = dataclasses.replace(question, prefix=line * n_lines + typed)
        usage = (await chunks_of(backend, prompt))[-1].usage
        assert usage is not None
        shares.append(usage.cached_tokens / usage.prompt_tokens)
    return shares


async def text_of(backend: Backend, generation: Prompt = GENERATION) -> str:
    return "".join(chunk.text for chunk in await chunks_of(backend, generation))
