"""What the backends for servers other than Mistral's share.

A backend adds how its server is asked, what its events say, which of its refusals mean what, and
how to find out what it serves. This module does the rest: it finds out once, cuts the prompt to
the model's context, applies the stops that a server was not sent, and asks a second time where a
refusal taught it something.
"""

from __future__ import annotations

import abc
import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any, ClassVar

from codestral_ls.backends.base import (
    BackendError,
    BadRequest,
    Chunk,
    Loading,
    ModelError,
    NetworkFailure,
    PromptTooLong,
)
from codestral_ls.backends.http import reply
from codestral_ls.backends.http.backend import HttpBackend
from codestral_ls.backends.http.connection import Connection
from codestral_ls.backends.http.single_flight import SingleFlight
from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.refused_fields import OptionalFields
from codestral_ls.backends.served import probe
from codestral_ls.backends.served.arrival import (
    LOAD_WITHIN_S,
    Arrival,
    is_loading,
    mark_cheap,
    until_loaded,
)
from codestral_ls.backends.served.facts import Facts
from codestral_ls.backends.served.probe import TokenCounter
from codestral_ls.backends.served.snippets_layout import with_snippets
from codestral_ls.backends.stops import all_stops
from codestral_ls.privacy.text import name
from codestral_ls.prompt import templates
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.text.fim_templates import TEMPLATES, Template

# Code has three bytes and more to a token, digits and punctuation two. Where that is too many
# for a text, the server says so, and one byte is always enough.
_BYTES_PER_TOKEN = 2

# Markers, begin-of-text, and what a template adds.
_RESERVED_TOKENS = 16

# The first, and one for each thing that a refusal can teach.
_MAX_ATTEMPTS = 6

# Someone who has put a server right should not wait long; looking costs a question or two.
_LOOK_AGAIN_S = 30.0

# Long enough for a server to be started anew with another model.
_IDLE_S = 60.0


class _AskAgain(Exception):
    """A refusal that taught how to ask."""

    def __init__(self, error: BackendError, *, doubted: Facts | None = None) -> None:
        """``doubted``: what the server was believed to serve."""
        super().__init__(str(error))
        self.error = error
        self.doubted = doubted


