"""What every request says of itself: ids, traces, and who asks."""

from __future__ import annotations

import re

import pytest

from codestral_ls import __version__
from codestral_ls.backends.http.request_headers import RequestHeaders, new_request_id
from codestral_ls.backends.options import BackendOptions
from codestral_ls.config import Settings
from codestral_ls.session.operators import headers_with_who, wants_trace

ID = "0af7651916cd43dd8448eb211c80319c"


def headers(language: str = "", request_id: str = ID, **options: object) -> dict[str, str]:
    chosen = BackendOptions(base_url="http://127.0.0.1:1", **options)  # type: ignore[arg-type]  # any
    return RequestHeaders(chosen).of("text/event-stream", request_id, language)


def test_every_request_has_an_id_and_no_trace_unless_asked_for() -> None:
    sent = headers()
    assert sent["X-Request-Id"] == ID
    assert "traceparent" not in sent
    ids = {headers(request_id="")["X-Request-Id"] for _ in range(20)}
    assert len(ids) == 20


def test_a_trace_is_as_w3c_writes_it_and_has_the_requests_id() -> None:
    sent = [headers(trace=True)["traceparent"] for _ in range(20)]
    for trace in sent:
        assert re.fullmatch(rf"00-{ID}-(?!0{{16}})[0-9a-f]{{16}}-01", trace)
    assert len(set(sent)) == 20


def test_ids_are_as_long_as_a_trace_wants_them() -> None:
    assert re.fullmatch("[0-9a-f]{32}", new_request_id())


@pytest.mark.parametrize("name", ["X-Request-Id", "x-request-id", "Traceparent", "accept"])
def test_headers_of_the_user_replace_ours(name: str) -> None:
    sent = headers(trace=True, headers={name: "mine"})
    assert [value for key, value in sent.items() if key.lower() == name.lower()] == ["mine"]


def test_a_header_may_name_the_documents_language() -> None:
    chosen = {"X-Language": "lang={language}"}
    assert headers("python", headers=chosen)["X-Language"] == "lang=python"
    assert headers("größe\n", headers=chosen)["X-Language"] == "lang=gr%C3%B6%C3%9Fe%0A"
    assert "X-Language" not in headers("", headers=chosen)


def test_who_asks_is_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "CORP\\jörg{host}")
    monkeypatch.setattr("socket.gethostname", lambda: "desk-7")
    filled = headers_with_who(
        (("X-Who", "{user}@{host} {version} {language} {other}"), ("X-Plain", "a"))
    )
    who = f"CORP\\j%C3%B6rg{{host}}@desk-7 {__version__} {{language}} {{other}}"
    assert filled == {"X-Who": who, "X-Plain": "a"}


def test_a_login_that_has_no_name_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert headers_with_who((("X-Who", "{user}"),)) == {"X-Who": "unknown"}


@pytest.mark.parametrize(
    ("setting", "environ", "wanted"),
    [
        ("auto", {}, False),
        (True, {}, True),
        (False, {"OTEL_TRACES_EXPORTER": "otlp"}, False),
        ("auto", {"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ("auto", {"OTEL_TRACES_EXPORTER": "none"}, False),
        ("auto", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, True),
        ("auto", {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318"}, True),
        ("auto", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_SDK_DISABLED": "true"}, False),
        (
            "auto",
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_TRACES_EXPORTER": "none"},
            False,
        ),
        ("auto", {"OTEL_SERVICE_NAME": "a"}, False),
    ],
)
def test_traces_are_sent_where_the_setting_or_the_environment_asks(
    setting: bool | str, environ: dict[str, str], wanted: bool
) -> None:
    assert wants_trace(Settings(trace=setting), environ) is wanted  # type: ignore[arg-type]  # a table
