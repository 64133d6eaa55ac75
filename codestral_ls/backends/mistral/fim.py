"""Mistral's own endpoint: ``POST /v1/fim/completions``, streamed."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from codestral_ls.backends.base import (
    BackendError,
    Chunk,
    Finish,
    ModelError,
    NetworkFailure,
    NoAllowance,
    Overloaded,
    PromptTooLong,
    ProtocolViolation,
    RateLimited,
    RateLimits,
    ServerFailure,
)
from codestral_ls.backends.http.connection import Connection
from codestral_ls.backends.http.endpoint import Endpoint
from codestral_ls.backends.http.refusals import (
    count,
    error_text,
    rate_limits,
    retry_after_s,
    sentence,
    source_lines,
    status_error,
)
from codestral_ls.model import Usage
from codestral_ls.privacy.text import one_line
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.prompt.snippets import HEADER_STOP, with_headers

if TYPE_CHECKING:
    from codestral_ls.backends.http.response import Response

_log = logging.getLogger(__name__)

_FINISH: Mapping[str, Finish] = {
    "stop": Finish.STOP,
    "length": Finish.LENGTH,
    "model_length": Finish.LENGTH,
    "error": Finish.ERROR,
}

# Code has 3 or 4 characters to a token; whoever sends four times as many heeds no limit.
_MAX_CHARS_PER_TOKEN = 16

# No dialect takes more than four everywhere; `stop` beyond that is the caller's to apply.
_MAX_STOPS = 4


class MistralBackend:
    """Codestral, served by Mistral."""

    name = "mistral"

    def __init__(
        self,
        *,
        base_url: str = "https://api.mistral.ai",
        api_key: str = "",
        model: str = "codestral-latest",
        headers: Mapping[str, str] = MappingProxyType({}),
        proxy: str | None = None,
        ca_bundle: str | None = None,
        connect_timeout_s: float = 5.0,
        idle_timeout_s: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``headers``, ``proxy`` and ``ca_bundle`` as in the settings. The timeouts are for
        connecting and for the gap between two pieces of an answer; the total is the caller's."""
        endpoint = Endpoint(
            base_url=base_url,
            key=api_key,
            headers=headers,
            proxy=proxy,
            ca_bundle=ca_bundle,
            connect_timeout_s=connect_timeout_s,
            idle_timeout_s=idle_timeout_s,
        )
        self.host = endpoint.host
        self.model = model
        self.rate_limits = RateLimits()
        self.deprecation = ""
        self._connection = Connection(endpoint)
        self._clock = clock

    async def stream(self, generation: Prompt) -> AsyncGenerator[Chunk, None]:
        """The answer as it is generated; closing the generator ends it at the server."""
        client = await self._connection.client()
        async with client.request(
            "POST",
            "/v1/fim/completions",
            body=_request_body(self.model, generation),
            accept="text/event-stream",
        ) as answer:
            self._notice_headers(answer.headers)
            if answer.status != 200:
                body = await answer.error_body()
                raise self._error(answer.status, body, answer.headers, generation)
            async with aclosing(self._chunks(answer, generation)) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def list_models(self) -> list[dict[str, Any]]:
        """What ``GET /v1/models`` offers, as sent: ``id``, ``aliases``, ``capabilities`` …"""
        client = await self._connection.client()
        async with client.request("GET", "/v1/models", accept="application/json") as answer:
            self._notice_headers(answer.headers)
            if answer.status != 200:
                raise self._error(answer.status, await answer.error_body(), answer.headers)
            match await answer.json():
                case {"data": list() as models}:
                    return [model for model in models if isinstance(model, dict)]
        raise ProtocolViolation(f"{self.host} did not answer with a list of models.")

    async def warm(self) -> None:
        """Import the HTTP client, read the certificates, open a connection."""
        await self._connection.warm()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._connection.aclose()

    async def _chunks(self, answer: Response, generation: Prompt) -> AsyncGenerator[Chunk, None]:
        reading = _FimReading()
        if answer.content_type == "application/json":
            # Some gateways do not stream; what they send is an answer all the same.
            if text := self._text(await answer.json(), "message", reading, generation):
                yield Chunk(text, model=reading.model)
            yield reading.end()
            return
        room = whole_room = generation.max_tokens * _MAX_CHARS_PER_TOKEN
        async with aclosing(answer.events()) as events:
            async for payload in events:
                if text := self._text(payload, "delta", reading, generation):
                    room -= len(text)
                    if room < 0:
                        raise ProtocolViolation(
                            f"{self.host} sent far more text than was asked for."
                        )
                    yield Chunk(text, model=reading.model)
        # The end is told only now that the body is read: whoever leaves upon it would otherwise
        # close a connection that the next request could use.
        if answer.end_marker_seen:
            yield reading.end()
        elif room == whole_room:
            raise NetworkFailure(f"{self.host} broke off before any text came.")
        elif reading.usage is not None:
            yield Chunk(usage=reading.usage, model=reading.model)

    def _text(self, payload: object, part: str, reading: _FimReading, generation: Prompt) -> str:
        """The text that a completion or one event of it brings; the rest goes into ``reading``."""
        fields = payload if isinstance(payload, dict) else {}
        choices = fields.get("choices")
        if fields.get("error") or (choices is None and error_text(fields)):
            raise self._error(200, fields, {}, generation)
        if not isinstance(choices, list):
            raise ProtocolViolation(
                f"{self.host} answered with JSON that is no completion; check the base URL."
            )
        reading.take(fields)
        match choices:
            case [dict() as choice, *_]:
                reading.take_reason(choice.get("finish_reason"))
                message = choice.get(part)
                return _content(message.get("content")) if isinstance(message, dict) else ""
            case _:
                return ""

    def _notice_headers(self, headers: Mapping[str, str]) -> None:
        limits = rate_limits(headers)
        if limits != RateLimits():
            self.rate_limits = limits
        retired = one_line(
            headers.get("x-model-deprecation-timestamp", ""),
            hidden=self._connection.endpoint.secrets,
        )
        if retired and not self.deprecation:
            _log.warning(
                "%s says that %s is going to be retired: %s", self.host, self.model, retired
            )
            self.deprecation = retired

    def _error(
        self,
        status: int,
        body: object,
        headers: Mapping[str, str],
        generation: Prompt | None = None,
    ) -> BackendError:
        """The error that an answer means; ``status`` is 200 for an error within a stream."""
        source = (generation.prefix, generation.suffix) if generation else ()
        message = error_text(body)
        if status == 200:
            status = _status_within(body)
        kind = _kind(status, body, message.lower(), rate_limits(headers))
        return kind(
            sentence(
                kind,
                host=self.host,
                status=status,
                model=self.model,
                said=one_line(
                    message, hidden=(*self._connection.endpoint.secrets, *source_lines(*source))
                ),
            ),
            status=status,
            retry_after_s=retry_after_s(headers, self._clock()),
        )