class ServedBackend(HttpBackend):
    """A server that people run themselves, or one that speaks the same way."""

    # Between two pieces of an answer. A processor reads a long prompt in tens of seconds, and the
    # caller's own time limit is there for those who do not want to wait.
    idle_timeout_s = 30.0
    optional_fields: ClassVar[tuple[str, ...]] = ()
    """Fields of a request that a server may refuse; it is asked without them from then on."""
    dispensable_fields: ClassVar[tuple[str, ...]] = ()
    """Those without which the answer is the same."""

    def __init__(self, options: BackendOptions) -> None:
        """As for every ``HttpBackend``. Without a model: the one that the server serves."""
        own = self._own_headers(options.headers)
        super().__init__(replace(options, headers={**own, **options.headers}))
        self._facts = SingleFlight(self._find_out)
        self._fields = OptionalFields(self.optional_fields, self.dispensable_fields)
        self._arrival = Arrival(self.host)
        self._patient = Connection(replace(self._options, idle_timeout_s=LOAD_WITHIN_S))
        self._bytes_per_token = _BYTES_PER_TOKEN
        self._answered_at = 0.0

    @property
    def loading(self) -> str:
        """A sentence while the server loads its model; else empty."""
        return self._arrival.told

    async def facts(self) -> Facts:
        """What is known of the server; asked once. Raises BackendError."""
        return await self._facts.get()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """The answer as it is generated; closing the generator ends it at the server.

        While the server loads its model this waits, without having sent any code.
        """
        attempt, doubt, began = 1, None, False
        while True:
            facts = None
            try:
                facts = await self._current()
                if doubt is not None and doubt.doubted == facts:
                    raise doubt.error  # it would only refuse the same once more
                async with aclosing(self._attempt(facts, prompt)) as chunks:
                    async for chunk in chunks:
                        began = True
                        yield chunk
                self._answered_at = asyncio.get_running_loop().time()
                return
            except Loading as error:
                self._facts.forget()
                await self._arrival.run(error.message, lambda: until_loaded(self._find_out))
                continue
            except _AskAgain as again:
                doubt = again
            except (BadRequest, ModelError) as error:
                if began or facts is None or not self._is_doubtful(facts):
                    self._judge(error)
                    raise
                doubt = _AskAgain(error, doubted=facts)
            except BackendError as error:
                self._judge(error)
                raise
            if attempt == _MAX_ATTEMPTS:
                raise doubt.error
            attempt += 1

    async def warm(self) -> None:
        """Open a connection, and find out what the server serves."""
        await super().warm()
        with suppress(BackendError):
            await self.facts()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._facts.aclose()
        await self._arrival.aclose()
        await self._patient.aclose()
        await super().aclose()

    @abc.abstractmethod
    async def _learn(self) -> Facts:
        """Find out what the server serves. Raises BackendError."""

    @abc.abstractmethod
    async def _request(self, facts: Facts, prompt: Prompt) -> tuple[str, dict[str, Any]]:
        """Path and body of a completion; the texts have been cut to fit."""

    def _own_headers(self, chosen: Mapping[str, str]) -> Mapping[str, str]:
        """Headers beside those that the user has chosen."""
        del chosen
        return {}

    def _fitting(self, facts: Facts, prompt: Prompt) -> Prompt:
        """The prompt, cut to the model's context."""
        if facts.context_tokens is None:
            return prompt
        room = max(facts.context_tokens - prompt.max_tokens - _RESERVED_TOKENS, 0)
        cut = templates.fit(prompt.prefix, prompt.suffix, room * self._bytes_per_token)
        return replace(prompt, prefix=cut[0], suffix=cut[1])

    def _rows(self, *names: str) -> tuple[Template, ...]:
        """The templates that settings or the model's names allow; empty if they say nothing."""
        named = self._options.fim_template
        if named == "auto":
            return templates.for_model(*names)
        row = templates.by_name(named)
        if row is None:
            known = ", ".join(row.name for row in TEMPLATES)
            raise ModelError(f"There is no template {name(named)}; fimTemplate knows {known}.")
        return (row,)

    def _no_template(self, model: str) -> ModelError:
        return ModelError(
            f"{self.host} serves {name(model)}, whose fill-in-the-middle template is not "
            "known; name one with fimTemplate."
        )

    def _markers_are_text(self, model: str, row: Template) -> ModelError:
        return ModelError(
            f"{self.host} reads the markers of template {row.name} as ordinary text, and "
            f"{name(model)} would complete nonsense, so nothing is sent. Use another server "
            "for the model, or another fimTemplate."
        )

    async def _counted(self, rows: Sequence[Template], model: str, count: TokenCounter) -> Template:
        """The template for a string prompt, if by its count of tokens the server parses it."""
        if not rows:
            raise self._no_template(model)
        parsed = await probe.by_counting(count, rows[0])
        # Silence is enough where every tokenizer of the family parses. Codestral's do not.
        if parsed is False or (parsed is None and rows[0].ids):
            raise self._markers_are_text(model, rows[0])
        return rows[0]

    async def _current(self) -> Facts:
        """What the server serves now, ready to be asked."""
        facts = await self.facts()
        now = asyncio.get_running_loop().time()
        if now - self._answered_at > _IDLE_S and self._answered_at:
            self._answered_at = now
            if await self._serves_another(facts):
                self._facts.forget()
                facts = await self.facts()
        await self._make_ready(facts)
        return facts

    async def _serves_another(self, facts: Facts) -> bool:
        """Whether a server that answers to every model's name was started with another one."""
        del facts
        return False

    async def _make_ready(self, facts: Facts) -> None:
        """Have the model loaded, where the server does not do that by itself in time."""

    async def _find_out(self) -> Facts:
        facts = await self._learn()
        self.model = facts.model
        return facts

    def _error(
        self,
        status: int,
        body: object,
        headers: Mapping[str, str],
        prompt: Prompt | None = None,
    ) -> BackendError:
        error = super()._error(status, body, headers, prompt)
        if is_loading(status, body):
            loading = self.model or self._options.model
            what = name(loading) if loading else "its model"
            return Loading(f"{self.host} is still loading {what}.", status=status)
        return error

    async def _ask_patiently(self, path: str, body: Mapping[str, Any]) -> None:
        """Ask for what makes the server load a model; raises BackendError where it cannot."""
        answer = await reply.ask(await self._patient.client(), "POST", path, body)
        if answer.status != 200:
            raise self._error(answer.status, answer.body, answer.headers)

    def _is_doubtful(self, facts: Facts) -> bool:
        """What was known when a request was refused may not hold any more."""
        # Another request may have found that out meanwhile.
        return self._facts.found is not facts or self._facts.doubt()

    def _judge(self, error: BackendError) -> None:
        """What a failure says of what was known, and how soon to look again."""
        if isinstance(error, NetworkFailure):
            self._facts.forget()  # it may come back with another model
            mark_cheap(error)
        elif isinstance(error, ModelError):
            error.recheck_s = _LOOK_AGAIN_S

    def _refusal(
        self, status: int, body: object, headers: Mapping[str, str], prompt: Prompt
    ) -> Exception:
        error = self._error(status, body, headers, prompt)
        facts = self._facts.found
        if isinstance(error, PromptTooLong):
            was, self._bytes_per_token = self._bytes_per_token, 1
            is_cut = facts is not None and facts.context_tokens is not None
            return _AskAgain(error) if was > 1 and is_cut else error
        if learnt := self._fields.learn(status, body):
            if "suffix" in learnt:
                self._facts.forget()  # another form of prompt, then
            return _AskAgain(error)
        return error

    async def _attempt(self, facts: Facts, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        prompt = self._fitting(facts, with_snippets(facts.template, prompt))
        path, body = await self._request(facts, prompt)
        body = self._fields.accepted(body)
        stops = all_stops(facts.template, prompt.stop)
        async with aclosing(self._answer(path, body, prompt, stops)) as chunks:
            async for chunk in chunks:
                yield chunk
