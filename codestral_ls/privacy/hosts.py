"""Trust of hosts: the one place that says whether code, and which key, may go to an endpoint.

Everything that opens a connection asks ``decide`` and connects to ``Decision.base_url``.

- Code goes to hosts the user chose: this machine, Mistral's own, the provider's, any endpoint set
  at user level (``config.toml``, environment, command line), and ``trusted_hosts``, which is user
  level too. An endpoint from the client's settings may come from a repository: only the hosts
  just named are taken from there.
- A key goes to fewer: Mistral's keys to Mistral's hosts, and to an endpoint set at user level
  with provider ``mistral``; every other key to whatever endpoint was set at user level, to hosts
  in ``trusted_hosts``, and to Mistral's.
- Where a key would travel unencrypted to another machine, nothing goes at all, unless the user
  insists (``allow_insecure``).

Redirects are not followed, which is why nothing here knows them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Literal

from codestral_ls.privacy.addresses import Address, Malformed, parse

MISTRAL_HOSTS = frozenset(
    {"api.mistral.ai", "api.eu.mistral.ai", "api.us.mistral.ai", "codestral.mistral.ai"}
)
MISTRAL_URL = "https://api.mistral.ai"
"""Where Codestral is asked, and where a key of Mistral's belongs, unless settings say otherwise."""
MISTRAL_CONSOLE = "https://console.mistral.ai"
"""Where people make their keys."""

# Each of the two knows keys of its own. The regional hosts are not among them: a user who
# chose a region wants to stay there.
_KEY_HOSTS = ("api.mistral.ai", "codestral.mistral.ai")


def other_key_host(host: str) -> str | None:
    """Mistral's host for the other kind of its keys; None for all but the two that have one."""
    if host not in _KEY_HOSTS:
        return None
    return next(other for other in _KEY_HOSTS if other != host)


@dataclass(frozen=True, slots=True)
class Key:
    """An API key, where it belongs, and where it came from."""

    secret: str = field(repr=False)
    kind: Literal["mistral", "endpoint"]
    """``mistral``: issued by Mistral (``MISTRAL_API_KEY``, ``CODESTRAL_API_KEY``). ``endpoint``:
    meant for whatever endpoint the user set."""
    source: str
    """For people, such as ``MISTRAL_API_KEY``."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What may be done with an endpoint."""

    allowed: bool
    """Source code may go there."""
    send_key: bool = False
    """The key may go there too."""
    base_url: str = ""
    """What to connect to, without a trailing slash; empty unless allowed."""
    host: str = ""
    """Lower-case ASCII; IP addresses in canonical form and without brackets."""
    port: int = 0
    loopback: bool = False
    reason: str = ""
    """One sentence for the user: why, or why not."""
    remedy: str = ""
    """What to write where, if the user wants it otherwise. Urgent only when not allowed."""


def decide(
    endpoint: str,
    *,
    origin_is_user: bool,
    provider: str,
    provider_hosts: Collection[str],
    trusted_hosts: Collection[str],
    key: Key | None,
    allow_insecure: bool,
) -> Decision:
    """Whether code may go to ``endpoint``, and whether ``key`` may. Never raises.

    ``origin_is_user``: set in the user's ``config.toml``, the environment or on the command line.
    False for client settings and for a provider's default.
    ``provider_hosts``: canonical names the provider's row in our own table lists.
    ``trusted_hosts``: the user's ``host`` or ``host:port``; an entry that is neither counts for
    nothing.
    """
    address = parse(endpoint)
    if isinstance(address, Malformed):
        return Decision(allowed=False, reason=address.reason, remedy=address.remedy)
    if address.host.endswith(".localhost") and not origin_is_user:
        # Loopback by RFC 6761, but not every resolver knows and some ask the network. Only the
        # user can vouch for the machine's resolver.
        address = replace(address, host="localhost")
    trusted = any(_covers(entry, address) for entry in trusted_hosts)
    why = _why_allowed(address, origin_is_user, trusted, provider_hosts)
    if why is None:
        return _refused(
            address,
            f"Nothing is sent to {address.netloc}, which a repository may have put into the "
            "editor's settings.",
            f"If you chose it: {_user_level_lines(address)}",
        )
    send_key = key is not None and (
        address.host in MISTRAL_HOSTS
        or (origin_is_user and (key.kind == "endpoint" or provider == "mistral"))
        or (trusted and key.kind == "endpoint")
    )
    in_the_clear = address.scheme == "http" and not address.loopback
    if key is not None and send_key and in_the_clear and not allow_insecure:
        return _refused(
            address,
            f"http:// would carry {key.source} to {address.netloc} for everyone on the way to "
            "read.",
            f"Use https://{address.netloc}, or write allow_insecure = true into config.toml.",
        )
    if key is None or send_key:
        return _allowed(address, why, send_key=send_key)
    return replace(
        _allowed(address, f"{why} {_why_kept(key, address)}"), remedy=_key_remedy(key, address)
    )


def _why_allowed(
    address: Address, origin_is_user: bool, trusted: bool, provider_hosts: Collection[str]
) -> str | None:
    if address.loopback:
        return f"{address.netloc} is this machine."
    if origin_is_user:
        return f"You set {address.netloc} as the endpoint yourself."
    if trusted:
        return f"{address.netloc} is in your trusted_hosts."
    # A planted http:// must not show code to the network under a good name.
    if address.scheme == "https" and address.host in MISTRAL_HOSTS:
        return f"{address.netloc} is Mistral's own."
    if address.scheme == "https" and address.host in provider_hosts:
        return f"{address.netloc} is the provider's own."
    return None


def _covers(entry: str, address: Address) -> bool:
    """``host`` covers all its ports, ``host:port`` the one."""
    named = parse(entry if "://" in entry else f"https://{_bracketed(entry.strip())}")
    if isinstance(named, Malformed) or named.host != address.host:
        return False
    return not named.explicit_port or named.port == address.port


def _bracketed(entry: str) -> str:
    """IPv6 addresses are often written bare where no URL asks for brackets."""
    return f"[{entry}]" if entry.count(":") > 1 and not entry.startswith("[") else entry


def _why_kept(key: Key, address: Address) -> str:
    if key.kind == "mistral":
        return (
            f"{key.source} stays here: it belongs to Mistral's hosts, and {address.host} is none."
        )
    return f"{key.source} stays here: the endpoint comes from the editor's settings, not from you."


def _key_remedy(key: Key, address: Address) -> str:
    if key.kind == "mistral":
        return (
            f"If {address.netloc} wants a key of its own, set CODESTRAL_LS_API_KEY; if it passes "
            f'requests on to Mistral, write provider = "mistral" and endpoint = '
            f'"{address.shown}" into config.toml.'
        )
    return f"To send the key, name the host yourself: {_user_level_lines(address)}"


def _user_level_lines(address: Address) -> str:
    return (
        f'trusted_hosts = ["{address.netloc}"] in config.toml, '
        f"--endpoint {address.shown} in the editor's server command, "
        f"or CODESTRAL_LS_ENDPOINT={address.shown} in its environment."
    )


def _allowed(address: Address, reason: str, *, send_key: bool = False) -> Decision:
    return Decision(
        allowed=True,
        send_key=send_key,
        base_url=address.base_url,
        host=address.host,
        port=address.port,
        loopback=address.loopback,
        reason=reason,
    )


def _refused(address: Address, reason: str, remedy: str) -> Decision:
    return replace(_allowed(address, reason), allowed=False, base_url="", remedy=remedy)
