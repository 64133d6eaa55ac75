"""Whether requests to an endpoint go through a proxy, why, and what of the variables is unread."""

from __future__ import annotations

from collections.abc import Iterator

from codestral_ls.backends.http import proxying
from codestral_ls.commands.doctor.verdict import Check, failed, ok
from codestral_ls.config import Resolved
from codestral_ls.installation import install_command
from codestral_ls.privacy.addresses import Malformed, parse, without_login
from codestral_ls.privacy.proxies import ProxyDecision

_NAME = "proxy"


def proxy_of(base_url: str, resolved: Resolved) -> ProxyDecision | str | None:
    """How a base URL is reached, or why the proxy in the settings cannot be used; None where no
    proxy is named anywhere."""
    address = parse(base_url)
    if isinstance(address, Malformed):
        return None
    try:
        decision = proxying.way_to(address, resolved.settings.proxy)
    except proxying.UnusableProxy as unusable:
        return str(unusable)
    return decision if decision.named or decision.unreadable else None


def can_be_used(decision: ProxyDecision | str | None) -> bool:
    """What was decided can be done: the setting is a URL, and SOCKS is spoken here."""
    if isinstance(decision, str):
        return False
    proxy = decision.proxy if decision is not None else None
    return proxy is None or not proxy.is_socks or proxying.has_socks()


def proxy_check(decision: ProxyDecision | str | None, host: str, origin: str) -> Iterator[Check]:
    """The line on the proxy, if there is something to say. ``origin``: where the setting is set."""
    if decision is None:
        return
    if isinstance(decision, str):
        yield failed(_NAME, decision.rstrip("."), f"Correct proxy ({origin}).")
        return
    named, source = decision.named, decision.source
    if source == proxying.SETTING:
        source += f" ({origin})"
    entries = "\n".join(f"{entry}." for entry in decision.unreadable)
    if decision.proxy is not None and not can_be_used(decision):
        yield failed(
            _NAME,
            f"{decision.proxy.url}, from {source}, speaks SOCKS, which needs another library",
            f"Run: {install_command('httpx[socks]')}",
        )
    elif named is None:
        yield failed(_NAME, f"{host} is reached directly, since a proxy cannot be read", entries)
    elif decision.proxy is None:
        text = f"{host} is reached directly, past {named.url} ({source}): {decision.passed_by}"
        yield ok(_NAME, text, entries)
    else:
        yield ok(_NAME, f"{host} is reached through {named.url}, from {source}", entries)


def without_password(url: str) -> str:
    """A URL without user name and password. What is no URL is not shown at all."""
    return without_login(url) or "(not a URL)"
