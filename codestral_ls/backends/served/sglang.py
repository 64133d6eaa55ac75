"""SGLang: ``POST /v1/completions`` as at vLLM, with a prompt that we lay out.

Its ``suffix`` is for servers started with ``--completion-template``; without that it is dropped
in silence. So the field is never sent. The context is in the list of models, or in what the
server says of itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from codestral_ls.backends.base import ModelError
from codestral_ls.backends.served.facts import Facts
from codestral_ls.backends.served.tokenizer import Tokenizer
from codestral_ls.backends.served.vllm import VllmBackend, VllmTokenizer

# The name of either route has changed; old and new servers know one of the two.
_MODEL_ROUTES = ("/model_info", "/get_model_info")
_SERVER_ROUTES = ("/server_info", "/get_server_info")


class SglangBackend(VllmBackend):
    """An SGLang server."""

    name = "sglang"

    async def _learn(self) -> Facts:
        if (await self._first(_MODEL_ROUTES)).get("is_generation") is False:
            raise ModelError(f"{self.host} serves a model that writes no text; set another one.")
        return await super()._learn()

    def _new_tokenizer(self, model: str) -> Tokenizer:
        return _SglangTokenizer(self._ask, model)

    async def _context(self, entry: Mapping[str, Any]) -> int | None:
        length = await super()._context(entry)
        if length is not None:
            return length
        info = await self._first(_SERVER_ROUTES)
        known = (info.get("context_length"), info.get("max_req_input_len"))
        return next((n for n in known if isinstance(n, int) and n > 0), None)

    async def _first(self, paths: tuple[str, ...]) -> Mapping[str, Any]:
        """What the first of these routes says that the server has."""
        for path in paths:
            reply = await self._reply("GET", path)
            if reply.status == 200 and isinstance(reply.body, dict):
                return reply.body
        return {}


class _SglangTokenizer(VllmTokenizer):
    """Asked like vLLM's, and answers texts under another name."""

    _keeping_markers: ClassVar[Mapping[str, Any]] = {"skip_special_tokens": False}
    _text_field = "text"
