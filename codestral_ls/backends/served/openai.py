"""Any server with ``POST /v1/completions`` in OpenAI's form: DeepSeek, LM Studio, gateways.

Asked with ``suffix`` where the server was seen to read it, and by the model's template elsewhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from codestral_ls.backends.base import (
    AuthError,
    BackendError,
    Loading,
    ModelError,
    NetworkFailure,
    NoAllowance,
    PromptTooLong,
    RateLimited,
)
from codestral_ls.backends.http.reply import listed
from codestral_ls.backends.http.report import Report, first_choice
from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.served.base import ServedBackend
from codestral_ls.backends.served.facts import Facts, PromptForm
from codestral_ls.backends.served.offers import OfferedModel, Suits, chosen, offer_of
from codestral_ls.backends.served.probe import TokenCounter
from codestral_ls.backends.served.snippets_layout import rendered
from codestral_ls.backends.stops import sent_stops
from codestral_ls.privacy.addresses import Address
from codestral_ls.privacy.text import name
from codestral_ls.prompt.prompt import Prompt

_TOO_LONG = ("maximum context length", "context_length_exceeded", "context size", "too many tokens")

# Who lists models in this name: LM Studio, whose own list says what each model is for.
_LM_STUDIO = "organization_owner"

# Failures that say nothing about the request.
_NOT_OF_THE_REQUEST = (AuthError, Loading, ModelError, NetworkFailure, NoAllowance, RateLimited)

# Words of a suffix that no server can take for none: a tokenizer has one token or more for each.
_SUFFIX_WORDS = 32


class OpenAiBackend(ServedBackend):
    """A server that speaks OpenAI's old completions."""

    name = "openai"
    end_marker = "[DONE]"
    optional_fields = (
        "suffix",
        "stream_options",
        "stop",
        "stop_token_ids",
        "temperature",
        "stream",
    )
    dispensable_fields = ("stream_options", "stop_token_ids")

    def __init__(self, options: BackendOptions) -> None:
        """As for every ``ServedBackend``."""
        super().__init__(options)
        address = options.address
        self._path = address.path if isinstance(address, Address) else ""

    async def _learn(self) -> Facts:
        offer = await self._offer()
        self.model = offer.name  # for what may be told on the way
        facts = Facts(model=offer.name, form=PromptForm.SUFFIX, context_tokens=offer.context_tokens)
        if offer.must_load:
            # LM Studio, llama-swap and others load at the first request, for as long as it takes.
            told = f"{self.host} is loading {name(offer.name)}."
            await self._arrival.run(told, lambda: self._load(offer.name))
        if self._options.fim_template == "auto" and await self._reads_suffix(offer.name):
            return facts
        template = await self._counted(self._rows(offer.name), offer.name, self._counter(offer))
        return replace(facts, form=PromptForm.STRING, template=template)

    async def _offer(self) -> OfferedModel:
        """The model to ask for."""
        reply = await self._reply("GET", "/v1/models")
        if reply.status in {401, 403, 429, 503}:
            raise self._error(reply.status, reply.body, reply.headers)
        entries = listed(reply.body) if reply.status == 200 else []
        if any(entry.get("owned_by") == _LM_STUDIO for entry in entries):
            own = await self._reply("GET", "/api/v0/models")
            entries = (listed(own.body) if own.status == 200 else []) or entries
        offers = [offer for entry in entries if (offer := offer_of(entry))]
        if not self._options.model:
            return chosen(self.host, offers)
        named = (offer for offer in offers if offer.name == self._options.model)
        return next(named, OfferedModel(name=self._options.model, suits=Suits.UNSURE))

    async def _load(self, model: str) -> None:
        body = {"model": model, "prompt": "a", "max_tokens": 1}
        await self._ask_patiently(self.completion_path, body)

    def _counter(self, offer: OfferedModel) -> TokenCounter:
        return completion_counter(self._ask, self.completion_path, offer.name)

    async def _reads_suffix(self, model: str) -> bool:
        """Whether what follows the cursor reaches the model; asked without any code.

        Many servers drop the field without a word, and would complete as if nothing followed.
        """
        if self._fields.has_refused("suffix"):
            return False
        # New every time, so that no cache makes the count smaller.
        body = {"model": model, "prompt": secrets.token_hex(2), "max_tokens": 1}
        asked = {**body, "suffix": "\n" + "value " * _SUFFIX_WORDS}
        reply = await self._reply("POST", self.completion_path, asked)
        if reply.status == 200:
            report = Report()
            if isinstance(reply.body, dict):
                read_completion(reply.body, report)
            n_tokens = report.usage.prompt_tokens if report.usage else 0
            return not n_tokens or n_tokens >= _SUFFIX_WORDS
        error = self._error(reply.status, reply.body, reply.headers)
        if "suffix" in self._fields.learn(reply.status, reply.body):
            return False
        if isinstance(error, _NOT_OF_THE_REQUEST):
            raise error
        # It does not say what it minds. If it answers without, it was the suffix.
        without = await self._reply("POST", self.completion_path, body)
        if without.status != 200:
            raise self._error(without.status, without.body, without.headers)
        return False

    @property
    def completion_path(self) -> str:
        """Where completions are asked for."""
        # DeepSeek completes in the middle at /beta alone, which its own clients get as base URL.
        if self._path.endswith("/beta"):
            return "/completions"
        return "/beta/completions" if self.host == "api.deepseek.com" else "/v1/completions"

    async def _request(self, facts: Facts, prompt: Prompt) -> tuple[str, dict[str, Any]]:
        body = completion_body(facts, prompt) | {"stream_options": {"include_usage": True}}
        if facts.template is None:
            body |= {"prompt": prompt.prefix, "suffix": prompt.suffix}
        else:
            body["prompt"] = rendered(facts, prompt)
        return self.completion_path, body

    def _read(self, payload: Mapping[str, Any], report: Report) -> str | None:
        return read_completion(payload, report)

    def _kind(
        self, status: int, body: Mapping[str, Any], message: str
    ) -> type[BackendError] | None:
        code = str(_named(body, "code"))
        if any(words in message or words == code for words in _TOO_LONG):
            return PromptTooLong
        if code in {"insufficient_quota", "billing_not_active"}:
            return NoAllowance
        if code == "model_not_found" or (status in {400, 404} and _is_about_model(body, message)):
            return ModelError
        return None


