"""The way to a server: opened late, kept open, never through a proxy to this machine."""

from __future__ import annotations

import asyncio
import inspect
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from codestral_ls.backends.base import (
    AuthError,
    BackendError,
    BadRequest,
    NetworkFailure,
)
from codestral_ls.backends.http import certificates, failures
from codestral_ls.backends.http import client as http
from codestral_ls.backends.http.connection import Connection
from codestral_ls.backends.options import BackendOptions
from codestral_ls.privacy.addresses import Address
from tests.fakes.behaviour import Behaviour, refusal
from tests.fakes.fim_server import FakeFim

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
UNUSED_PORT = 9  # discard; nothing listens there


@pytest.fixture(autouse=True)
def _no_proxy_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@asynccontextmanager
async def connected(url: str, **settings: Any) -> AsyncIterator[Connection]:
    connection = Connection(BackendOptions(base_url=url, **settings))
    try:
        yield connection
    finally:
        await connection.aclose()


async def ask(connection: Connection) -> Any:
    """Ask for a completion as a backend would, and read the answer whatever its status."""
    client = await connection.client()
    body = {"model": "codestral-latest", "prompt": "a"}
    async with client.request(
        "POST", "/v1/fim/completions", body=body, accept="application/json"
    ) as answer:
        return await answer.error_body()


def exceptions_of_httpx() -> list[type[Exception]]:
    """Those that are raised: the others only group them."""
    members = (getattr(httpx, name) for name in httpx.__all__)
    kinds = [m for m in members if inspect.isclass(m) and issubclass(m, Exception)]
    return [kind for kind in kinds if not kind.__subclasses__()]


def failure_of(kind: type[Exception]) -> BackendError:
    exception = kind.__new__(kind)
    exception.args = ("Illegal header value b'Bearer secret'",)
    return failures.failure(exception, "api.example")


@pytest.mark.parametrize("kind", exceptions_of_httpx())
def test_every_exception_of_httpx_has_its_own_explanation(kind: type[Exception]) -> None:
    message = failure_of(kind).message
    assert "api.example" in message
    assert "secret" not in message
    assert message != failure_of(httpx.RequestError).message


@pytest.mark.parametrize("kind", exceptions_of_httpx())
def test_only_what_fails_before_a_connection_stands_has_sent_nothing(kind: type[Exception]) -> None:
    before = ("ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError")
    assert failure_of(kind).was_sent is (kind.__name__ not in before)


def test_an_exception_that_httpx_does_not_have_yet_is_a_failure_of_the_network() -> None:
    assert isinstance(failure_of(httpx.TransportError), NetworkFailure)


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (socket.gaierror(-2, "Name or service not known"), "The name was not found"),
        (ssl.SSLCertVerificationError(1, "self-signed"), "Its certificate is not trusted"),
        (ssl.SSLError(1, "wrong version number"), "It does not speak TLS"),
        (ConnectionRefusedError(111, "refused"), "Nothing listens there"),
        (ExceptionGroup("both", [OSError(), ConnectionRefusedError()]), "Nothing listens there"),
    ],
)
def test_a_failed_connection_is_explained(cause: Exception, reason: str) -> None:
    error = httpx.ConnectError("All connection attempts failed")
    error.__cause__ = OSError()
    error.__cause__.__context__ = cause
    message = failures.failure(error, "api.example").message
    assert message.startswith("api.example could not be reached. ")
    assert reason in message


