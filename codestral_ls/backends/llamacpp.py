"""llama.cpp's server: ``/infill`` where the model has tokens for it, else ``/completion``.

``/infill`` always ends the prompt with a middle token, which Codestral and Seed-Coder do not know;
those are asked by token ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from codestral_ls import templates
from codestral_ls.backends import probe
from codestral_ls.backends.base import (
    BackendError,
    Finish,
    Generation,
    ModelError,
    PromptTooLong,
    ProtocolViolation,
)
from codestral_ls.backends.probe import Facts, Way
from codestral_ls.backends.reading import Reading, usage_of
from codestral_ls.backends.served import ServedBackend
from codestral_ls.backends.stops import sent_stops
from codestral_ls.backends.tokens import Tokenizer
from codestral_ls.templates import TEMPLATES

_FINISH: Mapping[str, Finish] = {
    "eos": Finish.STOP,
    "word": Finish.STOP,
    "limit": Finish.LENGTH,
}

# What /infill takes of each side with the default batch of 2048 tokens, three bytes to a token of
# code. Beyond that it cuts silently, and the head of its cache is lost with every key.
_INFILL_PREFIX_BYTES = 3 * 1536
_INFILL_SUFFIX_BYTES = 3 * 510


class LlamaCppBackend(ServedBackend):
    """A ``llama-server``."""

    name = "llamacpp"

    _tokenizer: Tokenizer

    async def _learn(self) -> Facts:
        props = await self._ask("GET", "/props")
        if not isinstance(props, dict):
            raise ProtocolViolation(f"{self.host} is no llama.cpp server; check the endpoint.")
        model = self._asked_model or _model_name(props)
        facts = Facts(model=model, way=Way.INFILL, context_tokens=_context(props), parsed=False)
        self._tokenizer = _LlamaTokenizer(self._ask)
        rows = self._rows(model, str(props.get("model_path") or ""))
        if all(row.by_infill for row in rows) and await self._infills():
            # Of families without a name here, only those that it would lay out wrongly matter.
            odd = () if rows else [row for row in TEMPLATES if not row.by_infill]
            if not odd or await probe.by_tokenizing(self._tokenizer, odd) is None:
                return facts
        markers = await probe.by_tokenizing(self._tokenizer, rows or TEMPLATES)
        if markers is None:
            raise self._markers_are_text(model, rows[0]) if rows else self._no_template(model)
        return replace(
            facts,
            way=Way.IDS,
            template=markers.template,
            ids=markers.ids,
            begin=await self._tokenizer.begin(),
        )

    async def _infills(self) -> bool:
        body = {"input_prefix": "", "input_suffix": "", "n_predict": 1, "temperature": 0}
        client = await self._connection.client()
        reply = await probe.ask(client, "POST", "/infill", body)
        if reply.status not in {200, 404, 501}:
            raise self._error(reply.status, reply.body, reply.headers)
        return reply.status == 200

    async def _request(self, facts: Facts, asked: Generation) -> tuple[str, dict[str, Any]]:
        body: dict[str, Any] = {
            "n_predict": asked.max_tokens,
            "temperature": asked.temperature,
            "cache_prompt": True,
            "stream": True,
        }
        if stops := sent_stops(facts.template, asked.stop):
            body["stop"] = stops
        if facts.way is Way.INFILL:
            prefix, _ = templates.fit(asked.prefix, "", _INFILL_PREFIX_BYTES)
            _, suffix = templates.fit("", asked.suffix, _INFILL_SUFFIX_BYTES)
            return "/infill", body | {"input_prefix": prefix, "input_suffix": suffix}
        body["prompt"] = await self._tokenizer.prompt(facts, asked.prefix, asked.suffix)
        return "/completion", body

    def _read(self, payload: Mapping[str, Any], reading: Reading) -> str | None:
        text = payload.get("content")
        if not isinstance(text, str):
            return None
        if isinstance(model := payload.get("model"), str) and model:
            reading.model = model
        if payload.get("stop") is True:
            reading.finish = _FINISH.get(str(payload.get("stop_type")), Finish.UNKNOWN)
            timings = payload.get("timings")
            reading.usage = usage_of(
                payload.get("tokens_evaluated"),
                payload.get("tokens_predicted"),
                timings.get("cache_n") if isinstance(timings, dict) else None,
            )
        return text

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
