"""The vLLM dialect, as seen on a real one: strict about fields, deaf to markers in Mistral mode."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.fakes.behaviour import Behaviour, recorded, refusal
from tests.fakes.dialect import EventStream, Generated, usage
from tests.fakes.served_model import ServedModel
from tests.fakes.transport import HttpRequest


class CompletionStream(EventStream):
    """The answers of ``/v1/completions``, whoever gives them."""

    def streams(self, body: Mapping[str, Any]) -> bool:
        """Whether the request asks for a stream."""
        return bool(body.get("stream"))

    def limits(self, body: Mapping[str, Any]) -> tuple[int | None, Sequence[str]]:
        """The token limit, 16 by default, and the stop strings of a request."""
        stop = body.get("stop") or []
        return body.get("max_tokens", 16), [stop] if isinstance(stop, str) else stop

    def whole(self, generated: Generated, behaviour: Behaviour) -> bytes:
        """A completion that is not streamed."""
        text = "".join(generated.tokens)
        answer = _envelope(generated, [_choice(text, generated.finish)], behaviour)
        return json.dumps({**answer, **usage(generated, behaviour)}).encode()

    def events(self, generated: Generated, behaviour: Behaviour) -> tuple[str, list[str], str]:
        """What a stream says before the tokens, for each token, and after them."""

        def event(choices: Sequence[Mapping[str, Any]], **more: Any) -> str:
            answer = _envelope(generated, choices, behaviour)
            return json.dumps({**answer, **more}, ensure_ascii=False)

        ends = event([_choice("", generated.finish)])
        if behaviour.usage:
            # Usage comes in an event of its own, without choices.
            ends += f"{behaviour.line_end * 2}data: " + event([], **usage(generated, behaviour))
        texts = [None if behaviour.content == "null" else token for token in generated.tokens]
        return "", [event([_choice(text, None)]) for text in texts], ends

    def error_event(self) -> str:
        """What a stream says when generation fails."""
        error = {"message": "EngineCore encountered an issue.", "type": "InternalServerError"}
        return json.dumps({"error": {**error, "param": None, "code": 500}})


class Vllm(CompletionStream):
    """A vLLM server."""

    name = "vllm"
    completion_paths = frozenset({"/v1/completions"})

    def __init__(self, model: ServedModel | None = None, *, max_model_len: int = 32_768) -> None:
        self.model = model or ServedModel("Qwen/Qwen2.5-Coder-1.5B", "qwen-coder")
        self.max_model_len = max_model_len
        self.routes_only_completions = False
        """A router that passes completions on, and nothing else."""
        self.beside: Sequence[Mapping[str, Any]] = ()
        """Further entries of its list of models."""

    def refuse(self, request: HttpRequest, key: str) -> Behaviour | None:
        """The answer to a request that it would not complete."""
        body = request.body
        if not _is_let_in(request, key):
            return recorded("vllm/error-401")
        if not isinstance(body, dict):
            return _invalid("1 validation error", "body")
        if body.get("suffix") is not None:
            return recorded("vllm/error-400-suffix")
        if not body.get("prompt"):
            return _invalid("Either prompt or prompt_embeds must be provided and non-empty.", None)
        if isinstance(body.get("stop"), list) and len(body["stop"]) > 4:
            return _invalid("1 validation error:\n  too_long", "body.stop")
        if body.get("stream_options") and not body.get("stream"):
            return _invalid("Stream options can only be defined when `stream=True`.", None)
        if body.get("model", self.model.name) != self.model.name:
            return recorded("vllm/error-404-model")
        if len(self.model.read(body["prompt"])) > self.max_model_len:
            return recorded("vllm/error-400-too-long")
        return None

    def other(self, request: HttpRequest, key: str) -> Behaviour:
        """The answer to anything but a completion. Only ``/v1`` is guarded."""
        match request.method, request.path, request.body:
            case "GET", "/v1/models", _:
                if not _is_let_in(request, key):
                    return recorded("vllm/error-401")
                entry = {"id": self.model.name, "owned_by": "vllm", "root": "/models/x"}
                length = {"max_model_len": self.max_model_len}
                listed = [*self.beside, {**entry, **length}]
                return refusal(200, {"object": "list", "data": listed})
            case _ if self.routes_only_completions:
                pass
            case "GET", "/version", _:
                return refusal(200, {"version": "0.32.0"})
            case "POST", "/tokenize", {"prompt": str() as text, **options}:
                begin = self.model.begin if options.get("add_special_tokens", True) else []
                tokens = [*begin, *self.model.encode(text)]
                answer = {"count": len(tokens), "max_model_len": self.max_model_len}
                return refusal(200, {**answer, "tokens": tokens, "token_strs": None})
            case "POST", "/detokenize", {"tokens": list() as tokens}:
                return refusal(200, {"prompt": self.model.decode(tokens)})
        return recorded("vllm/error-404-route")

    def prompt(self, body: Mapping[str, Any]) -> str:
        """The prompt as the model reads it."""
        return self.model.decode(self.model.read(body["prompt"]))

    def tokens(self, body: Mapping[str, Any]) -> Sequence[object]:
        """The prompt as the model counts it."""
        return self.model.read(body["prompt"])

    def sides(self, body: Mapping[str, Any]) -> tuple[str, str]:
        """What the model takes for the text before and after the cursor."""
        return self.model.sides(body["prompt"])


def _is_let_in(request: HttpRequest, key: str) -> bool:
    return request.headers.get("authorization") == f"Bearer {key}"


def _invalid(message: str, param: str | None) -> Behaviour:
    error = {"message": message, "type": "Bad Request", "param": param, "code": 400}
    return refusal(400, {"error": error})


def _choice(text: str | None, finish: str | None) -> dict[str, Any]:
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": finish}
    return {**choice, "stop_reason": None, "prompt_token_ids": None, "token_ids": None}


def _envelope(
    generated: Generated, choices: Sequence[Mapping[str, Any]], behaviour: Behaviour
) -> dict[str, Any]:
    answer = {
        "id": f"cmpl-{generated.id}",
        "object": "text_completion",
        "created": 1763800000,
        "model": generated.model,
        "choices": choices,
    }
    return {**answer, "weather": ["clear"]} if behaviour.unknown_fields else answer
