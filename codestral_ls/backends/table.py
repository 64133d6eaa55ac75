"""The table of providers: one row for each.

To add one: a file in ``served/``, a row here with the function that makes it, and recorded answers
in ``fixtures/wire/<name>/``. Importing the table is cheap: a provider's module is loaded when a
backend is created, and httpx later still, with the first connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from codestral_ls.backends.base import Backend
from codestral_ls.backends.options import BackendOptions
from codestral_ls.privacy.hosts import MISTRAL_HOSTS, MISTRAL_URL


def _mistral(options: BackendOptions) -> Backend:
    from codestral_ls.backends.mistral.fim import MistralBackend

    return MistralBackend(options)


def _vllm(options: BackendOptions) -> Backend:
    from codestral_ls.backends.served.vllm import VllmBackend

    return VllmBackend(options)


def _sglang(options: BackendOptions) -> Backend:
    from codestral_ls.backends.served.sglang import SglangBackend

    return SglangBackend(options)


def _koboldcpp(options: BackendOptions) -> Backend:
    from codestral_ls.backends.served.koboldcpp import KoboldCppBackend

    return KoboldCppBackend(options)


def _llamacpp(options: BackendOptions) -> Backend:
    from codestral_ls.backends.served.llamacpp import LlamaCppBackend

    return LlamaCppBackend(options)


def _ollama(options: BackendOptions) -> Backend:
    from codestral_ls.backends.served.ollama import OllamaBackend

    return OllamaBackend(options)


def _tgi(options: BackendOptions) -> Backend:
    from codestral_ls.backends.served.tgi import TgiBackend

    return TgiBackend(options)


def _openai(options: BackendOptions) -> Backend:
    from codestral_ls.backends.served.openai import OpenAiBackend

    return OpenAiBackend(options)


def _auto(options: BackendOptions) -> Backend:
    from codestral_ls.backends.auto import AutoBackend

    return AutoBackend(options, create)


def _embedded(options: BackendOptions) -> Backend:
    from codestral_ls.backends.embedded import EmbeddedBackend

    return EmbeddedBackend(options)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """What is known of a provider before anything is asked."""

    make: Callable[[BackendOptions], Backend]
    """Makes the backend; called by ``create``."""
    base_url: str = ""
    """Where it is found unless settings say otherwise; empty where there is no such place."""
    model: str = ""
    """The model asked for unless settings name one; empty: the one that the server serves."""
    hosts: frozenset[str] = frozenset()
    """The provider's own hosts, which its key is made for."""
    is_local: bool = False
    """Usually on this machine: a request costs time, not money."""
    max_in_flight: int = 2
    """Requests at a time. Two let a new request start while the old one is being given up; a
    server that works on one at a time by default gets one."""


BACKENDS: Mapping[str, _Row] = MappingProxyType(
    {
        "mistral": _Row(
            make=_mistral, base_url=MISTRAL_URL, model="codestral-latest", hosts=MISTRAL_HOSTS
        ),
        "vllm": _Row(make=_vllm, base_url="http://127.0.0.1:8000", is_local=True),
        "sglang": _Row(make=_sglang, base_url="http://127.0.0.1:30000", is_local=True),
        "llamacpp": _Row(
            make=_llamacpp, base_url="http://127.0.0.1:8080", is_local=True, max_in_flight=1
        ),
        "koboldcpp": _Row(
            make=_koboldcpp, base_url="http://127.0.0.1:5001", is_local=True, max_in_flight=1
        ),
        "ollama": _Row(
            make=_ollama, base_url="http://127.0.0.1:11434", is_local=True, max_in_flight=1
        ),
        "tgi": _Row(make=_tgi, base_url="http://127.0.0.1:3000", is_local=True),
        "openai": _Row(make=_openai),
        # Whatever answers at an endpoint that was set.
        "auto": _Row(make=_auto),
        "workspace": _Row(make=_embedded, model="workspace", is_local=True),
    }
)


def create(name: str, options: BackendOptions) -> Backend:
    """The backend of a provider in ``BACKENDS``; base URL and model are its row's where the
    options leave them open.

    Opens nothing: connections and processes start with ``warm`` or the first request.
    """
    row = BACKENDS[name]
    base_url, model = options.base_url or row.base_url, options.model or row.model
    return row.make(replace(options, base_url=base_url, model=model))
