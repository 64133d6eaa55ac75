"""How the fake server treats one request: what it answers, and what goes wrong on the way."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

FIXTURES = Path(__file__).parents[2] / "fixtures" / "wire"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One request's treatment. The default: answer well, at once, token by token."""

    text: str | None = None
    """What is generated; None: what the server's ``answer`` function makes of the prompt."""
    finish: str = "stop"

    # When.
    first_byte_delay_s: float = 0.0
    pace_s: float = 0.0
    """Between tokens."""
    waits_for: asyncio.Event | None = None
    """Answers once this is set."""
    hangs: bool = False
    """Takes the request and never answers."""
    stall_after: int | None = None
    """Says nothing more after so many tokens."""

    # How a stream travels.
    events_per_write: int = 1
    bytes_per_write: int | None = None
    line_end: str = "\n"
    comments: bool = False
    final_blank_line: bool = True
    end_marker: bool = True
    gzip: bool = False
    cut_in: Literal["event", "character"] | None = None
    """Closes the connection in the middle of the last event, or of a UTF-8 character."""
    cut_at: int | None = None
    """Closes the connection after so many bytes of the body."""
    hangs_up: bool = False
    """Closes the connection instead of answering."""

    # What the dialect says.
    usage: bool = True
    content: Literal["string", "list", "null"] = "string"
    unknown_fields: bool = False
    error_after: int | None = None
    """An error event after so many tokens."""

    # An answer of another kind.
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """Sent as it is, instead of a completion."""
    content_type: str = "application/json"
    wire: bytes | None = None
    """Sent as it is, instead of HTTP."""


def refusal(status: int, body: object, headers: Mapping[str, str] | None = None) -> Behaviour:
    """An error answer; ``body`` is sent as JSON, or as it is if it is bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Behaviour(status=status, body=data, headers=headers or {})


def recorded(name: str) -> Behaviour:
    """A recorded answer: ``mistral/error-401`` or ``mistral/stream`` in ``fixtures/wire``."""
    path = FIXTURES / f"{name}.json"
    if not path.exists():
        stream = (FIXTURES / f"{name}.txt").read_bytes()
        return Behaviour(body=stream, content_type="text/event-stream")
    answer: dict[str, Any] = json.loads(path.read_bytes())
    body = answer["body"]
    plain = isinstance(body, str)
    behaviour = refusal(answer["status"], body.encode() if plain else body, answer["headers"])
    content_type = answer.get("content_type", behaviour.content_type)
    return dataclasses.replace(behaviour, content_type=content_type)


ERROR_PAGE = b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"

SCENARIOS: Mapping[str, Behaviour] = {
    "normal": Behaviour(),
    "late": Behaviour(first_byte_delay_s=0.05),
    "paced": Behaviour(pace_s=0.03),
    "hang": Behaviour(hangs=True),
    "stall": Behaviour(stall_after=2),
    "hang-up": Behaviour(hangs_up=True),
    "cut-in-event": Behaviour(cut_in="event"),
    "cut-in-character": Behaviour(text="price = '5 €'", cut_in="character"),
    "batched": Behaviour(events_per_write=3),
    "byte-by-byte": Behaviour(bytes_per_write=1),
    "crlf": Behaviour(line_end="\r\n"),
    "cr": Behaviour(line_end="\r"),
    "comments": Behaviour(comments=True),
    "no-final-blank-line": Behaviour(final_blank_line=False),
    "no-end-marker": Behaviour(end_marker=False),
    "separators": Behaviour(text="a\u2028b\u2029c\u0085d\x0ce\n"),
    "empty": Behaviour(text=""),
    "huge-event": Behaviour(
        body=b'data: {"x":"' + b"x" * (1 << 21) + b'"}\n\n', content_type="text/event-stream"
    ),
    "gzip": Behaviour(gzip=True),
    "bomb": Behaviour(
        body=gzip.compress(b": " + b"x" * (1 << 24)),
        content_type="text/event-stream",
        headers={"Content-Encoding": "gzip"},
    ),
    "html": Behaviour(body=ERROR_PAGE, content_type="text/html"),
    "html-error": Behaviour(status=502, body=ERROR_PAGE, content_type="text/html"),
    "empty-error": Behaviour(status=500, body=b""),
    "not-http": Behaviour(wire=b"SSH-2.0-OpenSSH_9.2\r\n"),
    "redirect": Behaviour(status=307, body=b"", headers={"Location": "http://localhost:1/"}),
    "no-usage": Behaviour(usage=False),
    "null-content": Behaviour(content="null"),
    "list-content": Behaviour(content="list"),
    "unknown-fields": Behaviour(unknown_fields=True),
    "unknown-finish": Behaviour(finish="contemplation", unknown_fields=True),
    "token-limit": Behaviour(finish="length"),
    "error-in-stream": Behaviour(error_after=2),
    "error-with-status-200": Behaviour(
        body=b'{"object":"error","message":"Out of memory","type":"internal","code":null}'
    ),
    "slow-down": refusal(
        429,
        {"object": "error", "message": "Rate limit exceeded", "type": "rate_limited"},
        {"Retry-After": "7"},
    ),
}
"""By name, for tests that go through all of them and for ``--scenario``."""
