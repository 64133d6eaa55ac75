"""Measures real vLLMs behind a router under the typists of the fleet simulation.

    python -m tests.real.fleet_measured --worker URL --worker URL [--users 1 5 20] [--seconds 20]
        [--key KEY]

Starts vLLM's router before servers that run already, with and without affinity, and repeats the
requests that the engine made for the replay's typists, each at its time and for as many tokens as
were read then. Prints requests, time to the first token, share of prompt tokens in the servers'
caches, and failures.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
from contextlib import aclosing
from pathlib import Path

from codestral_ls.backends.base import BackendError
from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.served.vllm import VllmBackend
from codestral_ls.prompt.prompt import Prompt
from tests.benchmarks.fleet import Trace, traces
from tests.real.servers import fetched, free_port, running

START_WITHIN_S = 60.0
PATIENCE_S = 30.0


class Measured:
    """What became of the requests."""

    def __init__(self) -> None:
        self.first_ms: list[float] = []
        self.prompt_tokens = self.cached_tokens = self.failures = 0

    def row(self, seconds: float) -> str:
        """In the order of the table's head."""
        first = sorted(self.first_ms) or [0.0]
        p50, p90 = (first[int(share * (len(first) - 1))] for share in (0.5, 0.9))
        share = self.cached_tokens / max(1, self.prompt_tokens)
        rate = len(self.first_ms) / seconds
        return f"{rate:.1f} | {p50:.0f} / {p90:.0f} ms | {share:.0%} | {self.failures} |"


async def typing(user: int, trace: Trace, url: str, key: str, seconds: float, to: Measured) -> None:
    """One user's requests, from a random place of their record."""
    backend = VllmBackend(BackendOptions(base_url=url, api_key=key, idle_timeout_s=PATIENCE_S))
    asking = set()
    loop = asyncio.get_running_loop()
    try:
        await backend.warm()
        await backend.facts()
        started, shift = loop.time(), random.Random(user).uniform(0, trace.seconds)
        at = [(ask.at - shift) % trace.seconds for ask in trace.asks]
        for due, ask in sorted(zip(at, trace.asks, strict=True), key=lambda pair: pair[0]):
            if due > seconds:
                break
            await asyncio.sleep(max(0.0, started + due - loop.time()))
            prompt = Prompt(f"# {user} {url}\n{ask.prompt}", "", max(1, ask.tokens), 0.0)
            asking.add(asyncio.create_task(_ask(backend, prompt, to)))
        await asyncio.gather(*asking)
    finally:
        await backend.aclose()


async def _ask(backend: VllmBackend, prompt: Prompt, to: Measured) -> None:
    loop = asyncio.get_running_loop()
    asked_at, first_at = loop.time(), None
    try:
        async with aclosing(backend.stream(prompt)) as chunks:
            async for chunk in chunks:
                first_at = first_at or loop.time()
                if chunk.usage is not None:
                    to.prompt_tokens += chunk.usage.prompt_tokens
                    to.cached_tokens += chunk.usage.cached_tokens
    except BackendError:
        to.failures += 1
    if first_at is not None:
        to.first_ms.append((first_at - asked_at) * 1000)


async def measured(users: int, url: str, key: str, seconds: float, recorded: list[Trace]) -> str:
    """One row."""
    to = Measured()
    async with asyncio.TaskGroup() as group:
        for user in range(users):
            trace = recorded[user % len(recorded)]
            group.create_task(typing(user, trace, url, key, seconds, to))
    return to.row(seconds)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--worker", action="append", required=True)
    parser.add_argument("--users", type=int, nargs="+", default=[1, 5, 20])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--key", default="made-up-key")
    arguments = parser.parse_args()
    python = fetched("get_vllm_router.sh", "vLLM's router could not be fetched")
    recorded = traces("ours", 5, 2)
    print("| typing users | router | requests/s | first token p50 / p90 | cached | failed |")
    print("| --- | --- | --- | --- | --- | --- |")
    for policy in ("consistent_hash", "round_robin"):
        port = free_port()
        command = [
            str(Path(python).with_name("vllm-router")), "--port", str(port),
            "--worker-urls", *arguments.worker, "--policy", policy,
            "--prometheus-port", str(free_port()),
        ]  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "log"
            with running(command, port, log, {"DO_NOT_TRACK": "1"}, START_WITHIN_S) as router:
                for users in arguments.users:
                    row = asyncio.run(
                        measured(users, router.url, arguments.key, arguments.seconds, recorded)
                    )
                    print(f"| {users} | {policy} | {row}", flush=True)


if __name__ == "__main__":
    main()
