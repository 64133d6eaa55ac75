"""Any server with ``POST /v1/completions`` in OpenAI's form: DeepSeek, LM Studio, gateways.

Asked with ``suffix``, unless ``fimTemplate`` names a template. A server that refuses the field is
asked by the model's template from then on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from codestral_ls.backends.base import BackendError, ModelError, NoAllowance, PromptTooLong
from codestral_ls.backends.http.reply import Reply, listed
from codestral_ls.backends.http.report import Report, first_choice
from codestral_ls.backends.served.base import ServedBackend
from codestral_ls.backends.served.facts import Facts, PromptForm
from codestral_ls.backends.served.probe import TokenCounter
from codestral_ls.backends.served.snippets_layout import rendered
from codestral_ls.backends.stops import sent_stops
from codestral_ls.prompt.prompt import Prompt

_TOO_LONG = ("maximum context length", "context_length_exceeded", "context size", "too many tokens")


class OpenAiBackend(ServedBackend):
    """A server that speaks OpenAI's old completions."""

    name = "openai"
    end_marker = "[DONE]"
    optional_fields = ("suffix", "stream_options")

    async def _learn(self) -> Facts:
        reply = await self._reply("GET", "/v1/models")
        if reply.status in {401, 403}:
            raise self._error(reply.status, reply.body, reply.headers)
        model = self._options.model or _only_model(reply)
        if not model:
            raise ModelError(f"{self.host} does not say which model it serves; set model.")
        facts = Facts(model=model, form=PromptForm.SUFFIX)
        # llama.cpp ignores the field without a word, and would complete as if nothing followed.
        ignores = any(entry.get("owned_by") == "llamacpp" for entry in listed(reply.body))
        if self._options.fim_template == "auto" and not ("suffix" in self._refused or ignores):
            return facts
        template = await self._counted(
            self._rows(model), model, completion_counter(self._ask, self.completion_path, model)
        )
        return replace(facts, form=PromptForm.STRING, template=template)

    @property
    def completion_path(self) -> str:
        """Where completions are asked for."""
        # DeepSeek completes in the middle at /beta alone, which its own clients get as base URL.
        if self._options.base_url.rstrip("/").removesuffix("/v1").endswith("/beta"):
            return "/completions"
        return "/beta/completions" if self.host == "api.deepseek.com" else "/v1/completions"

    async def _request(self, facts: Facts, prompt: Prompt) -> tuple[str, dict[str, Any]]:
        body = completion_body(facts, prompt)
        if "stream_options" not in self._refused:
            body["stream_options"] = {"include_usage": True}
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


def _only_model(reply: Reply) -> str:
    names = [str(entry.get("id")) for entry in listed(reply.body)] if reply.status == 200 else []
    return names[0] if names else ""


def _named(body: Mapping[str, Any], name: str) -> object:
    within = body.get("error")
    return (within if isinstance(within, dict) else body).get(name)


def _is_about_model(body: Mapping[str, Any], message: str) -> bool:
    return _named(body, "param") == "model" or ("model" in message and "not" in message)
