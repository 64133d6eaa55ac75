"""The way out of this network: which proxy a request takes, as httpx wants to be told.

The rules are in ``privacy.proxies``; here are the sources: the setting, the environment, and on
macOS and Windows what the system's own settings say where the environment says nothing.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import urllib.request
from collections.abc import Mapping

from codestral_ls.installation import install_command
from codestral_ls.privacy.addresses import Address
from codestral_ls.privacy.proxies import ProxyDecision, decide, read_proxy

SETTING = "proxy"
"""What ``ProxyDecision.source`` says of a proxy in the settings."""

_SYSTEM = "the system's settings"
"""What it says of one in the system's."""


def has_socks() -> bool:
    """What httpx needs for SOCKS is installed."""
    return importlib.util.find_spec("socksio") is not None


def socks_wanted() -> str:
    """The end of a sentence that begins with a proxy."""
    return f"speaks SOCKS, which needs another library: {install_command('httpx[socks]')}"


class UnusableProxy(ValueError):
    """The proxy in the settings cannot be read; the message is one sentence."""


def way_to(
    address: Address, setting: str | None, environ: Mapping[str, str] | None = None
) -> ProxyDecision:
    """How ``address`` is reached. Raises UnusableProxy.

    A proxy in the settings is used for all hosts but this machine, and is not passed over where
    it cannot be read: the user relies on it.
    """
    if setting:
        proxy = read_proxy(setting)
        if isinstance(proxy, str):
            raise UnusableProxy(f"The proxy in the settings {proxy}.")
        if address.loopback:
            return ProxyDecision(None, SETTING, "it is this machine", proxy)
        return ProxyDecision(proxy, SETTING, named=proxy)
    decision = decide(address, os.environ if environ is None else environ)
    if decision.named is None and platform.system() in {"Darwin", "Windows"}:
        return _by_system(address, decision)
    return decision


def _by_system(address: Address, decision: ProxyDecision) -> ProxyDecision:
    if urllib.request.getproxies_environment():
        return decision  # as Python does: the environment replaces the system's settings
    proxies = urllib.request.getproxies()
    proxy = read_proxy(proxies.get(address.scheme) or proxies.get("all", ""))
    if isinstance(proxy, str):
        return decision
    if address.loopback:
        return ProxyDecision(None, _SYSTEM, "it is this machine", proxy)
    if urllib.request.proxy_bypass(address.netloc):
        return ProxyDecision(None, _SYSTEM, "they make an exception of it", proxy)
    return ProxyDecision(proxy, _SYSTEM, named=proxy)
