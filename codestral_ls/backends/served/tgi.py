"""Text Generation Inference: ``POST /generate_stream`` with a prompt that we lay out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from codestral_ls.backends.base import (
    BackendError,
    Finish,
    Overloaded,
    PromptTooLong,
    ServerFailure,
)
from codestral_ls.backends.http.report import Report, usage_of
from codestral_ls.backends.http.response import EVENTS_TYPE
from codestral_ls.backends.served.base import ServedBackend
from codestral_ls.backends.served.facts import Facts, PromptForm
from codestral_ls.backends.served.snippets_layout import rendered
from codestral_ls.backends.stops import sent_stops
from codestral_ls.prompt.prompt import Prompt

_FINISH: Mapping[str, Finish] = {
    "eos_token": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "length": Finish.LENGTH,
}

_KINDS: Mapping[str, type[BackendError]] = {"overloaded": Overloaded, "generation": ServerFailure}

_PATH = "/generate_stream"

_TOO_LONG = ("must have less than", "must be <=", "`inputs` tokens + `max_new_tokens`")


class TgiBackend(ServedBackend):
    """A TGI server."""

    name = "tgi"

    _served = ""
    """The server's own name for its model; it answers to every name."""

    async def _learn(self) -> Facts:
        info = await self._ask("GET", "/info")
        info = info if isinstance(info, dict) else {}
        served = self._served = str(info.get("model_id") or "")
        model = self._options.model or served
        # It serves one model, whatever name is sent.
        template = await self._counted(self._rows(model, served), model, self._count)
        limits = [info.get(name) for name in ("max_total_tokens", "max_input_tokens")]
        known = [limit for limit in limits if isinstance(limit, int) and limit > 0]
        return Facts(
            model=model,
            form=PromptForm.STRING,
            template=template,
            context_tokens=min(known, default=None),
        )

    async def _serves_another(self, facts: Facts) -> bool:
        info = await self._ask("GET", "/info")
        return isinstance(info, dict) and str(info.get("model_id") or "") != self._served

    async def _count(self, prompt: str) -> int | None:
        body = {"inputs": prompt, "parameters": {"max_new_tokens": 1, "do_sample": False}}
        client = await self._connection.client()
        async with client.request("POST", _PATH, body=body, accept=EVENTS_TYPE) as answer:
            if answer.status != 200:
                raise self._error(answer.status, await answer.error_body(), answer.headers)
            counts: list[int | None] = [None]
            async with aclosing(answer.events()) as events:
                async for event in events:
                    match event.get("details"):
                        case {"input_length": int() as n_tokens}:
                            counts.append(n_tokens)
        return counts[-1]

    async def _request(self, facts: Facts, prompt: Prompt) -> tuple[str, dict[str, Any]]:
        assert facts.template is not None  # TGI never lays out
        # Temperature 0 is refused; greedy is said in another way.
        sampling: dict[str, Any] = (
            {"do_sample": True, "temperature": prompt.temperature}
            if prompt.temperature > 0
            else {"do_sample": False}
        )
        parameters = {
            "max_new_tokens": prompt.max_tokens,
            "return_full_text": False,
            "stop": sent_stops(facts.template, prompt.stop),
            **sampling,
        }
        return _PATH, {"inputs": rendered(facts, prompt), "parameters": parameters}

    def _read(self, payload: Mapping[str, Any], report: Report) -> str | None:
        token = payload.get("token")
        if not isinstance(token, dict):
            return None
        if payload.get("generated_text") is not None:
            report.finish = Finish.UNKNOWN
        match payload.get("details"):
            case dict() as details:
                reason = str(details.get("finish_reason"))
                report.finish = _FINISH.get(reason, Finish.UNKNOWN)
                report.usage = usage_of(
                    details.get("input_length"), details.get("generated_tokens")
                )
        text = token.get("text")
        return text if isinstance(text, str) and not token.get("special") else ""

    def _kind(
        self, status: int, body: Mapping[str, Any], message: str
    ) -> type[BackendError] | None:
        kind = body.get("error_type")
        if kind == "validation" and any(words in message for words in _TOO_LONG):
            return PromptTooLong
        return _KINDS.get(str(kind))
