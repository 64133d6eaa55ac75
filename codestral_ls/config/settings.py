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

ProviderName = Literal[
    "auto", "mistral", "vllm", "llamacpp", "ollama", "tgi", "openai", "workspace"
]
Auto = Literal["auto"]
Headers = tuple[tuple[str, str], ...]
Repository = Literal["ignored", "disable", "unite", "lower", "choose"]
"""What ``.codestral.toml``, which belongs to the repository, may do with a setting:
nothing; switch it off; add to the list; only lower it; choose among its values."""


def _setting(
    default: Any,
    meaning: str,
    *,
    default_text: str | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    user_level: bool = False,
    repository: Repository = "ignored",
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
    """Complete, resolved, immutable. What every module below the server sees."""

    provider: ProviderName = _setting(
        "auto",
        "Who completes. `auto`: an endpoint that was set decides; else a key for Mistral means "
        "`mistral`; else `workspace`, which needs no model and no network.",
    )
    endpoint: str | None = _setting(
        None,
        "Base URL of the server, with or without `/v1`. From an editor's settings only this "
        "machine and Mistral's hosts are accepted; any other host must be set at user level.",
        default_text="the provider's",
    )
    model: str | None = _setting(
        None,
        "Model to ask for.",
        default_text="the provider's (`codestral-latest` for Mistral; what a local server serves)",
    )
    fim_template: str = _setting(
        "auto", "Row of the template table, for servers that take raw prompts."
    )
    enabled: bool = _setting(
        True,
        "Suggest automatically. An explicit request is answered all the same.",
        repository="disable",
    )
    disabled_languages: tuple[str, ...] = _setting(
        (), "Language ids that get no automatic suggestions.", repository="unite"
    )
    exclude: tuple[str, ...] = _setting(
        (),
        "Globs (as in .gitignore) of files that a remote provider never completes and that are "
        "never used as context.",
        repository="unite",
    )
    max_tokens: int = _setting(
        # A line of code has about 12 tokens and a block worth reading at a glance under ten
        # lines; early stop ends most answers far sooner.
        128,
        "Upper bound of a suggestion, in tokens.",
        minimum=1,
        maximum=4096,
        repository="lower",
    )
    temperature: float = _setting(
        # Completion of what is being typed wants the likeliest text, the same one every time.
        0.0,
        "Sampling temperature.",
        minimum=0.0,
        maximum=1.5,
    )
    multiline: Literal["auto", "always", "never"] = _setting(
        "auto", "Whether a suggestion may have several lines.", repository="choose"
    )
    debounce_ms: int | Auto = _setting(
        "auto",
        "Milliseconds to wait after the last key before a request leaves; 0 for none.",
        minimum=0,
        maximum=10_000,
    )
    timeout_ms: int = _setting(
        5000, "Milliseconds for one answer, in all.", minimum=100, maximum=120_000
    )
    answer_within_ms: int | Auto = _setting(
        "auto",
        "Milliseconds within which an automatic request is answered with what is whole by then. "
        "`auto`: 650 for VS Code and its kin, which stop listening at 750; else `timeoutMs`.",
        minimum=10,
        maximum=120_000,
    )
    max_prefix_chars: int = _setting(
        # 3:1 between prefix and suffix, as in most completers (75 to 85 % prefix). 12 000
        # characters in all are about 3 500 tokens: $0.001 when nothing of it is cached.
        6000,
        "Characters before the cursor that a model sees.",
        minimum=200,
        maximum=30_000,
        repository="lower",
    )
    max_suffix_chars: int = _setting(
        2000,
        "Characters after the cursor that a model sees.",
        minimum=0,
        maximum=15_000,
        repository="lower",
    )
    max_context_chars: int = _setting(
        4000,
        "Characters of other files that a model sees.",
        minimum=0,
        maximum=60_000,
        repository="lower",
    )
    requests_per_minute: int | None = _setting(
        None,
        "Budget: automatic requests pause when it is spent.",
        default_text="none",
        minimum=1,
        maximum=100_000,
    )
    tokens_per_day: int | None = _setting(
        None,
        "Budget: automatic requests pause until midnight when it is spent.",
        default_text="none",
        minimum=1,
        maximum=10_000_000_000,
    )
    speculate: Literal["never", "auto", "always"] = _setting(
        "auto",
        "`auto`: ask when an edit shows that the editor is about to, and use what a stream that "
        "is already paid for brings. `always`: also extra requests ahead of an acceptance.",
    )
    fallback: Literal["none", "workspace"] = _setting(
        "none", "Who answers while the chosen provider is away."
    )
    trusted_hosts: tuple[str, ...] = _setting(
        (),
        "Further hosts that code and keys may go to, as `host` or `host:port`.",
        user_level=True,
    )
    allow_insecure: bool = _setting(
        False,
        "Permit `http://` with a key to hosts other than this machine.",
        user_level=True,
    )
    api_key_command: str | None = _setting(
        None,
        "Command that prints the key, for password managers. Run without a shell.",
        default_text="none",
        user_level=True,
    )
    headers: Headers = _setting(
        (), "Extra request headers.", default_text="`{}`", user_level=True, secret=True
    )
    ca_bundle: str | None = _setting(
        None,
        "File with certificates to trust instead of the system's.",
        default_text="the system's",
        user_level=True,
    )
    proxy: str | None = _setting(
        None,
        "Proxy URL. This machine is never reached through a proxy.",
        default_text="from the environment",
        user_level=True,
        secret=True,
    )
    status_notifications: bool = _setting(
        False, "Send `codestral/status` notifications to the editor."
    )
    completion_fallback: bool | Auto = _setting(
        "auto",
        "Answer `textDocument/completion` too. `auto`: when the editor lacks inline completion.",
    )


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
    repository: Repository

    @property
    def camel(self) -> str:
        """Spelling in LSP."""
        return to_camel(self.name)

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


def to_camel(key: str) -> str:
    """``max_tokens`` as ``maxTokens``."""
    head, *rest = key.split("_")
    return head + "".join(word.capitalize() for word in rest)
