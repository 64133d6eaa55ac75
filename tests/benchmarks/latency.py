"""Added latency: time to the first text, over a bare socket asking the same server the same thing.

    python -m tests.benchmarks.latency [PAIRS]

Ways are interleaved, each on its own warm connection, so that noise of the machine hits all
alike; what counts is the difference of the percentiles. A further way is one entry in ``WAYS``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import urlsplit

from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.table import create
from codestral_ls.prompt.prompt import Prompt
from tests.fakes.fim_server import KEY

# 8 KB, as the default windows send, with an identifier to type at the cursor.
GENERATION = Prompt(
    prefix="def total(items):\n    return sum(item.price for item in items)\n\n" * 92,
    suffix="\n\ndef main():\n    print(total([]))\n" * 60,
    max_tokens=64,
    temperature=0.0,
)

Ask = Callable[[], Awaitable[float]]
"""Asks once; seconds until the first text."""


@asynccontextmanager
async def raw_socket(url: str) -> AsyncIterator[Ask]:
    """The floor: one kept connection, no HTTP library, no parsing beyond finding the text."""
    host = urlsplit(url)
    reader, writer = await asyncio.open_connection(host.hostname, host.port)
    body = json.dumps(
        {
            "model": "codestral-latest",
            "prompt": GENERATION.prefix,
            "suffix": GENERATION.suffix,
            "max_tokens": GENERATION.max_tokens,
            "temperature": GENERATION.temperature,
            "stream": True,
        }
    ).encode()
    head = (
        f"POST /v1/fim/completions HTTP/1.1\r\nHost: {host.netloc}\r\n"
        f"Authorization: Bearer {KEY}\r\nContent-Length: {len(body)}\r\n\r\n"
    )

    async def ask() -> float:
        start = time.perf_counter()
        writer.write(head.encode() + body)
        received = b""
        while b'"content": "a' not in received:
            received += await reader.read(65536)
        first = time.perf_counter() - start
        while not received.endswith(b"0\r\n\r\n"):
            received += await reader.read(65536)
        return first

    yield ask
    writer.close()


@asynccontextmanager
async def backend(url: str) -> AsyncIterator[Ask]:
    """Through the backend's stream."""
    mistral = create("mistral", BackendOptions(base_url=url, api_key=KEY))
    await mistral.warm()

    async def ask() -> float:
        start = time.perf_counter()
        first = 0.0
        async with contextlib.aclosing(mistral.stream(GENERATION)) as stream:
            async for chunk in stream:
                if chunk.text and not first:
                    first = time.perf_counter() - start
        return first

    yield ask
    await mistral.aclose()


WAYS: Mapping[str, Callable[[str], AbstractAsyncContextManager[Ask]]] = {
    "raw socket": raw_socket,
    "backend": backend,
}
"""The first is what the others are compared with."""


async def measure(url: str, n_pairs: int) -> Mapping[str, list[float]]:
    """Seconds to the first text, per way, the first tenth left out as warm-up."""
    times: dict[str, list[float]] = {name: [] for name in WAYS}
    async with contextlib.AsyncExitStack() as stack:
        asks = {name: await stack.enter_async_context(way(url)) for name, way in WAYS.items()}
        for _ in range(n_pairs + n_pairs // 10):
            for name, ask in asks.items():
                times[name].append(await ask())
    return {name: seconds[-n_pairs:] for name, seconds in times.items()}


def report(times: Mapping[str, list[float]]) -> None:
    """One line for each way: percentiles, and what they add to the first way's."""
    base: tuple[float, float] | None = None
    print(f"{'first text, ms':<24}{'p50':>8}{'p99':>8}{'p50 added':>12}{'p99 added':>12}")
    for name, seconds in times.items():
        cuts = statistics.quantiles(seconds, n=100)
        p50, p99 = cuts[49] * 1000, cuts[98] * 1000
        base = base or (p50, p99)
        print(f"{name:<24}{p50:>8.2f}{p99:>8.2f}{p50 - base[0]:>12.2f}{p99 - base[1]:>12.2f}")


@contextlib.contextmanager
def fake_server() -> Iterator[str]:
    """The fake in a process of its own, so that it does not share our event loop."""
    command = [sys.executable, "-m", "tests.fakes.fim_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def main() -> None:
    """Measure and print."""
    n_pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    print(f"$ python -m tests.benchmarks.latency {n_pairs}")
    with fake_server() as url:
        report(asyncio.run(measure(url, n_pairs)))


if __name__ == "__main__":
    main()
