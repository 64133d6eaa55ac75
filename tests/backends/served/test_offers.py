"""Which model completes where none is named: one that surely does, or the user is asked."""

from __future__ import annotations

from typing import Any

import pytest

from codestral_ls.backends.base import ModelError
from codestral_ls.backends.served.offers import OfferedModel, Suits, chosen, offer_of, suits_by_name

SURELY = [
    "codestral",
    "codestral:22b",
    "codestral:latest",
    "mistralai/codestral-2508",
    "mistralai/Codestral-22B-v0.1",
    "codestral-latest",
    "bartowski/Codestral-22B-v0.1-GGUF",
    "qwen2.5-coder:1.5b-base",
    "Qwen/Qwen2.5-Coder-7B",
    "qwen2.5-coder-7b",
    "qwen/qwen2.5-coder-14b",
    "Qwen2.5-Coder-1.5B-Q8_0",
    "Qwen/CodeQwen1.5-7B",
    "deepseek-coder:6.7b-base",
    "deepseek-ai/deepseek-coder-6.7b-base",
    "deepseek-ai/DeepSeek-Coder-V2-Lite-Base",
    "bigcode/starcoder2-3b",
    "starcoder2:7b",
    "bigcode/starcoder",
    "starcoderbase-1b",
    "bigcode/santacoder",
    "ibm-granite/granite-3b-code-base-2k",
    "granite-code:8b-base",
    "granite-8b-code-base",
    "stabilityai/stable-code-3b",
    "google/codegemma-2b",
    "codegemma:2b",
    "codegemma-7b",
    "codellama/CodeLlama-7b-hf",
    "codellama:13b-code",
    "JetBrains/Mellum-4b-base",
    "JetBrains/Mellum-4b-sft-python",
    "ByteDance-Seed/Seed-Coder-8B-Base",
    "seed-coder-8b-base",
]

UNSURE = [
    "qwen2.5-coder:7b-instruct",
    "Qwen/Qwen2.5-Coder-7B-Instruct",
    "qwen2.5:7b",
    "qwen3:8b",
    "qwen3-coder:30b",
    "deepseek-coder:6.7b",
    "deepseek-coder-v2:16b",
    "deepseek-coder-6.7b-instruct",
    "deepseek-chat",
    "deepseek-v3",
    "starcoder2-15b-instruct-v0.1",
    "starcoder2:15b-instruct",
    "granite3.3:8b",
    "granite-code:8b",
    "ibm/granite-4-h",
    "stable-code-instruct-3b",
    "codegemma-7b-it",
    "codegemma:7b-instruct",
    "codellama:34b",
    "codellama-7b-python",
    "codellama:7b-instruct",
    "CodeLlama-70b-hf",
    "ByteDance-Seed/Seed-Coder-8B-Instruct",
    "codestral-mamba:7b",
    "llama3.1:8b",
    "gemma3:4b",
    "mistral-small",
    "gpt-4o",
    "my-model",
    "phi4",
    "devstral:24b",
    "openai/gpt-oss-20b",
]

NEVER = [
    "nomic-embed-text:latest",
    "text-embedding-nomic-embed-text-v1.5",
    "mxbai-embed-large",
    "codestral-embed",
    "text-embedding-3-small",
    "BAAI/bge-m3",
    "bge-reranker-v2-m3",
    "Qwen/Qwen3-Embedding-0.6B",
    "Qwen3-Reranker-4B",
    "qwen3-embedding:8b",
    "granite-embedding:30m",
    "intfloat/e5-large-v2",
    "thenlper/gte-base",
    "all-minilm:22m",
    "jinaai/jina-reranker-v2",
    "snowflake-arctic-embed2",
    "deepseek-r1:7b",
    "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B",
    "qwq:32b",
    "Qwen/QwQ-32B",
    "qwen3-4b-thinking-2507",
    "phi4-reasoning",
    "magistral:24b",
    "deepseek-reasoner",
    "openai/o3",
    "openai/whisper-large-v3",
    "kokoro-tts",
    "qwen2.5-vl-7b",
    "llama-guard3:8b",
    "omni-moderation-latest",
    "qwen2.5-coder-7b-embed",
    "stable-diffusion-xl",
]


@pytest.mark.parametrize(
    ("model", "suits"),
    [
        *((model, Suits.SURELY) for model in SURELY),
        *((model, Suits.UNSURE) for model in UNSURE),
        *((model, Suits.NEVER) for model in NEVER),
    ],
)
def test_a_name_tells_whether_a_model_fills_in_the_middle(model: str, suits: Suits) -> None:
    assert suits_by_name(model) is suits


