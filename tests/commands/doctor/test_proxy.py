"""The proxy that requests go through: found, named, and never with its password."""

from __future__ import annotations

import pytest

from codestral_ls.commands.doctor.proxy import proxy_check, proxy_of, without_password
from codestral_ls.config import Options, resolve
from codestral_ls.config.resolve import Level, Origin
from tests.commands.doctor.running import Run, check_line
from tests.fakes.endpoint import Endpoint


def test_a_proxy_in_the_way_is_named_without_its_password(run: Run) -> None:
    done = run(
        "--endpoint", "http://llm.example", "--provider", "mistral",
        HTTP_PROXY="http://me:canary-key@127.0.0.1:9",
    )  # fmt: skip
    check_line(
        done, "ok", "proxy", "llm.example is reached through http://127.0.0.1:9", "HTTP_PROXY"
    )
    check_line(done, "FAILED", "endpoint", "http://127.0.0.1:9", "NO_PROXY=llm.example")
    assert "canary" not in done.stdout + done.stderr


def test_this_machine_is_reached_past_the_proxy(run: Run) -> None:
    with Endpoint() as endpoint:
        done = run(**endpoint.environment, HTTP_PROXY="http://127.0.0.1:9")
    check_line(done, "ok", "proxy", "is reached directly, past", "this machine")
    check_line(done, "ok", "completion")


def test_a_proxy_that_cannot_be_read_is_told_where_the_connection_fails(run: Run) -> None:
    done = run(
        "--endpoint", "http://gpu.invalid", "--provider", "vllm",
        ALL_PROXY="socks4://me:canary-key@127.0.0.1:9",
    )  # fmt: skip
    check_line(done, "FAILED", "proxy", "ALL_PROXY names a kind of proxy that is not supported")
    assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://me:pw@proxy.example:3128/x?y", "http://proxy.example:3128"),
        ("proxy.example:3128", "http://proxy.example:3128"),
        ("socks5://[::1]:1080", "socks5://[::1]:1080"),
        ("http://[broken", "(not a URL)"),
        ("", "(not a URL)"),
    ],
)
def test_a_proxy_is_shown_without_its_password(url: str, shown: str) -> None:
    assert without_password(url) == shown


URL = "https://llm.example"


def said(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, url: str = URL, **settings: object
) -> str:
    """The line of the report, with its remedy."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    resolved = resolve([Options(Origin(Level.COMMAND_LINE, "command line"), settings)])
    checks = proxy_check(proxy_of(url, resolved), "llm.example", "command line")
    return "\n".join(f"{line.status.value}: {line.text}. {line.remedy}".strip() for line in checks)


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({}, ""),
        ({"HTTP_PROXY": "http://p:1"}, ""),
        (
            {"https_proxy": "http://me:hush@p:1"},
            "ok: llm.example is reached through http://p:1, from https_proxy.",
        ),
        (
            {"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".example"},
            "ok: llm.example is reached directly, past http://p:1 (HTTPS_PROXY): "
            ".example in NO_PROXY.",
        ),
        (
            {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "192.168.*"},
            "ok: llm.example is reached through http://p:1, from HTTPS_PROXY. NO_PROXY has "
            "192.168.*, a pattern; write a network as 10.0.0.0/8, subdomains as .corp.example.",
        ),
        (
            {"HTTPS_PROXY": "http://me:hush@p:port"},
            "failed: llm.example is reached directly, since a proxy cannot be read. "
            "HTTPS_PROXY is no URL; write it as http://host:port.",
        ),
    ],
)
def test_how_a_host_is_reached_is_told_with_what_decided_it(
    variables: dict[str, str], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said(variables, monkeypatch) == line


def test_the_proxy_of_the_settings_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}
    assert said(variables, monkeypatch, proxy="http://q:2") == (
        "ok: llm.example is reached through http://q:2, from proxy (command line)."
    )


def test_a_proxy_in_the_settings_that_cannot_be_read_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = said({}, monkeypatch, proxy="http://me:hush@q:port")
    assert line.startswith("failed: The proxy in the settings is no URL")
    assert "hush" not in line


def test_socks_names_the_command_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codestral_ls.backends.http.proxying.has_socks", lambda: False)
    line = said({"ALL_PROXY": "socks5://p"}, monkeypatch)
    assert line.startswith("failed: socks5://p:1080, from ALL_PROXY, speaks SOCKS")
    assert "pip install" in line
