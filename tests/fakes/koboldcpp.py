"""The KoboldCpp dialect: ``/props`` as llama.cpp has it, and none of its routes for completions.

From LostRuins/koboldcpp, ``koboldcpp.py`` of 1.102 (000115d): ``do_GET`` with ``/props`` and
``owned_by``, ``do_POST`` with ``/api/extra/tokencount`` and ``/v1/completions``.
"""

from __future__ import annotations

from tests.fakes.behaviour import Behaviour, refusal
from tests.fakes.openai import OpenAi
from tests.fakes.served_model import ServedModel
from tests.fakes.transport import HttpRequest


class KoboldCpp(OpenAi):
    """A KoboldCpp server."""

    name = "koboldcpp"

    def __init__(self, model: ServedModel | None = None, *, max_context: int = 8192) -> None:
        served = model or ServedModel("koboldcpp/Qwen2.5-Coder-1.5B-Q8_0", "qwen-coder")
        super().__init__(served, ignores_suffix=True, owner="koboldcpp")
        self.max_context = max_context

    def refuse(self, request: HttpRequest, key: str) -> Behaviour | None:
        """The answer to a request that it would not complete. Any model's name will do."""
        return super().refuse(request.with_fields(model=self.model.name), key)

    def other(self, request: HttpRequest, key: str) -> Behaviour:
        """The answer to anything but a completion."""
        match request.method, request.path, request.body:
            case "GET", "/props", _:
                settings = {"n_ctx": self.max_context}
                props = {"total_slots": 1, "model_path": self.model.name}
                return refusal(200, {**props, "default_generation_settings": settings})
            case "GET", "/api/extra/version", _:
                return refusal(200, {"result": "KoboldCpp", "version": "1.102"})
            case "GET", "/api/extra/true_max_context_length", _:
                return refusal(200, {"value": self.max_context})
            case "POST", "/api/extra/tokencount", {"prompt": str() as text, **options}:
                begin = self.model.begin if options.get("special", True) else []
                ids = [*begin, *self.model.encode(text)]
                return refusal(200, {"value": len(ids), "ids": ids})
        return super().other(request, key)