class _FimReading:
    """What the events of one answer have said beside the text."""

    def __init__(self) -> None:
        self.finish: Finish | None = None
        self.usage: Usage | None = None
        self.model: str | None = None

    def take(self, payload: Mapping[str, Any]) -> None:
        model = payload.get("model")
        if isinstance(model, str):
            self.model = model
        usage = payload.get("usage")
        if isinstance(usage, dict):
            self.usage = _usage(usage)

    def take_reason(self, reason: object) -> None:
        if isinstance(reason, str):
            self.finish = _FINISH.get(reason, Finish.UNKNOWN)

    def end(self) -> Chunk:
        return Chunk(finish=self.finish or Finish.UNKNOWN, usage=self.usage, model=self.model)


def _request_body(model: str, generation: Prompt) -> dict[str, Any]:
    headers = with_headers(generation.snippets, generation.shown_path)
    # The endpoint refuses any field that it does not know.
    body: dict[str, Any] = {
        "model": model,
        "prompt": headers + generation.prefix,
        "suffix": generation.suffix,
        "max_tokens": generation.max_tokens,
        "temperature": generation.temperature,
        "stream": True,
    }
    stop = (*generation.stop, HEADER_STOP) if headers else generation.stop
    if stop:
        body["stop"] = list(stop[:_MAX_STOPS])
    if generation.cache_key:
        body["prompt_cache_key"] = generation.cache_key
    return body


def _content(content: object) -> str:
    """Text of a message: a string, a list of parts, or nothing."""
    match content:
        case str():
            return content
        case list():
            return "".join(map(_part, content))
        case _:
            return ""


def _part(part: object) -> str:
    match part:
        case {"type": "text", "text": str() as text}:
            return text
        case _:
            return ""


def _usage(usage: Mapping[str, Any]) -> Usage:
    cached = None
    # Three spellings, in the order in which the endpoint came to prefer them.
    for name in ("prompt_tokens_details", "prompt_token_details"):
        details = usage.get(name)
        if cached is None and isinstance(details, dict):
            cached = count(details.get("cached_tokens"))
    if cached is None:
        cached = count(usage.get("num_cached_tokens"))
    return Usage(
        prompt_tokens=count(usage.get("prompt_tokens")) or 0,
        completion_tokens=count(usage.get("completion_tokens")) or 0,
        cached_tokens=cached or 0,
    )


def _named_error(body: object) -> tuple[str, str]:
    """``code`` and ``type`` of an error body, which may be wrapped in ``error``."""
    match body:
        case {"error": dict() as body}:
            pass
    if not isinstance(body, dict):
        return "", ""
    return str(body.get("code") or ""), str(body.get("type") or "")


def _status_within(body: object) -> int:
    """The status that an error within a stream names; 200 if it names none."""
    match body:
        case {"error": {"code": int() as status}} | {"raw_status_code": int() as status}:
            return status if 400 <= status < 600 else 200
        case _:
            return 200


def _kind(status: int, body: object, message: str, limits: RateLimits) -> type[BackendError]:
    code, kind = _named_error(body)
    if code in {"3051", "1500"} or kind == "invalid_model" or "fim is not enabled" in message:
        return ModelError
    if "too large for model" in message or "maximum context length" in message:
        return PromptTooLong
    if status == 429 and limits.allows_nothing:
        return NoAllowance
    if code == "3505" or "capacity_exceeded" in kind or "capacity exceeded" in message:
        return Overloaded
    if code == "1300" or kind == "rate_limited":
        return RateLimited
    # An error within a stream that began well, and that says nothing of its kind.
    return ServerFailure if status == 200 else status_error(status)
