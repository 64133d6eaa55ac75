"""What providers charge for tokens, as far as that is public: a table with its date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from codestral_ls.model import Usage
from codestral_ls.privacy.addresses import Address, parse
from codestral_ls.privacy.hosts import MISTRAL_HOSTS

PRICES_AS_OF = "August 2026"
BATCH_SHARE = 0.5
"""Of the price, for what is asked in a batch."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    prompt: float
    cached: float
    """For the part of the prompt that the server had in its cache."""
    completion: float

    def of(self, usage: Usage) -> float:
        """What these tokens cost, in US dollars."""
        fresh = max(0, usage.prompt_tokens - usage.cached_tokens)
        cached = min(usage.cached_tokens, usage.prompt_tokens)
        whole = (
            fresh * self.prompt + cached * self.cached + usage.completion_tokens * (self.completion)
        )
        return whole / 1e6

    def scaled(self, share: float) -> Price:
        """A share of this price."""
        return Price(self.prompt * share, self.cached * share, self.completion * share)


_FREE = Price(0.0, 0.0, 0.0)

# https://mistral.ai/pricing. Cached tokens cost a tenth.
CODESTRAL = Price(0.30, 0.03, 0.90)
_MISTRAL: Mapping[str, Price] = MappingProxyType(
    {"codestral-latest": CODESTRAL, "codestral-2508": CODESTRAL}
)
# What people run themselves. An OpenAI-compatible gateway on this machine may charge.
_OWN_SERVERS = ("vllm", "sglang", "llamacpp", "koboldcpp", "ollama", "tgi")


def is_this_machine(host: str) -> bool:
    """A host, with or without a port, is this machine."""
    address = parse(f"http://{host}")
    return isinstance(address, Address) and address.loopback


def price_of(provider: str, host: str, model: str) -> Price | None:
    """The price of a model at a host; None where it is not known.

    The embedded provider takes no money, and neither does a model server on this machine. What
    another host than Mistral's charges is not known.
    """
    if provider == "workspace" or not host:
        return _FREE
    name = host.rpartition(":")[0] or host
    if host in MISTRAL_HOSTS or name in MISTRAL_HOSTS:
        return _MISTRAL.get(model)
    return _FREE if provider in _OWN_SERVERS and is_this_machine(host) else None
