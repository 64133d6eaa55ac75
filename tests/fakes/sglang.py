"""The SGLang dialect: vLLM's routes with another list, another detokenizer, a deaf ``suffix``.

From sgl-project/sglang, ``python/sglang/srt/entrypoints``: ``openai/serving_completions.py``
(004c82e: the suffix is read with a completion template alone), ``openai/serving_tokenize.py``,
``openai/protocol.py`` and ``http_server.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fakes.behaviour import Behaviour, refusal
from tests.fakes.served_model import ServedModel
from tests.fakes.transport import HttpRequest
from tests.fakes.vllm import Vllm


class Sglang(Vllm):
    """An SGLang server."""

    name = "sglang"

    def __init__(
        self,
        model: ServedModel | None = None,
        *,
        lists_length: bool = True,
        new_routes: bool = True,
        generates: bool = True,
    ) -> None:
        """``lists_length``: the list of models has the context, as of 0.4.7. ``new_routes``:
        ``/model_info`` for ``/get_model_info``. ``generates``: it is no embedding model."""
        super().__init__(model)
        self.lists_length = lists_length
        self.generates = generates
        prefix = "/" if new_routes else "/get_"
        self._model_route, self._server_route = f"{prefix}model_info", f"{prefix}server_info"

    def refuse(self, request: HttpRequest, key: str) -> Behaviour | None:
        """The answer to a request that it would not complete. A suffix is dropped."""
        return super().refuse(request.with_fields(suffix=None), key)

    def other(self, request: HttpRequest, key: str) -> Behaviour:
        """The answer to anything but a completion."""
        body: Mapping[str, Any] = request.body if isinstance(request.body, dict) else {}
        match request.method, request.path:
            case "GET", "/v1/models" if request.headers.get("authorization") == f"Bearer {key}":
                entry = {"id": self.model.name, "object": "model", "owned_by": "sglang"}
                length = {"max_model_len": self.max_model_len} if self.lists_length else {}
                return refusal(200, {"object": "list", "data": [{**entry, **length}]})
            case "GET", self._model_route:
                info = {"model_path": self.model.name, "is_generation": self.generates}
                return refusal(200, info)
            case "GET", self._server_route:
                return refusal(200, {"context_length": self.max_model_len, "version": "0.5.9"})
            case "GET", "/version":
                return refusal(404, {"detail": "Not Found"})
            case "POST", "/detokenize":
                skips = bool(body.get("skip_special_tokens", True))
                text = self.model.decode(body.get("tokens") or [])
                for marker in self.model.template.markers if skips else ():
                    text = text.replace(marker, "")
                return refusal(200, {"text": text})
        return super().other(request, key)
