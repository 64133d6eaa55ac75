"""What to do about each kind of failure."""

from __future__ import annotations

from collections.abc import Mapping

from codestral_ls.backends.base import BackendError
from codestral_ls.backends.mistral.twin_hosts import other_host
from codestral_ls.commands.doctor.findings import Findings
from codestral_ls.privacy.hosts import MISTRAL_HOSTS

CONSOLE = "https://console.mistral.ai"

EMBEDDED_ADVICE = (
    f"For Codestral: make a key at {CONSOLE}, then set MISTRAL_API_KEY where the editor finds it, "
    "or run codestral-ls login. For a model of your own: endpoint in config.toml."
)

KEY_WANTED = "Set CODESTRAL_LS_API_KEY to the server's key, or run codestral-ls login."

_REMEDIES: Mapping[str, str] = {
    "too_long": "Lower max_prefix_chars and max_suffix_chars, or give the model more context.",
    "rate": "Wait a minute; requests_per_minute in config.toml keeps below the limit.",
    "no_allowance": f"Look at the plan and the bill of the key's account ({CONSOLE}).",
    "overload": "Wait, and run codestral-ls doctor again.",
    "server": "Wait, and run codestral-ls doctor again; the server's own log knows more.",
    "timeout": "Wait, or raise timeout_ms in config.toml if the server is always this slow.",
    "network": "Check the connection and the name in endpoint.",
    "bad_request": (
        "The server answers, but not as this provider does; check provider and endpoint."
    ),
    "protocol": (
        "Whatever answers there is no completion server; check endpoint, and log in to the "
        "network if it has a welcome page."
    ),
}


def remedy_for(error: BackendError, found: Findings) -> str:
    """What a person can do about a completion or a list that failed."""
    if error.kind == "network" and found.proxy is not None and found.proxy.used:
        return (
            f"Requests go through {found.proxy.shown} ({found.proxy.source}). Check that it runs "
            f"and lets {found.choice.host} pass, or leave it out with NO_PROXY={found.choice.host}."
        )
    if error.kind == "network" and found.choice.host in MISTRAL_HOSTS:
        return (
            "Check the connection. Where only a proxy leads out, set proxy in config.toml "
            "or HTTPS_PROXY."
        )
    if error.kind == "network":
        return f"Check that the server runs and listens at {found.choice.base_url}."
    return _REMEDIES.get(error.kind, "Look at the server's log.")


def remedy_for_key(found: Findings) -> str:
    """What to do about a refused key."""
    key, host = found.choice.key, found.choice.host
    if key is None:
        return KEY_WANTED
    again = "Run codestral-ls login again" if key.source == "keyring" else f"Correct {key.source}"
    if host not in MISTRAL_HOSTS:
        return f"{again}: {found.host} has keys of its own."
    again += f"; {CONSOLE} shows and makes keys."
    other = other_host(found.choice.base_url)
    # A key from CODESTRAL_API_KEY was tried at both hosts already.
    if other is None or key.source == "CODESTRAL_API_KEY":
        return again
    name = other.removeprefix("https://")
    return f'{again} If it was made for {name}, set endpoint = "{other}".'


def remedy_for_address(found: Findings) -> str:
    """What to do when somebody answers, but not a completion server."""
    if found.choice.host in MISTRAL_HOSTS:
        return f'Write the host alone: endpoint = "https://{found.choice.host}", or leave it out.'
    return (
        f"Check endpoint ({found.choice.base_url}): the base URL ends before /v1. And check "
        f"provider, which is {found.provider}."
    )
