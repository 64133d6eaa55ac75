"""What the backends for servers other than Mistral's share: one question, asked and read.

A backend adds how its server is asked, what its events say, which of its refusals mean what, and
how to find out what it serves. This module does the rest: it finds out once, cuts the prompt to
the model's context, streams, applies the stops that a server was not sent, and asks a second time
where a refusal taught it something.
"""

from __future__ import annotations

import abc
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from codestral_ls.backends.base import (
    BackendError,
    BadRequest,
    Chunk,
    Finish,
    ModelError,
    PromptTooLong,
    ProtocolViolation,
    RateLimits,
    ServerFailure,
)
from codestral_ls.backends.http.connection import Connection
from codestral_ls.backends.http.endpoint import Endpoint
from codestral_ls.backends.http.refusals import (
    error_text,
    retry_after_s,
    sentence,
    source_lines,
    status_error,
)
from codestral_ls.backends.http.single_flight import SingleFlight
from codestral_ls.backends.served import probe
from codestral_ls.backends.served.facts import Facts
from codestral_ls.backends.served.probe import Counter
from codestral_ls.backends.served.reading import Reading, mentions, status_within
from codestral_ls.backends.served.snippets_layout import with_snippets
from codestral_ls.backends.served.stops import StopCutter, all_stops
from codestral_ls.privacy.text import one_line
from codestral_ls.prompt import templates
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.prompt.templates import Template

if TYPE_CHECKING:
    from codestral_ls.backends.http.response import Response

# Code has three bytes and more to a token, digits and punctuation two. Where that is too many
# for a text, the server says so, and one byte is always enough.
_BYTES_PER_TOKEN = 2

# Markers, begin-of-text, and what a template adds.
_RESERVED_TOKENS = 16

# Between two pieces of an answer. A processor reads a long prompt in tens of seconds, and the
# caller's own time limit is there for those who do not want to wait.
_IDLE_TIMEOUT_S = 30.0

# The first, and one for each thing that a refusal can teach.
_MAX_ATTEMPTS = 4


class _AskAgain(Exception):
    """A refusal that taught how to ask."""

    def __init__(self, error: BackendError) -> None:
        super().__init__(str(error))
        self.error = error


