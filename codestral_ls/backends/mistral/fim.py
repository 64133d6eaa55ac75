"""Mistral's own endpoint: ``POST /v1/fim/completions``, streamed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from codestral_ls.backends.base import (
    BackendError,
    BadRequest,
    Chunk,
    ModelError,
    Overloaded,
    PromptTooLong,
    ProtocolViolation,
    RateLimited,
    ServerFailure,
)
from codestral_ls.backends.http.backend import HttpBackend
from codestral_ls.backends.http.report import Report, first_choice
from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.refused_fields import OptionalFields
from codestral_ls.backends.stops import sent_stops
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.prompt.snippets import HEADER_STOP, with_headers

# What a gateway in Mistral's manner need not know.
_OPTIONAL = ("prompt_cache_key", "stop", "temperature", "stream")


class _FieldRefused(Exception):
    """A refusal of a field that the server is asked without from then on."""


class MistralBackend(HttpBackend):
    """Codestral, served by Mistral."""

    name = "mistral"
    end_marker = "[DONE]"

    def __init__(self, options: BackendOptions) -> None:
        """As for every ``HttpBackend``."""
        super().__init__(options)
        self._fields = OptionalFields(_OPTIONAL, ("prompt_cache_key",))

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """The answer as it is generated; closing the generator ends it at the server."""
        stops = (*prompt.stop, HEADER_STOP) if prompt.snippets else prompt.stop
        while True:
            sent = [] if self._fields.has_refused("stop") else sent_stops(None, stops)
            body = self._fields.accepted(_request_body(self.model, prompt, sent))
            # The server applies those that it was sent; text that may begin one is not held back.
            unsent = [stop for stop in stops if stop not in sent]
            answer = self._answer("/v1/fim/completions", body, prompt, unsent)
            try:
                async with aclosing(answer) as chunks:
                    async for chunk in chunks:
                        yield chunk
                return
            except _FieldRefused:
                pass  # each time there is one field less to refuse

    async def list_models(self) -> list[dict[str, Any]]:
        """What ``GET /v1/models`` offers, as sent: ``id``, ``aliases``, ``capabilities`` …"""
        match await self._ask("GET", "/v1/models"):
            case {"data": list() as models}:
                return [model for model in models if isinstance(model, dict)]
        raise ProtocolViolation(f"{self.host} did not answer with a list of models.")

    def _refusal(
        self, status: int, body: object, headers: Mapping[str, str], prompt: Prompt
    ) -> Exception:
        error = self._error(status, body, headers, prompt)
        is_of_fields = isinstance(error, BadRequest | ServerFailure)
        return _FieldRefused() if is_of_fields and self._fields.learn(status, body) else error

    def _read(self, payload: Mapping[str, Any], report: Report) -> str | None:
        choice = first_choice(payload, report)
        if choice is None:
            return None
        # An event brings a ``delta``, an answer that is not streamed a ``message``.
        message = choice.get("delta") or choice.get("message")
        return _content(message.get("content")) if isinstance(message, dict) else ""

    def _kind(
        self, status: int, body: Mapping[str, Any], message: str
    ) -> type[BackendError] | None:
        code, kind = _named_error(body)
        if code in {"3051", "1500"} or kind == "invalid_model" or "fim is not enabled" in message:
            return ModelError
        if "too large for model" in message or "maximum context length" in message:
            return PromptTooLong
        if code == "3505" or "capacity_exceeded" in kind or "capacity exceeded" in message:
            return Overloaded
        if code == "1300" or kind == "rate_limited":
            return RateLimited
        return None


def _request_body(model: str, prompt: Prompt, stops: Sequence[str]) -> dict[str, Any]:
    headers = with_headers(prompt.snippets, prompt.shown_path)
    # The endpoint refuses any field that it does not know.
    body: dict[str, Any] = {
        "model": model,
        "prompt": headers + prompt.prefix,
        "suffix": prompt.suffix,
        "max_tokens": prompt.max_tokens,
        "temperature": prompt.temperature,
        "stream": True,
    }
    if stops:
        body["stop"] = list(stops)
    if prompt.cache_key:
        body["prompt_cache_key"] = prompt.cache_key
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


def _named_error(body: Mapping[str, Any]) -> tuple[str, str]:
    """``code`` and ``type`` of an error body, which may be wrapped in ``error``."""
    match body:
        case {"error": dict() as body}:
            pass
    return str(body.get("code") or ""), str(body.get("type") or "")
