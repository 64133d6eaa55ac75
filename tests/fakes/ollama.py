"""The Ollama dialect, its traps included: no suffix means chat, no prompt means loading."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.fakes.behaviour import Behaviour, recorded, refusal
from tests.fakes.dialect import EventStream, Generated
from tests.fakes.served_model import ServedModel
from tests.fakes.transport import HttpRequest

CHAT = "Sure! Here is how you could continue this code:"
"""What comes of a prompt that Ollama puts into the model's chat template."""


class Ollama(EventStream):
    """An Ollama server with one model."""

    name = "ollama"
    completion_paths = frozenset({"/api/generate"})
    stream_type = "application/x-ndjson"
    end: tuple[str, ...] = ()

    def __init__(
        self,
        model: ServedModel | None = None,
        *,
        inserts: bool = True,
        parent: str = "",
        beside: Mapping[str, Sequence[str]] | None = None,
        lists_capabilities: bool = True,
    ) -> None:
        """``inserts``: the model's own template uses the suffix. ``parent``: the model that it was
        made from. ``beside``: capabilities of other models, by name."""
        self.beside = beside or {}
        self.lists_capabilities = lists_capabilities
        """``/api/tags`` tells them, as since 0.12."""
        self.loads = 0
        """How often it was told to load its model."""
        self.model = model or ServedModel("codestral:22b", "codestral")
        self.inserts = inserts
        self.parent = parent
        self.is_loaded = False

    def refuse(self, request: HttpRequest, key: str) -> Behaviour | None:
        """The answer to a request that it would not complete. No key is asked for."""
        del key
        body = request.body
        if not isinstance(body, dict) or not body.get("model"):
            return refusal(400, {"error": "model is required"})
        if body["model"] != self.model.name:
            return recorded("ollama/error-404-model")
        if body.get("raw") and (body.keys() & {"template", "system", "context"}):
            return refusal(400, {"error": "raw mode does not support template, system, or context"})
        if body.get("suffix") and not self.inserts:
            return recorded("ollama/error-400-insert")
        self.loads += not self.is_loaded
        self.is_loaded = True
        if not body.get("prompt"):
            loaded = {"model": self.model.name, "response": "", "done": True, "done_reason": "load"}
            return Behaviour(body=json.dumps(loaded).encode() + b"\n")
        if not body.get("raw") and not body.get("suffix"):
            pieces = ({"response": CHAT, "done": False}, {"response": "", "done": True})
            lines = (json.dumps({"model": self.model.name, **piece}) for piece in pieces)
            return Behaviour(body="".join(f"{line}\n" for line in lines).encode())
        return None

    def other(self, request: HttpRequest, key: str) -> Behaviour:
        """The answer to anything but a completion."""
        del key
        entry = {"name": self.model.name, "model": self.model.name}
        match request.method, request.path, request.body:
            case "GET", "/v1/models", _:
                listed = {"id": self.model.name, "object": "model", "owned_by": "library"}
                return refusal(200, {"object": "list", "data": [listed]})
            case "GET", "/api/version", _:
                return refusal(200, {"version": "0.33.0"})
            case "GET", "/api/ps", _:
                return refusal(200, {"models": [entry] if self.is_loaded else []})
            case "GET", "/api/tags", _:
                able = {**self.beside, self.model.name: self._able}
                entries: list[dict[str, Any]] = [{"name": n, "model": n} for n in able]
                if self.lists_capabilities:
                    entries = [{**e, "capabilities": able[e["name"]]} for e in entries]
                return refusal(200, {"models": entries})
            case "POST", "/api/show", {"model": self.model.name}:
                details = {"parent_model": self.parent, "format": "gguf"}
                shown = {"capabilities": self._able, "details": details, "model_info": {}}
                return refusal(200, shown)
            case "POST", "/api/show", {"model": str() as other} if other in self.beside:
                return refusal(200, {"capabilities": self.beside[other], "model_info": {}})
            case "POST", "/api/show", _:
                return recorded("ollama/error-404-model")
        return refusal(404, b"404 page not found")

    @property
    def _able(self) -> list[str]:
        return ["completion", "insert"] if self.inserts else ["completion"]

    def streams(self, body: Mapping[str, Any]) -> bool:
        """Whether the request asks for a stream, which is the default."""
        return bool(body.get("stream", True))

    def limits(self, body: Mapping[str, Any]) -> tuple[int | None, Sequence[str]]:
        """The token limit, none by default, and the stop strings of a request."""
        options = body.get("options") or {}
        return options.get("num_predict"), options.get("stop") or []

    def prompt(self, body: Mapping[str, Any]) -> str:
        """The prompt as the model reads it."""
        return self.model.decode(self.model.read(body["prompt"])) + (body.get("suffix") or "")

    def tokens(self, body: Mapping[str, Any]) -> Sequence[object]:
        """The prompt as the model counts it."""
        return self.model.read(body["prompt"])

    def sides(self, body: Mapping[str, Any]) -> tuple[str, str]:
        """What the model takes for the text before and after the cursor."""
        if body.get("raw"):
            return self.model.sides(body["prompt"])
        return body["prompt"], body["suffix"]

    def framed(self, event: str, line_end: str) -> str:
        """An event as it travels. Lines end at LF alone."""
        del line_end
        return event + "\n"

    def whole(self, generated: Generated, behaviour: Behaviour) -> bytes:
        """A completion that is not streamed."""
        return json.dumps(self._end("".join(generated.tokens), generated, behaviour)).encode()

    def events(self, generated: Generated, behaviour: Behaviour) -> tuple[str, list[str], str]:
        """What a stream says before the tokens, for each token, and after them."""
        piece = {"model": self.model.name, "created_at": "2026-01-01T00:00:00.000Z", "done": False}
        texts = [None if behaviour.content == "null" else token for token in generated.tokens]
        return (
            "",
            [json.dumps({**piece, "response": text}, ensure_ascii=False) for text in texts],
            json.dumps(self._end("", generated, behaviour)) if behaviour.end_marker else "",
        )

    def _end(self, text: str, generated: Generated, behaviour: Behaviour) -> dict[str, Any]:
        end = {"model": self.model.name, "response": text, "done": True}
        end["done_reason"] = generated.finish
        if behaviour.unknown_fields:
            end["weather"] = ["clear"]
        if behaviour.usage:
            end |= {"prompt_eval_count": generated.prompt_tokens}
            end |= {"eval_count": len(generated.tokens), "eval_duration": 953997000}
        return end

    def error_event(self) -> str:
        """What a stream says when generation fails."""
        return json.dumps({"error": "an error was encountered while running the model"})
