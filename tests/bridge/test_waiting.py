"""How long a client is waited for, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from codestral_ls.bridge.entrance import HttpEntrance
from codestral_ls.bridge.listener import HttpListener, Limits
from codestral_ls.bridge.messages import HttpAnswer, HttpRequest, of_json
from tests.bridge.door import TOKEN, get, post
from tests.virtual_time import run

LIMITS = Limits()
SLOW = post("/infill", b"{}", "X: " + "x" * 1000)


class Client:
    """A connection without a network."""

    def __init__(self, *, reads: bool = True) -> None:
        """``reads``: it takes what it is sent."""
        self.received = b""
        self.closed_at: float | None = None
        self._reads = reads

    def write(self, data: bytes) -> None:
        self.received += data

    def write_eof(self) -> None:
        """Nothing more will be sent to it."""

    async def drain(self) -> None:
        if not self._reads:
            await asyncio.Event().wait()

    def close(self) -> None:
        self.closed_at = asyncio.get_running_loop().time()


async def echo(request: HttpRequest) -> HttpAnswer:
    return of_json(request.path)


def served(client: Client, send: Callable[[asyncio.StreamReader], asyncio.Future[None]]) -> float:
    """When the connection is closed, in seconds; ``send`` is what the client does."""

    async def serve() -> float:
        reader = asyncio.StreamReader()
        sending = send(reader)
        listener = HttpListener(HttpEntrance(TOKEN), echo, LIMITS)
        await listener.serve_client(reader, client)  # type: ignore[arg-type]  # all that is used of one
        sending.cancel()
        assert client.closed_at is not None
        return client.closed_at

    return run(serve())


def at_once(*pieces: bytes, every_s: float = 0.0) -> Callable[..., asyncio.Future[None]]:
    async def feed(reader: asyncio.StreamReader) -> None:
        for piece in pieces:
            reader.feed_data(piece)
            await asyncio.sleep(every_s)

    return lambda reader: asyncio.ensure_future(feed(reader))


def test_who_says_nothing_is_waited_for_two_minutes() -> None:
    client = Client()
    assert served(client, at_once()) == pytest.approx(LIMITS.idle_s)
    assert client.received == b""


def test_between_requests_there_may_be_a_pause() -> None:
    client = Client()
    pause_s = LIMITS.idle_s - 1
    closed_at = served(client, at_once(get("/a"), get("/b"), every_s=pause_s))
    assert closed_at == pytest.approx(pause_s + LIMITS.idle_s)
    assert client.received.count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize("request_bytes", [SLOW, SLOW[:20], SLOW[:-1]])
@pytest.mark.parametrize("every_s", [0.0, 0.1, 9.0])
def test_a_request_that_drips_in_is_given_up(request_bytes: bytes, every_s: float) -> None:
    """The head and the body have ten seconds each, however busy the client seems."""
    pieces = [request_bytes] if not every_s else [bytes([byte]) for byte in request_bytes]
    client = Client()
    closed_at = served(client, at_once(*pieces, every_s=every_s))
    if request_bytes == SLOW and not every_s:
        assert client.received.startswith(b"HTTP/1.1 200")
        return
    assert client.received.startswith(b"HTTP/1.1 408")
    assert closed_at <= 2 * LIMITS.arrival_s + LIMITS.linger_s


def test_who_takes_no_answer_is_left() -> None:
    client = Client(reads=False)
    assert served(client, at_once(get("/a"))) == pytest.approx(LIMITS.departure_s)


def test_a_refused_client_that_goes_on_sending_has_a_second_to_read_why() -> None:
    client = Client()
    strange = post("/infill", b"{}" * 100, token="other")
    closed_at = served(client, at_once(*[strange] * 100, every_s=0.1))
    assert client.received.startswith(b"HTTP/1.1 401")
    assert closed_at == pytest.approx(LIMITS.linger_s)
