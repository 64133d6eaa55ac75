"""Measures two real vLLMs behind a router under the typists of the fleet simulation, and simulates
the same.

    python -m tests.real.fleet_measured [--users 1 5 20] [--seconds 20]

Starts two vLLMs with a made-up model, and vLLM's router before them with and without affinity.
Repeats the requests that the engine made for the replay's typists, each at its time and for as many
tokens as were read then, from cold caches and without snippets. Prints requests, time to the first
token, share of prompt tokens in the servers' caches, and failures.

Beside it the simulation says of the same requests what it expects of two such replicas: rates are
measured before, with one request at a time and nothing else under way.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import statistics
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from codestral_ls.backends.base import BackendError
from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.served.vllm import VllmBackend
from codestral_ls.model import Usage
from codestral_ls.prompt.prompt import Prompt
from tests.benchmarks.fleet import Ask, Load, Service, Trace, arrivals, loaded, traces
from tests.benchmarks.replay import CHARS_PER_TOKEN
from tests.real.vllms import KEY, recipe, router, vllms

PATIENCE_S = 60.0
AFFINITY, WITHOUT = "consistent_hash", "round_robin"
# On a processor.
BLOCK_TOKENS = 128
# Without a limit that matters: many more users than fit into a made-up model's cache.
SLOTS, CACHE_TOKENS = 256, 1_000_000


@dataclass
class Measured:
    """What became of the requests."""

    first_ms: list[float] = field(default_factory=list)
    prompt_tokens: int = 0
    cached_tokens: int = 0
    failures: int = 0

    @property
    def cached(self) -> float:
        return self.cached_tokens / max(1, self.prompt_tokens)

    def percentile(self, share: float) -> float:
        first = sorted(self.first_ms) or [0.0]
        return first[int(share * (len(first) - 1))]


@dataclass(frozen=True)
class Row:
    """One number of users with one policy, measured and simulated."""

    users: int
    policy: str
    measured: Measured
    simulated: Load

    def __str__(self) -> str:
        seen, said = self.measured, self.simulated
        return (
            f"| {self.users} | `{self.policy}` | {len(seen.first_ms)} "
            f"| {seen.percentile(0.5):.0f} / {seen.percentile(0.9):.0f} ms | {seen.cached:.0%} "
            f"| {seen.failures} "
            f"| {said.percentile(0.5):.0f} / {said.percentile(0.9):.0f} ms | {said.cached:.0%} |"
        )


HEAD = (
    "| typing users | router | requests | first token p50 / p90 | cached | failed "
    "| simulated: first token | cached |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)


@asynccontextmanager
async def asking(url: str) -> AsyncIterator[VllmBackend]:
    """A client of one user."""
    backend = VllmBackend(BackendOptions(base_url=url, api_key=KEY, idle_timeout_s=PATIENCE_S))
    try:
        await backend.facts()
        yield backend
    finally:
        await backend.aclose()


@dataclass(frozen=True)
class Answer:
    """One answer, as its client saw it."""

    first_s: float
    last_s: float
    usage: Usage


async def answer_of(backend: VllmBackend, text: str, tokens: int) -> Answer:
    """The whole of an answer. Raises BackendError."""
    loop = asyncio.get_running_loop()
    asked_at, first_at, usage = loop.time(), 0.0, Usage()
    async with aclosing(backend.stream(Prompt(text, "", tokens, 0.0))) as chunks:
        async for chunk in chunks:
            first_at = first_at or loop.time()
            usage = chunk.usage or usage
    return Answer(first_at - asked_at, loop.time() - asked_at, usage)


async def service_of(url: str, recorded: Sequence[Trace]) -> Service:
    """What one replica does, asked through the router."""
    cold, warm, steps, chars, n_tokens = [], [], [], 0, 0
    async with asking(url) as backend:
        for number, trace in enumerate(recorded):
            text = f"# alone {number}\n{trace.asks[0].prompt}"
            first = await answer_of(backend, text, 16)
            again = await answer_of(backend, text, 16)
            n_new = first.usage.prompt_tokens - again.usage.prompt_tokens
            n_new += again.usage.cached_tokens - first.usage.cached_tokens
            cold.append((first.first_s - again.first_s) / max(1, n_new))
            warm.append(again.first_s)
            steps.append((again.last_s - again.first_s) / 15)
            chars, n_tokens = chars + len(text), n_tokens + first.usage.prompt_tokens
    # The simulation counts so many characters to a token; the made-up model has fewer.
    scale = chars / n_tokens / CHARS_PER_TOKEN
    step_s, s_per_token = statistics.median(steps), max(1e-6, statistics.median(cold))
    return Service(
        prefill_tokens_s=scale / s_per_token,
        step_s=step_s,
        step_s_per_request=0.0,
        slots=SLOTS,
        cache_tokens=CACHE_TOKENS,
        snippet_tokens=0,
        full_tokens=None,
        block_tokens=BLOCK_TOKENS * scale,
        way_s=max(0.0, statistics.median(warm) - step_s),
    )


async def typed(
    users: int, url: str, seconds: float, recorded: Sequence[Trace], name: str
) -> Measured:
    """So many typing users, each request at its time."""
    seen = Measured()

    async def ask(backend: VllmBackend, user: int, asked: Ask) -> None:
        # A head of each user's own: nobody's prompt is in a cache because of another's.
        text = f"# {name} {user}\n{asked.prompt}"
        try:
            answer = await answer_of(backend, text, max(1, asked.tokens))
        except BackendError:
            seen.failures += 1
            return
        seen.first_ms.append(answer.first_s * 1000)
        seen.prompt_tokens += answer.usage.prompt_tokens
        seen.cached_tokens += answer.usage.cached_tokens

    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as holding:
        backends = [await holding.enter_async_context(asking(url)) for _ in range(users)]
        started = loop.time()
        async with asyncio.TaskGroup() as group:
            for at, user, trace, index in arrivals(users, recorded, seconds):
                await asyncio.sleep(max(0.0, started + at - loop.time()))
                group.create_task(ask(backends[user], user, trace.asks[index]))
    return seen


def rows(
    folder: Path, users: Sequence[int], seconds: float, told: Callable[[Row], None]
) -> list[Row]:
    """All rows, with the servers' logs in the folder; ``told`` hears of each as it comes."""
    recorded, found, service = traces("ours", 5, 2), [], None
    options = recipe("vllm-router")
    at = options.index(AFFINITY)
    with vllms(folder) as started:
        workers = [started.start(*recipe("vllm serve")).url for _ in range(2)]
        for policy in (AFFINITY, WITHOUT):
            chosen = [*options[:at], policy, *options[at + 1 :]]
            with router(workers, chosen, folder / f"{policy}.log") as server:
                service = service or asyncio.run(service_of(server.url, recorded))
                for number in users:
                    name = f"{policy} {number}"
                    seen = asyncio.run(typed(number, server.url, seconds, recorded, name))
                    said = loaded(
                        number, len(workers), service, recorded,
                        affinity=policy == AFFINITY, warm_s=0.0, measured_s=seconds,
                    )  # fmt: skip
                    found.append(Row(number, policy, seen, said))
                    told(found[-1])
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--users", type=int, nargs="+", default=[1, 5, 20])
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        print(HEAD)
        rows(Path(name), arguments.users, arguments.seconds, functools.partial(print, flush=True))


if __name__ == "__main__":
    main()
