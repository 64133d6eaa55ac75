"""Answers are read in bounds, and what is no completion is told as that."""

from __future__ import annotations

from typing import Any

import pytest

from codestral_ls.backends.base import ProtocolViolation
from codestral_ls.backends.http.connection import Connection
from codestral_ls.backends.http.pages import WebPage
from codestral_ls.backends.http.report import usage_of
from codestral_ls.backends.http.response import MAX_BODY_BYTES, Response
from codestral_ls.backends.options import BackendOptions
from tests.fakes.behaviour import Behaviour, recorded
from tests.fakes.fim_server import FakeFim


async def body_of(behaviour: Behaviour) -> object:
    async with FakeFim(default=behaviour) as fake:
        connection = Connection(BackendOptions(base_url=fake.url))
        client = await connection.client()
        body = {"model": "codestral-latest", "prompt": "a"}
        async with client.request(
            "POST", "/v1/fim/completions", body=body, accept="application/json"
        ) as answer:
            said = await answer.error_body()
        await connection.aclose()
        return said


async def test_an_error_body_is_read_to_a_limit() -> None:
    text = await body_of(Behaviour(status=500, body=b"x" * (1 << 20), content_type="text/plain"))
    assert text == "x" * (1 << 16)


async def test_an_error_page_says_no_more_than_its_title() -> None:
    page = await body_of(recorded("mistral/error-502-html"))
    assert isinstance(page, WebPage)
    assert page.title == "502 Bad Gateway"
    assert "<" not in repr(page)


async def test_an_error_body_that_breaks_off_does_not_hide_the_refusal() -> None:
    assert await body_of(Behaviour(status=500, body=b"Out of memory", cut_at=6)) == "Out of"


async def parse(
    body: bytes, *, content_type: str = "text/event-stream", encoding: str = ""
) -> list[dict[str, Any]]:
    async def received() -> Any:
        yield body

    headers = {"content-type": content_type, "content-encoding": encoding}
    answer = Response(host="h", status=200, headers=headers, received=received())
    return [event async for event in answer.events()]


@pytest.mark.parametrize(
    "body",
    [
        b"", b": only a comment\n\n", b"data: <html>\n\n", b"data: 5\n\n", b"data: null\n\n",
        b"data: " + b"[" * 100_000 + b"\n\n", b"data: " + b"9" * 10_000 + b"\n\n",
        b"data: x" + b"x" * (1 << 20) + b"\n\n",
        (b": " + b"x" * 997 + b"\n") * (MAX_BODY_BYTES // 1000 + 1),
    ],
    ids=["nothing", "comment", "html", "number", "null", "deep", "digits", "huge", "endless"],
)  # fmt: skip
async def test_what_is_no_stream_of_objects_is_told_as_that(body: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        await parse(body)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip"])
async def test_an_encoding_that_cannot_be_undone_is_told(encoding: str) -> None:
    with pytest.raises(ProtocolViolation, match="decoded"):
        await parse(b'data: {"a":1}\n\n', encoding=encoding)


@pytest.mark.parametrize(
    "content_type", ["", "text/plain; charset=utf-8", "application/octet-stream"]
)
@pytest.mark.parametrize(
    "body",
    [
        b'data: {"a": 1}\n\ndata: [DONE]\n\n',
        b'\xef\xbb\xbf: hello\r\n\r\ndata:{"a": 1}\r\n\r\n',
        b'{"a": 1}',
        b'\xef\xbb\xbf\n {"a":\n 1}\n',
        b" \r\n" * 20_000 + b'{"a": 1}' + b" " * 20_000,
    ],
)
@pytest.mark.parametrize("portion", [1, 1000])
async def test_a_body_whose_type_says_nothing_is_told_by_its_beginning(
    body: bytes, content_type: str, portion: int
) -> None:
    async def received() -> Any:
        for start in range(0, len(body), portion):
            yield body[start : start + portion]

    headers = {"content-type": content_type}
    answer = Response(host="h", status=200, headers=headers, received=received())
    assert [event async for event in answer.events()] == [{"a": 1}]
    assert answer.end_marker_seen is (b"DONE" in body or b"data" not in body)


@pytest.mark.parametrize("body", [b"", b"hello", b"SSH-2.0", b"[1]"])
async def test_a_body_of_no_type_that_is_no_completion_is_told(body: bytes) -> None:
    with pytest.raises(ProtocolViolation, match="no completion"):
        await parse(body, content_type="text/plain")


async def test_an_object_that_breaks_off_says_nothing_of_the_base_url() -> None:
    with pytest.raises(ProtocolViolation, match="without an answer"):
        await parse(b'{"a"', content_type="text/plain")


async def test_a_stream_of_another_type_is_told() -> None:
    with pytest.raises(ProtocolViolation, match="web page"):
        await parse(b"<html>", content_type="text/html; charset=utf-8")


@pytest.mark.parametrize("absurd", [2**31, 10**15, 2**70, 1e308, -1, True, "x", [1], None])
def test_absurd_counts_of_tokens_spoil_no_sum(absurd: object) -> None:
    usage = usage_of(absurd, 7, absurd)
    assert 0 <= usage.prompt_tokens <= 10_000_000
    assert 0 <= usage.cached_tokens <= 10_000_000
    assert usage.completion_tokens == 7
