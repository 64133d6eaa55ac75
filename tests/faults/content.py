"""What can be wrong with an answer: it never ends, it is none, or it is another one."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

from tests.faults.answers import (
    RECORDED,
    as_json,
    chunked,
    encoded,
    event,
    sized,
    streamed,
    text_event,
    typed,
    web_page,
)
from tests.faults.fault import BROKE, FAILED, WireFault
from tests.faults.server import Misdeed, Then

NO_COMPLETION = "{host} answered with something that is no completion; check the base URL."
NO_JSON_COMPLETION = "{host} answered with JSON that is no completion; check the base URL."
WEB_PAGE = (
    "A login page answered for {host} (200): “Please log in”. Log in there with a browser, or "
    "check endpoint."
)
TOO_MUCH = "{host} sent far more text than was asked for."
ENDLESS = "{host} sent an endless answer."
ENDLESS_EVENT = "{host} sent an endless event."
GARBLED = "{host} sent an answer that cannot be decoded; check the base URL and any proxy."
ELSEWHERE = "{host} redirects ({status}), which is not followed; check the base URL."

_COMMENTS = (b": %b\n\n" % (b"x" * 999)) * 60
_EMPTY_EVENTS = event({"choices": [], "padding": "x" * 999}) * 60

# One megabyte of nothing, ended so that any number of them make one compressed stream.
_squeezer = zlib.compressobj(9, wbits=31)
_BOMB_HEAD = _squeezer.compress(b": ") + _squeezer.flush(zlib.Z_FULL_FLUSH)
_BOMB_PIECE = _squeezer.compress(b"x" * (1 << 20)) + _squeezer.flush(zlib.Z_FULL_FLUSH)

_DEEP = b"[" * 200_000


def _lists(count: int) -> bytes:
    return b"[%b[]]" % (b"[]," * count)


def _endless() -> Iterator[WireFault]:
    endless = {
        "headers": (
            "The headers never end",
            b"HTTP/1.1 200 OK\r\n",
            b"X: " + b"x" * 9999 + b"\r\n",
            BROKE,
        ),
        "line": (
            "A line of the stream never ends",
            streamed(),
            chunked(b"x" * 60_000),
            ENDLESS_EVENT,
        ),
        "comments": (
            "The stream has nothing but comments, without end",
            streamed(),
            chunked(_COMMENTS),
            ENDLESS,
        ),
        "events": (
            "The stream has nothing but empty events, without end",
            streamed(),
            chunked(_EMPTY_EVENTS),
            ENDLESS,
        ),
        "text": ("The text never ends", streamed(), chunked(text_event("x") * 400), TOO_MUCH),
        "chars": (
            "Every event brings more text than all were to have",
            streamed(),
            chunked(text_event("x " * 9999)),
            TOO_MUCH,
        ),
        "json": (
            "An unstreamed answer never ends",
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[",
            b"[]," * 20_000,
            ENDLESS,
        ),
        "error": (
            "An error never ends",
            b"HTTP/1.1 500 Oh\r\nContent-Type: text/plain\r\n\r\n",
            b" " * 60_000,
            FAILED.replace("{status}", "500"),
        ),
        "bomb": (
            "The answer is a compression bomb",
            encoded(b"gzip", _BOMB_HEAD),
            chunked(_BOMB_PIECE),
            ENDLESS_EVENT,
        ),
    }
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
        "null": ("The answer is `null`", as_json(b"null"), NO_JSON_COMPLETION),
        "list": ("The answer is a list", as_json(b"[1, 2]"), NO_JSON_COMPLETION),
        "deep": ("The answer is nested 200 000 deep", as_json(_DEEP), NO_COMPLETION),
        "huge": ("The answer has a million lists", as_json(_lists(1_000_000)), ENDLESS),
        "large": (
            "The answer has half a million lists",
            as_json(_lists(500_000)),
            NO_JSON_COMPLETION,
        ),
        "large-event": (
            "An event has 100 000 lists",
            sized(b"data: %b\n\n" % _lists(100_000)),
            NO_COMPLETION,
        ),
        "no-json": (
            "The answer is not JSON, though it says so",
            as_json(b"{'a': 1}"),
            NO_COMPLETION,
        ),
        "null-event": ("An event is `null`", sized(b"data: null\n\n"), NO_COMPLETION),
        "list-event": ("An event is a list", sized(b"data: [[]]\n\n"), NO_COMPLETION),
        "deep-event": (
            "An event is nested 200 000 deep",
            sized(b"data: %b\n\n" % _DEEP),
            NO_COMPLETION,
        ),
        "huge-number": (
            "A number has 100 000 digits",
            sized(b'data: {"x": %b}\n\n' % (b"9" * 100_000)),
            NO_COMPLETION,
        ),
        "other-json": (
            "The answer is an object of some other kind",
            as_json(b'{"status": "up"}'),
            NO_JSON_COMPLETION,
        ),
        "html": (
            "A web page answers (the welcome page of a network)",
            web_page(b"200 OK"),
            WEB_PAGE,
        ),
        "text-type": (
            "The answer is declared as plain text",
            typed(b"Content-Type: text/plain\r\n"),
            "",
        ),
        "no-type": ("The answer does not say what it is", typed(b""), ""),
        "not-json-type": (
            "The answer is a stream declared as JSON",
            typed(b"Content-Type: application/json\r\n"),
            NO_COMPLETION,
        ),
        "json-as-stream": (
            "The answer is JSON declared as a stream",
            sized(b'{"choices": []}'),
            "{host} closed the stream without an answer; the server's log may say why.",
        ),
        "not-gzip": (
            "The answer is said to be compressed, and is not",
            encoded(b"gzip", RECORDED),
            GARBLED,
        ),
        "unknown-encoding": (
            "The answer is compressed in a way nobody asked for",
            encoded(b"br", b"x"),
            GARBLED,
        ),
    }
    for name, (sentence, says, sees) in answers.items():
        does = Misdeed(says=says, then=Then.CLOSE)
        yield WireFault(name=name, sentence=sentence, does=does, sees=sees, message=bool(sees))
    yield WireFault(
        name="bad-utf-8",
        sentence="The text is not UTF-8",
        does=Misdeed(says=sized(RECORDED.replace(b"a + b", b"a + \xffb\xc3")), then=Then.KEEP),
    )
    yield WireFault(
        name="gzip",
        sentence="The answer is compressed, though nobody asked for it",
        does=Misdeed(says=encoded(b"gzip", gzip.compress(RECORDED)) + b"0\r\n\r\n", then=Then.KEEP),
    )
    yield WireFault(
        name="html-error",
        sentence="A gateway's error page answers",
        does=Misdeed(says=web_page(b"502 Bad Gateway"), then=Then.KEEP),
        sees=FAILED.replace(" ({status}).", " (502): Please log in."),
    )
    yield WireFault(
        name="error-first",
        sentence="An answer that begins well is an error",
        does=Misdeed(says=sized(event(error)), then=Then.KEEP),
        sees=FAILED.replace(" ({status}).", ": Out of memory."),
    )
    yield WireFault(
        name="error-after-text",
        sentence="A stream turns into an error after some text",
        does=Misdeed(says=sized(text_event("a +") + event({"error": error})), then=Then.KEEP),
        sees=FAILED.replace(" ({status}).", ": Out of memory."),
    )
    for status in (301, 302, 303, 307, 308):
        head = b"HTTP/1.1 %d Elsewhere\r\nLocation: /\r\n" % status
        yield WireFault(
            name=f"redirect-{status}",
            sentence=f"The server redirects ({status})",
            does=Misdeed(says=sized(b"", head), then=Then.KEEP),
            sees=ELSEWHERE.replace("{status}", str(status)),
            message=True,
        )


CONTENT_FAULTS = (*_endless(), *_content())
