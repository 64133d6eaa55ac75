"""The Mistral dialect: strict as ``POST /v1/fim/completions`` is (``fixtures/wire/mistral``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.fakes.behaviour import Behaviour, recorded, refusal
from tests.fakes.dialect import EventStream, Generated, usage
from tests.fakes.mistral_batch import Batches
from tests.fakes.transport import HttpRequest

FIM_MODELS = {"codestral-latest": "codestral-2508", "codestral-2508": "codestral-2508"}
OTHER_MODELS = {"mistral-small-latest", "devstral-latest", "codestral-embed"}


def _optional(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or check(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_stop(value: Any) -> bool:
    return _is_text(value) or (isinstance(value, list) and all(map(_is_text, value)))


FIELDS: Mapping[str, Callable[[Any], bool]] = {
    "model": _is_text,
    "prompt": _is_text,
    "suffix": _optional(_is_text),
    "temperature": _optional(lambda value: _is_number(value) and 0 <= value <= 1.5),
    "top_p": _optional(lambda value: _is_number(value) and 0 < value <= 1),
    "max_tokens": _optional(_is_count),
    "min_tokens": _optional(_is_count),
    "random_seed": _optional(_is_count),
    "stop": _optional(_is_stop),
    "stream": lambda value: isinstance(value, bool),
    "metadata": _optional(lambda value: isinstance(value, dict)),
    "prompt_cache_key": _optional(_is_text),
}
"""Every field that the endpoint knows, and what it accepts there."""


class Mistral(EventStream):
    """Mistral's endpoint."""

    name = "mistral"
    completion_paths = frozenset({"/v1/fim/completions"})

    def __init__(self) -> None:
        self.batches = Batches(_wrong_in_batch)

    def refuse(self, request: HttpRequest, key: str) -> Behaviour | None:
        """The answer to a request that the endpoint would not complete."""
        if request.headers.get("authorization") != f"Bearer {key}":
            return recorded("mistral/error-401")
        body = request.body
        if not isinstance(body, dict):
            return _invalid([_problem("json_invalid", [], "JSON decode error", None)])
        problems = list(_problems(body))
        if problems:
            return _invalid(problems)
        if body["model"] in OTHER_MODELS:
            return recorded("mistral/error-400-no-fim")
        if body["model"] not in FIM_MODELS:
            message = f"Invalid model: {body['model']}"
            fields = {"object": "error", "message": message, "type": "invalid_model"}
            return refusal(400, {**fields, "param": None, "code": "1500"})
        return None

    def other(self, request: HttpRequest, key: str) -> Behaviour:
        """The answer to anything but a completion."""
        is_batch = request.path.startswith(("/v1/files", "/v1/batch/"))
        if (request.method, request.path) != ("GET", "/v1/models") and not is_batch:
            return recorded("mistral/error-404")
        if request.headers.get("authorization") != f"Bearer {key}":
            return recorded("mistral/error-401")
        if is_batch:
            return self.batches.handle(request) or recorded("mistral/error-404")
        return recorded("mistral/models")

    def prompt(self, body: Mapping[str, Any]) -> str:
        """The prompt in the order in which the model reads it."""
        return f"[SUFFIX]{body.get('suffix') or ''}[PREFIX]{body['prompt']}"

    def streams(self, body: Mapping[str, Any]) -> bool:
        """Whether the request asks for a stream."""
        return bool(body.get("stream"))

    def limits(self, body: Mapping[str, Any]) -> tuple[int | None, Sequence[str]]:
        """The token limit and the stop strings of a request."""
        stop = body.get("stop") or []
        return body.get("max_tokens"), [stop] if isinstance(stop, str) else stop

    def whole(self, generated: Generated, behaviour: Behaviour) -> bytes:
        """A completion that is not streamed."""
        content = _content("".join(generated.tokens), behaviour)
        message = {"content": content, "tool_calls": None, "prefix": False, "role": "assistant"}
        choice = {"index": 0, "message": message, "finish_reason": generated.finish}
        answer = _envelope("chat.completion", generated, choice, behaviour)
        return json.dumps({**answer, **usage(generated, behaviour)}).encode()

    def events(self, generated: Generated, behaviour: Behaviour) -> tuple[str, list[str], str]:
        """What a stream says before the tokens, for each token, and after them."""

        def event(delta: Mapping[str, Any], finish: str | None, **more: Any) -> str:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            answer = _envelope("chat.completion.chunk", generated, choice, behaviour)
            # The endpoint does not escape what is not ASCII.
            return json.dumps({**answer, **more}, ensure_ascii=False)

        return (
            event({"role": "assistant", "content": _content("", behaviour)}, None),
            [event({"content": _content(t, behaviour)}, None) for t in generated.tokens],
            event({"content": ""}, generated.finish, **usage(generated, behaviour)),
        )

    def error_event(self) -> str:
        """What a stream says when generation fails."""
        fields = {"object": "error", "message": "Generation failed", "type": "internal_error"}
        return json.dumps({**fields, "code": None})


def _wrong_in_batch(body: Mapping[str, Any]) -> str:
    """What is wrong with a line's body, which has the job's model by now; empty if nothing is."""
    if "stream" in body:
        return "a batch does not stream"
    problems = _problems(body)
    if problems:
        return str(problems[0]["msg"])
    return "" if body["model"] in FIM_MODELS else "Invalid model"


def _problems(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    missing = [name for name in ("model", "prompt") if name not in body]
    unknown = [name for name in body if name not in FIELDS]
    wrong = [name for name, value in body.items() if name in FIELDS and not FIELDS[name](value)]
    return [
        *(_problem("missing", [name], "Field required", dict(body)) for name in missing),
        *(
            _problem("extra_forbidden", [name], "Extra inputs are not permitted", body[name])
            for name in unknown
        ),
        *(
            _problem("value_error", [name], "Input should be a valid value", body[name])
            for name in wrong
        ),
    ]


def _problem(kind: str, place: Sequence[str], message: str, value: Any) -> dict[str, Any]:
    return {"type": kind, "loc": ["body", *place], "msg": message, "input": value}


def _invalid(problems: Sequence[Mapping[str, Any]]) -> Behaviour:
    fields = {"object": "error", "message": {"detail": problems}, "type": "invalid_request_error"}
    return refusal(422, {**fields, "param": None, "code": None})


def _content(text: str, behaviour: Behaviour) -> Any:
    match behaviour.content:
        case "list":
            return [{"type": "text", "text": text}, {"type": "reference", "reference_ids": [1]}]
        case "null":
            return None
        case _:
            return text


def _envelope(
    kind: str, generated: Generated, choice: Mapping[str, Any], behaviour: Behaviour
) -> dict[str, Any]:
    answer = {
        "id": generated.id,
        "object": kind,
        "created": 1759496862,
        "model": FIM_MODELS.get(generated.model, generated.model),
        "choices": [choice],
    }
    unknown = {"weather": {"sky": ["clear"]}, "choices_of_hats": None}
    return {**answer, **unknown} if behaviour.unknown_fields else answer
