"""llama.cpp's server for several models, as seen on a real one (build 11669).

``tests/real/test_llama_router.py`` holds the same on the real one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.behaviour import Behaviour, refusal
from tests.fakes.llamacpp import LlamaCpp
from tests.fakes.served_model import ServedModel
from tests.fakes.transport import HttpRequest


class LlamaRouter(LlamaCpp):
    """A ``llama-server --models-dir``."""

    def __init__(
        self, model: ServedModel, *, beside: Sequence[str] = (), looks_until_loaded: int = 0
    ) -> None:
        """``beside``: names of other models. ``looks_until_loaded``: so often the list says
        ``loading`` before the model is there."""
        super().__init__(model)
        self.beside = beside
        self.state = "unloaded"
        self.fails = False
        """The model cannot be loaded."""
        self._looks_left = looks_until_loaded

    def refuse(self, request: HttpRequest, key: str) -> Behaviour | None:
        """The answer to a request that it would not complete."""
        return self._not_for(request.body) or super().refuse(request, key)

    def other(self, request: HttpRequest, key: str) -> Behaviour:
        """The answer to anything but a completion."""
        url = urlsplit(request.path)
        match request.method, url.path:
            case "GET", "/v1/models":
                return self._models()
            case "GET", "/props" if not url.query:
                settings = {"params": None, "n_ctx": 0}
                props = {"role": "router", "model_alias": "llama-server", "model_path": "none"}
                return refusal(200, {**props, "default_generation_settings": settings})
            case "GET", "/props":
                model = parse_qs(url.query).get("model", [""])[0]
                settings = {"n_ctx": self.n_ctx}
                props = {"model_path": f"/models/{model}.gguf", "model_alias": model}
                answer = refusal(200, {**props, "default_generation_settings": settings})
                return self._not_for({"model": model}) or answer
            case "POST", "/models/load":
                self.state = "failed" if self.fails else "loading"
                return refusal(200, {"success": True})
        if request.method == "POST" and (refused := self._not_for(request.body)):
            return refused
        return super().other(request, key)

    def _models(self) -> Behaviour:
        status: dict[str, Any] = {"value": self.state}
        if self.state == "failed":
            status = {"value": "unloaded", "failed": True, "exit_code": 1}
        elif self.state == "loading":
            self._looks_left -= 1
            if self._looks_left < 0:
                self.state = "loaded"
        own = {"id": self.model.name, "owned_by": "llamacpp", "aliases": [], "status": status}
        others = [
            {"id": name, "owned_by": "llamacpp", "aliases": [], "status": {"value": "unloaded"}}
            for name in self.beside
        ]
        return refusal(200, {"object": "list", "data": [*others, own]})

    def _not_for(self, body: Mapping[str, Any] | Any) -> Behaviour | None:
        model = body.get("model") if isinstance(body, dict) else None
        if not model:
            return _invalid("model name is missing from the request")
        if model != self.model.name:
            return _invalid(f"model '{model}' not found")
        if self.state != "loaded":
            return _invalid("model is not loaded")
        return None


def _invalid(message: str) -> Behaviour:
    error = {"code": 400, "message": message, "type": "invalid_request_error"}
    return refusal(400, {"error": error})
