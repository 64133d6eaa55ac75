"""Whether requests to an endpoint go through a proxy, and where that is set."""

from __future__ import annotations

import os
import urllib.request
from dataclasses import dataclass

from codestral_ls.config import Resolved
from codestral_ls.privacy.addresses import Malformed, parse, without_login


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that is used for the endpoint, or only for other hosts."""

    shown: str
    """Without user name and password."""
    source: str
    """For people, such as ``HTTPS_PROXY``."""
    used: bool


def proxy_of(base_url: str, resolved: Resolved) -> Proxy | None:
    """The proxy for a base URL; None if there is none."""
    address = parse(base_url)
    if isinstance(address, Malformed):
        return None
    if resolved.settings.proxy:
        source = f"proxy ({resolved.origins['proxy'].name})"
        return Proxy(without_password(resolved.settings.proxy), source, not address.loopback)
    proxies = urllib.request.getproxies()
    url = proxies.get(address.scheme) or proxies.get("all")
    if not url:
        return None
    used = not address.loopback and not urllib.request.proxy_bypass(address.netloc)
    return Proxy(without_password(url), _variable(address.scheme), used)


def without_password(url: str) -> str:
    """A URL without user name and password. What is no URL is not shown at all."""
    return without_login(url) or "(not a URL)"


def _variable(scheme: str) -> str:
    for name in (f"{scheme}_proxy", "all_proxy"):
        for spelling in (name, name.upper()):
            if os.environ.get(spelling):
                return spelling
    return "the system's settings"
