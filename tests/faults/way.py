"""The faults on the way to a server: names, certificates, proxies."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from tests.faults.fault import SILENT, Fault
from tests.faults.server import Door, Misdeed, Then


class Lookup(Enum):
    """How a name is looked up."""

    UNKNOWN = 1
    NO_ANSWER = 2
    """The lookup takes for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameFault(Fault):
    """A fault of whoever should know the server's address."""

    lookup: Lookup


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFault(Fault):
    """A fault in the server's proof of who it is."""

    certificate: Literal["good", "expired", "of another name", "none"] = "good"
    trusted: bool = True
    """By the user's ``caBundle``."""
    does: Misdeed | None = None
    """What the server does instead of speaking TLS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyFault(Fault):
    """A fault of the proxy's."""

    does: Misdeed


NAME_FAULTS = (
    NameFault(
        name="unknown-name",
        sentence="The endpoint's name is not known (or there is no network)",
        lookup=Lookup.UNKNOWN,
        sees="{host} could not be reached. The name was not found; check it, and the network.",
    ),
    NameFault(
        name="no-name-server",
        sentence="The name server does not answer",
        lookup=Lookup.NO_ANSWER,
        sees=SILENT,
    ),
)

_UNREACHED = "{host} could not be reached. "

TLS_FAULTS = (
    TlsFault(
        name="untrusted",
        sentence="Nobody vouches for the certificate (a company's own, without `caBundle`)",
        trusted=False,
        sees=_UNREACHED + "Its certificate is not trusted; a company's own goes into caBundle.",
    ),
    TlsFault(
        name="expired",
        sentence="The certificate has expired",
        certificate="expired",
        sees=_UNREACHED + "Its certificate has expired.",
    ),
    TlsFault(
        name="another-name",
        sentence="The certificate is for another host",
        certificate="of another name",
        sees=_UNREACHED + "Its certificate is for another host; check the endpoint.",
    ),
    TlsFault(
        name="no-tls",
        sentence="The server speaks plain HTTP where the endpoint says https",
        certificate="none",
        does=Misdeed(listens=False, says=b"HTTP/1.1 400 Bad Request\r\n\r\n", then=Then.STALL),
        sees=_UNREACHED + "It does not speak TLS as it should; check https and the port.",
    ),
    TlsFault(
        name="stall-in-handshake",
        sentence="The server stalls in the TLS handshake",
        certificate="none",
        does=Misdeed(listens=False, then=Then.STALL),
        sees=SILENT,
    ),
)

_PROXY = "The proxy {proxy} "
_THROUGH = " {host} is reached through it."

PROXY_FAULTS = (
    ProxyFault(
        name="proxy-down",
        sentence="The proxy is down",
        does=Misdeed(door=Door.SHUT),
        sees=_PROXY
        + "could not be reached. Nothing listens there; check that it is running."
        + _THROUGH,
    ),
    ProxyFault(
        name="proxy-forbids",
        sentence="The proxy does not let this host be reached",
        does=Misdeed(says=b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
        sees=_PROXY + "refused the connection. It does not allow this host (403)." + _THROUGH,
    ),
    ProxyFault(
        name="proxy-wants-a-password",
        sentence="The proxy wants a password",
        does=Misdeed(says=b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n"),
        sees=_PROXY
        + "refused the connection. It wants a user name and a password in its URL (407); where it "
        + "takes NTLM or Kerberos alone, let a local proxy such as Px log in."
        + _THROUGH,
    ),
    ProxyFault(
        name="proxy-without-network",
        sentence="The proxy cannot reach the server",
        does=Misdeed(says=b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"),
        sees=_PROXY + "refused the connection. It could not reach the host (502)." + _THROUGH,
    ),
    ProxyFault(
        name="proxy-hangs-up",
        sentence="The proxy closes the connection",
        does=Misdeed(),
        sees=_PROXY + "broke off or does not speak HTTP; check its address." + _THROUGH,
    ),
    ProxyFault(
        name="proxy-stalls",
        sentence="The proxy does not answer",
        does=Misdeed(then=Then.STALL),
        sees=SILENT,
    ),
    ProxyFault(
        name="proxy-breaks-handshake",
        sentence="The proxy connects, and then nothing comes through",
        does=Misdeed(says=b"HTTP/1.1 200 Connected\r\n\r\n", then=Then.STALL),
        sees=SILENT,
    ),
)
