"""The one definition of every setting: type, default, bounds, meaning, and who may set it.

``--help``, the README's table, the JSON Schema and the validation all come from here.
A setting is spelled camelCase in LSP, snake_case in TOML, ``CODESTRAL_LS_`` and upper snake case
in the environment, with dashes on the command line.
"""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

_ProviderName = Literal[
    "auto",
    "mistral",
    "vllm",
    "sglang",
    "llamacpp",
    "koboldcpp",
    "ollama",
    "tgi",
    "openai",
    "workspace",
]
_Auto = Literal["auto"]
Headers = tuple[tuple[str, str], ...]
_Repository = Literal["ignored", "disable", "unite", "lower", "choose"]
"""What ``.codestral.toml``, which belongs to the repository, may do with a setting: nothing; turn
it off; add to the list; lower it; choose among its values."""


def _setting(
    default: Any,
    meaning: str,
    *,
    default_text: str | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    user_level: bool = False,
    repository: _Repository = "ignored",
    secret: bool = False,
) -> Any:
    return field(
        default=default,
        repr=not secret,
        metadata={
            "meaning": meaning,
            "default_text": default_text,
            "minimum": minimum,
            "maximum": maximum,
            "user_level": user_level,
            "repository": repository,
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Complete, resolved and immutable: what every module below the session sees."""

    provider: _ProviderName = _setting(
        "auto",
        "What completes. `auto`: the server at `endpoint` if that is set, otherwise Mistral if "
        "there is a key for it, otherwise `workspace`, which needs neither model nor network.",
    )
    endpoint: str | None = _setting(
        None,
        "Base URL of the server, with or without `/v1`. In an editor's settings it can only be "
        "this machine or one of Mistral's hosts; any other host must be set at user level.",
        default_text="the provider's",
    )
    model: str | None = _setting(
        None,
        "Name of the model.",
        default_text="the provider's (`codestral-latest` for Mistral, otherwise what is served)",
    )
    fim_template: str = _setting(
        "auto",
        "Name of the prompt template, for servers that take raw prompts. `auto`: the model's own.",
    )
    enabled: bool = _setting(
        True,
        "Suggest automatically. Explicit requests are answered either way.",
        repository="disable",
    )
    disabled_languages: tuple[str, ...] = _setting(
        (), "Ids of languages without automatic suggestions.", repository="unite"
    )
    exclude: tuple[str, ...] = _setting(
        (),
        "Globs, as in .gitignore. The files they match are never completed by a remote provider "
        "and never used as context.",
        repository="unite",
    )
    max_tokens: int = _setting(
        # A line of code has about 12 tokens and a block worth reading at a glance under ten
        # lines; early stop ends most answers far sooner.
        128,
        "Longest suggestion, in tokens.",
        minimum=1,
        maximum=4096,
        repository="lower",
    )
    temperature: float = _setting(
        # The most likely text is wanted, and the same one every time.
        0.0,
        "Sampling temperature.",
        minimum=0.0,
        maximum=1.5,
    )
    multiline: Literal["auto", "always", "never"] = _setting(
        "auto", "Whether suggestions may have several lines.", repository="choose"
    )
    debounce_ms: int | _Auto = _setting(
        "auto",
        "Milliseconds to wait after the last key before a request is sent; 0 for none. `auto` "
        "follows the typing.",
        minimum=0,
        maximum=10_000,
    )
    timeout_ms: int = _setting(
        5000, "Total time for an answer, in milliseconds.", minimum=100, maximum=120_000
    )
    answer_within_ms: int | _Auto = _setting(
        "auto",
        "Milliseconds after which an automatic request is answered with the complete lines "
        "received so far. `auto`: 650 for VS Code and editors built on it, which stop listening "
        "at 750; otherwise `timeoutMs`.",
        minimum=10,
        maximum=120_000,
    )
    max_prefix_chars: int = _setting(
        # 3:1 between prefix and suffix, as in most completers (75 to 85 % prefix). 12 000
        # characters in all are about 3 500 tokens: $0.001 when nothing of it is cached.
        6000,
        "How many characters before the cursor the model sees.",
        minimum=200,
        maximum=30_000,
        repository="lower",
    )
    max_suffix_chars: int = _setting(
        2000,
        "How many characters after the cursor the model sees.",
        minimum=0,
        maximum=15_000,
        repository="lower",
    )
    max_context_chars: int = _setting(
        4000,
        "How many characters of other files the model sees.",
        minimum=0,
        maximum=60_000,
        repository="lower",
    )
    requests_per_minute: int | None = _setting(
        None,
        "Budget of requests. When it is used up, automatic requests pause.",
        default_text="none",
        minimum=1,
        maximum=100_000,
    )
    tokens_per_day: int | None = _setting(
        None,
        "Budget of tokens. When it is used up, automatic requests pause until midnight.",
        default_text="none",
        minimum=1,
        maximum=10_000_000_000,
    )
    speculate: Literal["never", "auto", "always"] = _setting(
        "auto",
        "Requests ahead of the editor's. `auto`: when an edit shows that the editor is about to "
        "ask. `always`: also for the text after a suggestion, before it is accepted.",
    )
    fallback: Literal["none", "workspace", "meanwhile"] = _setting(
        # Measured in tests/benchmarks/README.md: more right text on screen, and more wrong text.
        "none",
        "What completes while the chosen provider is unavailable. `meanwhile`: the embedded "
        "provider does, and stands in while the provider's answer is on its way.",
    )
    trusted_hosts: tuple[str, ...] = _setting(
        (),
        "More hosts that code and keys may be sent to, as `host` or `host:port`.",
        user_level=True,
    )
    allow_insecure: bool = _setting(
        False,
        "Allow a key to be sent over `http://` to other machines.",
        user_level=True,
    )
    api_key_command: str | None = _setting(
        None,
        "Command that prints the key, for password managers. Run without a shell.",
        default_text="none",
        user_level=True,
    )
    headers: Headers = _setting(
        (),
        "Extra request headers. In a value, `{user}`, `{host}`, `{language}` and `{version}` stand "
        "for your login, this machine, the document's language and ours.",
        default_text="`{}`",
        user_level=True,
        secret=True,
    )
    trace: bool | _Auto = _setting(
        "auto",
        "Send a W3C `traceparent` with every request. `auto`: where the environment names an "
        "exporter of traces (`OTEL_TRACES_EXPORTER`, `OTEL_EXPORTER_OTLP_ENDPOINT`).",
        user_level=True,
    )
    metrics: str | None = _setting(
        None,
        "Where counts and latencies go, every 30 s: `file:PATH`, for node_exporter, or the "
        "`http(s)://` address of an OTLP receiver. No text, no paths.",
        default_text="none",
        user_level=True,
    )
    ca_bundle: str | None = _setting(
        None,
        "File of certificates to trust instead of the system's.",
        default_text="the system's",
        user_level=True,
    )
    proxy: str | None = _setting(
        None,
        "URL of a proxy. It is not used for this machine.",
        default_text="from the environment",
        user_level=True,
        secret=True,
    )
    status_notifications: bool = _setting(
        False, "Send `codestral/status` notifications to the editor."
    )
    statistics: bool = _setting(
        True,
        "Keep counts for `codestral-ls stats` in the state directory: of a day, a language and a "
        "model, no text and no names. They are never sent.",
    )
    completion_fallback: bool | _Auto = _setting(
        "auto",
        "Also answer `textDocument/completion`. `auto`: if the editor has no inline completion.",
    )


def camel_case(name: str) -> str:
    """``max_tokens`` as ``maxTokens``."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


@dataclass(frozen=True, slots=True)
class Spec:
    """One row of the definition, with its spellings."""

    name: str
    type: Any
    default: Any
    meaning: str
    default_text: str
    minimum: float | None
    maximum: float | None
    user_level: bool
    repository: _Repository

    @property
    def is_limit(self) -> bool:
        """A lower number restricts: fewer tokens, less text, a smaller budget."""
        return self.repository == "lower" or self.name in ("requests_per_minute", "tokens_per_day")

    @property
    def camel(self) -> str:
        """Spelling in LSP."""
        return camel_case(self.name)

    @property
    def env(self) -> str:
        """Spelling in the environment."""
        return ENVIRONMENT_PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        """Spelling on the command line."""
        return "--" + self.name.replace("_", "-")


ENVIRONMENT_PREFIX = "CODESTRAL_LS_"


@functools.cache
def specs() -> Mapping[str, Spec]:
    """Every setting by its snake_case name, in the order of the definition."""
    hints = typing.get_type_hints(Settings)
    table = {}
    for entry in dataclasses.fields(Settings):
        meta = dict(entry.metadata)
        table[entry.name] = Spec(
            name=entry.name,
            type=hints[entry.name],
            default=entry.default,
            default_text=meta.pop("default_text") or _shown(entry.default),
            **meta,
        )
    return MappingProxyType(table)


def _shown(value: object) -> str:
    match value:
        case bool():
            return f"`{str(value).lower()}`"
        case tuple():
            return "`[]`"
        case float() if value == int(value):
            return f"`{int(value)}`"
        case _:
            return f"`{value}`"
