"""What all backends that are reached over HTTP share: a request, its answer, and its refusal.

A dialect adds what is asked for, what an event of its streams says, and what its refusals mean.
The rest is here: an answer is read piece by piece or as a whole, up to the first stop and within
bounds; a stream that breaks off is told from one that ends; what response headers say of limits
and of the model's end is kept.
"""

from __future__ import annotations

import abc
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from codestral_ls.backends.base import (
    BackendError,
    Chunk,
    Finish,
    NetworkFailure,
    NoAllowance,
    ProtocolViolation,
    RateLimits,
    ServerFailure,
)
from codestral_ls.backends.http import reply
from codestral_ls.backends.http.connection import Connection
from codestral_ls.backends.http.obstacles import blocked, kind_of_refusal, words_of
from codestral_ls.backends.http.pages import WebPage
from codestral_ls.backends.http.refusals import (
    error_text,
    rate_limits,
    retry_after_s,
    sentence,
    source_lines,
    status_error,
    status_within,
)
from codestral_ls.backends.http.report import Report
from codestral_ls.backends.http.response import EVENTS_TYPE, JSON_TYPE, LINES_TYPE
from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.stops import StopCutter
from codestral_ls.privacy.text import name, said
from codestral_ls.prompt.prompt import Prompt

if TYPE_CHECKING:
    from codestral_ls.backends.http.response import Response

_log = logging.getLogger(__name__)

# No tokenizer has longer ones, blanks aside; more means that ``max_tokens`` is ignored.
_MAX_CHARS_PER_TOKEN = 64

_MAX_TITLE_CHARS = 80


