"""vLLM: ``POST /v1/completions`` with a prompt that we lay out, as a string or as token ids.

It has no ``suffix`` for most families. Started with its defaults it reads a Mistral repository by
Mistral's tokenizer, to which markers in a string are ordinary text; then the prompt goes as ids.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar

from codestral_ls.backends.base import BackendError, ModelError, PromptTooLong
from codestral_ls.backends.http.refusals import mentions
from codestral_ls.backends.http.reply import listed
from codestral_ls.backends.http.report import Report
from codestral_ls.backends.served import probe
from codestral_ls.backends.served.base import ServedBackend
from codestral_ls.backends.served.facts import Facts, PromptForm
from codestral_ls.backends.served.offers import chosen, offer_of, to_choose
from codestral_ls.backends.served.openai import completion_body, completion_counter, read_completion
from codestral_ls.backends.served.probe import Markers
from codestral_ls.backends.served.snippets_layout import rendered
from codestral_ls.backends.served.tokenizer import Tokenizer
from codestral_ls.privacy.text import name
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.text.fim_templates import TEMPLATES, Template

# Routers that know it (vllm-router, Ray Serve, production-stack) keep a session on one server,
# whose cache has the head of its prompts.
_SESSION_HEADER = "X-Session-ID"

_PATH = "/v1/completions"


class VllmBackend(ServedBackend):
    """A vLLM server, or a router before several."""

    name = "vllm"
    end_marker = "[DONE]"
    optional_fields = ("stream_options", "stop_token_ids", "stop", "temperature", "stream")
    dispensable_fields = ("stream_options", "stop_token_ids")

    _tokenizer: Tokenizer

    def _own_headers(self, chosen: Mapping[str, str]) -> Mapping[str, str]:
        if any(name.lower() == _SESSION_HEADER.lower() for name in chosen):
            return {}
        return {_SESSION_HEADER: secrets.token_hex(16)}

    async def _learn(self) -> Facts:
        entry = self._entry(listed(await self._ask("GET", "/v1/models")))
        model = str(entry["id"])
        self.model = model  # for what may be told on the way
        self._tokenizer = self._new_tokenizer(model)
        # A name that users are given says less than the repository that it stands for.
        rows = self._rows(model, str(entry.get("root") or ""))
        markers = await self._markers(rows, model)
        by_ids = markers.form is PromptForm.IDS
        return Facts(
            model=model,
            form=markers.form,
            context_tokens=await self._context(entry),
            template=markers.template,
            ids=markers.ids,
            begin=await self._tokenizer.begin() if by_ids else (),
            stop_ids=await self._stop_ids(markers.template) if markers.ids else (),
            parsed=markers.parsed,
        )

    def _new_tokenizer(self, model: str) -> Tokenizer:
        return VllmTokenizer(self._ask, model)

    async def _context(self, entry: Mapping[str, Any]) -> int | None:
        length = entry.get("max_model_len")
        return length if isinstance(length, int) and length > 0 else None

    def _entry(self, served: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """The list's entry of the model to ask for."""
        offers = {offer.name: entry for entry in served if (offer := offer_of(entry))}
        wanted = self._options.model
        if not wanted:
            # Adapters are listed beside the model that they were made for.
            own = [entry for entry in offers.values() if not entry.get("parent")]
            known = [offer_of(entry, str(entry.get("root") or "")) for entry in own]
            wanted = chosen(self.host, [offer for offer in known if offer]).name
        if wanted in offers:
            return offers[wanted]
        served_ones = [offer for entry in served if (offer := offer_of(entry))]
        raise to_choose(f"{self.host} does not serve {name(wanted)}; it has", served_ones)

    async def _markers(self, rows: Sequence[Template], model: str) -> Markers:
        try:
            found = await probe.by_tokenizing(self._tokenizer, rows or TEMPLATES)
        except BackendError as error:
            if error.status not in {404, 405, 501}:
                raise
            # A router that passes completions on, and nothing else.
            count = completion_counter(self._ask, _PATH, model)
            template = await self._counted(rows, model, count)
            return Markers(template, PromptForm.STRING, {}, parsed=True)
        if found is None:
            raise self._markers_are_text(model, rows[0]) if rows else self._no_template(model)
        return found

    async def _stop_ids(self, template: Template) -> tuple[int, ...]:
        """Control tokens are left out of the text, so that as strings they would not be seen."""
        found = [await self._tokenizer.tokens(stop, parse=True) for stop in template.stops]
        return tuple(tokens[0] for tokens in found if len(tokens) == 1)

    async def _request(self, facts: Facts, prompt: Prompt) -> tuple[str, dict[str, Any]]:
        assert facts.template is not None  # vLLM never lays out
        body = completion_body(facts, prompt) | {"stream_options": {"include_usage": True}}
        if facts.stop_ids:
            body["stop_token_ids"] = list(facts.stop_ids)
        body["prompt"] = (
            rendered(facts, prompt)
            if facts.form is PromptForm.STRING
            else await self._tokenizer.prompt(facts, prompt.prefix, prompt.suffix)
        )
        return _PATH, body

    def _read(self, payload: Mapping[str, Any], report: Report) -> str | None:
        return read_completion(payload, report)

    def _kind(
        self, status: int, body: Mapping[str, Any], message: str
    ) -> type[BackendError] | None:
        if "maximum context length" in message or (
            status == 400 and mentions(body, "input_tokens")
        ):
            return PromptTooLong
        if status == 404 and mentions(body, "model") and "does not exist" in message:
            return ModelError
        return None


class VllmTokenizer(Tokenizer):
    """Parses control strings or not, as the server was started."""

    _keeping_markers: ClassVar[Mapping[str, Any]] = {}
    """What makes the server show control strings as text."""
    _text_field = "prompt"

    def __init__(self, ask: Callable[..., Awaitable[Any]], model: str) -> None:
        """``model`` goes into every question."""
        super().__init__(ask)
        self._model = model

    def _question(self, text: str, *, begin: bool, parse: bool) -> dict[str, Any]:
        del parse
        return {"model": self._model, "prompt": text, "add_special_tokens": begin}

    async def text(self, ids: Sequence[int]) -> str | None:
        body = {"model": self._model, "tokens": list(ids), **self._keeping_markers}
        answer = await self._ask("POST", "/detokenize", body)
        text = answer.get(self._text_field) if isinstance(answer, dict) else None
        return text if isinstance(text, str) else None
