"""What a refusal means: the error for a status, the server's message, and its Retry-After.

What a server says is passed on through ``privacy.text.one_line`` alone, without the key or the
source text that it may quote.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from codestral_ls.backends.base import (
    AccessBlocked,
    AuthError,
    BackendError,
    BackendTimeout,
    BadRequest,
    Loading,
    ModelError,
    NoAllowance,
    Overloaded,
    PromptTooLong,
    ProtocolViolation,
    RateLimited,
    RateLimits,
    ServerFailure,
)
from codestral_ls.backends.http.pages import WebPage, without_markup

# Shorter lines, such as `return None`, may stand in an honest message by chance. One that assigns
# or quotes something does not, and may hold a secret.
_MIN_QUOTED_CHARS = 12
_MIN_TELLING_CHARS = 5
_TELLING = re.compile(r"[=:'\"]")

_STATUS_ERRORS: Mapping[int, type[BackendError]] = {
    401: AuthError,
    402: NoAllowance,
    403: AuthError,
    408: BackendTimeout,
    413: PromptTooLong,
    429: RateLimited,
    503: Overloaded,
    529: Overloaded,
}

_SENTENCES: Mapping[type[BackendError], str] = {
    AuthError: "{host} refused the key ({status})",
    AccessBlocked: "{host} lets no requests in ({status})",
    ModelError: "{host} cannot complete with model {model} ({status})",
    PromptTooLong: "The prompt is too long for {host} ({status})",
    BadRequest: "{host} did not accept the request ({status})",
    RateLimited: "{host} asks for fewer requests ({status})",
    NoAllowance: "{host} allows this key no requests ({status}); look at its plan",
    Overloaded: "{host} is at capacity ({status})",
    Loading: "{host} is still loading {model} ({status})",
    ServerFailure: "{host} failed ({status})",
    BackendTimeout: "{host} gave up waiting ({status})",
    ProtocolViolation: "{host} answered with status {status} instead of a completion; check the "
    "base URL",
}

# What follows on what the server says.
_REMEDIES: Mapping[type[BackendError], str] = {
    ServerFailure: " Try again in a moment; if it goes on, the server's log says why.",
    Overloaded: " Try again in a moment.",
    BackendTimeout: " Try again in a moment.",
}

# What follows where the server's own words tell it.
_TOLD_REMEDIES = (
    (re.compile(r"http request (?:was sent )?to (?:an )?https", re.IGNORECASE),
     " Write https:// in endpoint."),
    (re.compile(r"unexpected endpoint", re.IGNORECASE), " Check endpoint and provider."),
)  # fmt: skip

_PHRASES = {each.value: each.phrase for each in HTTPStatus}
# Words that say no more than the status.
_EMPTY_WORDS = {"", "unauthorized", "forbidden", "not found", "internal server error"}

# A day: a server that asks for more means "not today", and a broken clock must not cost more.
_MAX_RETRY_AFTER_S = 86_400.0


def status_error(status: int) -> type[BackendError]:
    """The error that a status other than success means, where the body does not say more."""
    if status in _STATUS_ERRORS:
        return _STATUS_ERRORS[status]
    if status >= 500:
        return ServerFailure
    return BadRequest if status >= 300 else ProtocolViolation


def sentence(
    kind: type[BackendError],
    *,
    host: str,
    status: int,
    model: str,
    said: str,
    has_key: bool = True,
) -> str:
    """What a person is told. ``said`` is the server's message, cleaned; ``has_key``: one was
    sent."""
    told = _SENTENCES[kind].format(host=host, status=status, model=model)
    if kind is AuthError and not has_key:
        told = f"{host} wants a key, and none was sent ({status})"
    elif kind is BadRequest and 300 <= status < 400:
        told = f"{host} redirects ({status}), which is not followed; check the base URL"
    elif kind is BadRequest and status == 404:
        told += "; check the base URL"
    elif status == 200:
        told = told.replace(" (200)", "")  # an error within a stream that began well
    said = _beside_status(said, status)
    if said.lower().rstrip(".") not in _EMPTY_WORDS:
        told += f": {said}"
    told = told if told.endswith((".", "…", "!", "?")) else told + "."
    own = (remedy for words, remedy in _TOLD_REMEDIES if words.search(said))
    return told + next(own, _REMEDIES.get(kind, ""))


def _beside_status(said: str, status: int) -> str:
    """What is said, without the status and its name, with which pages begin."""
    rest = re.sub(rf"^{status}\b", "", said).lstrip(" :-")
    return "" if rest.lower() == _PHRASES.get(status, "").lower() else rest


def source_lines(*texts: str) -> list[str]:
    """The lines of source text that a message must not repeat."""
    lines = {line.strip() for text in texts for line in text.split("\n")}
    return [" ".join(line.split()) for line in lines if _is_quotable(line)]


def _is_quotable(line: str) -> bool:
    least = _MIN_TELLING_CHARS if _TELLING.search(line) else _MIN_QUOTED_CHARS
    return len(line) >= least


def error_text(body: object) -> str:
    """The message in an error body of any dialect, uncleaned; empty if there is none.

    Known shapes: ``message`` or ``detail`` or ``error``, each a string, an object with one of
    them, or a list of validation problems. Of those only place and complaint are taken, since
    their ``input`` repeats what was sent.
    """
    for _ in range(4):  # the deepest known is {"message": {"detail": [...]}}
        match body:
            case str():
                return without_markup(body)
            case WebPage():
                return body.title
            case list():
                return "; ".join(filter(None, map(_complaint, body[:3])))
            case dict():
                named = (body.get(name) for name in ("error", "message", "detail"))
                body = next(filter(None, named), "")
            case _:
                return ""
    return ""


def status_within(body: Mapping[str, Any]) -> int:
    """The status that an error within a stream names; 200 if it names none."""
    match body:
        case {"error": {"code": int() as status}} | {"raw_status_code": int() as status}:
            return status if 400 <= status < 600 else 200
        case _:
            return 200


def mentions(body: object, name: str) -> bool:
    """Whether a refusal is about a field of the request."""
    match body:
        case {"error": {"param": str() as param}} | {"param": str() as param} if param:
            return name in param.split(".")
    return name in error_text(body).lower()


def _complaint(problem: object) -> str:
    match problem:
        case {"loc": list() as place, "msg": str() as complaint}:
            return f"{'.'.join(map(str, place))}: {without_markup(complaint)}"
        case {"msg": str() as complaint}:
            return without_markup(complaint)
        case str():
            return without_markup(problem)
        case _:
            return ""


def retry_after_s(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a server asks us to stay away; ``now`` is in Unix time."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return min(milliseconds / 1000, _MAX_RETRY_AFTER_S)
    value = headers.get("retry-after", "").strip()
    seconds = _number(value)
    if seconds is None:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return min(max(seconds, 0.0), _MAX_RETRY_AFTER_S)


def rate_limits(headers: Mapping[str, str]) -> RateLimits:
    """The limits in Mistral's ``x-ratelimit-…`` headers."""
    names = ("req-minute", "tokens-minute", "tokens-month")
    return RateLimits(*(count(headers.get(f"x-ratelimit-limit-{name}")) for name in names))


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\s*\d{1,15}(\.\d{1,9})?\s*", text, re.ASCII) else None


# More than any plan or prompt has, and still a number that every reader of JSON takes.
_MAX_COUNT = 10**15


def count(value: Any) -> int | None:
    """A count as servers send it in headers and JSON, or None."""
    if isinstance(value, str):
        number = _number(value)
        return None if number is None else int(number)
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return min(value, _MAX_COUNT) if is_count else None
