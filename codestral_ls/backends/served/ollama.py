"""Ollama: ``POST /api/generate`` with ``raw`` and our own layout of the prompt.

Its ``suffix`` field is for models whose template we do not know: without text on both sides Ollama
would chat about the code (no suffix), or only load the model (no prompt).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from codestral_ls.backends.base import (
    BackendError,
    Chunk,
    Finish,
    Loading,
    ModelError,
    ServerFailure,
)
from codestral_ls.backends.http.reply import listed
from codestral_ls.backends.http.report import Report, usage_of
from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.served.base import ServedBackend
from codestral_ls.backends.served.facts import Facts, PromptForm
from codestral_ls.backends.served.offers import OfferedModel, Suits, chosen, offer_of
from codestral_ls.backends.served.probe import TokenCounter
from codestral_ls.backends.served.snippets_layout import rendered
from codestral_ls.backends.stops import sent_stops
from codestral_ls.privacy.text import name
from codestral_ls.prompt.prompt import Prompt

_FINISH: Mapping[str, Finish] = {
    "stop": Finish.STOP,
    "length": Finish.LENGTH,
    "load": Finish.STOP,
    "unload": Finish.STOP,
}

# Room for the largest default windows with a wide margin. It never changes: another value makes
# Ollama load the model anew.
_CONTEXT_TOKENS = 8192

# Ollama unloads after five minutes; a pause to think should not cost the loading of a model.
_KEEP_ALIVE = "10m"

# Another program may have another model loaded, and ours unloaded, at any time.
_SURELY_LOADED_S = 30.0

# A request that is given up sooner does not tell that a model is being loaded.
_SUSPECT_S = 1.0

# Tags of base models, and families that have no others there.
_BASE = re.compile(r":.*(?:base|code|text)|^(?:starcoder|codestral|mellum)")

# So many models are looked at one by one, where the list does not say what they can do.
_MAX_SHOWN = 40


class OllamaBackend(ServedBackend):
    """An Ollama server."""

    name = "ollama"
    is_ndjson = True

    optional_fields = ("keep_alive",)
    dispensable_fields = ("keep_alive",)

    def __init__(self, options: BackendOptions) -> None:
        """As for every ``ServedBackend``."""
        super().__init__(options)
        self._loaded_until = 0.0
        """So long the model is taken to be loaded without a look."""

    async def _learn(self) -> Facts:
        model = self._options.model or (await self._offer()).name
        self.model = model  # for what may be told on the way
        shown = await self._ask("POST", "/api/show", {"model": model})
        shown = shown if isinstance(shown, dict) else {}
        rows = self._rows(model, *_further_names(shown))
        if not rows and "insert" in (shown.get("capabilities") or ()):
            return Facts(model=model, form=PromptForm.SUFFIX, context_tokens=_CONTEXT_TOKENS)
        if rows:
            await self._have_loaded(model)
        template = await self._counted(rows, model, self._counter(model))
        return Facts(
            model=model, form=PromptForm.STRING, context_tokens=_CONTEXT_TOKENS, template=template
        )

    async def _offer(self) -> OfferedModel:
        """The model that surely fills in the middle, one that is loaded first."""
        entries = listed(await self._ask("GET", "/api/tags"))
        if not entries:
            raise ModelError(
                f"{self.host} has no model; get one with: ollama pull qwen2.5-coder:1.5b-base"
            )
        loaded = [_name_of(entry) for entry in listed(await self._ask("GET", "/api/ps"))]
        offers = []
        for entry in entries[:_MAX_SHOWN]:
            model, further = _name_of(entry), []
            if model and "capabilities" not in entry:  # before 0.12
                answer = await self._reply("POST", "/api/show", {"model": model})
                shown = answer.body if isinstance(answer.body, dict) else {}
                further = _further_names(shown)
                entry = {**entry, "capabilities": shown.get("capabilities")}
            if (offer := offer_of(entry, *further)) is not None:
                suits = _suits(offer, entry.get("capabilities") or ())
                offers.append(replace(offer, suits=suits, is_loaded=offer.name in loaded))
        return chosen(self.host, offers)

    async def _make_ready(self, facts: Facts) -> None:
        if asyncio.get_running_loop().time() >= self._loaded_until:
            await self._have_loaded(facts.model)

    async def _have_loaded(self, model: str) -> None:
        """Have a model loaded, in the background: no code goes out before it is there."""
        if not await self._is_loaded(model):
            told = f"{self.host} is loading {name(model)}."
            await self._arrival.run(told, lambda: self._load(model))
        self._loaded_until = asyncio.get_running_loop().time() + _SURELY_LOADED_S

    async def _is_loaded(self, model: str) -> bool:
        """With our context, since another makes Ollama load it anew."""
        answer = await self._reply("GET", "/api/ps")
        if answer.status != 200:
            return True  # a gateway that does not tell
        return any(
            _name_of(entry) in {model, f"{model}:latest"}
            and entry.get("context_length", _CONTEXT_TOKENS) == _CONTEXT_TOKENS
            for entry in listed(answer.body)
        )

    async def _load(self, model: str) -> None:
        body = self._body(model, n_tokens=1, temperature=0.0, stops=[])
        # Ollama ends the loading of a model when its client leaves.
        await self._ask_patiently("/api/generate", body | {"prompt": "", "stream": False})

    async def _attempt(self, facts: Facts, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        time = asyncio.get_running_loop().time
        asked_at, began = time(), False
        try:
            async with aclosing(super()._attempt(facts, prompt)) as chunks:
                async for chunk in chunks:
                    began = True
                    self._loaded_until = time() + _SURELY_LOADED_S
                    yield chunk
        finally:
            if not began and time() - asked_at > _SUSPECT_S:
                self._loaded_until = 0.0

    def _counter(self, model: str) -> TokenCounter:
        async def count(prompt: str) -> int | None:
            body = self._body(model, n_tokens=1, temperature=0.0, stops=[])
            answer = await self._ask(
                "POST", "/api/generate", body | {"prompt": prompt, "raw": True, "stream": False}
            )
            n_tokens = answer.get("prompt_eval_count") if isinstance(answer, dict) else None
            return n_tokens if isinstance(n_tokens, int) else None

        return count

    def _body(
        self, model: str, *, n_tokens: int, temperature: float, stops: list[str]
    ) -> dict[str, Any]:
        options: dict[str, Any] = {
            "num_predict": n_tokens,
            "temperature": temperature,
            "num_ctx": _CONTEXT_TOKENS,
        }
        if stops:
            options["stop"] = stops
        return {"model": model, "stream": True, "keep_alive": _KEEP_ALIVE, "options": options}

    async def _request(self, facts: Facts, prompt: Prompt) -> tuple[str, dict[str, Any]]:
        body = self._body(
            facts.model,
            n_tokens=prompt.max_tokens,
            temperature=prompt.temperature,
            stops=sent_stops(facts.template, prompt.stop),
        )
        if facts.template is None:
            texts = {"prompt": prompt.prefix or "\n", "suffix": prompt.suffix or "\n"}
        else:
            texts = {"prompt": rendered(facts, prompt)}
            body["raw"] = True
        return "/api/generate", body | texts

    def _read(self, payload: Mapping[str, Any], report: Report) -> str | None:
        if "response" not in payload and "done" not in payload:
            return None
        if payload.get("done") is True:
            report.finish = _FINISH.get(str(payload.get("done_reason")), Finish.UNKNOWN)
            report.usage = usage_of(payload.get("prompt_eval_count"), payload.get("eval_count"))
        text = payload.get("response")
        return text if isinstance(text, str) else ""

    def _kind(
        self, status: int, body: Mapping[str, Any], message: str
    ) -> type[BackendError] | None:
        if "does not support insert" in message or (status == 404 and "not found" in message):
            # A wrong base URL answers with "404 page not found".
            return None if "page not found" in message else ModelError
        if status == 499 or "load cancel" in message:
            return ServerFailure
        if status in {500, 503} and ("loading model" in message or "model is loading" in message):
            return Loading
        return None


def _suits(offer: OfferedModel, able: Collection[str]) -> Suits:
    """What the name tells, with what Ollama knows of the model."""
    if able and "completion" not in able:
        return Suits.NEVER
    # In Ollama's own library a name without a mark is that of a model that chats. What could fill
    # in has a template for it, or is a base model.
    is_of_library = "/" not in offer.name
    is_unmarked = not _BASE.search(offer.name.lower())
    if able and "insert" not in able and is_of_library and is_unmarked:
        return min(offer.suits, Suits.UNSURE)
    return offer.suits


def _name_of(entry: Mapping[str, Any]) -> str:
    return str(entry.get("name") or entry.get("model") or "")


def _further_names(shown: Mapping[str, Any]) -> list[str]:
    """What a model was made from, where its own name does not tell."""
    match shown.get("details"):
        case {"parent_model": str() as parent}:
            names = [parent]
        case _:
            names = []
    match shown.get("model_info"):
        case {"general.basename": str() as basename}:
            names.append(basename)
    return names