class HttpBackend(abc.ABC):
    """A server that is asked over HTTP. Satisfies ``Backend``."""

    name: str
    end_marker: ClassVar[str | None] = None
    """The event that ends a stream; None: the one that says why the model stopped does."""
    is_ndjson: ClassVar[bool] = False
    """Streams are lines of JSON instead of events."""
    idle_timeout_s: ClassVar[float] = 5.0
    """Unless the options name another."""

    def __init__(self, options: BackendOptions) -> None:
        """Opens nothing."""
        idle_timeout_s = options.idle_timeout_s or self.idle_timeout_s
        self._options = replace(options, idle_timeout_s=idle_timeout_s)
        self.host = options.host
        self.model = options.model
        self.rate_limits = RateLimits()
        self.deprecation = ""
        self._connection = Connection(self._options)

    @property
    def loading(self) -> str:
        """A sentence while the server loads what was asked for; else empty."""
        return ""

    @abc.abstractmethod
    def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """The answer as it is generated; closing the generator ends it at the server."""

    async def warm(self) -> None:
        """Import the HTTP client, read the certificates, open a connection."""
        await self._connection.warm()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._connection.aclose()

    @abc.abstractmethod
    def _read(self, payload: Mapping[str, Any], report: Report) -> str | None:
        """The text of an answer or of one event of it; None if it is no part of a completion.

        What it says beside the text goes into ``report``.
        """

    @abc.abstractmethod
    def _kind(
        self, status: int, body: Mapping[str, Any], message: str
    ) -> type[BackendError] | None:
        """What the dialect's refusal means, ``message`` in lower case; None: what its status
        says. ``status`` is 200 within a stream that names none."""

    async def _answer(
        self, path: str, body: Mapping[str, Any], prompt: Prompt, stops: Sequence[str]
    ) -> AsyncGenerator[Chunk, None]:
        """The answer to a request for a completion, up to the first of ``stops``."""
        if self._options.withhold is not None:
            self._options.withhold(path, body)
            yield Chunk(finish=Finish.STOP)
            return
        client = await self._connection.client()
        accept = LINES_TYPE if self.is_ndjson else EVENTS_TYPE
        async with client.request(
            "POST",
            path,
            body=body,
            accept=accept,
            request_id=prompt.request_id,
            language=prompt.language_id,
        ) as response:
            self._notice_headers(response.headers)
            if response.status != 200 or response.is_page:
                said = await response.error_body()
                raise self._refusal(response.status, said, response.headers, prompt)
            async with aclosing(self._chunks(response, prompt, StopCutter(stops))) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def _reply(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> reply.Reply:
        """The answer to anything but a completion, whatever its status. Raises BackendError."""
        answer = await reply.ask(await self._connection.client(), method, path, body)
        self._notice_headers(answer.headers)
        return answer

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The JSON of anything but a completion. Raises BackendError."""
        answer = await self._reply(method, path, body)
        if answer.status != 200:
            raise self._error(answer.status, answer.body, answer.headers)
        return answer.body

    async def _chunks(
        self, response: Response, prompt: Prompt, cutter: StopCutter
    ) -> AsyncGenerator[Chunk, None]:
        report = Report()
        room = whole_room = prompt.max_tokens * _MAX_CHARS_PER_TOKEN
        async with aclosing(self._payloads(response)) as payloads:
            async for payload in payloads:
                text = self._text(payload, report, prompt)
                room -= len(text)
                if room < 0:
                    raise ProtocolViolation(f"{self.host} sent far more text than was asked for.")
                if text := cutter.feed(text):
                    yield Chunk(text)
                if cutter.stopped:
                    # Leaving ends the generation, which would go on behind the stop.
                    yield Chunk(finish=Finish.STOP, usage=report.usage)
                    return
        if text := cutter.rest():
            yield Chunk(text)
        # The end is told only now that the body is read: a caller who leaves upon it would
        # otherwise close a connection that the next request could use.
        if response.end_marker_seen if self.end_marker else report.finish is not None:
            yield Chunk(finish=report.finish or Finish.UNKNOWN, usage=report.usage)
        elif room == whole_room:
            raise NetworkFailure(f"{self.host} broke off before any text came; try again.")
        elif report.usage is not None:
            yield Chunk(usage=report.usage)

    async def _payloads(self, response: Response) -> AsyncGenerator[dict[str, Any], None]:
        if self.is_ndjson:
            stream = response.lines()
        elif response.content_type != JSON_TYPE:
            stream = response.events()
        else:
            # Some gateways do not stream; what they send is an answer all the same.
            payload = await response.json()
            response.end_marker_seen = True
            yield payload if isinstance(payload, dict) else {}
            return
        async with aclosing(stream) as payloads:
            async for payload in payloads:
                yield payload

    def _text(self, payload: Mapping[str, Any], report: Report, prompt: Prompt) -> str:
        text = None if payload.get("error") else self._read(payload, report)
        if text is None and error_text(payload):
            raise self._error(200, payload, {}, prompt)
        if text is None:
            raise ProtocolViolation(
                f"{self.host} answered with JSON that is no completion; check the base URL."
            )
        return text

    def _notice_headers(self, headers: Mapping[str, str]) -> None:
        limits = rate_limits(headers)
        if limits != RateLimits():
            self.rate_limits = limits
        retired = headers.get("x-model-deprecation-timestamp", "")
        retired = said(retired, hidden=self._options.secrets)
        if retired and not self.deprecation:
            _log.warning(
                "%s says that %s is going to be retired: %s", self.host, self.model, retired
            )
            self.deprecation = retired

    def _refusal(
        self, status: int, body: object, headers: Mapping[str, str], prompt: Prompt
    ) -> Exception:
        """What is raised for a completion that was refused."""
        return self._error(status, body, headers, prompt)

    def _page_error(self, page: WebPage, headers: Mapping[str, str]) -> BackendError:
        """The error for a web page that answers well."""
        if error := blocked(200, headers, page, self.host, has_key=False, provider=self.name):
            return error
        title = said(page.title, _MAX_TITLE_CHARS, (*self._options.secrets,))
        what = f"a web page, “{title}”," if title else "a web page"
        return ProtocolViolation(
            f"{self.host} answered with {what} that is no completion; check the base URL.",
            status=200,
        )

    def _error(
        self,
        status: int,
        body: object,
        headers: Mapping[str, str],
        prompt: Prompt | None = None,
    ) -> BackendError:
        """The error that an answer means; ``status`` is 200 for an error within a stream."""
        if status == 200 and isinstance(body, WebPage):
            return self._page_error(body, headers)
        message = error_text(body)
        fields = body if isinstance(body, dict) else {}
        status = status_within(fields) if status == 200 else status
        kind = self._kind(status, fields, message.lower())
        kind = kind or kind_of_refusal(status, words_of(body))
        if status == 429 and rate_limits(headers).allows_nothing:
            kind = NoAllowance
        elif kind is None:
            kind = ServerFailure if status == 200 else status_error(status)
        has_key = bool(self._options.api_key)
        if error := blocked(status, headers, body, self.host, has_key=has_key, provider=self.name):
            return error
        source = source_lines(prompt.prefix, prompt.suffix) if prompt else ()
        told = sentence(
            kind,
            host=self.host,
            status=status,
            model=name(self.model) or "its model",
            has_key=has_key,
            said=said(message, hidden=(*self._options.secrets, *source)),
        )
        retry_s = retry_after_s(headers, self._options.clock())
        return kind(told, status=status, retry_after_s=retry_s)
