"""One reader of the proxy variables, held to a table of cases (and curl to the same, in
``tests/real/test_curl.py``)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.privacy.addresses import Address, parse
from codestral_ls.privacy.proxies import Proxy, ProxyDecision, decide, read_proxy
from tests.privacy.proxy_cases import (
    PROXIES,
    PROXY_CASES,
    UNREADABLE_ENTRIES,
    UNREADABLE_PROXIES,
    P,
    ProxyCase,
    Q,
)


def address_of(url: str) -> Address:
    address = parse(url)
    assert isinstance(address, Address)
    return address


def decided(url: str, **variables: str) -> ProxyDecision:
    return decide(address_of(url), variables)


@pytest.mark.parametrize("case", PROXY_CASES, ids=lambda case: case.name)
def test_the_environment_is_read_as_curl_and_go_read_it(case: ProxyCase) -> None:
    decision = decided(case.url, **case.variables)
    assert (decision.proxy.url if decision.proxy else None) == case.reached
    assert decision.unreadable == ()


@pytest.mark.parametrize("entry", UNREADABLE_ENTRIES)
def test_an_entry_that_cannot_be_read_is_told_and_the_others_hold(entry: str) -> None:
    listed = f"x.example,{entry},corp.example"
    decision = decided("https://llm.corp.example", https_proxy=P, no_proxy=listed)
    assert decision.proxy is None
    assert decision.passed_by == "corp.example in no_proxy"
    assert [entry.variable for entry in decision.unreadable] == ["no_proxy"]
    assert decided("https://api.mistral.ai", https_proxy=P, no_proxy=listed).proxy is not None


@pytest.mark.parametrize(("url", "shown"), PROXIES.items())
def test_a_proxy_is_read_in_every_spelling(url: str, shown: str) -> None:
    proxy = read_proxy(url)
    assert isinstance(proxy, Proxy)
    assert proxy.url == shown
    assert "pa" not in repr(proxy)


@pytest.mark.parametrize("path", ["/proxy.pac", "/wpad.dat", "/a/b.PAC?x=1"])
def test_a_script_that_chooses_proxies_is_told_as_that(path: str) -> None:
    said = read_proxy("http://proxy.example:8080" + path)
    assert isinstance(said, str)
    assert "PAC" in said
    assert isinstance(read_proxy("http://proxy.example:8080/"), Proxy)


def test_user_name_and_password_of_a_proxy_are_unescaped() -> None:
    for url in ("http://m%3Ae:p%40%2F%23@p.example", "http://m%3Ae:p@%2F%23@p.example"):
        proxy = read_proxy(url)
        assert isinstance(proxy, Proxy)
        assert (proxy.user, proxy.password) == ("m:e", "p@/#")


@pytest.mark.parametrize("url", UNREADABLE_PROXIES)
def test_a_proxy_that_cannot_be_read_is_passed_over_and_told_without_its_password(url: str) -> None:
    decision = decided("https://llm.example", https_proxy=url, HTTPS_PROXY=Q)
    assert decision.proxy is not None
    assert decision.proxy.url == Q
    (entry,) = decision.unreadable
    assert entry.names_proxy
    assert str(entry).startswith("https_proxy ")
    assert "can" not in str(entry).replace("cannot", "")
    alone = decided("https://llm.example", https_proxy=url)
    assert (alone.proxy, alone.unreadable) == (None, (entry,))


@pytest.mark.parametrize(
    "variables",
    [
        {"ALL_PROXY": "socks://127.0.0.1:1080/", "HTTPS_PROXY": P},
        {"ALL_PROXY": "nonsense://x", "HTTPS_PROXY": P},
        {"NO_PROXY": "localhost,127.0.0.0/8,::1,[::1],fd00::/8", "HTTPS_PROXY": P},
    ],
)
def test_one_entry_decides_nothing_for_hosts_it_is_not_about(variables: dict[str, str]) -> None:
    decision = decided("https://api.mistral.ai", **variables)
    assert decision.proxy is not None
    assert decision.proxy.url == P
    assert decision.unreadable == ()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.0.1", "[::1]", "a.localhost"])
def test_this_machine_is_never_reached_through_a_proxy(host: str) -> None:
    decision = decided(f"http://{host}:8080", http_proxy=P, all_proxy=Q, no_proxy="192.168.*")
    assert (decision.proxy, decision.unreadable) == (None, ())
    assert decision.passed_by == "it is this machine"


def test_what_lets_a_host_pass_is_named() -> None:
    decision = decided("https://10.1.2.3", HTTPS_PROXY=P, NO_PROXY="x.example,10.0.0.0/8,10.1.2.3")
    assert (decision.source, decision.passed_by) == ("HTTPS_PROXY", "10.0.0.0/8 in NO_PROXY")


@given(st.text(), st.text())
def test_nothing_in_the_environment_makes_the_reader_fail(proxy: str, exceptions: str) -> None:
    for url in ("https://llm.example", "http://[fd00::1]:8080"):
        decided(url, https_proxy=proxy, http_proxy=proxy, no_proxy=exceptions)
    decided("https://llm.example", https_proxy=P, no_proxy=exceptions)
