"""A long day of typing at the real process: what it holds afterwards, and what it answered.

By hand: ``python -m tests.real.soak --minutes 20`` prints memory and open descriptors over time.
"""

from __future__ import annotations

import argparse
import random
import string
import tempfile
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.behaviour import Behaviour
from tests.fakes.endpoint import Endpoint
from tests.server.raw import RawClient, clean_environment, running

# Keys between two looks at the process.
_KEYS_PER_ROUND = 40
_PAGE_KB = 4
# What is typed into: a file as long as the windows that prompts show.
_START = Path(textwrap.__file__).read_text(encoding="utf-8").splitlines(keepends=True)


@dataclass(frozen=True, slots=True)
class Look:
    """What the process held at a moment."""

    after_s: float
    descriptors: int
    rss_mb: float
    requests: int
    """Completions the client asked for so far."""


def type_for(
    seconds: float, *, s_per_key: float, n_lines: int = len(_START), seed: int = 1
) -> Iterator[Look]:
    """Type for a time at the end of a file of so many lines, asking after each key and cancelling
    most requests, as editors do; yields a look at the process now and then. Linux only: it reads
    ``/proc``."""
    source = random.Random(seed)
    with tempfile.TemporaryDirectory() as home, Endpoint() as endpoint:
        # Slow enough that keys come while a stream opens, runs and closes.
        endpoint.fake.script = _behaviours(source)
        environ = clean_environment(Path(home), **endpoint.environment)
        with running(environ, kind=RawClient) as client:
            client.initialize()
            yield from _typed(client, source, seconds, s_per_key, n_lines)
            assert client.end() == 0


def _behaviours(source: random.Random) -> Iterator[Behaviour]:
    while True:
        yield Behaviour(
            first_byte_delay_s=source.uniform(0, 0.08),
            pace_s=source.uniform(0, 0.01),
            text="value = compute(item)\nresult = value\n" * 4,
        )


def _typed(
    client: RawClient, source: random.Random, seconds: float, s_per_key: float, n_lines: int
) -> Iterator[Look]:
    uri, line, column, version = "file:///soak/main.py", n_lines, 0, 1
    client.open(uri, "".join(_START[:n_lines]))
    started_at = time.monotonic()
    n_requests = 0
    while time.monotonic() - started_at < seconds:
        pending: list[int] = []
        for _ in range(_KEYS_PER_ROUND):
            key = source.choice(string.ascii_letters + " .(=")
            if source.random() < 0.03 or column > 60:
                key = "\n"
            version += 1
            client.insert(uri, version, line, column, key)
            line, column = (line + 1, 0) if key == "\n" else (line, column + 1)
            if key == "\n":
                # The file stays as long as it is, or its growth would be taken for the server's.
                version += 1
                client.notify("textDocument/didChange", _without_first_line(uri, version))
                line -= 1
            request = client.complete(uri, line, column)
            n_requests += 1
            pending.append(request)
            time.sleep(source.expovariate(1 / s_per_key))
            if source.random() < 0.8:
                client.notify("$/cancelRequest", {"id": request})
        for request in pending:
            client.reply(request)
        client.received.clear()
        yield _look(client, time.monotonic() - started_at, n_requests)


def _without_first_line(uri: str, version: int) -> dict[str, object]:
    start, end = {"line": 0, "character": 0}, {"line": 1, "character": 0}
    return {
        "textDocument": {"uri": uri, "version": version},
        "contentChanges": [{"range": {"start": start, "end": end}, "text": ""}],
    }


def _look(client: RawClient, after_s: float, n_requests: int) -> Look:
    process = Path("/proc") / str(client.process.pid)
    pages = int((process / "statm").read_text().split()[1])
    descriptors = sum(1 for _ in (process / "fd").iterdir())
    return Look(after_s, descriptors, pages * _PAGE_KB / 1024, n_requests)


def main() -> None:
    """Print the looks, one a line, at most one every ten seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--ms-per-key", type=float, default=60.0)
    arguments = parser.parse_args()
    print("   s  requests  descriptors  RSS MB")
    shown_at = -10.0
    for look in type_for(arguments.minutes * 60, s_per_key=arguments.ms_per_key / 1000):
        if look.after_s - shown_at >= 10:
            shown_at = look.after_s
            print(
                f"{look.after_s:4.0f} {look.requests:9d} {look.descriptors:12d} {look.rss_mb:7.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
