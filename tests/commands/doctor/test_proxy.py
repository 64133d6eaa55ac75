"""The proxy that requests go through: found, named, and never with its password."""

from __future__ import annotations

import pytest

from codestral_ls.commands.doctor.proxy import Proxy, proxy_of, without_password
from codestral_ls.config import Options, Resolved, resolve
from codestral_ls.config.resolve import Level, Origin
from tests.commands.doctor.running import Run, check_line
from tests.fakes.endpoint import Endpoint


def test_a_proxy_in_the_way_is_named_without_its_password(run: Run) -> None:
    done = run(
        "--endpoint", "http://llm.example", "--provider", "mistral",
        HTTP_PROXY="http://me:canary-key@127.0.0.1:9",
    )  # fmt: skip
    check_line(done, "ok", "proxy", "http://127.0.0.1:9 (HTTP_PROXY)")
    check_line(done, "FAILED", "endpoint", "http://127.0.0.1:9", "NO_PROXY=llm.example")
    assert "canary" not in done.stdout + done.stderr


def test_this_machine_is_reached_past_the_proxy(run: Run) -> None:
    with Endpoint() as endpoint:
        done = run(**endpoint.environment, HTTP_PROXY="http://127.0.0.1:9")
    check_line(done, "ok", "proxy", "is not used for 127.0.0.1")
    check_line(done, "ok", "completion")


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


def resolved_with(**values: object) -> Resolved:
    return resolve([Options(Origin(Level.COMMAND_LINE, "command line"), values)])


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"https_proxy": "http://p:1"}, Proxy("http://p:1", "https_proxy", True)),
        ({"ALL_PROXY": "http://p:1"}, Proxy("http://p:1", "ALL_PROXY", True)),
        ({"HTTP_PROXY": "http://p:1"}, None),
        (
            {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "llm.example"},
            Proxy("http://p:1", "HTTPS_PROXY", False),
        ),
    ],
)
def test_the_proxy_of_the_environment_is_found(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], expected: Proxy | None
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert proxy_of("https://llm.example", resolve([])) == expected


def test_the_proxy_of_the_settings_comes_first() -> None:
    proxy = proxy_of("https://llm.example", resolved_with(proxy="http://q:2"))
    assert proxy == Proxy("http://q:2", "proxy (command line)", True)
