"""A completion server on loopback for tests and benchmarks, scripted request by request.

By hand: ``python -m tests.fakes.fim_server --port 8123 [--scenario NAME] [--delay-ms N]
[--pace-ms N] [--text TEXT] [--key KEY] [--dialect NAME]``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import itertools
import re
import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from tests.fakes.behaviour import SCENARIOS, Behaviour
from tests.fakes.dialect import Dialect, Generated, cacheable_tokens, generate
from tests.fakes.koboldcpp import KoboldCpp
from tests.fakes.llamacpp import LlamaCpp
from tests.fakes.mistral import Mistral
from tests.fakes.ollama import Ollama
from tests.fakes.openai import OpenAi
from tests.fakes.sglang import Sglang
from tests.fakes.tgi import Tgi
from tests.fakes.transport import ClientLeft, HttpRequest, Listener, ServerConnection
from tests.fakes.vllm import Vllm

DIALECTS: dict[str, Callable[[], Dialect]] = {
    "mistral": Mistral,
    "vllm": Vllm,
    "sglang": Sglang,
    "llamacpp": LlamaCpp,
    "koboldcpp": KoboldCpp,
    "ollama": Ollama,
    "tgi": Tgi,
    "openai": OpenAi,
}

KEY = "fake-key-of-no-value"
"""The key that the server accepts unless told otherwise."""

CACHE_BLOCK = 64
"""Tokens in a block of the prompt cache: Mistral's. (vLLM: 16.)"""


@dataclass(slots=True)
class Exchange:
    """One request and what became of it. Times are of ``time.monotonic``."""

    request: HttpRequest
    connection: int
    """Number of the connection, from 1."""
    arrived_at: float
    first_byte_at: float | None = None
    finished_at: float | None = None
    """When the server was done, even if with a cut."""
    disconnected_at: float | None = None
    """When the client was seen to leave before the end."""
    bytes_written: int = 0
    """Of the body, before framing and compression by the transport."""
    tokens_sent: int = 0

    @property
    def body(self) -> Any:
        """The request's JSON."""
        return self.request.body

    @property
    def over(self) -> bool:
        """Nothing more will happen."""
        return self.finished_at is not None or self.disconnected_at is not None


Script = Callable[[Exchange], Behaviour] | Iterable[Behaviour]


def continuation(prompt: str, suffix: str) -> str:
    """What the server answers unless told otherwise."""
    del prompt, suffix
    return "a + b"


