"""Which proxy leads to a host: the one reader of ``HTTPS_PROXY``, ``NO_PROXY`` and their kin.

Pure: the variables are passed in. The rules are those that curl and Go agree on. Where only one
of them has a rule, it is taken unless the other contradicts it; where they contradict each other
the comment says whom we follow.

- For ``https://`` hosts ``https_proxy`` counts, for ``http://`` hosts ``http_proxy``, for both
  ``all_proxy`` where theirs is not set. The lower-case spelling comes first; an empty variable is
  not set.
- ``HTTP_PROXY`` in capitals is ignored in a CGI program (``REQUEST_METHOD`` is set), where a
  request's header ``Proxy`` would set it.
- ``no_proxy`` lists hosts that are reached directly, separated by commas or blanks: a name covers
  its subdomains too; ``.name`` is the same; ``*.name`` covers subdomains alone; addresses and
  networks in CIDR notation; each with ``:port`` for one port (networks without); ``*`` is
  everything. Names are not looked up, so networks cover addresses alone.
- A bare word, with neither scheme nor port nor dot, names no proxy.
- What cannot be read is passed over and listed in ``ProxyDecision.unreadable``.
"""

from __future__ import annotations

import ipaddress
import re
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from codestral_ls.privacy.addresses import Address, Malformed, located

_SCHEMES = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080, "socks": 1080}
"""With the port where none is given. (curl takes 1080 for http too; Go and all others take 80.)"""

