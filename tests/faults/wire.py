"""The faults that a server, or whatever stands in its place, can commit."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.fault import PARTLY, SILENT, UNREADABLE, Fault
from tests.faults.server import (
    EVENT_STREAM,
    RECORDED,
    Door,
    Misdeed,
    Then,
    chunked,
    sized,
    streamed,
)

BROKE = "{host} broke off or does not speak HTTP."
LOST = "The connection to {host} broke."
NO_COMPLETION = "{host} answered with something that is no completion; check the base URL."
NO_JSON_COMPLETION = "{host} answered with JSON that is no completion; check the base URL."
TOO_MUCH = "{host} sent far more text than was asked for."
ENDLESS = "{host} sent an endless answer."
GARBLED = "{host} sent an answer that cannot be decoded."
ELSEWHERE = "{host} redirects ({status}), which is not followed; check the base URL."

REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True, kw_only=True)
class WireFault(Fault):
    """A fault of the server's."""

    does: Misdeed


def _json(body: bytes, status: bytes = b"200 OK") -> bytes:
    return sized(body, b"HTTP/1.1 %b\r\nContent-Type: application/json\r\n" % status)


def _html(status: bytes) -> bytes:
    page = b"<!DOCTYPE html><html><body><h1>Please log in</h1></body></html>"
    return sized(page, b"HTTP/1.1 %b\r\nContent-Type: text/html; charset=utf-8\r\n" % status)


def _encoded(encoding: bytes, body: bytes = b"") -> bytes:
    head = EVENT_STREAM + b"Content-Encoding: %b\r\n" % encoding
    return streamed(body, head=head) if body else head + b"Transfer-Encoding: chunked\r\n\r\n"