class ServedBackend(abc.ABC):
    """A server that somebody runs."""

    name: str
    end_marker: ClassVar[str | None] = None
    """The event that ends a stream; None: the one that says why the model stopped does."""
    is_ndjson: ClassVar[bool] = False
    """Streams are lines of JSON instead of events."""
    optional_fields: ClassVar[tuple[str, ...]] = ()
    """Fields of a request that a server may refuse; it is asked without them from then on."""

    def __init__(
        self,
        *,
        base_url: str = "",
        api_key: str = "",
        model: str = "",
        headers: Mapping[str, str] = MappingProxyType({}),
        proxy: str | None = None,
        ca_bundle: str | None = None,
        fim_template: str = "auto",
        connect_timeout_s: float = 5.0,
        idle_timeout_s: float = _IDLE_TIMEOUT_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """As for ``MistralBackend``. ``model`` empty: the one that the server serves.
        ``fim_template``: a row of the table of templates, or ``auto``."""
        endpoint = Endpoint(
            base_url=base_url,
            key=api_key,
            headers={**self._own_headers(headers), **headers},
            proxy=proxy,
            ca_bundle=ca_bundle,
            connect_timeout_s=connect_timeout_s,
            idle_timeout_s=idle_timeout_s,
        )
        self.host = endpoint.host
        self.model = model
        self.rate_limits = RateLimits()
        self.deprecation = ""
        self._asked_model = model
        self._fim_template = fim_template
        self._endpoint = endpoint
        self._connection = Connection(endpoint)
        self._clock = clock
        self._facts = SingleFlight(self._find_out)
        self._refused: set[str] = set()
        """Those of ``optional_fields`` that the server has refused."""
        self._bytes_per_token = _BYTES_PER_TOKEN

    async def facts(self) -> Facts:
        """What is known of the server; asked once. Raises BackendError."""
        return await self._facts.get()

    async def stream(self, generation: Prompt) -> AsyncGenerator[Chunk, None]:
        """The answer as it is generated; closing the generator ends it at the server."""
        for attempt in range(1, _MAX_ATTEMPTS + 1):
            try:
                facts = await self.facts()
                async with aclosing(self._attempt(facts, generation)) as chunks:
                    async for chunk in chunks:
                        yield chunk
                return
            except _AskAgain as again:
                if attempt == _MAX_ATTEMPTS:
                    raise again.error from None

    async def warm(self) -> None:
        """Open a connection, and find out what the server serves."""
        await self._connection.warm()
        with suppress(BackendError):
            await self.facts()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._facts.aclose()
        await self._connection.aclose()

    @abc.abstractmethod
    async def _learn(self) -> Facts:
        """Find out what the server serves. Raises BackendError."""

    @abc.abstractmethod
    async def _request(self, facts: Facts, asked: Prompt) -> tuple[str, dict[str, Any]]:
        """Path and body of a completion; the texts have been cut to fit."""

    @abc.abstractmethod
    def _read(self, payload: Mapping[str, Any], reading: Reading) -> str | None:
        """The text of one event; None if it is no part of a completion."""

    @abc.abstractmethod
    def _kind(
        self, status: int, body: Mapping[str, Any], message: str
    ) -> type[BackendError] | None:
        """What the dialect's refusal means, ``message`` in lower case; None: what its status
        says. ``status`` is 200 within a stream."""

    def _own_headers(self, chosen: Mapping[str, str]) -> Mapping[str, str]:
        """Headers beside those that the user has chosen."""
        del chosen
        return {}

    def _fitting(self, facts: Facts, asked: Prompt) -> Prompt:
        """The question, cut to the model's context."""
        if facts.context_tokens is None:
            return asked
        room = max(facts.context_tokens - asked.max_tokens - _RESERVED_TOKENS, 0)
        cut = templates.fit(asked.prefix, asked.suffix, room * self._bytes_per_token)
        return replace(asked, prefix=cut[0], suffix=cut[1])

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The JSON of anything but a completion. Raises BackendError."""
        reply = await probe.ask(await self._connection.client(), method, path, body)
        if reply.status != 200:
            raise self._error(reply.status, reply.body, reply.headers)
        return reply.body

    def _rows(self, *names: str) -> tuple[Template, ...]:
        """The templates that settings or the model's names allow; empty if they say nothing."""
        if self._fim_template == "auto":
            return templates.for_model(*names)
        row = templates.by_name(self._fim_template)
        if row is None:
            known = ", ".join(row.name for row in templates.TEMPLATES)
            raise ModelError(
                f"There is no template {one_line(self._fim_template)}; fimTemplate knows {known}."
            )
        return (row,)

    def _no_template(self, model: str) -> ModelError:
        return ModelError(
            f"{self.host} serves {one_line(model)}, and nothing tells how it wants to be asked to "
            "fill in the middle; name a row of the template table in fimTemplate."
        )

    def _markers_are_text(self, model: str, row: Template) -> ModelError:
        return ModelError(
            f"{self.host} reads the markers of template {row.name} as ordinary text, so "
            f"{one_line(model)} would complete nonsense there; nothing is sent. Another server for "
            "the model, or another fimTemplate, helps."
        )

    async def _counted(self, rows: Sequence[Template], model: str, count: Counter) -> Template:
        """The template for a string prompt, if by its count of tokens the server parses it."""
        if not rows:
            raise self._no_template(model)
        parsed = await probe.by_counting(count, rows[0])
        # Silence is enough where every tokenizer of the family parses. Codestral's do not.
        if parsed is False or (parsed is None and rows[0].ids):
            raise self._markers_are_text(model, rows[0])
        return rows[0]

    async def _find_out(self) -> Facts:
        facts = await self._learn()
        self.model = facts.model
        return facts

    def _learned_from(self, error: BackendError, body: object, facts: Facts) -> bool:
        """Whether asking again makes sense, differently than before."""
        if isinstance(error, PromptTooLong):
            was, self._bytes_per_token = self._bytes_per_token, 1
            return was > 1 and facts.context_tokens is not None
        if not isinstance(error, BadRequest | ModelError):
            return False
        refused = {name for name in self.optional_fields if mentions(body, name)} - self._refused
        if refused and error.status in {400, 422}:
            self._refused |= refused
            self._facts.forget()
            return True
        if self._facts.found is facts:
            self._facts.doubt()  # the server may serve another model by now
        return False

    async def _attempt(self, facts: Facts, asked: Prompt) -> AsyncGenerator[Chunk, None]:
        asked = self._fitting(facts, with_snippets(facts.template, asked))
        path, question = await self._request(facts, asked)
        client = await self._connection.client()
        accept = "application/x-ndjson" if self.is_ndjson else "text/event-stream"
        async with client.request("POST", path, body=question, accept=accept) as answer:
            if answer.status != 200:
                body = await answer.error_body()
                error = self._error(answer.status, body, answer.headers, asked)
                raise _AskAgain(error) if self._learned_from(error, body, facts) else error
            stops = all_stops(facts.template, asked.stop)
            async with aclosing(self._chunks(answer, asked, StopCutter(stops))) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def _chunks(
        self, answer: Response, asked: Prompt, cutter: StopCutter
    ) -> AsyncGenerator[Chunk, None]:
        reading = Reading()
        async with aclosing(self._payloads(answer)) as payloads:
            async for payload in payloads:
                if text := cutter.feed(self._text(payload, reading, asked)):
                    yield Chunk(text, model=reading.model)
                if cutter.stopped:
                    # Leaving ends the generation, which would go on behind the stop.
                    yield Chunk(finish=Finish.STOP, usage=reading.usage, model=reading.model)
                    return
        if text := cutter.rest():
            yield Chunk(text, model=reading.model)
        is_whole = answer.end_marker_seen if self.end_marker else reading.finish is not None
        # The end is told only now that the body is read: whoever leaves upon it would otherwise
        # close a connection that the next request could use.
        if is_whole or reading.usage is not None:
            finish = (reading.finish or Finish.UNKNOWN) if is_whole else None
            yield Chunk(finish=finish, usage=reading.usage, model=reading.model)

    async def _payloads(self, answer: Response) -> AsyncGenerator[dict[str, Any], None]:
        if self.is_ndjson:
            stream = answer.lines()
        elif answer.content_type != "application/json":
            stream = answer.events()
        else:
            # Some gateways do not stream; what they send is an answer all the same.
            payload = await answer.json()
            answer.end_marker_seen = True
            yield payload if isinstance(payload, dict) else {}
            return
        async with aclosing(stream) as payloads:
            async for payload in payloads:
                yield payload

    def _text(self, payload: Mapping[str, Any], reading: Reading, asked: Prompt) -> str:
        text = None if payload.get("error") else self._read(payload, reading)
        if text is None and error_text(payload):
            raise self._error(200, payload, {}, asked)
        if text is None:
            raise ProtocolViolation(
                f"{self.host} answered with JSON that is no completion; check the base URL."
            )
        return text

    def _error(
        self,
        status: int,
        body: object,
        headers: Mapping[str, str],
        asked: Prompt | None = None,
    ) -> BackendError:
        """The error that an answer means; ``status`` is 200 for an error within a stream."""
        message = error_text(body)
        fields = body if isinstance(body, dict) else {}
        kind = self._kind(status, fields, message.lower())
        if kind is None:
            status = status_within(fields) if status == 200 else status
            kind = ServerFailure if status == 200 else status_error(status)
        source = source_lines(asked.prefix, asked.suffix) if asked else ()
        told = sentence(
            kind,
            host=self.host,
            status=status,
            model=one_line(self.model or self._asked_model) or "its model",
            said=one_line(message, hidden=(*self._endpoint.secrets, *source)),
        )
        return kind(told, status=status, retry_after_s=retry_after_s(headers, self._clock()))
