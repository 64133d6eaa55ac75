"""llama.cpp's server: ``/completion`` with token ids, or ``/infill`` for families unknown to us.

``/infill`` has room for 2048 tokens only, cuts what is longer without a word, and always ends the
prompt with a middle token, which Codestral does not know. So it is asked only where the table of
templates has no row whose markers the model knows, and the model brings its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from codestral_ls.backends.base import (
    BackendError,
    Finish,
    ModelError,
    PromptTooLong,
    ProtocolViolation,
)
from codestral_ls.backends.http.report import Report, usage_of
from codestral_ls.backends.served import probe
from codestral_ls.backends.served.base import ServedBackend
from codestral_ls.backends.served.facts import Facts, PromptForm
from codestral_ls.backends.served.tokenizer import Tokenizer
from codestral_ls.backends.stops import sent_stops
from codestral_ls.prompt import templates
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.prompt.snippets import extra
from codestral_ls.text.fim_templates import TEMPLATES

_FINISH: Mapping[str, Finish] = {
    "eos": Finish.STOP,
    "word": Finish.STOP,
    "limit": Finish.LENGTH,
}

# What /infill takes of each side with the default batch of 2048 tokens. Beyond that it cuts
# silently, and with a head that moves with every key the server reads everything anew.
_INFILL_PREFIX_TOKENS = 1536
_INFILL_SUFFIX_TOKENS = 510


class LlamaCppBackend(ServedBackend):
    """A ``llama-server``."""

    name = "llamacpp"

    _tokenizer: Tokenizer
    _side_bytes = 4
    """Bytes per token that ``/infill`` is sent; code has no more."""

    async def _learn(self) -> Facts:
        props = await self._ask("GET", "/props")
        if not isinstance(props, dict):
            raise ProtocolViolation(f"{self.host} is no llama.cpp server; check the endpoint.")
        model = self._options.model or _model_name(props)
        facts = Facts(
            model=model, form=PromptForm.INFILL, context_tokens=_context(props), parsed=False
        )
        self._tokenizer = _LlamaTokenizer(self._ask)
        rows = self._rows(model, str(props.get("model_path") or ""))
        markers = await probe.by_tokenizing(self._tokenizer, rows or TEMPLATES)
        if markers is None:
            if self._options.fim_template == "auto" and await self._infills():
                return facts
            raise self._markers_are_text(model, rows[0]) if rows else self._no_template(model)
        return replace(
            facts,
            form=PromptForm.IDS,
            template=markers.template,
            ids=markers.ids,
            begin=await self._tokenizer.begin(),
        )

    async def _infills(self) -> bool:
        body = {"input_prefix": "", "input_suffix": "", "n_predict": 1, "temperature": 0}
        reply = await self._reply("POST", "/infill", body)
        if reply.status not in {200, 404, 501}:
            raise self._error(reply.status, reply.body, reply.headers)
        return reply.status == 200

    async def _request(self, facts: Facts, prompt: Prompt) -> tuple[str, dict[str, Any]]:
        body: dict[str, Any] = {
            "n_predict": prompt.max_tokens,
            "temperature": prompt.temperature,
            "cache_prompt": True,
            "stream": True,
        }
        if stops := sent_stops(facts.template, prompt.stop):
            body["stop"] = stops
        if facts.form is PromptForm.INFILL:
            prefix, suffix = await self._sides(prompt)
            sides = {"input_prefix": prefix, "input_suffix": suffix}
            return "/infill", body | sides | {"input_extra": extra(prompt.snippets)}
        body["prompt"] = await self._tokenizer.prompt(facts, prompt.prefix, prompt.suffix)
        return "/completion", body

    async def _sides(self, prompt: Prompt) -> tuple[str, str]:
        """Both sides, no longer than ``/infill`` takes them."""
        while True:
            prefix, _ = templates.fit(prompt.prefix, "", _INFILL_PREFIX_TOKENS * self._side_bytes)
            _, suffix = templates.fit("", prompt.suffix, _INFILL_SUFFIX_TOKENS * self._side_bytes)
            n_before = len(await self._tokenizer.tokens(prefix)) if prefix else 0
            n_after = len(await self._tokenizer.tokens(suffix)) if suffix else 0
            fits = n_before <= _INFILL_PREFIX_TOKENS and n_after <= _INFILL_SUFFIX_TOKENS
            if fits or self._side_bytes == 1:
                return prefix, suffix
            # Kept for the next prompts, whose head would move with the room.
            self._side_bytes -= 1

    def _read(self, payload: Mapping[str, Any], report: Report) -> str | None:
        if "content" not in payload:
            return None
        if payload.get("stop") is True:
            report.finish = _FINISH.get(str(payload.get("stop_type")), Finish.UNKNOWN)
            timings = payload.get("timings")
            report.usage = usage_of(
                payload.get("tokens_evaluated"),
                payload.get("tokens_predicted"),
                timings.get("cache_n") if isinstance(timings, dict) else None,
            )
        text = payload["content"]
        return text if isinstance(text, str) else ""

    def _kind(
        self, status: int, body: Mapping[str, Any], message: str
    ) -> type[BackendError] | None:
        match body:
            case {"error": {"type": "exceed_context_size_error"}}:
                return PromptTooLong
            case {"error": {"type": "not_supported_error"}} if status == 501:
                return ModelError
            case _:
                return None


class _LlamaTokenizer(Tokenizer):
    """Parses control strings when told to."""

    def _question(self, text: str, *, begin: bool, parse: bool) -> dict[str, Any]:
        return {"content": text, "add_special": begin, "parse_special": parse}


def _model_name(props: Mapping[str, Any]) -> str:
    alias = props.get("model_alias")
    path = props.get("model_path")
    name = alias if isinstance(alias, str) and alias else path if isinstance(path, str) else ""
    return name.replace("\\", "/").rpartition("/")[2]


def _context(props: Mapping[str, Any]) -> int | None:
    match props.get("default_generation_settings"):
        case {"n_ctx": int() as n_ctx} if n_ctx > 0:
            return n_ctx
        case _:
            return None
