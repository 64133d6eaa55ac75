"""Who completes, where, and with which key: decided from settings and keys, before any connection.

Pure. Everything that opens a connection does so for a ``Choice`` made here, and whether code and
key may go there is decided by ``privacy.hosts`` alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from codestral_ls.backends.table import BACKENDS
from codestral_ls.config import Resolved
from codestral_ls.privacy.hosts import MISTRAL_CONSOLE, Decision, Key, decide
from codestral_ls.session.advice import SHELL, Advice
from codestral_ls.session.notices import Notice, Remedy, Urgency


@dataclass(frozen=True, slots=True)
class Choice:
    """The provider to use."""

    provider: str
    base_url: str = ""
    host: str = ""
    """For people; empty for the embedded provider."""
    model: str = ""
    key: Key | None = field(default=None)
    warning: Notice | None = None
    """What the user must know: an endpoint that was refused, a key that is missing."""

    @property
    def is_local(self) -> bool:
        """Nothing leaves this machine's processes: the embedded provider."""
        return self.provider == "workspace"


WHO_COMPLETES = ("provider", "endpoint")
"""Settings without which code could go where the user does not want it."""

EMBEDDED = Choice("workspace", model="workspace")


def choose(resolved: Resolved, keys: Sequence[Key], advice: Advice = SHELL) -> Choice:
    """The provider that the settings ask for, as far as trust allows; never raises."""
    settings = resolved.settings
    provider: str = settings.provider
    if wrong := [name for name in WHO_COMPLETES if name in resolved.unusable]:
        return _embedded(
            f"Nothing is sent to any server until {' and '.join(wrong)} in your settings is "
            "corrected.",
            "open-settings",
        )
    if provider == "auto" and settings.endpoint is None:
        provider = "mistral" if keys else "workspace"
    if provider == "workspace":
        return EMBEDDED
    endpoint = settings.endpoint or BACKENDS[provider].base_url
    if not endpoint:
        return _embedded(
            f"Provider {provider} needs an endpoint: set endpoint in config.toml, "
            "CODESTRAL_LS_ENDPOINT or --endpoint.",
            "open-settings",
        )
    key, decision = _decide(resolved, provider, endpoint, keys)
    if not decision.allowed:
        return _embedded(f"{decision.reason} {decision.remedy}", "open-settings")
    at_mistral = decision.host in BACKENDS["mistral"].hosts
    if provider == "auto" and at_mistral:
        provider = "mistral"
    if key is None and at_mistral:
        return _embedded(
            f"Provider {provider} needs a key for {decision.host}. Create one at "
            f"{MISTRAL_CONSOLE}, then {advice.set_key}; or set "
            'provider = "workspace" to complete without a model.',
            "set-key",
            "open-settings",
        )
    model = settings.model or BACKENDS[provider].model
    return Choice(provider, decision.base_url, decision.host, model, key)


def _decide(
    resolved: Resolved, provider: str, endpoint: str, keys: Sequence[Key]
) -> tuple[Key | None, Decision]:
    """The first key that may go to the endpoint; without one, whether code alone may."""
    # A planted provider must not make a Mistral key go to the user's own other server.
    chosen_provider = provider if resolved.origins["provider"].level.is_user else ""

    def ask(key: Key | None) -> Decision:
        return decide(
            endpoint,
            origin_is_user=resolved.origins["endpoint"].level.is_user,
            provider=chosen_provider,
            provider_hosts=BACKENDS[provider].hosts,
            trusted_hosts=resolved.settings.trusted_hosts,
            key=key,
            allow_insecure=resolved.settings.allow_insecure,
        )

    for key in keys:
        decision = ask(key)
        if not decision.allowed:
            return None, decision
        if decision.send_key:
            return key, decision
    return None, ask(None)


def _embedded(warning: str, *remedies: Remedy) -> Choice:
    return replace(EMBEDDED, warning=Notice(Urgency.WARNING, warning, remedies))
