"""The dialect of Text Generation Inference: strict about sampling, and without an end marker."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.fakes.behaviour import Behaviour, recorded, refusal
from tests.fakes.dialect import EventStream, Generated
from tests.fakes.served_model import ServedModel
from tests.fakes.transport import HttpRequest


class Tgi(EventStream):
    """A TGI server."""

    name = "tgi"
    completion_paths = frozenset({"/generate_stream"})
    end: tuple[str, ...] = ()

    def __init__(self, model: ServedModel | None = None, *, max_total_tokens: int = 8192) -> None:
        self.model = model or ServedModel("bigcode/starcoder2-3b", "starcoder2", begins=False)
        self.max_total_tokens = max_total_tokens

    def refuse(self, request: HttpRequest, key: str) -> Behaviour | None:
        """The answer to a request that it would not complete."""
        if request.headers.get("authorization") != f"Bearer {key}":
            return recorded("tgi/error-401")
        match request.body:
            case {"inputs": str() as prompt, "parameters": dict() as parameters} if prompt:
                pass
            case _:
                return _invalid("`inputs` cannot be empty")
        temperature = parameters.get("temperature")
        if temperature is not None and temperature <= 0:
            return _invalid("`temperature` must be strictly positive")
        if len(parameters.get("stop") or []) > 4:
            return _invalid("`stop` supports up to 4 stop sequences")
        asked = len(self.model.read(prompt)) + parameters.get("max_new_tokens", 100)
        if asked > self.max_total_tokens:
            return recorded("tgi/error-422-too-long")
        return None

    def other(self, request: HttpRequest, key: str) -> Behaviour:
        """The answer to anything but a completion."""
        if request.headers.get("authorization") != f"Bearer {key}":
            return recorded("tgi/error-401")
        match request.method, request.path:
            case "GET", "/info":
                info = {"model_id": self.model.name, "version": "3.3.7"}
                limits = {"max_total_tokens": self.max_total_tokens}
                return refusal(200, {**info, **limits, "max_input_tokens": 8191})
            case "POST", "/v1/completions":
                return recorded("tgi/error-422-suffix")
        return refusal(404, b"")

    def streams(self, body: Mapping[str, Any]) -> bool:
        """``/generate_stream`` always does."""
        del body
        return True

    def limits(self, body: Mapping[str, Any]) -> tuple[int | None, Sequence[str]]:
        """The token limit and the stop strings of a request."""
        parameters = body["parameters"]
        return parameters.get("max_new_tokens", 100), parameters.get("stop") or []

    def prompt(self, body: Mapping[str, Any]) -> str:
        """The prompt as the model reads it."""
        return self.model.decode(self.model.read(body["inputs"]))

    def tokens(self, body: Mapping[str, Any]) -> Sequence[object]:
        """The prompt as the model counts it."""
        return self.model.read(body["inputs"])

    def sides(self, body: Mapping[str, Any]) -> tuple[str, str]:
        """What the model takes for the text before and after the cursor."""
        return self.model.sides(body["inputs"])

    def framed(self, event: str, line_end: str) -> str:
        """An event as it travels: without a space after the colon."""
        return f"data:{event}{line_end}{line_end}"

    def whole(self, generated: Generated, behaviour: Behaviour) -> bytes:
        """Not asked for: ``/generate`` is another route."""
        raise NotImplementedError

    def events(self, generated: Generated, behaviour: Behaviour) -> tuple[str, list[str], str]:
        """What a stream says before the tokens, for each token, and after them."""

        def event(text: str | None, *, special: bool, **more: Any) -> str:
            token = {"id": 64, "text": text, "logprob": -0.1, "special": special}
            piece = {"index": 1, "token": token, "generated_text": None, "details": None}
            unknown = {"weather": ["clear"]} if behaviour.unknown_fields else {}
            return json.dumps({**piece, **more, **unknown}, ensure_ascii=False)

        reasons = {"stop": "eos_token", "length": "length"}
        details: dict[str, Any] = {
            "finish_reason": reasons.get(generated.finish, generated.finish),
            "generated_tokens": len(generated.tokens),
        }
        if behaviour.usage:
            details["input_length"] = generated.prompt_tokens
        texts = [None if behaviour.content == "null" else token for token in generated.tokens]
        end = event("</s>", special=True, generated_text="…", details=details)
        pieces = [event(text, special=False) for text in texts]
        return "", pieces, end if behaviour.end_marker else ""

    def error_event(self) -> str:
        """What a stream says when generation fails."""
        return json.dumps({"error": "Request failed during generation", "error_type": "generation"})


def _invalid(message: str) -> Behaviour:
    error = {"error": f"Input validation error: {message}", "error_type": "validation"}
    return refusal(422, error)
