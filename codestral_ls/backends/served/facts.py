"""What is known of a server once it was asked."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from codestral_ls.text.fim_templates import Template


class PromptForm(enum.Enum):
    """How a prompt travels."""

    SUFFIX = "suffix"
    """Prefix and suffix in fields of their own; the server lays them out."""
    INFILL = "infill"
    """The same, by llama.cpp's own route."""
    STRING = "string"
    """Laid out by us, the markers as text that the server parses."""
    IDS = "ids"
    """Laid out by us, as token ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a server and the model it serves."""

    model: str
    form: PromptForm
    context_tokens: int | None = None
    template: Template | None = None
    """None where the server lays out."""
    ids: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Of the template's markers; empty if unknown."""
    begin: tuple[int, ...] = ()
    """What the tokenizer puts before a prompt: begin-of-text, or nothing."""
    stop_ids: tuple[int, ...] = ()
    """Those stops of the template that are one token."""
    parsed: bool = True
    """Control strings in source text would be acted upon."""
