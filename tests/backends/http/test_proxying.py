"""A proxy's decision on the wire: SOCKS, passwords with special characters, entries that cannot be
read beside good ones."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from codestral_ls.backends.base import NetworkFailure
from codestral_ls.backends.http import proxying
from codestral_ls.backends.http.connection import Connection
from codestral_ls.backends.options import BackendOptions
from tests.fakes.fim_server import FakeFim
from tests.fakes.transport import Listener, ServerConnection


@pytest.fixture(autouse=True)
def _no_proxy_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


async def ask(url: str, **settings: str) -> object:
    connection = Connection(BackendOptions(base_url=url, **settings))  # type: ignore[arg-type]  # texts alone
    try:
        client = await connection.client()
        async with client.request("GET", "/v1/x", accept="application/json") as answer:
            return await answer.error_body()
    finally:
        await connection.aclose()


@asynccontextmanager
async def heads(
    *, answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
) -> AsyncIterator[tuple[str, list[Mapping[str, str]]]]:
    """Somewhere to ask, and the headers of all that was asked."""
    asked: list[Mapping[str, str]] = []

    async def serve(connection: ServerConnection) -> None:
        while (request := await connection.read_request()) is not None:
            asked.append({**request.headers, "path": request.path})
            await connection.send_raw(answer)

    listener = Listener(serve)
    try:
        yield f"127.0.0.1:{await listener.open(0)}", asked
    finally:
        await listener.close()


async def test_a_password_with_special_characters_reaches_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with heads() as (place, asked):
        monkeypatch.setenv("http_proxy", f"http://m%40e:p%2F%23@:ä@{place}")
        await ask("http://gpu.invalid")
    (headers,) = asked
    login = base64.b64decode(headers["proxy-authorization"].removeprefix("Basic "))
    assert login.decode() == "m@e:p/#@:ä"


@pytest.mark.parametrize(
    "beside",
    [
        {"NO_PROXY": "fd00::/8,[::1],::1,10.0.0.0/8,*.corp.example"},
        {"NO_PROXY": "192.168.*, what?, [::1"},
        {"ALL_PROXY": "socks://127.0.0.1:9/"},
        {"ALL_PROXY": "socks5://127.0.0.1:9"},
        {"HTTPS_PROXY": "nonsense://x"},
    ],
)
async def test_what_stands_beside_a_good_proxy_does_not_keep_it_from_being_used(
    beside: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with heads() as (place, asked):
        monkeypatch.setenv("HTTP_PROXY", f"http://{place}")
        for name, value in beside.items():
            monkeypatch.setenv(name, value)
        await ask("http://gpu.invalid")
    assert [headers["path"] for headers in asked] == ["http://gpu.invalid/v1/x"]


@pytest.mark.parametrize("entry", ["127.0.0.0/8", "*.invalid", "10.0.0.0/8,127.0.0.2", "[::1],*"])
async def test_what_no_proxy_lists_is_reached_directly(
    entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", entry)
    with pytest.raises(NetworkFailure) as caught:
        await ask(
            "http://gpu.invalid" if "invalid" in entry or "*" in entry else "http://127.0.0.2:9"
        )
    assert "proxy" not in str(caught.value)


async def test_without_its_library_socks_names_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("codestral_ls.backends.http.client.has_socks", lambda: False)
    monkeypatch.setenv("ALL_PROXY", "socks5://me:hush@127.0.0.1:1080")
    with pytest.raises(NetworkFailure, match=r"SOCKS.*httpx\[socks\]") as caught:
        await ask("http://gpu.invalid")
    assert "hush" not in str(caught.value)


async def test_an_unreadable_proxy_is_named_where_the_direct_way_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:hush@proxy:port")
    with pytest.raises(NetworkFailure, match="HTTP_PROXY is no URL") as caught:
        await ask("http://gpu.invalid")
    assert "hush" not in str(caught.value)


@pytest.mark.skipif(not proxying.has_socks(), reason="httpx's extra for SOCKS is not installed")
@pytest.mark.parametrize("scheme", ["socks", "socks5", "socks5h"])
async def test_a_socks_proxy_is_given_the_name(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: list[bytes] = []
    async with FakeFim() as fake:
        port = int(fake.url.rpartition(":")[2])

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(3)
            writer.write(b"\x05\x00")
            head = await reader.readexactly(5)
            named.append((await reader.readexactly(head[4] + 2))[:-2])
            there, to_there = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
            to_there.write(await reader.readuntil(b"\r\n\r\n"))
            writer.write(await there.read(1 << 16))
            to_there.close()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            place = server.sockets[0].getsockname()
            monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:{place[1]}")
            await ask("http://gpu.invalid")
    assert named == [b"gpu.invalid"]
