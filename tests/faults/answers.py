"""Answers of a completion server as they travel, well made and not."""

from __future__ import annotations

import json

from tests.fakes.behaviour import FIXTURES

RECORDED = (FIXTURES / "mistral" / "stream.txt").read_bytes()
"""A whole stream, which suggests ``SUGGESTED``."""
SUGGESTED = "a + b"

EVENT_STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"


def chunked(*pieces: bytes) -> bytes:
    """Pieces of a body as chunks, without the last, empty one."""
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


def sized(body: bytes, head: bytes = EVENT_STREAM) -> bytes:
    """A whole answer that says how long it is."""
    return b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)


def streamed(*pieces: bytes, head: bytes = EVENT_STREAM) -> bytes:
    """An answer in chunks, which is not ended."""
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(*pieces)


def as_json(body: bytes, status: bytes = b"200 OK") -> bytes:
    """An answer in JSON."""
    return sized(body, b"HTTP/1.1 %b\r\nContent-Type: application/json\r\n" % status)


def web_page(status: bytes) -> bytes:
    """An answer in HTML."""
    page = b"<!DOCTYPE html><html><body><h1>Please log in</h1></body></html>"
    return sized(page, b"HTTP/1.1 %b\r\nContent-Type: text/html; charset=utf-8\r\n" % status)


def encoded(encoding: bytes, body: bytes = b"") -> bytes:
    """A stream, or its head alone, said to be compressed."""
    head = EVENT_STREAM + b"Content-Encoding: %b\r\n" % encoding
    return streamed(body, head=head) if body else head + b"Transfer-Encoding: chunked\r\n\r\n"


def event(value: object) -> bytes:
    """An event of a stream."""
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def text_event(content: str) -> bytes:
    """An event that brings text."""
    return event({"choices": [{"index": 0, "delta": {"content": content}}]})


def typed(content_type: bytes) -> bytes:
    """The recorded stream with another content type."""
    return sized(RECORDED, b"HTTP/1.1 200 OK\r\n" + content_type)
