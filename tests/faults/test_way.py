"""Names, certificates and proxies: what fails is told so that one knows what to do, and what a
company needs works."""

from __future__ import annotations

import contextlib
import platform
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from codestral_ls.backends.http import certificates
from codestral_ls.session.notices import Urgency
from tests.faults.answers import sized
from tests.faults.authority import Authority
from tests.faults.checks import TIMEOUT_MS, check_seen, check_told, check_well, timeout_for
from tests.faults.editor import Editor, editing
from tests.faults.fault import Fault
from tests.faults.proxy import Proxy
from tests.faults.server import GOOD, FaultServer, Misdeed, Then
from tests.faults.way import (
    NAME_FAULTS,
    PROXY_FAULTS,
    TLS_FAULTS,
    Lookup,
    NameFault,
    ProxyFault,
    TlsFault,
)

HOST = "codestral.example"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


class Names:
    """The only name server there is: it knows one name, if it can be asked at all."""

    def __init__(self, lookup: Lookup | None) -> None:
        self.lookup = lookup
        self.answers = threading.Event()

    def mend(self) -> None:
        self.lookup = None
        self.answers.set()

    def getaddrinfo(self, host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host in (HOST, HOST.encode()):
            match self.lookup:
                case Lookup.UNKNOWN:
                    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
                case Lookup.NO_ANSWER:
                    self.answers.wait(10)
        return self.known("127.0.0.1", port, *rest, **more)

    known = staticmethod(socket.getaddrinfo)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[Names]:
    names = Names(None)
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    yield names
    names.mend()


@pytest.mark.parametrize("fault", NAME_FAULTS, ids=lambda fault: fault.name)
async def test_a_name_that_is_not_found_is_asked_for_again(
    fault: NameFault, names: Names, tmp_path: Path
) -> None:
    names.lookup = fault.lookup
    async with FaultServer() as server:
        host = f"{HOST}:{server.port}"
        insecure = {"CODESTRAL_LS_ALLOW_INSECURE": "true"}
        async with editing(tmp_path, f"http://{host}", **insecure) as editor:
            for _ in range(2):
                check_seen(await editor.ask(timeout_for(fault)), fault, host)
            check_told(editor, fault, host)
            names.mend()
            await check_well(editor)


@pytest.mark.parametrize("fault", TLS_FAULTS, ids=lambda fault: fault.name)
async def test_a_server_that_cannot_prove_who_it_is_gets_nothing(
    fault: TlsFault, authority: Authority, tmp_path: Path
) -> None:
    tls = {
        "good": authority.server_for("127.0.0.1"),
        "expired": authority.server_for("127.0.0.1", expired=True),
        "of another name": authority.server_for("other.example"),
        "none": None,
    }[fault.certificate]
    bundle = {"CODESTRAL_LS_CA_BUNDLE": str(authority.bundle)} if fault.trusted else {}
    async with FaultServer(fault.does or GOOD, tls) as server:
        host = f"127.0.0.1:{server.port}"
        async with editing(tmp_path, f"https://{host}", **bundle) as editor:
            for _ in range(2):
                check_seen(await editor.ask(timeout_for(fault)), fault, host)
                await server.until(lambda: server.open_now == 0)
            if fault.does is None:
                assert server.requests == 0
            check_told(editor, fault, host)


@contextlib.asynccontextmanager
async def company(authority: Authority) -> AsyncIterator[FaultServer]:
    """A server in a company: its certificate comes from the company's own authority."""
    async with FaultServer(tls=authority.server_for(HOST, "127.0.0.1")) as server:
        yield server


async def test_a_private_authority_is_trusted_by_ca_bundle(
    authority: Authority, tmp_path: Path
) -> None:
    bundle = {"CODESTRAL_LS_CA_BUNDLE": str(authority.bundle)}
    async with (
        company(authority) as server,
        editing(tmp_path, f"https://127.0.0.1:{server.port}", **bundle) as editor,
    ):
        await check_well(editor)
        await check_well(editor)
        assert server.accepted == 1


@pytest.mark.skipif(
    platform.system() in {"Darwin", "Windows"}, reason="the system's store is no file there"
)
async def test_a_private_authority_is_trusted_where_the_system_trusts_it(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_FILE names what the system trusts; it is read once, not for each
    connection."""
    own = tmp_path / "own.pem"
    own.write_bytes(authority.bundle.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(own))
    certificates.system_certificates.cache_clear()
    try:
        certificates.system_certificates()
        own.unlink()
        async with (
            company(authority) as server,
            editing(tmp_path, f"https://127.0.0.1:{server.port}") as editor,
        ):
            await check_well(editor)
    finally:
        certificates.system_certificates.cache_clear()


@pytest.mark.parametrize("by", ["environment", "setting"])
@pytest.mark.parametrize("credentials", ["", "me:hush"])
async def test_https_goes_through_the_proxy(
    by: str,
    credentials: str,
    authority: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    variables = {"CODESTRAL_LS_CA_BUNDLE": str(authority.bundle)}
    async with (
        company(authority) as server,
        Proxy({f"{HOST}:443": server.port}, credentials=credentials) as proxy,
    ):
        url = f"http://{credentials}@127.0.0.1:{proxy.port}" if credentials else proxy.url
        if by == "environment":
            monkeypatch.setenv("HTTPS_PROXY", url)
        else:
            variables["CODESTRAL_LS_PROXY"] = url
        async with editing(tmp_path, f"https://{HOST}", **variables) as editor:
            await check_well(editor)
            await check_well(editor)
        assert proxy.asked == [f"CONNECT {HOST}:443"]
        assert server.accepted == 1


@pytest.mark.parametrize("by", ["environment", "setting"])
async def test_this_machine_is_not_reached_through_a_proxy_by_https_either(
    by: str, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {"CODESTRAL_LS_CA_BUNDLE": str(authority.bundle)}
    async with company(authority) as server, Proxy({}) as proxy:
        if by == "environment":
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            monkeypatch.setenv("ALL_PROXY", proxy.url)
        else:
            variables["CODESTRAL_LS_PROXY"] = proxy.url
        async with editing(tmp_path, f"https://127.0.0.1:{server.port}", **variables) as editor:
            await check_well(editor)
        assert proxy.asked == []


async def test_no_proxy_is_heeded(
    authority: Authority, names: Names, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with company(authority) as server, Proxy({}) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", HOST)
        bundle = {"CODESTRAL_LS_CA_BUNDLE": str(authority.bundle)}
        async with editing(tmp_path, f"https://{HOST}:{server.port}", **bundle) as editor:
            await check_well(editor)
        assert proxy.asked == []


async def ask_through(proxy_port: int, fault: Fault, tmp_path: Path, **variables: str) -> Editor:
    variables["CODESTRAL_LS_PROXY"] = f"http://me:hush@127.0.0.1:{proxy_port}"
    async with editing(tmp_path, f"https://{HOST}", **variables) as editor:
        for _ in range(2):
            outcome = await editor.ask(timeout_for(fault))
            check_seen(outcome, fault, HOST, proxy=f"127.0.0.1:{proxy_port}")
        return editor


@pytest.mark.parametrize("fault", PROXY_FAULTS, ids=lambda fault: fault.name)
async def test_a_proxy_that_fails_is_named(fault: ProxyFault, tmp_path: Path) -> None:
    async with FaultServer(fault.does) as proxy:
        editor = await ask_through(proxy.port, fault, tmp_path)
        await proxy.until(lambda: proxy.open_now == 0)
        assert editor.told == []


async def test_behind_a_proxy_it_is_still_the_server_whose_certificate_is_not_trusted(
    authority: Authority, tmp_path: Path
) -> None:
    (untrusted,) = (fault for fault in TLS_FAULTS if not fault.trusted)
    async with company(authority) as server, Proxy({f"{HOST}:443": server.port}) as proxy:
        await ask_through(proxy.port, untrusted, tmp_path)
        await server.until(lambda: server.open_now == 0)


@pytest.mark.parametrize("stalled", ["proxy-stalls", "proxy-breaks-handshake"])
async def test_a_stalled_tunnel_is_given_up_with_its_question(stalled: str, tmp_path: Path) -> None:
    (fault,) = (fault for fault in PROXY_FAULTS if fault.name == stalled)
    async with FaultServer(fault.does) as proxy:
        setting = {"CODESTRAL_LS_PROXY": f"http://127.0.0.1:{proxy.port}"}
        async with editing(tmp_path, f"https://{HOST}", **setting) as editor:
            await editor.ask(TIMEOUT_MS)
            await proxy.until(lambda: proxy.open_now == 0)
            assert not editor.busy


async def test_a_refused_key_is_told_once_with_the_host_and_where_the_key_came_from(
    authority: Authority, tmp_path: Path
) -> None:
    """Mistral's own host, as far as anybody can tell who trusts our authority and our proxy."""
    host = "api.mistral.ai"
    head = b"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\n"
    refuses = Misdeed(says=sized(b'{"detail": "Unauthorized"}', head), then=Then.KEEP)
    async with (
        FaultServer(refuses, authority.server_for(host)) as server,
        Proxy({f"{host}:443": server.port}) as proxy,
    ):
        variables = {
            "CODESTRAL_LS_API_KEY": "",
            "MISTRAL_API_KEY": "key-of-no-value",
            "CODESTRAL_LS_CA_BUNDLE": str(authority.bundle),
            "CODESTRAL_LS_PROXY": proxy.url,
        }
        async with editing(tmp_path, f"https://{host}", **variables) as editor:
            for _ in range(3):
                await editor.ask()
            (notice,) = editor.told
    assert notice.urgency is Urgency.ERROR
    assert notice.text.startswith("api.mistral.ai refused the key (401).")
    assert "It came from MISTRAL_API_KEY." in notice.text
    assert "key-of-no-value" not in notice.text
