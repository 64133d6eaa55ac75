"""Whether a host accepts a key, asked before the key is stored. Costs nothing: models are listed.

The key goes to that host alone, and there only by the same decision as with a completion.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, replace
from typing import Literal

from codestral_ls.backends.base import AuthError, BackendError, BackendTimeout, BadRequest
from codestral_ls.backends.mistral.fim import MistralBackend
from codestral_ls.backends.options import BackendOptions
from codestral_ls.config import Resolved
from codestral_ls.paths import expanded
from codestral_ls.privacy.addresses import Address, Malformed, parse
from codestral_ls.privacy.hosts import (
    MISTRAL_HOSTS,
    MISTRAL_URL,
    Decision,
    Key,
    decide,
    other_key_host,
)
from codestral_ls.privacy.text import shown

# Enough for a handshake and a small answer on any network that works.
_CHECK_WITHIN_S = 15.0


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """What is known of a key."""

    outcome: Literal["accepted", "refused", "unchecked", "unreachable", "forbidden"]
    """``unchecked``: the host has no way to tell; ``unreachable``: it could not be asked;
    ``forbidden``: the key must not be sent there."""
    message: str
    """For people; without the key."""


def _is_key(text: str) -> bool:
    """A text can be a key: printable ASCII without spaces."""
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


async def check_typed(secret: str, host: str, resolved: Resolved) -> KeyCheck:
    """Ask the host that an editor names, else the endpoint if it is Mistral's, else Mistral."""
    endpoint = parse(resolved.settings.endpoint or MISTRAL_URL)
    at_mistral = isinstance(endpoint, Address) and endpoint.host in MISTRAL_HOSTS
    if isinstance(endpoint, Address) and host in (endpoint.netloc, endpoint.host):
        address: Address | Malformed = endpoint
    elif host:
        address = parse(host if "://" in host else f"https://{host}")
    else:
        address = endpoint if at_mistral else parse(MISTRAL_URL)
    if isinstance(address, Malformed):
        return KeyCheck("forbidden", f"{address.reason} {address.remedy}")
    if not _is_key(secret):
        return KeyCheck("refused", "This contains spaces or characters that no key has.")
    checked = await check_key(secret, address, resolved, named=False)
    if checked.outcome != "refused":
        return checked
    return replace(checked, message=checked.message + _hint(address.host))


async def check_key(secret: str, address: Address, resolved: Resolved, *, named: bool) -> KeyCheck:
    """Ask the host. ``named``: the user named it for this, in a shell; else it must be one that the
    settings allow."""
    decision = _decide(secret, address, resolved, named=named)
    host = decision.host
    if not decision.send_key:
        return KeyCheck("forbidden", f"{decision.reason} {decision.remedy}")
    try:
        await _list_models(decision, resolved, secret)
    except AuthError as error:
        return KeyCheck("refused", shown(str(error)))
    except BadRequest:
        return KeyCheck(
            "unchecked", f"{host} has no list of models, so the key could not be checked."
        )
    except BackendError as error:
        return KeyCheck("unreachable", f"{shown(str(error))} The key could not be checked.")
    if host not in MISTRAL_HOSTS and await _answers_without_key(decision, resolved):
        return KeyCheck(
            "unchecked", f"{host} lists its models without a key, so the key could not be checked."
        )
    return KeyCheck("accepted", f"{host} accepts the key.")


def _decide(secret: str, address: Address, resolved: Resolved, *, named: bool) -> Decision:
    endpoint = parse(resolved.settings.endpoint or "")
    is_endpoint = isinstance(endpoint, Address) and endpoint.netloc == address.netloc
    return decide(
        address.base_url,
        origin_is_user=named or (is_endpoint and resolved.origins["endpoint"].level.is_user),
        provider=resolved.settings.provider,
        provider_hosts=MISTRAL_HOSTS,
        trusted_hosts=resolved.settings.trusted_hosts,
        key=Key(secret, "endpoint", "the key"),
        allow_insecure=resolved.settings.allow_insecure,
    )


def _hint(host: str) -> str:
    other = other_key_host(host)
    if other is None:
        return ""
    return f" If it was made for {other}, set the endpoint to https://{other} first."


async def _answers_without_key(decision: Decision, resolved: Resolved) -> bool:
    """Some servers ask for a key only for completions."""
    try:
        await _list_models(decision, resolved, "")
    except BackendError:
        return False
    return True


async def _list_models(decision: Decision, resolved: Resolved, secret: str) -> None:
    """Ask for the list of models, at the route that nearly all servers share."""
    settings = resolved.settings
    options = BackendOptions(
        base_url=decision.base_url,
        api_key=secret,
        headers=dict(settings.headers),
        proxy=settings.proxy,
        ca_bundle=expanded(settings.ca_bundle, os.environ) if settings.ca_bundle else None,
    )
    backend = MistralBackend(options)
    try:
        async with asyncio.timeout(_CHECK_WITHIN_S):
            await backend.list_models()
    except TimeoutError:
        raise BackendTimeout(f"{decision.host} did not answer.") from None
    finally:
        await backend.aclose()