def completion_counter(ask: Callable[..., Awaitable[Any]], path: str, model: str) -> TokenCounter:
    """Counts by the usage that a completion of one token reports."""

    async def count(prompt: str) -> int | None:
        body = {"model": model, "prompt": prompt, "max_tokens": 1, "temperature": 0}
        answer = await ask("POST", path, body)
        report = Report()
        if isinstance(answer, dict):
            read_completion(answer, report)
        return (report.usage.prompt_tokens or None) if report.usage else None

    return count


def completion_body(facts: Facts, prompt: Prompt) -> dict[str, Any]:
    """What every request for a completion says, but for the prompt."""
    body: dict[str, Any] = {
        "model": facts.model,
        "max_tokens": prompt.max_tokens,
        "temperature": prompt.temperature,
        "stream": True,
    }
    if stops := sent_stops(facts.template, prompt.stop):
        body["stop"] = stops
    return body


def read_completion(payload: Mapping[str, Any], report: Report) -> str | None:
    """The text of a completion or of one event of it."""
    choice = first_choice(payload, report)
    if choice is None:
        return None
    text = choice.get("text")
    return text if isinstance(text, str) else ""


def _named(body: Mapping[str, Any], name: str) -> object:
    within = body.get("error")
    return (within if isinstance(within, dict) else body).get(name)


def _is_about_model(body: Mapping[str, Any], message: str) -> bool:
    return _named(body, "param") == "model" or ("model" in message and "not" in message)
