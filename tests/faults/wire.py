"""What can go wrong on the wire: connections refused, stalled, broken, and bytes out of place."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.answers import (
    EVENT_STREAM,
    RECORDED,
    as_json,
    sized,
    streamed,
    text_event,
)
from tests.faults.fault import BROKE, FAILED, PARTLY, SILENT, WireFault
from tests.faults.server import Door, Misdeed, Then

LOST = "The connection to {host} broke; try again."

_FIRST_EVENT = RECORDED[: RECORDED.index(b"\n\n") + 2]
_FIRST_TEXT = RECORDED[: RECORDED.index(b"a + b")] + b"a"


def _connecting() -> Iterator[WireFault]:
    yield WireFault(
        name="refused",
        sentence="Nothing listens at the endpoint",
        does=Misdeed(door=Door.SHUT),
        sees="{host} could not be reached. Nothing listens there; check that it is running.",
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
        "json": ("stalls in the middle of an unstreamed answer", as_json(b"{" * 9)[:-8]),
        "error-body": ("stalls in the middle of an error", as_json(b"{" * 9, b"500 Oh")[:-8]),
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
        sees="{host} broke off before any text came; try again.",
    )
    yield WireFault(
        name="cut-after-text",
        sentence="The connection ends after text has come, before the end marker",
        does=Misdeed(says=streamed(text_event("a + b"))),
        suggests=PARTLY,
    )
    yield WireFault(
        name="reset-after-text",
        sentence="The connection is reset after text has come",
        does=Misdeed(says=streamed(text_event("a + b")), then=Then.RESET),
        suggests=PARTLY,
    )
    yield WireFault(
        name="cut-error",
        sentence="The connection ends in the middle of an error",
        does=Misdeed(says=as_json(b'{"message": "Out of mem', b"500 Oh")[:-5]),
        sees=FAILED.replace("{status}", "500"),
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
        sees="{host} answered with status 204 instead of a completion; check the base URL.",
        message=True,
    )


WIRE_FAULTS = (*_connecting(), *_stalling(), *_breaking(), *_framing())
