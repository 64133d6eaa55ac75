"""Servers that people run themselves, as they are in the middle of a day: several models, none
loaded, another one than before, a field less than others know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.dialect import Dialect
from tests.fakes.koboldcpp import KoboldCpp
from tests.fakes.llama_router import LlamaRouter
from tests.fakes.llamacpp import LlamaCpp
from tests.fakes.ollama import Ollama
from tests.fakes.openai import OpenAi
from tests.fakes.served_model import ServedModel
from tests.fakes.sglang import Sglang
from tests.fakes.vllm import Vllm
from tests.faults.fault import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedFault(Fault):
    """A fault of a server that answers well, at another time or to another question."""

    dialect: Callable[[], Dialect]
    loads_for_ever: bool = False
    """Ollama's model does not come within the user's time limit."""
    path: str = ""
    """What was pasted behind the address."""
    restarts_as: Callable[[], Dialect] | None = None
    """What is served at the same address by the time of the second request."""


def _loading() -> Dialect:
    dialect = LlamaCpp()
    dialect.is_loading = True
    return dialect


def _failing_router() -> Dialect:
    dialect = LlamaRouter(ServedModel("qwen2.5-coder-7b", "qwen-coder"))
    dialect.fails = True
    return dialect


SERVED_FAULTS = (
    ServedFault(
        name="several-models",
        sentence="The server has several models, and none surely fills in the middle",
        dialect=lambda: Ollama(
            ServedModel("llama3.1:8b", "starcoder2"),
            inserts=False,
            beside={"nomic-embed-text": ["embedding"], "gemma3:4b": ["completion"]},
        ),
        sees="{host} has several models, and which of them fills in the middle is not certain, so "
        "nothing is sent. Set model to the one that does: gemma3:4b, llama3.1:8b.",
        message=True,
    ),
    ServedFault(
        name="only-an-embedding-model",
        sentence="The server has an embedding model alone",
        dialect=lambda: OpenAi(ServedModel("text-embedding-nomic-embed-text-v1.5", "starcoder2")),
        sees="{host} has no model for completion, only text-embedding-nomic-embed-text-v1.5; give "
        "it one that fills in the middle.",
        message=True,
    ),
    ServedFault(
        name="ollama-loads",
        sentence="Ollama loads the model for longer than `timeoutMs`",
        dialect=Ollama,
        loads_for_ever=True,
        sees="{host} is loading codestral:22b.",
    ),
    ServedFault(
        name="llamacpp-loads",
        sentence="llama.cpp's server loads its model",
        dialect=_loading,
        sees="{host} is still loading its model.",
    ),
    ServedFault(
        name="router-cannot-load",
        sentence="llama.cpp's router cannot load the model",
        dialect=_failing_router,
        sees="{host} could not load qwen2.5-coder-7b; the server's log says why.",
        message=True,
    ),
    ServedFault(
        name="markers-are-text",
        sentence="The server takes the markers of Codestral for text",
        dialect=lambda: Ollama(ServedModel("codestral:22b", "codestral", parses=False)),
        sees="{host} reads the markers of template codestral as ordinary text, and codestral:22b "
        "would complete nonsense, so nothing is sent. Use another server for the model, or another "
        "fimTemplate.",
        message=True,
    ),
    ServedFault(
        name="suffix-refused",
        sentence="The server refuses `suffix`, with whatever status (Docker Model Runner: 500)",
        dialect=lambda: OpenAi(refuses=["suffix"], status=500, told="Unsupported param: {name}"),
    ),
    ServedFault(
        name="suffix-dropped",
        sentence="The server drops `suffix` without a word (LM Studio, Jan, llama-swap)",
        dialect=lambda: OpenAi(ignores_suffix=True),
    ),
    ServedFault(
        name="field-refused",
        sentence="The server refuses a field that others know",
        dialect=lambda: OpenAi(refuses=["stream_options"], status=422),
    ),
    ServedFault(
        name="another-model",
        sentence="The server was started anew with another model",
        dialect=Vllm,
        restarts_as=lambda: Vllm(ServedModel("bigcode/starcoder2-3b", "starcoder2")),
    ),
    ServedFault(
        name="another-server",
        sentence="Another kind of server was started at the same address",
        dialect=Vllm,
        restarts_as=lambda: Ollama(ServedModel("codestral:22b", "codestral")),
    ),
    ServedFault(
        name="whole-url",
        sentence="The endpoint is a whole URL (`…/v1/completions`, `…/api/generate`, `…/infill`)",
        dialect=Vllm,
        path="/v1/completions",
    ),
    ServedFault(
        name="koboldcpp",
        sentence="KoboldCpp answers where llama.cpp might",
        dialect=KoboldCpp,
    ),
    ServedFault(
        name="sglang",
        sentence="SGLang, started without `--completion-template`, answers",
        dialect=Sglang,
    ),
)

UPGRADED = Fault(
    name="upgraded",
    sentence="The program is upgraded or removed while it runs, and a part of it cannot be started",
    sees="codestral-ls was upgraded, moved or removed while it ran; restart the language server "
    "(or the editor).",
    message=True,
)
"""Caused in ``tests/server/test_replaced.py``."""
