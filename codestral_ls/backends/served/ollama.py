"""Ollama: ``POST /api/generate`` with ``raw`` and our own layout of the prompt.

Its ``suffix`` field is for models whose template we do not know: without text on both sides Ollama
would chat about the code (no suffix), or only load the model (no prompt).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codestral_ls.backends.base import BackendError, Finish, ModelError, ServerFailure
from codestral_ls.backends.http.reply import listed
from codestral_ls.backends.http.report import Report, usage_of
from codestral_ls.backends.served.base import ServedBackend
from codestral_ls.backends.served.facts import Facts, PromptForm
from codestral_ls.backends.served.probe import TokenCounter
from codestral_ls.backends.served.snippets_layout import rendered
from codestral_ls.backends.stops import sent_stops
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.prompt.templates import for_model

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


class OllamaBackend(ServedBackend):
    """An Ollama server."""

    name = "ollama"
    is_ndjson = True

    async def _learn(self) -> Facts:
        model = self._options.model or await self._some_model()
        shown = await self._ask("POST", "/api/show", {"model": model})
        shown = shown if isinstance(shown, dict) else {}
        rows = self._rows(model, *_further_names(shown))
        if not rows and "insert" in (shown.get("capabilities") or ()):
            return Facts(model=model, form=PromptForm.SUFFIX, context_tokens=_CONTEXT_TOKENS)
        template = await self._counted(rows, model, self._counter(model))
        return Facts(
            model=model, form=PromptForm.STRING, context_tokens=_CONTEXT_TOKENS, template=template
        )

    async def _some_model(self) -> str:
        """One that is loaded, else one that can complete, else any."""
        for path in ("/api/ps", "/api/tags"):
            entries = listed(await self._ask("GET", path))
            names = [name for entry in entries if isinstance(name := entry.get("name"), str)]
            known = [name for name in names if for_model(name)]
            if known or names:
                return (known or names)[0]
        raise ModelError(f"{self.host} has no model; get one with: ollama pull qwen2.5-coder:1.5b")

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
        if status == 499:
            return ServerFailure
        return None


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
