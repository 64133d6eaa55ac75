"""What the server costs as a process, against a trivial pygls server in the same run.

    python -m tests.benchmarks.process [ROUNDS]

Prints: time to the ``initialize`` answer and CPU, ours over a trivial pygls server's; resident
memory after the first completion; CPU of a keystroke (an edit, then a request answered from
nothing) in a 10 MB document over one in a 10 KB document; and the latency that the server adds to
a raw request to the same backend. Rounds are interleaved; read the ratios.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from tests.fakes.endpoint import Endpoint
from tests.server.raw import RawClient, clean_environment

TRIVIAL = """
from lsprotocol import types
from pygls.lsp.server import LanguageServer
server = LanguageServer("trivial", "0")
@server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
async def inline(params: types.InlineCompletionParams):
    return types.InlineCompletionList(items=[])
server.start_io()
"""
URI = "file:///bench/a.py"
KEYS = 200
PAIRS = 100


class Trivial(RawClient):
    """The yardstick, driven the same way."""

    def command(self) -> list[str]:
        return [sys.executable, "-c", TRIVIAL]


def cpu_ms(client: RawClient) -> float:
    fields = Path(f"/proc/{client.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def rss_mb(client: RawClient) -> float:
    status = Path(f"/proc/{client.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def start(kind: type[RawClient], home: Path, **variables: str) -> tuple[RawClient, float]:
    """A server that has answered ``initialize``, and how long that took in milliseconds."""
    started = time.perf_counter()
    client = kind(clean_environment(home, **variables))
    client.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    took = (time.perf_counter() - started) * 1000
    client.notify("initialized", {})
    return client, took


def startup(rounds: int, home: Path) -> None:
    times: dict[type[RawClient], list[tuple[float, float]]] = {Trivial: [], RawClient: []}
    for number in range(rounds + 1):
        for kind, taken in times.items():
            client, took = start(kind, home)
            if number:  # the first round warms the disk's caches
                taken.append((took, cpu_ms(client)))
            client.kill()
    for index, what in enumerate(("wall", "CPU")):
        trivial = [pair[index] for pair in times[Trivial]]
        ours = [pair[index] for pair in times[RawClient]]
        ratio = statistics.median(a / b for a, b in zip(ours, trivial, strict=True))
        print(
            f"initialize, {what}: trivial pygls {statistics.median(trivial):.0f} ms, "
            f"ours {statistics.median(ours):.0f} ms, ratio {ratio:.2f} (goal 1.15)"
        )


def memory(home: Path, endpoint: Endpoint) -> None:
    endpoint.intends("total = price * count\n")
    client, _ = start(RawClient, home, **endpoint.environment)
    client.open(URI, "total = \n")
    reply = client.reply(client.complete(URI, 0, 8))
    assert reply["result"]["items"], "no completion to measure after"
    print(f"resident after the first completion: {rss_mb(client):.1f} MB (goal 60)")
    client.kill()


def keystrokes(home: Path) -> None:
    line = "value = compute(first, second)  # an ordinary line of code\n"
    used = {}
    for name, size in (("10 KB", 10_000), ("10 MB", 10_000_000)):
        client, _ = start(RawClient, home)
        client.open(URI, line * (size // len(line)))
        middle = size // len(line) // 2
        client.reply(client.complete("file:///none", 0, 0))
        before = cpu_ms(client)
        for version in range(KEYS):
            client.insert(URI, version + 2, middle, 8, "x")
            # Inside a word nothing is asked, so what is measured is ours alone.
            client.reply(client.complete(URI, middle, 9))
        used[name] = (cpu_ms(client) - before) / KEYS
        client.kill()
    ratio = used["10 MB"] / used["10 KB"]
    print(
        f"CPU of a keystroke and its request: 10 KB {used['10 KB']:.2f} ms, "
        f"10 MB {used['10 MB']:.2f} ms, ratio {ratio:.2f} (goal 1.5)"
    )


def latency(home: Path, endpoint: Endpoint) -> None:
    client, _ = start(RawClient, home, **endpoint.environment, CODESTRAL_LS_DEBOUNCE_MS="0")
    address = urlsplit(endpoint.url)
    assert address.hostname is not None
    raw = socket.create_connection((address.hostname, address.port or 80))
    direct, through = [], []
    for number in range(PAIRS + 5):
        name = f"value_{number} = "
        endpoint.intends(name + "price\n")
        direct.append(raw_request(raw, endpoint, name))
        client.open(URI, name + "\n")
        started = time.perf_counter()
        reply = client.reply(client.complete(URI, 0, len(name)))
        through.append((time.perf_counter() - started) * 1000)
        assert reply["result"]["items"], "no completion to measure"
    raw.close()
    client.kill()
    added = [a - b for a, b in zip(through[5:], direct[5:], strict=True)]
    print(
        f"latency: raw request {statistics.median(direct[5:]):.1f} ms, through the server "
        f"{statistics.median(through[5:]):.1f} ms, added p50 {statistics.median(added):.1f} ms "
        "(goal 3)"
    )


def raw_request(connection: socket.socket, endpoint: Endpoint, prompt: str) -> float:
    """The same request by hand, until the whole stream is there, in milliseconds."""
    body = json.dumps(
        {"model": "codestral-latest", "prompt": prompt, "suffix": "\n", "stream": True}
    ).encode()
    key = endpoint.environment["MISTRAL_API_KEY"]
    head = (
        f"POST /v1/fim/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    started = time.perf_counter()
    connection.sendall(head + body)
    answer = b""
    while b"0\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    return (time.perf_counter() - started) * 1000


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as home, Endpoint() as endpoint:
        startup(rounds, Path(home))
        memory(Path(home), endpoint)
        keystrokes(Path(home))
        latency(Path(home), endpoint)


if __name__ == "__main__":
    main()
