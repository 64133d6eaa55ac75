"""Outcomes as the answers of llama.cpp's ``/infill`` and OpenAI's ``/v1/completions``.

Where there is no suggestion, an answer of ``/infill`` has no ``content``: llama.vim and
llama.vscode remember what has one, and would not ask again after a pause or a fault is over. The
reason is in ``codestral_ls``, which they do not read. It is no error, which llama.vscode shows.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from codestral_ls.bridge import messages
from codestral_ls.bridge.messages import HttpAnswer
from codestral_ls.bridge.wanted import WantedCompletion
from codestral_ls.model import Nothing, Outcome, Suggestion, Usage


def completion(wanted: WantedCompletion, outcome: Outcome, model: str, created: int) -> HttpAnswer:
    """An answer of ``/v1/completions``. ``created``: seconds since 1970."""
    text, _ = _cut(wanted, outcome)
    used = _usage(outcome)
    head: dict[str, object] = {
        "id": f"cmpl-{secrets.token_hex(8)}",
        "object": "text_completion",
        "created": created,
        "model": model,
    }
    usage = {
        "prompt_tokens": used.prompt_tokens,
        "completion_tokens": used.completion_tokens,
        "total_tokens": used.prompt_tokens + used.completion_tokens,
    }
    reason = _reason(outcome)
    if not wanted.streams:
        choice = _choice(text or "", "stop")
        return messages.of_json({**head, "choices": [choice], "usage": usage, **reason})
    chunks: list[object] = [{**head, "choices": [_choice(text, None)]}] if text else []
    end = {**head, "choices": [_choice("", "stop")], "usage": usage, **reason}
    return messages.of_events([*chunks, end], marks_end=True)


def infill(wanted: WantedCompletion, outcome: Outcome, model: str) -> HttpAnswer:
    """An answer of ``/infill``."""
    text, stop = _cut(wanted, outcome)
    used = _usage(outcome)
    answer: dict[str, object] = {
        "index": 0,
        "content": text,
        "tokens": [],
        "id_slot": 0,
        "stop": True,
        "model": model,
        "tokens_predicted": used.completion_tokens,
        "tokens_evaluated": used.prompt_tokens,
        "stop_type": "limit" if wanted.max_tokens == 0 else "word" if stop else "eos",
        "stopping_word": stop,
        "tokens_cached": used.cached_tokens,
        "truncated": False,
        "timings": _timings(outcome, used),
    }
    if wanted.streams:
        chunks: list[object] = [{"index": 0, "content": text, "stop": False}] if text else []
        return messages.of_events([*chunks, {**answer, "content": ""}], marks_end=False)
    if text is None:
        del answer["content"]
    chosen = _chosen(answer, wanted.fields) if wanted.fields else answer
    return messages.of_json({**chosen, **_reason(outcome)})


def silence(reason: str) -> HttpAnswer:
    """An answer that no client shows, and why."""
    return messages.of_json({"codestral_ls": {"reason": reason}})


def models(model: str, created: int) -> HttpAnswer:
    """An answer of ``/v1/models``: who completes at the moment."""
    entry = {"id": model, "object": "model", "created": created, "owned_by": "codestral-ls"}
    return messages.of_json({"object": "list", "data": [entry]})


def _cut(wanted: WantedCompletion, outcome: Outcome) -> tuple[str | None, str]:
    """What is to be inserted, None where there is no suggestion; and the stop that ends it."""
    if not isinstance(outcome, Suggestion):
        return None, ""
    text = outcome.text
    ends = [(place, stop) for stop in wanted.stops if (place := text.find(stop)) >= 0]
    if not ends:
        return text, ""
    place, stop = min(ends)
    return text[:place], stop


def _choice(text: str, finish: str | None) -> Mapping[str, object]:
    return {"text": text, "index": 0, "logprobs": None, "finish_reason": finish}


def _usage(outcome: Outcome) -> Usage:
    usage = outcome.usage if isinstance(outcome, Suggestion | Nothing) else None
    return usage or Usage()


def _reason(outcome: Outcome) -> Mapping[str, object]:
    if isinstance(outcome, Suggestion):
        return {}
    return {"codestral_ls": {"reason": outcome.reason}}


def _timings(outcome: Outcome, used: Usage) -> Mapping[str, object]:
    """As llama.cpp counts them; zeros where an answer was known."""
    timings = outcome.timings
    asked, first, total = timings.waited, timings.first_token, timings.total
    prompt_ms = first - asked if asked is not None and first is not None else 0.0
    predicted_ms = total - first if first is not None else 0.0
    fresh = used.prompt_tokens - used.cached_tokens
    return {
        "prompt_n": fresh,
        **_rates("prompt", fresh, prompt_ms),
        "predicted_n": used.completion_tokens,
        **_rates("predicted", used.completion_tokens, predicted_ms),
    }


def _rates(name: str, tokens: int, ms: float) -> Mapping[str, float]:
    ms = max(ms, 0.0)
    return {
        f"{name}_ms": round(ms, 3),
        f"{name}_per_token_ms": round(ms / tokens, 3) if tokens else 0.0,
        f"{name}_per_second": round(1000 * tokens / ms, 3) if ms else 0.0,
    }


def _chosen(answer: Mapping[str, object], fields: Sequence[str]) -> dict[str, object]:
    """The fields that a client wants, under the names that it gives them."""
    chosen = {}
    for field in fields:
        value: object = answer
        for name in field.split("/"):
            if not isinstance(value, Mapping) or name not in value:
                break
            value = value[name]
        else:
            chosen[field] = value
    return chosen