def _event(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def _text(content: str) -> bytes:
    return _event({"choices": [{"index": 0, "delta": {"content": content}}]})


def _as(content_type: bytes) -> bytes:
    return sized(RECORDED, b"HTTP/1.1 200 OK\r\n" + content_type)


# One megabyte of nothing, ended so that any number of them make one compressed stream.
_squeezer = zlib.compressobj(9, wbits=31)
_BOMB_HEAD = _squeezer.compress(b": ") + _squeezer.flush(zlib.Z_FULL_FLUSH)
_BOMB_PIECE = _squeezer.compress(b"x" * (1 << 20)) + _squeezer.flush(zlib.Z_FULL_FLUSH)

_DEEP = b"[" * 200_000
# More than the most that is read, so that it is the limit that ends it.
_HUGE = 12 << 20
_FIRST_EVENT = RECORDED[: RECORDED.index(b"\n\n") + 2]
_FIRST_TEXT = RECORDED[: RECORDED.index(b"a + b")] + b"a"


def _connecting() -> Iterator[WireFault]:
    yield WireFault(
        name="refused",
        sentence="Nothing listens at the endpoint",
        does=Misdeed(door=Door.SHUT),
        sees="{host} could not be reached. Nothing listens there.",
    )
    yield WireFault(
        name="unanswered",
        sentence="The connection is never established",
        does=Misdeed(door=Door.JAMMED),
        sees=SILENT,
    )
    yield WireFault(
        name="unattended",
        sentence="The connection stands, and nobody takes it",
        does=Misdeed(door=Door.UNATTENDED),
        sees=SILENT,
    )
    yield WireFault(
        name="resets-at-once",
        sentence="The connection is reset at once",
        does=Misdeed(listens=False, then=Then.RESET),
        sees=LOST,
    )


def _stalling() -> Iterator[WireFault]:
    stalls = {
        "deaf": ("does not even read the request", b""),
        "mute": ("reads the request and never answers", b""),
        "status-line": ("stalls after the status line", b"HTTP/1.1 200 OK\r\n"),
        "headers": ("stalls in the middle of the headers", EVENT_STREAM + b"X-Req"),
        "first-event": ("stalls before the first event", streamed(b": hi\n\n")),
        "between-events": ("stalls between two events", streamed(_FIRST_EVENT)),
        "in-event": ("stalls in the middle of an event", streamed(_FIRST_TEXT)),
        "in-chunk": ("stalls in the middle of a chunk", streamed() + b"4000\r\n" + RECORDED[:50]),
        "json": ("stalls in the middle of an unstreamed answer", _json(b"{" * 9)[:-8]),
        "error-body": ("stalls in the middle of an error", _json(b"{" * 9, b"500 Oh")[:-8]),
    }
    for name, (what, says) in stalls.items():
        yield WireFault(
            name=f"stall-{name}",
            sentence=f"The server {what}",
            does=Misdeed(listens=name != "deaf", says=says, then=Then.STALL),
            sees=SILENT,
        )
    yield WireFault(
        name="stall-after-end",
        sentence="The server keeps the answer open after its end marker",
        does=Misdeed(says=streamed(RECORDED), then=Then.STALL),
    )


def _breaking() -> Iterator[WireFault]:
    yield WireFault(
        name="hangs-up",
        sentence="The server closes the connection instead of answering",
        does=Misdeed(),
        sees=BROKE,
    )
    yield WireFault(
        name="resets",
        sentence="The connection is reset instead of an answer",
        does=Misdeed(then=Then.RESET),
        sees=LOST,
    )
    yield WireFault(
        name="cut-in-headers",
        sentence="The connection ends in the middle of the headers",
        does=Misdeed(says=EVENT_STREAM),
        sees=BROKE,
    )
    yield WireFault(
        name="cut-before-text",
        sentence="The connection ends before any text has come",
        does=Misdeed(says=streamed(_FIRST_TEXT)),
        sees="{host} broke off before any text came.",
    )
    yield WireFault(
        name="cut-after-text",
        sentence="The connection ends after text has come, before the end marker",
        does=Misdeed(says=streamed(_text("a + b"))),
        suggests=PARTLY,
    )
    yield WireFault(
        name="reset-after-text",
        sentence="The connection is reset after text has come",
        does=Misdeed(says=streamed(_text("a + b")), then=Then.RESET),
        suggests=PARTLY,
    )
    yield WireFault(
        name="cut-error",
        sentence="The connection ends in the middle of an error",
        does=Misdeed(says=_json(b'{"message": "Out of mem', b"500 Oh")[:-5]),
        sees="{host} failed (500).",
    )


def _framing() -> Iterator[WireFault]:
    yield WireFault(
        name="byte-by-byte",
        sentence="The answer comes one byte at a time",
        does=Misdeed(says=sized(RECORDED), bytes_at_a_time=1, then=Then.KEEP),
    )
    yield WireFault(
        name="no-length",
        sentence="The answer says neither its length nor that it has chunks",
        does=Misdeed(says=EVENT_STREAM + b"\r\n" + RECORDED),
    )
    yield WireFault(
        name="no-end-marker",
        sentence="The stream ends without an end marker",
        does=Misdeed(says=sized(RECORDED.removesuffix(b"data: [DONE]\n\n")), then=Then.KEEP),
        suggests=PARTLY,
    )
    yield WireFault(
        name="stray-bytes",
        sentence="Stray bytes follow the answer",
        does=Misdeed(says=sized(RECORDED) + b"\r\n\r\nstray", then=Then.KEEP),
    )
    yield WireFault(
        name="bad-chunk-size",
        sentence="The size of a chunk is no number",
        does=Misdeed(says=streamed() + b"many\r\n" + RECORDED),
        sees=BROKE,
    )
    yield WireFault(
        name="two-lengths",
        sentence="The answer contradicts itself about its length",
        does=Misdeed(says=sized(RECORDED, EVENT_STREAM + b"Content-Length: 7\r\n")),
        sees=BROKE,
    )
    yield WireFault(
        name="not-http",
        sentence="Something that is not HTTP answers",
        does=Misdeed(says=b"SSH-2.0-OpenSSH_9.2\r\n"),
        sees=BROKE,
    )
    yield WireFault(
        name="tls-without-https",
        sentence="The server wants https where the endpoint says http",
        does=Misdeed(says=b"\x15\x03\x01\x00\x02\x02\x16"),
        sees=BROKE,
    )
    yield WireFault(
        name="switches-protocols",
        sentence="The server switches to another protocol",
        does=Misdeed(says=b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
        sees=BROKE,
    )
    yield WireFault(
        name="no-content",
        sentence="The server answers without a body",
        does=Misdeed(says=b"HTTP/1.1 204 No Content\r\n\r\n"),
        sees="{host} answered with status 204 instead of a completion.",
        message=True,
    )


def _endless() -> Iterator[WireFault]:
    endless = {
        "headers": ("The headers never end", b"HTTP/1.1 200 OK\r\n", b"X: " + b"x" * 9999 + b"\r\n", BROKE),
        "line": ("A line of the stream never ends", streamed(), chunked(b"x" * 60_000), "{host} sent an endless event."),
        "comments": ("The stream has nothing but comments, without end", streamed(), chunked((b": %b\n\n" % (b"x" * 999)) * 60), ENDLESS),
        "events": ("The stream has nothing but empty events, without end", streamed(), chunked(_event({"choices": [], "padding": "x" * 999}) * 60), ENDLESS),
        "text": ("The text never ends", streamed(), chunked(_text("x") * 400), TOO_MUCH),
        "chars": ("Every event brings more text than all were to have", streamed(), chunked(_text("x " * 9999)), TOO_MUCH),
        "json": ("An unstreamed answer never ends", b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[", b"[]," * 20_000, ENDLESS),
        "error": ("An error never ends", b"HTTP/1.1 500 Oh\r\nContent-Type: text/plain\r\n\r\n", b" " * 60_000, "{host} failed (500)."),
        "bomb": ("The answer is a compression bomb", _encoded(b"gzip", _BOMB_HEAD), chunked(_BOMB_PIECE), "{host} sent an endless event."),
    }  # fmt: skip
    for name, (sentence, says, piece, sees) in endless.items():
        yield WireFault(
            name=f"endless-{name}",
            sentence=sentence,
            does=Misdeed(says=says, piece=piece, then=Then.REPEAT),
            sees=sees,
            message=sees.startswith("{host} sent"),
        )


def _content() -> Iterator[WireFault]:
    error = {"object": "error", "message": "Out of memory", "type": "internal", "code": None}
    answers = {
        "null": ("The answer is `null`", _json(b"null"), NO_JSON_COMPLETION),
        "list": ("The answer is a list", _json(b"[1, 2]"), NO_JSON_COMPLETION),
        "deep": ("The answer is nested 200 000 deep", _json(_DEEP), NO_COMPLETION),
        "huge": ("The answer has a million lists", _json(b"[%b[]]" % (b"[]," * 1_000_000)), ENDLESS),
        "large": ("The answer has half a million lists", _json(b"[%b[]]" % (b"[]," * 500_000)), NO_JSON_COMPLETION),
        "large-event": ("An event has 300 000 lists", sized(b"data: [%b[]]\n\n" % (b"[]," * 300_000)), NO_COMPLETION),
        "no-json": ("The answer is not JSON, though it says so", _json(b"{'a': 1}"), NO_COMPLETION),
        "null-event": ("An event is `null`", sized(b"data: null\n\n"), NO_COMPLETION),
        "list-event": ("An event is a list", sized(b"data: [[]]\n\n"), NO_COMPLETION),
        "deep-event": ("An event is nested 200 000 deep", sized(b"data: %b\n\n" % _DEEP), NO_COMPLETION),
        "huge-number": ("A number has 100 000 digits", sized(b'data: {"x": %b}\n\n' % (b"9" * 100_000)), NO_COMPLETION),
        "other-json": ("The answer is an object of some other kind", _json(b'{"status": "up"}'), NO_JSON_COMPLETION),
        "html": ("A web page answers (the welcome page of a network)", _html(b"200 OK"), "{host} answered with a web page that is no completion; check the base URL."),
        "text-type": ("The answer is declared as plain text", _as(b"Content-Type: text/plain\r\n"), NO_COMPLETION),
        "no-type": ("The answer does not say what it is", _as(b""), NO_COMPLETION),
        "not-json-type": ("The answer is a stream declared as JSON", _as(b"Content-Type: application/json\r\n"), NO_COMPLETION),
        "json-as-stream": ("The answer is JSON declared as a stream", sized(b'{"choices": []}'), "{host} closed the stream without an answer."),
        "not-gzip": ("The answer is said to be compressed, and is not", _encoded(b"gzip", RECORDED), GARBLED),
        "unknown-encoding": ("The answer is compressed in a way nobody asked for", _encoded(b"br", b"x"), GARBLED),
    }  # fmt: skip
    for name, (sentence, says, sees) in answers.items():
        does = Misdeed(says=says, then=Then.CLOSE)
        yield WireFault(name=name, sentence=sentence, does=does, sees=sees, message=True)
    yield WireFault(
        name="bad-utf-8",
        sentence="The text is not UTF-8",
        does=Misdeed(says=sized(RECORDED.replace(b"a + b", b"a + \xffb\xc3")), then=Then.KEEP),
        suggests=UNREADABLE,
    )
    yield WireFault(
        name="gzip",
        sentence="The answer is compressed, though nobody asked for it",
        does=Misdeed(says=_encoded(b"gzip", gzip.compress(RECORDED)) + b"0\r\n\r\n", then=Then.KEEP),
    )
    yield WireFault(
        name="html-error",
        sentence="A gateway's error page answers",
        does=Misdeed(says=_html(b"502 Bad Gateway"), then=Then.KEEP),
        sees="{host} failed (502).",
    )
    yield WireFault(
        name="error-first",
        sentence="An answer that begins well is an error",
        does=Misdeed(says=sized(_event(error)), then=Then.KEEP),
        sees="{host} failed: Out of memory.",
    )
    yield WireFault(
        name="error-after-text",
        sentence="A stream turns into an error after some text",
        does=Misdeed(says=sized(_text("a +") + _event({"error": error})), then=Then.KEEP),
        sees="{host} failed: Out of memory.",
    )
    for status in REDIRECTS:
        head = b"HTTP/1.1 %d Elsewhere\r\nLocation: /\r\n" % status
        yield WireFault(
            name=f"redirect-{status}",
            sentence=f"The server redirects ({status})",
            does=Misdeed(says=sized(b"", head), then=Then.KEEP),
            sees=ELSEWHERE.replace("{status}", str(status)),
            message=True,
        )


WIRE_FAULTS: tuple[WireFault, ...] = (
    *_connecting(),
    *_stalling(),
    *_breaking(),
    *_framing(),
    *_endless(),
    *_content(),
)
