"""The table of providers: one row here and one file beside this one for each.

Importing the table is cheap: a provider's module is loaded when a backend is created, and httpx
later still, with the first connection.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

from codestral_ls.backends.base import Backend


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendRow:
    """What is known of a provider before anything is asked."""

    factory: str
    """``module:class``; called with the keyword arguments of ``create``."""
    base_url: str = ""
    """Where it is found unless settings say otherwise; empty where there is no such place."""
    model: str = ""
    """The model asked for unless settings name one; empty: the one that the server serves."""
    hosts: frozenset[str] = frozenset()
    """The provider's own hosts, which its key is made for."""
    is_local: bool = False
    """Usually on this machine: a request costs time, not money."""
    max_in_flight: int = 2
    """Requests at a time. Two let a new question start while the old one is being given up; a
    server that works on one at a time by default gets one."""


BACKENDS: Mapping[str, BackendRow] = MappingProxyType(
    {
        "mistral": BackendRow(
            factory="codestral_ls.backends.mistral.fim:MistralBackend",
            base_url="https://api.mistral.ai",
            model="codestral-latest",
            hosts=frozenset(
                {
                    "api.mistral.ai",
                    "api.eu.mistral.ai",
                    "api.us.mistral.ai",
                    "codestral.mistral.ai",
                }
            ),
        ),
        "vllm": BackendRow(
            factory="codestral_ls.backends.served.vllm:VllmBackend",
            base_url="http://127.0.0.1:8000",
            is_local=True,
        ),
        "llamacpp": BackendRow(
            factory="codestral_ls.backends.served.llamacpp:LlamaCppBackend",
            base_url="http://127.0.0.1:8080",
            is_local=True,
            max_in_flight=1,
        ),
        "ollama": BackendRow(
            factory="codestral_ls.backends.served.ollama:OllamaBackend",
            base_url="http://127.0.0.1:11434",
            is_local=True,
            max_in_flight=1,
        ),
        "tgi": BackendRow(
            factory="codestral_ls.backends.served.tgi:TgiBackend",
            base_url="http://127.0.0.1:3000",
            is_local=True,
        ),
        "openai": BackendRow(factory="codestral_ls.backends.served.openai:OpenAiBackend"),
        # Whatever answers at an endpoint that was set.
        "auto": BackendRow(factory="codestral_ls.backends.auto:AutoBackend"),
        "workspace": BackendRow(
            factory="codestral_ls.backends.embedded:EmbeddedBackend",
            model="workspace",
            is_local=True,
        ),
    }
)


def create(name: str, **kwargs: Any) -> Backend:
    """The backend of a provider in ``BACKENDS``, made with the arguments that its class takes.

    Opens nothing: connections and processes start with ``warm`` or the first request.
    """
    module, _, factory = BACKENDS[name].factory.partition(":")
    return cast(Backend, getattr(importlib.import_module(module), factory)(**kwargs))
