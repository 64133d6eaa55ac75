"""The llama.cpp dialect, as seen on a real ``llama-server``: its silent cuts included."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.fakes.behaviour import Behaviour, recorded, refusal
from tests.fakes.dialect import EventStream, Generated, tokenize
from tests.fakes.served_model import ServedModel
from tests.fakes.transport import HttpRequest

# Of 2048 tokens: three quarters before the cursor, the rest, but for the markers, after it.
_INFILL_BEFORE, _INFILL_AFTER = 1536, 510


class LlamaCpp(EventStream):
    """A ``llama-server``."""

    name = "llamacpp"
    completion_paths = frozenset({"/infill", "/completion"})
    end: tuple[str, ...] = ()

    def __init__(
        self, model: ServedModel | None = None, *, infills: bool = False, n_ctx: int = 8192
    ) -> None:
        """``infills``: the model file names its FIM tokens."""
        self.model = model or ServedModel("codestral-22b.gguf", "codestral")
        self.infills = infills
        self.n_ctx = n_ctx

        self.is_loading = False
        """The model is still being read from disk."""
        self.has_tokenizer = True
        """False: older servers, whose ``/tokenize`` takes control strings for text."""

    def refuse(self, request: HttpRequest, key: str) -> Behaviour | None:
        """The answer to a request that it would not complete."""
        body = request.body
        if self.is_loading:
            return recorded("llamacpp/error-503-loading")
        if request.headers.get("authorization") != f"Bearer {key}":
            return recorded("llamacpp/error-401")
        if not isinstance(body, dict):
            return recorded("llamacpp/error-400")
        if request.path == "/infill":
            if not self.infills:
                return recorded("llamacpp/error-501-infill")
            if not {"input_prefix", "input_suffix"} <= body.keys():
                return recorded("llamacpp/error-400")
        elif "prompt" not in body:
            return recorded("llamacpp/error-400")
        elif len(self.model.read(body["prompt"])) > self.n_ctx:
            return recorded("llamacpp/error-400-too-long")
        return None

    def other(self, request: HttpRequest, key: str) -> Behaviour:
        """The answer to anything but a completion."""
        if self.is_loading:
            return recorded("llamacpp/error-503-loading")
        if request.headers.get("authorization") != f"Bearer {key}":
            return recorded("llamacpp/error-401")
        match request.method, request.path, request.body:
            case "GET", "/v1/models", _:
                entry = {"id": self.model.name, "object": "model", "owned_by": "llamacpp"}
                return refusal(200, {"object": "list", "data": [entry]})
            case "GET", "/props", _:
                settings = {"n_ctx": self.n_ctx}
                props = {"model_path": f"/models/{self.model.name}", "total_slots": 1}
                return refusal(200, {"default_generation_settings": settings, **props})
            case "POST", "/tokenize", {"content": str() as text, **options}:
                parse = bool(options.get("parse_special", True)) and self.model.parses
                parse = parse and self.has_tokenizer
                begin = self.model.begin if options.get("add_special") else []
                return refusal(200, {"tokens": [*begin, *self.model.encode(text, parse=parse)]})
        return recorded("llamacpp/error-404")

    def streams(self, body: Mapping[str, Any]) -> bool:
        """Whether the request asks for a stream."""
        return bool(body.get("stream"))

    def limits(self, body: Mapping[str, Any]) -> tuple[int | None, Sequence[str]]:
        """The token limit, none by default, and the stop strings of a request."""
        return body.get("n_predict"), body.get("stop") or []

    def prompt(self, body: Mapping[str, Any]) -> str:
        """The prompt as the model reads it."""
        if "prompt" in body:
            return self.model.decode(self.model.read(body["prompt"]))
        prefix, suffix = self.sides(body)
        return f"<pre>{prefix}<suf>{suffix}<mid>"

    def tokens(self, body: Mapping[str, Any]) -> Sequence[object]:
        """The prompt as the model counts it."""
        if "prompt" in body:
            return self.model.read(body["prompt"])
        return tokenize(self.prompt(body))

    def sides(self, body: Mapping[str, Any]) -> tuple[str, str]:
        """What the model takes for the text before and after the cursor."""
        if "prompt" in body:
            return self.model.sides(body["prompt"])
        before, after = tokenize(body["input_prefix"]), tokenize(body["input_suffix"])
        return "".join(before[-_INFILL_BEFORE:]), "".join(after[:_INFILL_AFTER])

    def whole(self, generated: Generated, behaviour: Behaviour) -> bytes:
        """A completion that is not streamed."""
        return json.dumps(self._end("".join(generated.tokens), generated, behaviour)).encode()

    def events(self, generated: Generated, behaviour: Behaviour) -> tuple[str, list[str], str]:
        """What a stream says before the tokens, for each token, and after them."""
        piece = {"index": 0, "tokens": [64], "stop": False, "id_slot": -1}
        texts = [None if behaviour.content == "null" else token for token in generated.tokens]
        return (
            "",
            [json.dumps({**piece, "content": text}, ensure_ascii=False) for text in texts],
            json.dumps(self._end("", generated, behaviour)) if behaviour.end_marker else "",
        )

    def _end(self, text: str, generated: Generated, behaviour: Behaviour) -> dict[str, Any]:
        reasons = {"stop": "eos", "length": "limit"}
        end = {"index": 0, "content": text, "tokens": [], "stop": True, "model": self.model.name}
        end |= {"stop_type": reasons.get(generated.finish, generated.finish), "truncated": False}
        if behaviour.unknown_fields:
            end["weather"] = ["clear"]
        if not behaviour.usage:
            return end
        timings = {"cache_n": generated.cached_tokens, "prompt_n": generated.prompt_tokens}
        counts = {"tokens_predicted": len(generated.tokens)}
        counts["tokens_evaluated"] = generated.prompt_tokens
        return {**end, **counts, "timings": timings}

    def error_event(self) -> str:
        """What a stream says when generation fails."""
        return json.dumps({"error": {"code": 500, "message": "decode", "type": "server_error"}})