class FakeFim:
    """The server: ``async with FakeFim() as fake`` and ask at ``fake.url``.

    ``script`` says how each completion is treated: a function, or one behaviour after another
    and then ``default``. ``answer`` makes the text from prompt and suffix.
    """

    def __init__(
        self,
        *,
        script: Script = (),
        default: Behaviour = SCENARIOS["normal"],
        answer: Callable[[str, str], str] = continuation,
        key: str = KEY,
        port: int = 0,
        dialect: str | Dialect = "mistral",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.requests: list[Exchange] = []
        """Completions asked for."""
        self.others: list[Exchange] = []
        """Everything else: lists of models, the opening of a connection."""
        self.max_concurrency = 0
        """The most completions under way at a time."""
        self.script = script
        self.default = default
        self.answer = answer
        self.key = key
        self.url = ""
        self._dialect = DIALECTS[dialect]() if isinstance(dialect, str) else dialect
        self._port = port
        self._under_way = 0
        self._last_prompt = ""
        self._listener = Listener(self._serve, tls)
        self._scheme = "http" if tls is None else "https"
        self._changed = asyncio.Event()
        self._behaviours: Iterator[Behaviour] | None = None

    async def __aenter__(self) -> Self:
        port = await self._listener.open(self._port)
        self.url = f"{self._scheme}://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._listener.close()

    def serve(self, dialect: Dialect) -> None:
        """Be another server from now on, at the same address."""
        self._dialect = dialect

    @property
    def connections(self) -> int:
        """Connections accepted."""
        return self._listener.accepted

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something to become true of what the server sees. Fails after 10 s."""
        async with asyncio.timeout(10):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def cacheable(self, block: int = CACHE_BLOCK) -> list[int]:
        """For each completion after the first: the tokens that its prompt shares with the one
        before, from the start, in whole blocks. All requests must have had a prompt."""
        prompts = [self._dialect.prompt(exchange.body) for exchange in self.requests]
        return [
            cacheable_tokens(earlier, later, block)
            for earlier, later in itertools.pairwise(prompts)
        ]

    async def _serve(self, connection: ServerConnection) -> None:
        while (request := await connection.read_request()) is not None:
            exchange = Exchange(request, connection.number, time.monotonic())
            is_completion = request.path in self._dialect.completion_paths
            (self.requests if is_completion else self.others).append(exchange)
            self._changed.set()
            self._under_way += is_completion
            self.max_concurrency = max(self.max_concurrency, self._under_way)
            try:
                stays_open = await self._answer(connection, exchange, is_completion)
                exchange.finished_at = time.monotonic()
                if not stays_open:
                    return
            except ClientLeft:
                exchange.disconnected_at = time.monotonic()
                raise
            finally:
                self._under_way -= is_completion
                self._changed.set()

    async def _answer(
        self, connection: ServerConnection, exchange: Exchange, is_completion: bool
    ) -> bool:
        """Answer one request; False if the connection is to be closed."""
        request = exchange.request
        if not is_completion:
            behaviour = self._dialect.other(request, self.key)
            return await self._send_body(connection, exchange, behaviour, behaviour.body or b"")
        behaviour = self._next_behaviour(exchange)
        await connection.pause(behaviour.first_byte_delay_s)
        if behaviour.waits_for is not None:
            await connection.wait_for(behaviour.waits_for)
        if behaviour.hangs:
            await connection.wait_until_left()
        if behaviour.hangs_up:
            return False
        if behaviour.wire is not None:
            await connection.send_raw(behaviour.wire)
            return False
        # A scripted refusal comes before the request is looked at, as a gateway's would.
        if behaviour.status == 200:
            behaviour = self._dialect.refuse(request, self.key) or behaviour
        if behaviour.body is not None:
            return await self._send_body(connection, exchange, behaviour, behaviour.body)
        generated = self._generate(request.body, behaviour)
        if not self._dialect.streams(request.body):
            body = self._dialect.whole(generated, behaviour)
            return await self._send_body(connection, exchange, behaviour, body)
        return await self._send_stream(connection, exchange, behaviour, generated)

    def _next_behaviour(self, exchange: Exchange) -> Behaviour:
        if callable(self.script):
            return self.script(exchange)
        if self._behaviours is None:
            self._behaviours = iter(self.script)
        return next(self._behaviours, self.default)

    def _generate(self, body: Any, behaviour: Behaviour) -> Generated:
        text = behaviour.text
        if text is None:
            text = self.answer(*self._dialect.sides(body))
        tokens, finish = generate(text, behaviour.finish, *self._dialect.limits(body))
        earlier, prompt = self._last_prompt, self._dialect.prompt(body)
        self._last_prompt = prompt
        return Generated(
            id=f"{len(self.requests):032x}",
            model=body.get("model", ""),
            tokens=tokens,
            finish=finish,
            prompt_tokens=len(self._dialect.tokens(body)),
            cached_tokens=cacheable_tokens(earlier, prompt, CACHE_BLOCK),
        )

    async def _send_body(
        self,
        connection: ServerConnection,
        exchange: Exchange,
        behaviour: Behaviour,
        body: bytes,
    ) -> bool:
        exchange.first_byte_at = time.monotonic()
        body = b"" if exchange.request.method == "HEAD" else body
        headers = {"Content-Type": behaviour.content_type, **behaviour.headers}
        await connection.send_head(behaviour.status, headers, length=len(body))
        whole = body if behaviour.cut_at is None else body[: behaviour.cut_at]
        await self._write(connection, exchange, behaviour, whole)
        return len(whole) == len(body)

    async def _send_stream(
        self,
        connection: ServerConnection,
        exchange: Exchange,
        behaviour: Behaviour,
        generated: Generated,
    ) -> bool:
        exchange.first_byte_at = time.monotonic()
        encoding = {"Content-Encoding": "gzip"} if behaviour.gzip else {}
        headers = {"Content-Type": self._dialect.stream_type, **encoding, **behaviour.headers}
        await connection.send_head(200, headers, length=None)
        compress = zlib.compressobj(wbits=31) if behaviour.gzip else None
        started = time.monotonic()
        for data, n_tokens in self._writes(generated, behaviour):
            if exchange.tokens_sent:
                # By the clock, so that a busy machine does not slow the model down.
                due = started + exchange.tokens_sent * behaviour.pace_s
                await connection.pause(max(0.0, due - time.monotonic()))
            if compress is not None:
                data = compress.compress(data) + compress.flush(zlib.Z_SYNC_FLUSH)
            await self._write(connection, exchange, behaviour, data)
            exchange.tokens_sent += n_tokens
            self._changed.set()
            if behaviour.stall_after is not None and exchange.tokens_sent >= behaviour.stall_after:
                await connection.wait_until_left()
        if behaviour.cut_at is not None or behaviour.cut_in is not None:
            return False
        await connection.end_body()
        return True

    async def _write(
        self, connection: ServerConnection, exchange: Exchange, behaviour: Behaviour, data: bytes
    ) -> None:
        size = behaviour.bytes_per_write or len(data) or 1
        for start in range(0, len(data), size):
            if behaviour.bytes_per_write is not None:
                await connection.pause(0)
            await connection.send(data[start : start + size])
            exchange.bytes_written += len(data[start : start + size])

    def _writes(self, generated: Generated, behaviour: Behaviour) -> list[tuple[bytes, int]]:
        """The body of a stream in the portions that are written, each with its number of tokens.

        Tokens are counted at their event; faults of the transport are worked in afterwards.
        """
        first, tokens, last = self._dialect.events(generated, behaviour)
        if behaviour.error_after is not None:
            tokens = tokens[: behaviour.error_after]
            last = self._dialect.error_event()
        end = self._dialect.end if behaviour.end_marker else ()
        events = [(first, 0), *((token, 1) for token in tokens), (last, 0), *((e, 0) for e in end)]
        line_end = behaviour.line_end
        # Lines of JSON know no comments.
        speaks = behaviour.comments and self._dialect.stream_type == "text/event-stream"
        comment = f": keep-alive{line_end}{line_end}" if speaks else ""
        frame = self._dialect.framed
        framed = [((comment + frame(e, line_end)).encode(), n) for e, n in events if e]
        if not behaviour.final_blank_line:
            data, n = framed[-1]
            framed[-1] = (data.rstrip(b"\r\n"), n)
        step = behaviour.events_per_write
        portions = [framed[start : start + step] for start in range(0, len(framed), step)]
        writes = [(b"".join(d for d, _ in part), sum(n for _, n in part)) for part in portions]
        return _cut(writes, behaviour)


_OBJECT = re.compile(rb"(?m)^(data: ?)?\{")


def _cut(writes: list[tuple[bytes, int]], behaviour: Behaviour) -> list[tuple[bytes, int]]:
    body = b"".join(data for data, _ in writes)
    match behaviour.cut_in:
        case "event":
            room = max(found.end() for found in _OBJECT.finditer(body)) + 20
        case "character":
            room = next(at for at, byte in enumerate(body) if byte >= 0x80) + 1
        case None if behaviour.cut_at is not None:
            room = behaviour.cut_at
        case _:
            return writes
    kept = []
    for data, n_tokens in writes:
        kept.append((data[:room], n_tokens if len(data) <= room else 0))
        room -= min(room, len(data))
    return [(data, n_tokens) for data, n_tokens in kept if data]


async def _serve_by_hand(arguments: argparse.Namespace) -> None:
    behaviour = dataclasses.replace(SCENARIOS[arguments.scenario])
    changes: dict[str, Any] = {}
    if arguments.delay_ms is not None:
        changes["first_byte_delay_s"] = arguments.delay_ms / 1000
    if arguments.pace_ms is not None:
        changes["pace_s"] = arguments.pace_ms / 1000
    if arguments.text is not None:
        changes["text"] = arguments.text
    behaviour = dataclasses.replace(behaviour, **changes)
    async with FakeFim(
        default=behaviour, key=arguments.key, port=arguments.port, dialect=arguments.dialect
    ) as fake:
        print(fake.url, flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Serve until interrupted; the URL is printed first."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--dialect", choices=DIALECTS, default="mistral")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--scenario", choices=SCENARIOS, default="normal")
    parser.add_argument("--delay-ms", type=float, help="before the first byte")
    parser.add_argument("--pace-ms", type=float, help="between tokens")
    parser.add_argument("--text", help="what to answer")
    parser.add_argument("--key", default=KEY)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve_by_hand(parser.parse_args()))


if __name__ == "__main__":
    main()