@pytest.mark.parametrize(
    ("entry", "suits"),
    [
        # Ollama: /api/tags of 0.12 and later, /api/show before.
        ({"name": "ours:latest", "capabilities": ["completion", "insert"]}, Suits.SURELY),
        ({"name": "qwen2.5-coder:7b", "capabilities": ["completion", "tools", "insert"]}, 2),
        ({"name": "deepseek-r1:7b", "capabilities": ["completion", "thinking"]}, Suits.NEVER),
        ({"name": "ours", "capabilities": ["embedding"]}, Suits.NEVER),
        ({"name": "qwen3-coder:480b-cloud", "capabilities": ["completion", "insert"]}, 0),
        ({"name": "codestral", "remote_host": "https://ollama.com:443"}, Suits.NEVER),
        ({"name": "llama3:8b", "capabilities": ["completion"]}, Suits.UNSURE),
        # LM Studio: /api/v0/models and /api/v1/models.
        ({"id": "nomic", "type": "embeddings", "state": "not-loaded"}, Suits.NEVER),
        ({"id": "qwen2.5-coder-7b", "type": "llm", "state": "loaded"}, Suits.SURELY),
        ({"id": "my-tune", "type": "llm"}, Suits.UNSURE),
        ({"id": "my-tune", "type": "embedding"}, Suits.NEVER),
        # OpenRouter.
        ({"id": "a/b", "architecture": {"output_modalities": ["image"]}}, Suits.NEVER),
        ({"id": "mistralai/codestral-2508", "architecture": {"output_modalities": ["text"]}}, 2),
        # Mistral and gateways before it.
        ({"id": "x", "capabilities": {"completion_chat": True, "completion_fim": True}}, 2),
        ({"id": "x", "capabilities": {"completion_chat": True, "completion_fim": False}}, 0),
        # llama-swap.
        ({"id": "x", "capabilities": {"reranker": True}}, Suits.NEVER),
    ],
)
def test_what_a_server_says_of_a_model_counts_more_than_its_name(
    entry: dict[str, Any], suits: int
) -> None:
    offer = offer_of(entry)
    assert offer is not None
    assert offer.suits == suits


@pytest.mark.parametrize(
    ("entry", "context", "is_loaded"),
    [
        ({"id": "a", "max_context_length": 131072, "loaded_context_length": 4096}, 4096, False),
        ({"id": "a", "state": "loaded", "max_context_length": 32768}, 32768, True),
        ({"id": "a", "state": "not-loaded", "max_context_length": 32768}, None, False),
        ({"id": "a", "max_model_len": 16384}, 16384, False),
        ({"id": "a", "status": {"value": "loaded"}, "meta": {"n_ctx": 8192}}, 8192, True),
        ({"id": "a", "status": {"value": "unloaded"}, "meta": None}, None, False),
        ({"id": "a", "dmr": {"context_window": 4096}}, 4096, False),
        ({"key": "a", "id": "a", "loaded_instances": [{"id": "a"}]}, None, True),
        ({"id": "a", "context_length": "many", "max_model_len": -1}, None, False),
    ],
)
def test_context_and_state_are_read_where_a_server_tells_them(
    entry: dict[str, Any], context: int | None, is_loaded: bool
) -> None:
    offer = offer_of(entry)
    assert offer is not None
    assert (offer.context_tokens, offer.is_loaded) == (context, is_loaded)


def of(*names: str, loaded: str = "") -> list[OfferedModel]:
    return [OfferedModel(name=n, suits=suits_by_name(n), is_loaded=n == loaded) for n in names]


@pytest.mark.parametrize(
    ("offers", "name"),
    [
        (
            of("nomic-embed-text", "llama3.1:8b", "qwen2.5-coder:1.5b-base"),
            "qwen2.5-coder:1.5b-base",
        ),
        (of("starcoder2:3b", "codestral:22b"), "starcoder2:3b"),
        (of("starcoder2:3b", "codestral:22b", loaded="codestral:22b"), "codestral:22b"),
        (of("starcoder2:3b", "llama3.1:8b", loaded="llama3.1:8b"), "starcoder2:3b"),
        (of("whatever-its-user-has-started"), "whatever-its-user-has-started"),
        (of("qwen2.5-coder-7b-instruct"), "qwen2.5-coder-7b-instruct"),
    ],
)
def test_one_that_surely_completes_is_taken_and_of_those_one_that_is_loaded(
    offers: list[OfferedModel], name: str
) -> None:
    assert chosen("host", offers).name == name


@pytest.mark.parametrize(
    ("offers", "told"),
    [
        ([], "set model"),
        (of("nomic-embed-text"), "only nomic-embed-text"),
        (of("nomic-embed-text", "bge-reranker", "deepseek-r1:7b"), "no model for completion"),
        (
            of("nomic-embed-text", "llama3.1:8b"),
            "the one that does: llama3.1:8b.",
        ),
        (of("llama3.1:8b", "qwen2.5-coder:7b-instruct"), "nothing is sent"),
        (of(*(f"model-{n}" for n in range(40))), "and 32 more"),
    ],
)
def test_where_none_surely_completes_the_user_chooses(
    offers: list[OfferedModel], told: str
) -> None:
    with pytest.raises(ModelError, match=told):
        chosen("host", offers)


@pytest.mark.parametrize("entry", [{}, {"id": None}, {"id": ""}, {"id": 7}, {"object": "model"}])
def test_an_entry_without_a_name_is_no_offer(entry: dict[str, Any]) -> None:
    assert offer_of(entry) is None
