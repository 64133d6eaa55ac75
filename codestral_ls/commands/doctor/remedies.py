"""What to do about each kind of failure."""

from __future__ import annotations

from collections.abc import Mapping

from codestral_ls.backends.base import BackendError, NetworkFailure
from codestral_ls.commands.doctor.findings import Findings
from codestral_ls.privacy.hosts import MISTRAL_CONSOLE, MISTRAL_HOSTS, other_key_host
from codestral_ls.privacy.proxies import ProxyDecision
from codestral_ls.session.key_sources import KEY_FILE

EMBEDDED_ADVICE = (
    f"To use Codestral, create a key at {MISTRAL_CONSOLE} and set MISTRAL_API_KEY in the editor's "
    "environment, or run codestral-ls login. To use a server of your own, set endpoint in "
    "config.toml."
)

KEY_WANTED = "Set CODESTRAL_LS_API_KEY to the server's key, or run codestral-ls login."

_REMEDIES: Mapping[str, str] = {
    "too_long": "Lower max_prefix_chars and max_suffix_chars, or give the model more context.",
    "rate": "Wait a minute. To stay below the limit, set requests_per_minute in config.toml.",
    "no_allowance": f"Check the plan and the billing of the key's account ({MISTRAL_CONSOLE}).",
    "loading": (
        "Wait until the model is loaded, then run codestral-ls doctor again. "
        "No code is sent before."
    ),
    "overload": "Wait, then run codestral-ls doctor again.",
    "server": "Wait, then run codestral-ls doctor again. The server's own log may say more.",
    "timeout": "Wait, or raise timeout_ms in config.toml if the server is always this slow.",
    "network": "Check the connection and the host name in endpoint.",
    "replaced": "Restart the language server, or the editor.",
    "blocked": (
        'Until then, provider = "workspace" in config.toml completes from your own files, without '
        "a network."
    ),
    "bad_request": (
        "The server answers, but not the way this provider does. Check provider and endpoint."
    ),
    "protocol": (
        "What answers there is not a completion server. Check endpoint. If your network has a "
        "login page, log in first."
    ),
}


def remedy_for(error: BackendError, found: Findings) -> str:
    """What to do about a completion or a list of models that failed."""
    proxy = found.proxy.proxy if isinstance(found.proxy, ProxyDecision) else None
    if isinstance(error, NetworkFailure) and proxy is not None:
        return (
            f"Check that the proxy {proxy.url} is running and allows {found.choice.host}, or "
            f"bypass it with NO_PROXY={found.choice.host}."
        )
    if isinstance(error, NetworkFailure) and found.choice.host in MISTRAL_HOSTS:
        return (
            "Check the connection. If your network needs a proxy, set HTTPS_PROXY, or proxy in "
            "config.toml."
        )
    if isinstance(error, NetworkFailure):
        return f"Check that the server is running and listening at {found.choice.base_url}."
    return _REMEDIES.get(error.kind, "Check the server's log.")


def remedy_for_key(found: Findings) -> str:
    """What to do about a refused key."""
    key, host = found.choice.key, found.choice.host
    if key is None:
        return KEY_WANTED
    is_stored = key.source in ("keyring", KEY_FILE)
    again = "Run codestral-ls login again" if is_stored else f"Correct {key.source}"
    if host not in MISTRAL_HOSTS:
        return f"{again}: {found.host} needs a key of its own."
    again += f"; your keys are listed at {MISTRAL_CONSOLE}."
    other = other_key_host(host)
    # A key from CODESTRAL_API_KEY was tried at both hosts already.
    if other is None or key.source == "CODESTRAL_API_KEY":
        return again
    return f'{again} If it was made for {other}, set endpoint = "https://{other}".'


def remedy_for_address(found: Findings) -> str:
    """What to do when something answers that is not a completion server."""
    if found.choice.host in MISTRAL_HOSTS:
        return f'Set endpoint = "https://{found.choice.host}", without a path, or remove it.'
    return (
        f"Check endpoint ({found.choice.base_url}); the base URL ends before /v1. Also check "
        f"provider, which is {found.provider}."
    )
