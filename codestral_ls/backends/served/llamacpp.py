"""llama.cpp's server: ``/completion`` with token ids, or ``/infill`` for families unknown to us.

``/infill`` has room for 2048 tokens only, cuts what is longer without a word, and always ends the
prompt with a middle token, which Codestral does not know. So it is asked only where the table of
templates has no row whose markers the model knows, and the model brings its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from codestral_ls.backends.base import (
    BackendError,
    Finish,
    Loading,
    ModelError,
    PromptTooLong,
    ProtocolViolation,
)
from codestral_ls.backends.http.report import Report, usage_of
from codestral_ls.backends.served import probe
from codestral_ls.backends.served.base import ServedBackend
from codestral_ls.backends.served.facts import Facts, PromptForm
from codestral_ls.backends.served.llama_router import LlamaRouter
from codestral_ls.backends.served.offers import OfferedModel, chosen, suits_by_name
from codestral_ls.backends.served.probe import Markers, TokenCounter
from codestral_ls.backends.served.snippets_layout import rendered
from codestral_ls.backends.served.tokenizer import Tokenizer
from codestral_ls.backends.stops import sent_stops
from codestral_ls.prompt import templates
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.prompt.snippets import extra
from codestral_ls.text.fim_templates import TEMPLATES, Template

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

    optional_fields = ("cache_prompt", "stop", "temperature", "stream", "input_extra")
    dispensable_fields = ("cache_prompt", "input_extra")

    _tokenizer: Tokenizer
    _side_bytes = 4
    """Bytes per token that ``/infill`` is sent; code has no more."""
    _router: LlamaRouter | None = None
    """Where the server has several models; then each request must name one."""
    _served = ""
    """The server's own name for its one model."""
    _answered_by = ""
    """The model that the last answer named."""

    async def _learn(self) -> Facts:
        props = await self._properties()
        if props.get("role") == "router":
            # Started without a model: it has several, and loads them when they are asked for.
            self._router = self._router or LlamaRouter(self.host, self._reply, self._arrival)
            model = self._options.model or await self._router.model()
            self.model = model  # for what may be told on the way
            await self._router.have_loaded(model)
            return await self._of_model(model, await self._properties(f"?model={quote(model)}"))
        self._router, self._served = None, _model_name(props)
        if self._served and not self._options.model:
            own = OfferedModel(name=self._served, suits=suits_by_name(self._served))
            chosen(self.host, [own])  # it may embed, or think aloud
        return await self._of_model(self._options.model or self._served, props)

    async def _properties(self, query: str = "") -> Mapping[str, Any]:
        props = await self._ask("GET", f"/props{query}")
        if not isinstance(props, dict):
            raise ProtocolViolation(f"{self.host} is no llama.cpp server; check the endpoint.")
        return props

    async def _of_model(self, model: str, props: Mapping[str, Any]) -> Facts:
        facts = Facts(
            model=model, form=PromptForm.INFILL, context_tokens=_context(props), parsed=False
        )
        self._tokenizer = _LlamaTokenizer(self._ask, self._named(model))
        rows = self._rows(model, str(props.get("model_path") or ""))
        markers = await self._markers(rows)
        if markers is not None:
            return replace(
                facts,
                form=PromptForm.IDS,
                template=markers.template,
                ids=markers.ids,
                begin=await self._tokenizer.begin(),
            )
        if self._options.fim_template == "auto" and await self._infills(model):
            return facts
        # Servers made of an older llama.cpp (llamafile) tokenize without their control strings,
        # and parse them in a prompt all the same.
        template = await self._counted(rows, model, self._counter(model))
        return replace(facts, form=PromptForm.STRING, template=template, parsed=True)

    async def _markers(self, rows: Sequence[Template]) -> Markers | None:
        try:
            return await probe.by_tokenizing(self._tokenizer, rows or TEMPLATES)
        except BackendError as error:
            if error.status not in {404, 405, 501}:
                raise
            return None

    def _named(self, model: str) -> dict[str, Any]:
        """What every request says beside its own."""
        return {"model": model} if self._router is not None else {}

    def _counter(self, model: str) -> TokenCounter:
        async def count(prompt: str) -> int | None:
            body = {"prompt": prompt, "n_predict": 1, "temperature": 0, **self._named(model)}
            answer = await self._ask("POST", "/completion", body)
            n_tokens = answer.get("tokens_evaluated") if isinstance(answer, dict) else None
            return n_tokens if isinstance(n_tokens, int) else None

        return count

    async def _infills(self, model: str) -> bool:
        sides = {"input_prefix": "", "input_suffix": "", "n_predict": 1, "temperature": 0}
        reply = await self._reply("POST", "/infill", sides | self._named(model))
        if reply.status not in {200, 404, 501}:
            raise self._error(reply.status, reply.body, reply.headers)
        return reply.status == 200

    async def _make_ready(self, facts: Facts) -> None:
        if self._router is not None:
            await self._router.have_loaded(facts.model)

    async def _serves_another(self, facts: Facts) -> bool:
        del facts
        # It answers to every name, and by a new model's tokens the old ones' ids mean nothing.
        return self._router is None and _model_name(await self._properties()) != self._served

    async def _request(self, facts: Facts, prompt: Prompt) -> tuple[str, dict[str, Any]]:
        body: dict[str, Any] = {
            "n_predict": prompt.max_tokens,
            "temperature": prompt.temperature,
            "cache_prompt": True,
            "stream": True,
            **self._named(facts.model),
        }
        if stops := sent_stops(facts.template, prompt.stop):
            body["stop"] = stops
        if facts.form is PromptForm.INFILL:
            prefix, suffix = await self._sides(prompt)
            sides = {"input_prefix": prefix, "input_suffix": suffix}
            return "/infill", body | sides | {"input_extra": extra(prompt.snippets)}
        body["prompt"] = (
            rendered(facts, prompt)
            if facts.form is PromptForm.STRING
            else await self._tokenizer.prompt(facts, prompt.prefix, prompt.suffix)
        )
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
            self._notice_model(payload.get("model"))
            report.finish = _FINISH.get(str(payload.get("stop_type")), Finish.UNKNOWN)
            timings = payload.get("timings")
            report.usage = usage_of(
                payload.get("tokens_evaluated"),
                payload.get("tokens_predicted"),
                timings.get("cache_n") if isinstance(timings, dict) else None,
            )
        text = payload["content"]
        return text if isinstance(text, str) else ""

    def _notice_model(self, model: object) -> None:
        """The name in an answer: another one is known of a server that was started anew."""
        if isinstance(model, str) and model != self._answered_by:
            if self._answered_by:
                self._facts.forget()
            self._answered_by = model

    def _kind(
        self, status: int, body: Mapping[str, Any], message: str
    ) -> type[BackendError] | None:
        if self._router is not None and "model is not loaded" in message:
            self._router.doubt()
            return Loading
        match body:
            case {"error": {"type": "exceed_context_size_error"}}:
                return PromptTooLong
            case {"error": {"type": "not_supported_error"}} if status == 501:
                return ModelError
            case _:
                return None


class _LlamaTokenizer(Tokenizer):
    """Parses control strings when told to."""

    def __init__(self, ask: Callable[..., Awaitable[Any]], named: Mapping[str, Any]) -> None:
        super().__init__(ask)
        self._named = named

    def _question(self, text: str, *, begin: bool, parse: bool) -> dict[str, Any]:
        return {"content": text, "add_special": begin, "parse_special": parse, **self._named}


def _model_name(props: Mapping[str, Any]) -> str:
    alias = props.get("model_alias")
    settings = props.get("default_generation_settings")
    older = settings.get("model") if isinstance(settings, dict) else None
    path = props.get("model_path") or older
    name = alias if isinstance(alias, str) and alias else path if isinstance(path, str) else ""
    return name.replace("\\", "/").rpartition("/")[2]


def _context(props: Mapping[str, Any]) -> int | None:
    match props.get("default_generation_settings"):
        case {"n_ctx": int() as n_ctx} if n_ctx > 0:
            return n_ctx
        case _:
            return None
