"""Code and keys go to hosts the user chose, however a URL is twisted."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codestral_ls.privacy.addresses import Malformed, parse, without_login
from codestral_ls.privacy.hosts import MISTRAL_HOSTS, Decision, Key, decide

CASES: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).parents[2].joinpath("fixtures/trust/hosts.toml").read_text("utf-8")
)["case"]
KEYS = {
    "mistral": Key("canary-m", "mistral", "MISTRAL_API_KEY"),
    "endpoint": Key("canary-e", "endpoint", "CODESTRAL_LS_API_KEY"),
}


def check(case: dict[str, Any]) -> Decision:
    return decide(
        case["endpoint"],
        origin_is_user=case.get("from", "client") == "user",
        provider=case.get("provider", "mistral"),
        provider_hosts=MISTRAL_HOSTS if case.get("provider", "mistral") == "mistral" else (),
        trusted_hosts=case.get("trusted", ()),
        key=KEYS.get(case.get("key", "")),
        allow_insecure=case.get("insecure", False),
    )


@pytest.mark.parametrize("case", CASES, ids=[case["says"] for case in CASES])
def test_trust_is_decided_as_the_case_says(case: dict[str, Any]) -> None:
    decision = check(case)
    assert decision.allowed is case.get("code", False), decision
    assert decision.send_key is case.get("sends_key", False), decision
    assert decision.base_url == case.get("base_url", "")
    if decision.allowed:
        assert decision.loopback is case.get("loopback", False)
    if "remedy" in case:
        assert decision.remedy == case["remedy"]


@pytest.mark.parametrize("case", CASES, ids=[case["says"] for case in CASES])
def test_every_decision_explains_itself_in_sentences(case: dict[str, Any]) -> None:
    decision = check(case)
    assert decision.reason.endswith(".")
    assert decision.reason.isprintable()
    assert decision.allowed or decision.remedy.endswith(".")
    assert decision.remedy.isprintable()
    assert "canary" not in repr(decision)
    assert "pass@" not in repr(decision)


def test_every_case_says_something_else() -> None:
    assert len({case["says"] for case in CASES}) == len(CASES) >= 60


def test_a_refused_host_is_named_with_the_three_lines_that_would_trust_it() -> None:
    decision = check({"endpoint": "https://gpu.example:8443/v1", "key": "endpoint"})
    assert "gpu.example:8443" in decision.reason
    assert 'trusted_hosts = ["gpu.example:8443"] in config.toml' in decision.remedy
    assert "--endpoint https://gpu.example:8443/v1 in the editor's server" in decision.remedy
    assert "CODESTRAL_LS_ENDPOINT=https://gpu.example:8443/v1" in decision.remedy


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("https://https://gpu.example", "scheme twice"),
        ("https:http://gpu.example", "scheme twice"),
        ("https://gpu.example:/v1", "port"),
        ("http://localhost:/v1", "port"),
        ('"https://gpu.example"', "quotation marks"),
    ],
)
def test_it_is_said_what_is_wrong_with_an_endpoint(endpoint: str, words: str) -> None:
    found = parse(endpoint)
    assert isinstance(found, Malformed)
    assert words in found.reason


@pytest.mark.parametrize("endpoint", ["https://gpu.example/a", "https://[2001:db8::1]:8443"])
def test_the_line_that_a_remedy_names_makes_the_host_trusted(endpoint: str) -> None:
    refused = check({"endpoint": endpoint})
    entry = tomllib.loads(refused.remedy.partition(": ")[2].partition(" in config")[0])
    assert check({"endpoint": endpoint, "trusted": entry["trusted_hosts"]}).allowed


def test_a_planted_path_cannot_smuggle_a_command_into_the_line_to_paste() -> None:
    decision = check({"endpoint": "https://gpu.example/;touch$IFS'x'"})
    assert "touch" not in decision.remedy
    assert "CODESTRAL_LS_ENDPOINT=https://gpu.example in" in decision.remedy


def test_a_key_that_stays_here_is_named_with_what_would_send_it() -> None:
    decision = check(
        {"endpoint": "https://gpu.example", "from": "user", "provider": "vllm", "key": "mistral"}
    )
    assert "MISTRAL_API_KEY stays here" in decision.reason
    assert "CODESTRAL_LS_API_KEY" in decision.remedy


def test_a_key_never_shows_its_secret() -> None:
    assert "canary" not in repr(KEYS) + str(KEYS["mistral"])


def test_a_providers_own_host_is_trusted_over_https_only() -> None:
    def trusted(endpoint: str) -> bool:
        return decide(
            endpoint,
            origin_is_user=False,
            provider="openai",
            provider_hosts={"api.example"},
            trusted_hosts=(),
            key=None,
            allow_insecure=False,
        ).allowed

    assert trusted("https://api.example")
    assert not trusted("http://api.example")


# Text that is nearly a URL finds more than text that is not.
_WORDS = """
http:// https:// HTTPS:// // / @ : # ? % %2e %00 . .. [ ] [::1] [::ffff:127.0.0.1] ::1
api.mistral.ai API.MISTRAL.AI codestral.mistral.ai evil.example gpu.example localhost .localhost
127.0.0.1 127.1 0x7f 0177 2130706433 0.0.0.0 256 :80 :443 :8080 :0 :99999 xn-- xn--pi-6kc
user _ - /v1 /../ /a%20b ; & $ '
"""
_ODD = "\\ \t\n\0\u200b\u202e\u3002\uff0e\u2113\u212a\ud800éａßı"
_PIECES = st.sampled_from([*_WORDS.split(), *_ODD])
_NEARLY = st.builds(
    "{}://{}{}".format,
    st.sampled_from(["http", "https", "HtTp"]),
    st.sampled_from([*MISTRAL_HOSTS, "gpu.example", "localhost", "127.0.0.1", "[::1]"]),
    st.sampled_from(["", ":8080", "/v1", ":443/"]) | st.lists(_PIECES, max_size=3).map("".join),
)
_ENDPOINTS = _NEARLY | st.lists(_PIECES, max_size=7).map("".join) | st.text()
_TRUSTED = st.lists(st.just("gpu.example") | st.text() | _ENDPOINTS, max_size=3)


@given(
    _ENDPOINTS,
    st.booleans(),
    st.sampled_from(["auto", "mistral", "vllm"]),
    _TRUSTED,
    st.sampled_from([None, *KEYS.values()]),
    st.booleans(),
)
@example("https://xn--a", True, "vllm", [], None, False)
def test_what_is_allowed_is_what_the_http_client_connects_to(
    endpoint: str,
    origin_is_user: bool,
    provider: str,
    trusted: list[str],
    key: Key | None,
    allow_insecure: bool,
) -> None:
    """No text raises, and httpx reads the same host and port in the URL we hand it."""
    decision = decide(
        endpoint,
        origin_is_user=origin_is_user,
        provider=provider,
        provider_hosts=MISTRAL_HOSTS,
        trusted_hosts=trusted,
        key=key,
        allow_insecure=allow_insecure,
    )
    assert decision.allowed or not (decision.send_key or decision.base_url)
    if not decision.allowed:
        return
    url = httpx.URL(decision.base_url)
    # ``raw_host``, for ``host`` shows xn-- names decoded.
    assert url.raw_host.decode("ascii") == decision.host
    assert (url.port or {"http": 80, "https": 443}[url.scheme]) == decision.port
    assert not url.userinfo
    assert not url.query
    assert not url.fragment
    if decision.send_key and url.scheme == "http":
        assert allow_insecure or decision.loopback


@given(_ENDPOINTS, st.sampled_from([None, *KEYS.values()]), st.booleans())
def test_the_editors_settings_reach_this_machine_and_mistral_and_nobody_else(
    endpoint: str, key: Key | None, allow_insecure: bool
) -> None:
    decision = decide(
        endpoint,
        origin_is_user=False,
        provider="mistral",
        provider_hosts=MISTRAL_HOSTS,
        trusted_hosts=(),
        key=key,
        allow_insecure=allow_insecure,
    )
    if decision.allowed:
        host = httpx.URL(decision.base_url).host
        assert host in MISTRAL_HOSTS | {"localhost", "::1"} or host.startswith("127.")
        assert not decision.send_key or host in MISTRAL_HOSTS


@given(_ENDPOINTS)
def test_the_url_of_a_decision_is_judged_the_same_again(endpoint: str) -> None:
    first = check({"endpoint": endpoint, "from": "user", "key": "endpoint"})
    if first.allowed:
        assert check({"endpoint": first.base_url, "from": "user", "key": "endpoint"}) == first


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://me:hush@proxy.example:3128", "http://proxy.example:3128"),
        ("http://me:hu@sh@proxy.example", "http://proxy.example"),
        ("socks5://me:hush@[::1]:1080/", "socks5://[::1]:1080"),
        ("proxy.example:3128", "http://proxy.example:3128"),
        ("me:hush@proxy.example", "http://proxy.example"),
        ("http://me:hush@", None),
        ("http://me:hush@proxy example", None),
        ("http://me:hush@proxy:port", None),
    ],
)
def test_a_proxy_is_shown_without_its_login(url: str, shown: str | None) -> None:
    assert without_login(url) == shown