_URL = re.compile(r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?P<authority>[^/?#]*)(?P<rest>.*)")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_WITH_PORT = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:]*):(?P<port>[0-9]{1,5})")
_NUMERIC = re.compile(r"[0-9.]+")

# More than anyone writes; keeps a planted variable from costing time.
_MAX_CHARS = 32_768
_MAX_SHOWN_CHARS = 60

_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, taken apart."""

    scheme: str
    """``http``, ``https``, ``socks5`` (the name is looked up here) or ``socks5h`` (there)."""
    host: str
    """Bracketed where it is an IPv6 address."""
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def is_socks(self) -> bool:
        """It speaks SOCKS instead of HTTP."""
        return self.scheme.startswith("socks")

    @property
    def url(self) -> str:
        """Without user name and password: fit to be shown."""
        return f"{self.scheme}://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class _UnreadableEntry:
    """An entry that cannot be read, and why."""

    variable: str
    reason: str
    """The end of a sentence that begins with the variable. Quotes no user name, no password."""

    @property
    def names_proxy(self) -> bool:
        """It should have named a proxy, and not an exception."""
        return self.variable.lower() != "no_proxy"

    def __str__(self) -> str:
        return f"{self.variable} {self.reason}"


@dataclass(frozen=True, slots=True)
class ProxyDecision:
    """How one host is reached."""

    proxy: Proxy | None
    """None: directly."""
    source: str = ""
    """The variable that names a proxy for the host, whether that is used or not."""
    passed_by: str = ""
    """Why the proxy of ``source`` is not used, such as ``.corp.example in NO_PROXY``."""
    named: Proxy | None = None
    """The proxy of ``source``."""
    unreadable: tuple[_UnreadableEntry, ...] = ()


def decide(address: Address, variables: Mapping[str, str]) -> ProxyDecision:
    """How ``address`` is reached by these environment variables. Never raises."""
    unreadable: list[_UnreadableEntry] = []
    source, proxy = _named_proxy(address.scheme, variables, unreadable)
    if address.loopback:
        # No proxy leads here, so what is wrong with the variables does not matter.
        passed_by = "it is this machine" if proxy is not None else ""
        return ProxyDecision(None, source, passed_by, proxy)
    if proxy is None:
        return ProxyDecision(None, unreadable=tuple(unreadable))
    variable, entries = _no_proxy(variables)
    covering = ""
    for entry in entries:
        covers = _covers(entry, address)
        if covers is None:
            reason = f"has {_shown(entry)}, {_complaint(entry)}"
            unreadable.append(_UnreadableEntry(variable, reason))
        elif covers and not covering:
            covering = f"{_shown(entry)} in {variable}"
    used = None if covering else proxy
    return ProxyDecision(used, source, covering, proxy, tuple(unreadable))


def read_proxy(url: str) -> Proxy | str:
    """A proxy's URL taken apart, or why it cannot be read, as the end of a sentence."""
    text = url.strip()
    parts = _URL.fullmatch(text)
    if parts is None or not text.isprintable() or len(text) > _MAX_CHARS:
        return "is no URL; write it as http://host:port"
    scheme = (parts["scheme"] or "http").lower()
    if scheme not in _SCHEMES:
        return "names a kind of proxy that is not supported; http, https and socks5 are"
    login, _, place = parts["authority"].rpartition("@")
    if "@" in parts["rest"]:
        return "has a user name or a password with a special character; write / as %2F, # as %23"
    if parts["rest"].lower().partition("?")[0].endswith((".pac", "wpad.dat")):
        return "names a script that chooses proxies (PAC); write the proxy itself, http://host:port"
    address = located("http", place, "")
    if isinstance(address, Malformed):
        return "is no URL; write it as http://host:port"
    if _is_mere_word(parts, address):
        return "names no proxy; write it as http://host:port, or unset it for none"
    user, _, password = login.partition(":")
    return Proxy(
        "socks5h" if scheme == "socks" else scheme,
        address.bracketed_host,
        address.port if address.explicit_port else _SCHEMES[scheme],
        urllib.parse.unquote(user),
        urllib.parse.unquote(password),
    )


def _is_mere_word(parts: re.Match[str], address: Address) -> bool:
    """Such as ``none``, ``direct``, ``1``: for a host, curl and Go disagree on its port."""
    if parts["scheme"] or parts["rest"] or address.explicit_port or address.loopback:
        return False
    return not re.search(r"[@:.]", parts["authority"].rstrip("."))


def _named_proxy(
    scheme: str, variables: Mapping[str, str], unreadable: list[_UnreadableEntry]
) -> tuple[str, Proxy | None]:
    for variable in _variables(scheme, variables):
        value = variables.get(variable, "").strip()
        if not value:
            continue
        proxy = read_proxy(value)
        if isinstance(proxy, Proxy):
            return variable, proxy
        unreadable.append(_UnreadableEntry(variable, proxy))
    return "", None


def _variables(scheme: str, variables: Mapping[str, str]) -> Iterator[str]:
    yield f"{scheme}_proxy"
    if scheme != "http" or not variables.get("REQUEST_METHOD"):
        yield f"{scheme}_proxy".upper()
    yield "all_proxy"
    yield "ALL_PROXY"


def _no_proxy(variables: Mapping[str, str]) -> tuple[str, Iterable[str]]:
    for variable in ("no_proxy", "NO_PROXY"):
        value = variables.get(variable, "")[:_MAX_CHARS]
        if value.strip():
            return variable, dict.fromkeys(re.split(r"[\s,]+", value.strip(" \t\r\n,")))
    return "", ()


def _covers(entry: str, address: Address) -> bool | None:
    """Whether an entry is about the host; None if it cannot be read."""
    if entry == "*":
        return True
    text, port = entry, None
    if (found := _WITH_PORT.fullmatch(entry)) is not None:
        text, port = found["host"], int(found["port"])
    if port is not None and not 0 < port < 65536:
        return None
    covers = _covers_host(text.lower(), address, with_port=port is not None)
    if covers is None:
        return None
    return covers and port in (None, address.port)


def _covers_host(text: str, address: Address, *, with_port: bool) -> bool | None:
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    host = _as_ip(address.host)
    if "/" in text:
        network = None if with_port else _network(text)
        return None if network is None else host is not None and host in network
    ip = _as_ip(bare)
    if ip is not None:
        return host == ip
    if bare != text or _NUMERIC.fullmatch(text):
        return None
    return _covers_name(text, address.host)


def _covers_name(text: str, host: str) -> bool | None:
    subdomains_alone = text.startswith("*.")
    # Go takes ``.name`` for subdomains alone; curl, Python and others for the name too.
    name = _ascii(text[2:] if subdomains_alone else text.removeprefix("."))
    if name is None:
        return None
    return host.endswith("." + name) or (host == name and not subdomains_alone)


def _ascii(name: str) -> str | None:
    try:
        name = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return name.removesuffix(".") if _NAME.fullmatch(name) else None


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    base, _, bits = text.partition("/")
    if base.startswith("[") and base.endswith("]"):
        base = base[1:-1]
    elif text.endswith("]") and text.startswith("["):
        base, bits = base[1:], bits[:-1]
    if not re.fullmatch(r"[0-9]{1,3}", bits):
        return None
    try:
        return ipaddress.ip_network(f"{base}/{bits}", strict=False)
    except ValueError:
        return None


def _as_ip(text: str) -> _Ip | None:
    try:
        ip = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (ip.version == 6 and ip.ipv4_mapped) or ip


def _complaint(entry: str) -> str:
    if "://" in entry:
        return "which is a URL; write the host alone"
    if "*" in entry or re.fullmatch(r"[0-9.]+\.", entry):
        return "a pattern; write a network as 10.0.0.0/8, subdomains as .corp.example"
    return "which is neither a host nor a network"


def _shown(entry: str) -> str:
    """An entry as it is told. A URL in the list may hold a password."""
    plain = entry.rpartition("@")[2]
    return plain if len(plain) <= _MAX_SHOWN_CHARS else plain[: _MAX_SHOWN_CHARS - 1] + "…"
