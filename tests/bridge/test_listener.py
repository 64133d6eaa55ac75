"""Who gets in, and what happens to those who send something odd, too much, or nothing at all."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from codestral_ls.bridge.entrance import HttpEntrance
from codestral_ls.bridge.listener import CannotBind, HttpListener, Limits
from codestral_ls.bridge.messages import HttpAnswer, HttpRequest, of_json
from tests.bridge.door import TOKEN, get, opened, post

SMALL = Limits(head_bytes=2048, body_bytes=10_000, linger_s=0.05)


async def echo(request: HttpRequest) -> HttpAnswer:
    return of_json([request.method, request.path, request.body.decode()])


@pytest.mark.parametrize(
    "request_bytes",
    [
        post("/infill", b"{}"),
        post(f"/{TOKEN}/infill", b"{}", token="other"),
        post("/infill?x=1", b"{}", "X-API-Key: other"),
        post("/infill", b"{}", f"x-api-key: {TOKEN}", token="other"),
        post("http://127.0.0.1/infill", b"{}"),
        post("/infill", b"{}").replace(b"Host: 127.0.0.1", b"Host: LOCALHOST:8012"),
        post("/infill", b"{}").replace(b"Host: 127.0.0.1", b"Host: [::1]:8012"),
        post("/infill", b"{}").replace(b"Bearer", b"bearer"),
    ],
)  # fmt: skip
async def test_whoever_has_the_token_is_let_in(request_bytes: bytes) -> None:
    async with opened(echo, SMALL) as door:
        received = await door.ask(request_bytes)
    assert (received.status, received.json) == (200, ["POST", "/infill", "{}"])


@pytest.mark.parametrize(
    ("request_bytes", "status", "words"),
    [
        (post("/infill", b"{}", token=""), 401, "token"),
        (post("/infill", b"{}", token=TOKEN[:-1]), 401, "token"),
        (post("/infill", b"{}", token=TOKEN + "x"), 401, "token"),
        (post(f"/{TOKEN}x/infill", b"{}", token="x"), 401, "token"),
        (post(f"/x/{TOKEN}/infill", b"{}", token="x"), 401, "token"),
        (post(f"/infill?token={TOKEN}", b"{}", token="x"), 401, "token"),
        (post("/infill", b"{}", token="\u00e9" * 20), 401, "token"),
        (post("/infill", b"{}").replace(b"Bearer", b"Basic"), 401, "token"),
        (post("/infill", b"{}", "Origin: https://page.example"), 403, "web pages"),
        (post("/infill", b"{}", "Origin: http://127.0.0.1:8012"), 403, "web pages"),
        (post("/infill", b"{}", "Origin: null"), 403, "web pages"),
        (post("/infill", b"{}", "oRIGIN:"), 403, "web pages"),
        (get("/health", "Origin: https://page.example"), 403, "web pages"),
        (post("/infill", b"{}").replace(b"127.0.0.1", b"page.example"), 403, "127.0.0.1"),
        (post("/infill", b"{}").replace(b"127.0.0.1", b"127.0.0.1.page.example"), 403, "Host"),
        (post("/infill", b"{}").replace(b"127.0.0.1", b"page.example@127.0.0.1"), 403, "Host"),
        (post("/infill", b"{}").replace(b"127.0.0.1", b""), 403, "Host"),
        (post("/infill", b"{}").replace(b"127.0.0.1", b"0.0.0.0:8012"), 403, "Host"),
        (post("/infill", b"{}").replace(b"127.0.0.1", b"x.localhost"), 403, "Host"),
        (post("/infill", b"{}").replace(b"127.0.0.1", b"localhost."), 403, "Host"),
        (b"GET /health HTTP/1.0\r\n\r\n", 403, "Host"),
    ],
)
async def test_pages_and_strangers_are_refused_before_their_body_is_read(
    request_bytes: bytes, status: int, words: str
) -> None:
    async with opened(echo, SMALL) as door:
        caller = await door.call()
        received = await caller.ask(request_bytes)
        assert (received.status, words in received.error) == (status, True), received.error
        assert received.headers["connection"] == "close"
        assert await caller.is_closed()
    assert TOKEN not in received.body.decode()
    assert not [name for name in received.headers if name.startswith("access-control")]


CHUNKED = (
    b"POST /infill HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: " + TOKEN.encode() +
    b"\r\nTransfer-Encoding: chunked\r\n\r\n"
)  # fmt: skip


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (post("/infill", b"x" * 10_001), 413),
        (CHUNKED + b"2000\r\n" + b"x" * 0x2000 + b"\r\n2000\r\n" + b"x" * 0x2000 + b"\r\n", 413),
        (post("/infill", b"", "X: " + "x" * 8000), 431),
        (post("/" + "x" * 8000, b""), 431),
        (post("/infill", b"{}", "Content-Length: 3"), 400),
        (post("/infill", b"{}").replace(b"Length: 2", b"Length: two"), 400),
        (post("/infill", b"{}").replace(b"Length: 2", b"Length: -2"), 400),
        (post("/infill", b"{}").replace(b"Length: 2", b"Length: " + b"9" * 500), 400),
        (post("/infill", b"{}").replace(b"Length: 2", b"Length: " + b"9" * 19), 413),
        (CHUNKED + b"f" * 500 + b"\r\n", 400),
        (post("/infill", b"{}").replace(b"Host: 127.0.0.1\r\n", b""), 400),
        (post("/infill", b"{}", "Host: 127.0.0.1"), 400),
        (CHUNKED + b"zz\r\n", 400),
        (CHUNKED.replace(b"chunked", b"gzip, chunked"), 501),
        (b"Content-Length: 52\r\n\r\n{}", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 403),
        (b"\r\n\r\n\r\n", 400),
    ],
)
async def test_what_is_too_large_or_no_http_ends_its_connection_alone(
    request_bytes: bytes, status: int
) -> None:
    async with opened(echo, SMALL) as door:
        caller = await door.call()
        received = await caller.ask(request_bytes)
        assert received.status == status
        assert received.error
        assert await caller.is_closed()
        assert (await door.ask(get("/health"))).status == 200


async def test_a_body_comes_in_pieces_in_chunks_and_after_a_go_ahead() -> None:
    async with opened(echo, SMALL) as door:
        caller = await door.call()
        caller.writer.write(CHUNKED + b"1\r\n{\r\n")
        received = await caller.ask(b"1\r\n}\r\n0\r\n\r\n")
        assert received.json == ["POST", "/infill", "{}"]
        caller.writer.write(post("/infill", b"{}", "Expect: 100-continue")[:-2])
        assert (await caller.answer()).status == 100
        assert (await caller.ask(b"{}")).json == ["POST", "/infill", "{}"]


async def test_a_stranger_gets_no_go_ahead() -> None:
    async with opened(echo, SMALL) as door:
        request = post("/infill", b"{}", "Expect: 100-continue", token="x")
        assert (await door.ask(request[:-2])).status == 401


async def test_requests_sent_ahead_are_answered_in_their_order() -> None:
    async with opened(echo, SMALL) as door:
        caller = await door.call()
        paths = [f"/{number}" for number in range(20)]
        caller.writer.write(b"".join(map(get, paths)))
        assert [(await caller.answer()).json[1] for _ in paths] == paths


async def test_a_client_that_hangs_up_takes_its_request_back() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def wait(request: HttpRequest) -> HttpAnswer:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    async with opened(wait, SMALL) as door, asyncio.timeout(20):
        caller = await door.call()
        caller.writer.write(get("/slow"))
        await begun.wait()
        await caller.hang_up()
        await ended.wait()


async def test_what_waits_for_nothing_gives_way_and_what_is_answered_stays() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def answer(request: HttpRequest) -> HttpAnswer:
        if request.path == "/slow":
            begun.set()
            await go_on.wait()
        return await echo(request)

    async with opened(answer, replace(SMALL, connections=3)) as door, asyncio.timeout(20):
        busy, idle = await door.call(), [await door.call() for _ in range(2)]
        busy.writer.write(get("/slow"))
        await begun.wait()
        newest = await door.call()
        assert (await newest.ask(get("/new"))).status == 200
        assert await idle[0].is_closed()
        go_on.set()
        assert (await busy.answer()).json[1] == "/slow"


async def test_strangers_do_not_take_a_clients_place() -> None:
    async with opened(echo, replace(SMALL, connections=4)) as door, asyncio.timeout(20):
        client, arriving = await door.call(), await door.call()
        assert (await client.ask(get("/known"))).status == 200
        whole = post("/infill", b"x" * 900)
        arriving.writer.write(whole[:-500])
        assert (await (await door.call()).ask(get("/one-turn"))).status == 200
        strangers = [await door.call() for _ in range(9)]
        strangers[-1].writer.write(b"POST /infill HTTP/1.1\r\n")
        newest = await door.call()
        assert (await newest.ask(get("/new"))).status == 200
        arriving.writer.write(whole[-500:])
        assert (await arriving.answer()).status == 200
        assert (await client.ask(get("/again"))).status == 200


async def test_a_body_of_many_small_chunks_is_taken() -> None:
    head = get("/infill", "Transfer-Encoding: chunked").replace(b"GET", b"POST", 1)
    async with opened(echo, SMALL) as door:
        answer = await (await door.call()).ask(head + b"1\r\nx\r\n" * 2_000 + b"0\r\n\r\n")
        assert answer.status == 200


async def test_a_flood_of_further_requests_is_left_to_wait() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    request_bytes = post("/infill", b"x" * 9000)

    async def answer(request: HttpRequest) -> HttpAnswer:
        begun.set()
        await go_on.wait()
        return await echo(request)

    async with opened(answer, replace(SMALL, waiting_bytes=20_000)) as door:
        caller = await door.call()
        for _ in range(10):
            caller.writer.write(request_bytes)
        await begun.wait()
        go_on.set()
        assert [(await caller.answer()).status for _ in range(10)] == [200] * 10


async def test_heads_alone_are_answered_without_a_body() -> None:
    async with opened(echo, SMALL) as door:
        caller = await door.call()
        caller.writer.write(get("/health").replace(b"GET", b"HEAD", 1))
        head = await caller.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        assert (await caller.ask(get("/next"))).json[1] == "/next"


async def test_both_addresses_of_this_machine_are_served_and_no_other_port_is_taken() -> None:
    async with opened(echo, SMALL) as door:
        try:
            caller = await door.call("::1")
        except OSError:
            pytest.skip("this machine has no IPv6")
        assert (await caller.ask(get("/six"))).json[1] == "/six"
        with pytest.raises(CannotBind, match=f"port {door.port} is in use"):
            await HttpListener(HttpEntrance(TOKEN), echo, SMALL).start(door.port)


async def test_no_answer_is_kept_by_a_cache_or_taken_for_another_type() -> None:
    async with opened(echo, SMALL) as door:
        headers = (await door.ask(get("/health"))).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-type"].startswith("application/json")
    assert json.dumps(headers).count(TOKEN) == 0
