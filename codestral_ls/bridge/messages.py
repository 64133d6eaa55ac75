"""What passes between the listener and what answers: requests, answers and refusals."""

from __future__ import annotations

import json
from dataclasses import dataclass

_JSON = "application/json; charset=utf-8"
_EVENTS = "text/event-stream; charset=utf-8"

# The types are llama.cpp's and OpenAI's; clients show the message.
_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
}


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request that was let in."""

    method: str
    path: str
    """Without the token and without a query."""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What is sent back."""

    status: int
    body: bytes
    content_type: str = _JSON
    headers: tuple[tuple[str, str], ...] = ()


def of_json(value: object, status: int = 200) -> HttpAnswer:
    """A JSON answer."""
    return HttpAnswer(status, _encoded(value))


def of_events(values: list[object], *, marks_end: bool) -> HttpAnswer:
    """Server-sent events, one for each value; ``marks_end``: then ``[DONE]``, as OpenAI has it."""
    events = [*map(_encoded, values), *([b"[DONE]"] if marks_end else [])]
    return HttpAnswer(200, b"".join(b"data: " + event + b"\n\n" for event in events), _EVENTS)


def of_error(status: int, message: str, *headers: tuple[str, str]) -> HttpAnswer:
    """An error as llama.cpp and OpenAI write it, with a sentence for a person."""
    kind = _TYPES.get(status, "invalid_request_error")
    error = {"code": status, "message": message, "type": kind}
    return HttpAnswer(status, _encoded({"error": error}), headers=headers)


def _encoded(value: object) -> bytes:
    # Without blanks: llama.vim looks for "content":" before it decodes anything.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