def test_the_table_and_a_new_backend_do_not_import_httpx() -> None:
    code = (
        "import sys, codestral_ls.backends.table as b;"
        "b.create('mistral', b.BackendOptions(api_key='k'));"
        "sys.exit('httpx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 0


@pytest.mark.parametrize(
    ("base_url", "root", "host"),
    [
        ("https://api.mistral.ai", "https://api.mistral.ai", "api.mistral.ai"),
        ("https://api.mistral.ai/v1/", "https://api.mistral.ai", "api.mistral.ai"),
        (" http://localhost:8000/v1 ", "http://localhost:8000", "localhost:8000"),
        ("http://127.8.0.1/x/", "http://127.8.0.1/x", "127.8.0.1"),
        ("http://[::1]:80", "http://[::1]", "[::1]"),
        ("https://GPU.lan:8443/v1", "https://gpu.lan:8443", "gpu.lan:8443"),
    ],
)
def test_a_base_url_is_understood_in_every_spelling(base_url: str, root: str, host: str) -> None:
    options = BackendOptions(base_url=base_url)
    assert isinstance(options.address, Address)
    assert (options.address.base_url, options.host) == (root, host)


async def test_the_client_is_made_off_the_event_loop_and_survives_a_cancelled_first_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entered, go_on = threading.Event(), threading.Event()
    made_in: list[threading.Thread] = []

    class SlowClient(http.HttpClient):
        def __init__(self, options: BackendOptions) -> None:
            entered.set()
            go_on.wait(10)
            made_in.append(threading.current_thread())
            super().__init__(options)

    monkeypatch.setattr(http, "HttpClient", SlowClient)
    async with connected("http://127.0.0.1:1") as connection:
        first = asyncio.create_task(connection.client())
        await asyncio.to_thread(entered.wait, 10)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        go_on.set()
        assert await connection.client() is await connection.client()
    assert len(made_in) == 1
    assert made_in[0] is not threading.main_thread()


async def test_warming_opens_a_connection_that_the_first_request_uses_and_shows_no_key() -> None:
    async with FakeFim() as fake, connected(fake.url, api_key="secret") as connection:
        await connection.warm()
        assert fake.connections == 1
        assert [(e.request.method, e.request.path) for e in fake.others] == [("HEAD", "/")]
        assert "authorization" not in fake.others[0].request.headers
        await ask(connection)
        assert fake.connections == 1


@pytest.mark.parametrize("base_url", [f"http://127.0.0.1:{UNUSED_PORT}", "ftp://x", "nonsense"])
async def test_warming_an_impossible_address_is_silent(base_url: str) -> None:
    async with connected(base_url) as connection:
        await connection.warm()


@pytest.mark.parametrize(
    ("base_url", "kind"),
    [
        (f"http://127.0.0.1:{UNUSED_PORT}", NetworkFailure),
        ("ftp://files.example", BadRequest),
        ("nonsense", BadRequest),
        ("http://[::1", BadRequest),
        ("http://me:hush@gpu.invalid", BadRequest),
    ],
)
async def test_an_impossible_address_is_told(base_url: str, kind: type[BackendError]) -> None:
    async with connected(base_url) as connection:
        with pytest.raises(kind) as caught:
            await ask(connection)
    assert "hush" not in str(caught.value)


async def test_this_machine_is_never_reached_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with FakeFim() as fake, FakeFim() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        async with connected(fake.url) as connection:
            await ask(connection)
        async with connected(fake.url, proxy=proxy.url) as connection:
            await ask(connection)
        assert len(fake.requests) == 2
        assert proxy.connections == 0


@pytest.mark.parametrize("by", ["environment", "setting"])
async def test_other_machines_are_reached_through_the_proxy(
    by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FakeFim() as proxy:
        if by == "environment":
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
        setting = proxy.url if by == "setting" else None
        async with connected("http://gpu.invalid/v1", proxy=setting) as connection:
            await ask(connection)
        asked = [exchange.request.path for exchange in proxy.others]
        assert asked == ["http://gpu.invalid/v1/fim/completions"]


@pytest.mark.parametrize(
    "proxy", ["socks9://u:hush@p", "socks5://u:hush@p", "http://u:hush@p:port"]
)
async def test_a_proxy_that_cannot_be_used_is_told_without_its_password(proxy: str) -> None:
    async with connected("http://gpu.invalid", proxy=proxy) as connection:
        with pytest.raises(NetworkFailure, match="proxy") as caught:
            await ask(connection)
    assert "hush" not in caught.value.message


async def test_certificates_that_cannot_be_read_are_told_and_tried_anew(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    async with connected("https://gpu.invalid", ca_bundle=str(bundle)) as connection:
        for content in (None, "nonsense"):
            if content is not None:
                bundle.write_text(content)
            with pytest.raises(NetworkFailure, match="caBundle"):
                await connection.client()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes and devices with paths")
async def test_certificates_are_not_waited_for_in_a_pipe_or_a_device(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for place in (str(pipe), "/dev/zero", str(tmp_path)):
        async with connected("https://gpu.invalid", ca_bundle=place) as connection:
            with pytest.raises(NetworkFailure, match="caBundle"):
                await connection.client()


def test_the_systems_certificates_are_read_once() -> None:
    assert certificates.system_certificates() is certificates.system_certificates()


@pytest.mark.parametrize("key", ["se\ncret", "sécret", "secret\x7f"])
async def test_a_key_that_no_header_can_carry_is_told_without_showing_it(key: str) -> None:
    async with connected("http://127.0.0.1:1", api_key=key) as connection:
        with pytest.raises(AuthError) as caught:
            await ask(connection)
    assert "cret" not in caught.value.message


async def test_headers_of_the_settings_are_sent_and_compression_is_not_asked_for() -> None:
    async with FakeFim() as fake:
        async with connected(fake.url, headers={"X-Team": "blue"}) as connection:
            await ask(connection)
        headers = fake.requests[0].request.headers
        assert headers["x-team"] == "blue"
        assert headers["accept-encoding"] == "identity"
        assert headers["user-agent"].startswith("codestral-ls/")


async def test_a_header_that_cannot_be_sent_is_told() -> None:
    async with connected("http://127.0.0.1:1", headers={"X-Team": "blü"}) as connection:
        with pytest.raises(BadRequest):
            await ask(connection)


async def test_half_a_surrogate_pair_in_a_document_does_not_keep_it_from_being_sent() -> None:
    async with FakeFim() as fake, connected(fake.url) as connection:
        client = await connection.client()
        body = {"prompt": "a\ud83e b é 🦊"}
        async with client.request("POST", "/v1/fim/completions", body=body, accept="*/*"):
            pass
        assert fake.requests[0].body == {"prompt": "a? b é 🦊"}


async def test_a_kept_connection_that_the_server_closes_under_us_is_replaced_once() -> None:
    hangs_up = Behaviour(hangs_up=True)
    async with FakeFim(script=[Behaviour(), hangs_up, Behaviour()], key="k") as fake:
        async with connected(fake.url, api_key="k") as connection:
            await ask(connection)
            assert "choices" in await ask(connection)
        assert (len(fake.requests), fake.connections) == (3, 2)


async def test_a_new_connection_that_the_server_closes_is_a_failure() -> None:
    async with FakeFim(default=Behaviour(hangs_up=True)) as fake:
        async with connected(fake.url) as connection:
            with pytest.raises(NetworkFailure):
                await ask(connection)
        assert len(fake.requests) == 1


async def test_a_request_is_repeated_once_at_most() -> None:
    hangs_up = Behaviour(hangs_up=True)
    async with FakeFim(script=[Behaviour(), hangs_up, hangs_up, Behaviour()], key="k") as fake:
        async with connected(fake.url, api_key="k") as connection:
            await ask(connection)
            with pytest.raises(NetworkFailure):
                await ask(connection)
        assert len(fake.requests) == 3


async def test_redirects_are_not_followed() -> None:
    async with FakeFim() as elsewhere:
        redirect = refusal(307, b"", {"Location": f"{elsewhere.url}/v1/fim/completions"})
        async with FakeFim(default=redirect) as fake, connected(fake.url) as connection:
            await ask(connection)
            assert len(fake.requests) == 1
        assert elsewhere.connections == 0


async def test_a_closed_connection_is_told_and_closing_twice_is_allowed() -> None:
    async with FakeFim() as fake, connected(fake.url) as connection:
        client = await connection.client()
        await connection.aclose()
        await connection.aclose()
        with pytest.raises(NetworkFailure):
            await connection.client()
        with pytest.raises(NetworkFailure):
            async with client.request("GET", "/", accept="*/*"):
                pass


@pytest.mark.parametrize(
    ("variable", "content", "words"),
    [
        ("SSL_CERT_FILE", None, "goes into caBundle (SSL_CERT_FILE names no file)"),
        ("SSL_CERT_FILE", "", "goes into caBundle"),
        ("REQUESTS_CA_BUNDLE", "", "caBundle, such as the file that REQUESTS_CA_BUNDLE names"),
        ("NODE_EXTRA_CA_CERTS", "", "caBundle, such as the file that NODE_EXTRA_CA_CERTS names"),
        ("NODE_EXTRA_CA_CERTS", None, "goes into caBundle"),
        ("PIP_CERT", "the system's", "goes into caBundle"),
    ],
)
def test_certificates_that_other_programs_are_told_of_are_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    content: str | None,
    words: str,
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    if content == "the system's":
        monkeypatch.setattr(certificates, "_BUNDLES", (str(file),))
    told = "goes into caBundle" + certificates.hint({variable: str(file)})
    assert told.endswith(words)


def test_a_name_that_cannot_be_looked_at_is_no_file() -> None:
    too_long = "/x" * 3_000 + "y" * 300
    assert "names no file" in certificates.hint({"SSL_CERT_FILE": too_long})
    assert certificates.hint({"PIP_CERT": too_long, "CURL_CA_BUNDLE": ""}) == ""


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda place: None, "are not there"),
        (lambda place: place.mkdir(), "is a folder"),
        (lambda place: place.write_text("x"), "must be a PEM file"),
    ],
)
def test_why_certificates_cannot_be_used_is_told(
    tmp_path: Path, make: Callable[[Path], object], words: str
) -> None:
    make(tmp_path / "ca")
    with pytest.raises(NetworkFailure, match=words):
        certificates.certificates_of(str(tmp_path / "ca"))
