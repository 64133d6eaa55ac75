"""What an endpoint in the settings names: scheme, host, port and path, in one spelling only.

Programs disagree about what a crooked URL means, and a trust decision made by one reading while
the connection is opened by another is none. So there is no repairing here: what is not plainly a
base URL is refused with the way to write it, and connections are opened with ``base_url``, made
anew from the parts that were judged, never with the text that came in.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace

# Longer than any base URL; keeps the patterns below cheap for whatever is pasted.
_MAX_LENGTH = 2000

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>.*)\Z")
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^\[\]:]*)(?::(?P<port>.*))?\Z")
# RFC 3986: segments of unreserved characters, sub-delims, ":" and "@", or well-formed escapes.
_PATH = re.compile(r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)*\Z")
_PLAIN = re.compile(r"[A-Za-z0-9._/-]*\Z")
# Host names as in RFC 1123, with the underscore that Docker's and Windows' names may have.
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
# What inet_aton(3), and with it most of the world's programs, may take for a number.
_NUMBER = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """A base URL, taken apart."""

    scheme: str
    host: str
    """Lower-case ASCII without a trailing dot; IP addresses in their one canonical form."""
    port: int
    explicit_port: bool
    path: str

    @property
    def loopback(self) -> bool:
        """This machine, whatever a resolver says: by address, or by the names of RFC 6761."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        ip = _as_ip(self.host)
        return ip is not None and ip.is_loopback

    @property
    def bracketed_host(self) -> str:
        """As in a URL: IPv6 addresses in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def netloc(self) -> str:
        """Host, with the port where it is not the scheme's own."""
        host = self.bracketed_host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def base_url(self) -> str:
        """The only text a connection may be opened with. No trailing slash."""
        return f"{self.scheme}://{self.netloc}{self.path}"

    @property
    def shown(self) -> str:
        """For lines that people paste into a shell: a path that a shell would act on is left out,
        since a planted endpoint has a planted path."""
        return self.base_url if _PLAIN.match(self.path) else f"{self.scheme}://{self.netloc}"


@dataclass(frozen=True, slots=True)
class Malformed:
    """Why a text is no base URL, and how to write it."""

    reason: str
    remedy: str


def parse(endpoint: str) -> Address | Malformed:
    """Take an endpoint apart, or say what is wrong with it. Never raises."""
    text = endpoint.strip(" \t\r\n")
    if not text or len(text) > _MAX_LENGTH:
        return Malformed("The endpoint is empty or far too long.", _EXAMPLE)
    if not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        return _odd_characters(text)
    if text[0] in _QUOTES and text[-1] in _QUOTES:
        return Malformed("The endpoint stands in quotation marks.", "Write it without them.")
    if _TWO_SCHEMES.match(text):
        return Malformed("The endpoint has its scheme twice.", _EXAMPLE)
    url = _URL.match(text)
    if url is None:
        return _without_scheme(text)
    scheme = url["scheme"].lower()
    if scheme not in _DEFAULT_PORTS:
        return Malformed("The endpoint is neither https:// nor http://.", _EXAMPLE)
    if "@" in url["authority"]:
        return Malformed(
            "The endpoint carries a user name or a password before its host.",
            "Write it without, and give the key as CODESTRAL_LS_API_KEY.",
        )
    if "?" in url["rest"] or "#" in url["rest"]:
        return Malformed("The endpoint goes on after its path, with ? or #.", _EXAMPLE)
    if not _PATH.match(url["rest"]):
        return Malformed("The endpoint's path has characters that no path may have.", _EXAMPLE)
    return located(scheme, url["authority"], url["rest"])


def without_login(url: str) -> str | None:
    """Scheme, host and port of a proxy's URL, which may hold a user name and a password; None if
    it is no URL."""
    text = url.strip()
    parts = _URL.match(text if "://" in text else f"http://{text}")
    if parts is None:
        return None
    address = located("http", parts["authority"].rpartition("@")[2], "")
    if isinstance(address, Malformed):
        return None
    port = f":{address.port}" if address.explicit_port else ""
    return f"{parts['scheme']}://{address.bracketed_host}{port}"


_QUOTES = "\"'`"
_TWO_SCHEMES = re.compile(r"[a-z]+:/*[a-z]+://", re.IGNORECASE)
_EXAMPLE = "Write a base URL: https://api.mistral.ai, or http://localhost:8080."


def _odd_characters(text: str) -> Malformed:
    if text.isascii() or not text.isprintable():
        return Malformed(
            "The endpoint contains a backslash, white space or a control character.", _EXAMPLE
        )
    return Malformed(
        "The endpoint has letters beyond ASCII, which may only look like the ones they resemble.",
        "Write an international host name in its xn-- form.",
    )


def _without_scheme(text: str) -> Malformed:
    authority, slash, rest = text.partition("/")
    address = located("https", authority, "")
    if isinstance(address, Address) and address.loopback:
        address = located("http", authority, "")
    if isinstance(address, Malformed) or not _PATH.match(slash + rest):
        return Malformed("The endpoint is no URL.", _EXAMPLE)
    whole = replace(address, path=(slash + rest).rstrip("/"))
    return Malformed("The endpoint lacks its scheme.", f"Write {whole.shown}.")


def located(scheme: str, authority: str, path: str) -> Address | Malformed:
    """Host and port taken apart, both as ``parse`` takes them. ``scheme``: http or https."""
    parts = _AUTHORITY.match(authority)
    if parts is None:
        return Malformed("The endpoint's host is neither a name nor an address.", _EXAMPLE)
    host = _host(parts["host"].lower())
    if isinstance(host, Malformed):
        return host
    digits = parts["port"]
    if digits is None:
        return Address(scheme, host, _DEFAULT_PORTS[scheme], False, path.rstrip("/"))
    if not re.fullmatch(r"[0-9]{1,5}", digits) or not 1 <= int(digits) <= 65_535:
        return Malformed("The endpoint's port is not a number from 1 to 65535.", _EXAMPLE)
    return Address(scheme, host, int(digits), True, path.rstrip("/"))


def _host(text: str) -> str | Malformed:
    if text.startswith("["):
        return _ipv6(text[1:-1])
    # One trailing dot makes a name absolute; it is the same host.
    labels = text.removesuffix(".").split(".")
    if _NUMBER.match(labels[-1]):
        return _ipv4(".".join(labels))
    if len(text) > 253 or not all(_LABEL.match(label) for label in labels):
        return Malformed("The endpoint's host is neither a name nor an address.", _EXAMPLE)
    return ".".join(labels)


def _ipv4(text: str) -> str | Malformed:
    # ``127.1``, ``0x7f.1``, ``2130706433`` and ``0177.0.0.1`` are this machine to some programs,
    # and something else to others.
    try:
        return _reachable(ipaddress.IPv4Address(text))
    except ValueError:
        return Malformed(
            "The endpoint's host is a number, but not an IPv4 address as everyone reads it.",
            "Write four decimal numbers without leading zeros, such as 127.0.0.1.",
        )


def _ipv6(text: str) -> str | Malformed:
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        address = None
    if address is None or address.scope_id is not None:
        return Malformed(
            "The endpoint's host is no IPv6 address, or one with a zone.",
            "Write it without a zone, such as [::1].",
        )
    return _reachable(address.ipv4_mapped or address)


def _reachable(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    # Servers print the address they listen at, and people paste it. To connect to "any address"
    # means this machine on Linux and nothing on Windows; say this machine everywhere.
    if ip.is_unspecified:
        return "127.0.0.1" if ip.version == 4 else "::1"
    return str(ip)


def _as_ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
