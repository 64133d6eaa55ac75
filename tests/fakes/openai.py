"""The dialect of servers in OpenAI's manner: with ``suffix``, or refusing it in their words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.fakes.behaviour import Behaviour, recorded, refusal
from tests.fakes.dialect import tokenize
from tests.fakes.served_model import ServedModel
from tests.fakes.transport import HttpRequest
from tests.fakes.vllm import CompletionStream


class OpenAi(CompletionStream):
    """A gateway, LM Studio, or DeepSeek."""

    name = "openai"
    completion_paths = frozenset({"/v1/completions"})

    def __init__(
        self,
        model: ServedModel | None = None,
        *,
        refuses: Sequence[str] = (),
        status: int = 400,
        told: str = "Unrecognized argument supplied: {name}",
        ignores_suffix: bool = False,
        lists_models: bool = True,
        owner: str = "organization",
        beside: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """``refuses``: fields that it does not know, and says so with ``status`` and ``told``.
        ``beside``: entries of other models in its list."""
        self.model = model or ServedModel("deepseek-coder-v2", "deepseek-coder")
        self.refuses = refuses
        self.status = status
        self.told = told
        self.ignores_suffix = ignores_suffix
        self.lists_models = lists_models
        self.owner = owner
        self.beside = beside

    def refuse(self, request: HttpRequest, key: str) -> Behaviour | None:
        """The answer to a request that it would not complete."""
        body = request.body
        if request.headers.get("authorization") != f"Bearer {key}":
            return recorded("openai/error-401")
        if not isinstance(body, dict) or "prompt" not in body:
            return _invalid("prompt is required", "prompt", 400)
        for name in self.refuses:
            if name in body:
                message = self.told.format(name=name)
                error = {"message": message, "type": "invalid_request_error", "code": None}
                return refusal(self.status, {"error": error})
        if body.get("model") != self.model.name:
            return recorded("openai/error-404-model")
        return None

    def other(self, request: HttpRequest, key: str) -> Behaviour:
        """The answer to anything but a completion."""
        if request.headers.get("authorization") != f"Bearer {key}":
            return recorded("openai/error-401")
        if (request.method, request.path) == ("GET", "/v1/models") and self.lists_models:
            entry = {"id": self.model.name, "object": "model", "owned_by": self.owner}
            return refusal(200, {"object": "list", "data": [*self.beside, entry]})
        return refusal(404, {"error": {"message": "Unknown request URL", "code": None}})

    def prompt(self, body: Mapping[str, Any]) -> str:
        """The prompt as the model reads it."""
        return f"{body['prompt']}{self._suffix(body)}"

    def _suffix(self, body: Mapping[str, Any]) -> str:
        return "" if self.ignores_suffix else body.get("suffix") or ""

    def tokens(self, body: Mapping[str, Any]) -> Sequence[object]:
        """The prompt as the model counts it."""
        return [*self.model.read(body["prompt"]), *tokenize(self._suffix(body))]

    def sides(self, body: Mapping[str, Any]) -> tuple[str, str]:
        """What the model takes for the text before and after the cursor."""
        if self._suffix(body):
            return body["prompt"], body["suffix"]
        return self.model.sides(body["prompt"])


def _invalid(message: str, param: str, status: int) -> Behaviour:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": None}
    return refusal(status, {"error": error})
