"""What became of a request that got no answer: exceptions of httpx as errors of ``base``.

The only place where the ones become the others. (Statuses: ``refusals``.) Imported with httpx,
in a thread, by ``client``.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx

from codestral_ls.backends.base import (
    BackendError,
    BackendTimeout,
    BadRequest,
    NetworkFailure,
    ProtocolViolation,
    ServerFailure,
)
from codestral_ls.backends.http import certificates
from codestral_ls.privacy.addresses import Address

_EXCEPTION_ERRORS: Mapping[type[Exception], tuple[type[BackendError], str]] = {
    httpx.ConnectTimeout: (
        BackendTimeout,
        "{host} did not accept a connection in time; check the network, or its address.",
    ),
    httpx.ReadTimeout: (
        BackendTimeout,
        "{host} kept silent for too long; check the network, or try again.",
    ),
    httpx.WriteTimeout: (BackendTimeout, "{host} stopped reading the request; try again."),
    httpx.PoolTimeout: (BackendTimeout, "Too many requests to {host} are under route."),
    httpx.ConnectError: (NetworkFailure, "{host} could not be reached."),
    httpx.NetworkError: (NetworkFailure, "The connection to {host} broke; try again."),
    httpx.ProxyError: (NetworkFailure, "{host} refused the connection."),
    httpx.UnsupportedProtocol: (BadRequest, "The address of {host} is not an http(s) URL."),
    httpx.InvalidURL: (BadRequest, "The address {host} is not a URL."),
    httpx.LocalProtocolError: (BadRequest, "The request to {host} cannot be sent as HTTP."),
    httpx.RemoteProtocolError: (
        NetworkFailure,
        "{host} broke off or does not speak HTTP; check its address.",
    ),
    httpx.DecodingError: (
        ProtocolViolation,
        "{host} sent an answer that cannot be decoded; check the base URL and any proxy.",
    ),
    httpx.TooManyRedirects: (BadRequest, "{host} redirects in a circle; check the base URL."),
    httpx.HTTPStatusError: (ServerFailure, "{host} answered with an error."),
    httpx.CookieConflict: (ProtocolViolation, "{host} sent contradicting cookies."),
    httpx.StreamError: (NetworkFailure, "The connection to {host} has been closed."),
}
"""The nearest base class decides; a test fails when an exception that httpx raises has none."""

_BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


def failure(error: Exception, host: str) -> BackendError:
    """The error that an exception of httpx means, in a sentence for people.

    httpx's own words are left out: they may quote the request's headers.
    """
    for base in type(error).__mro__:
        if base in _EXCEPTION_ERRORS:
            kind, sentence = _EXCEPTION_ERRORS[base]
            told = kind(sentence.format(host=host) + _reason(error))
            told.was_sent = not isinstance(error, _BEFORE_SENDING)
            return told
    return NetworkFailure(f"The request to {host} failed.")  # a newer httpx knows more ways


def worded(error: BackendError, message: str) -> BackendError:
    """The error of a connection, in other words."""
    again = type(error)(message)
    again.was_sent = error.was_sent
    return again


class Route:
    """The connection that a request opened, if it did: to the server, or to a proxy."""

    def __init__(self, address: Address) -> None:
        self.address: tuple[str, int] | None = None
        """What was connected to."""
        self.is_kept = False
        """The request goes out on a connection that stood before."""
        self.sends_on_kept: Callable[[], None] = lambda: None
        """Called when it does."""
        self._server = address.host, address.port
        self._is_secure = address.scheme == "https"
        self._stream: Any = None
        self._reached_server = False
        self._stands = False

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """What httpcore calls at each step."""
        match event.split("."):
            case [_, "connect_tcp", "started"]:
                self.address = info["host"], info["port"]
            case [_, "connect_tcp", "complete"]:
                self._stream = info["return_value"]
                # Without TLS what a proxy does cannot be told from what the server does.
                self._reached_server = self._stands = not self._is_secure
            case ["http11", "send_request_headers", "started"]:
                self.is_kept = self.address is None
                if self.is_kept:
                    self.sends_on_kept()
            case [_, "start_tls", "started"]:
                self._reached_server = info["server_hostname"] == self._server[0]
            case [_, "start_tls", "complete"]:
                self._stands = self._reached_server

    def failure(self, error: httpx.TransportError, host: str) -> BackendError:
        """The error, told of the proxy where the request did not get beyond it."""
        if self.address is None or self.address == self._server or self._reached_server:
            return failure(error, host)
        told = failure(error, "the proxy {}:{}".format(*self.address))
        sentence = told.message[0].upper() + told.message[1:]
        return worded(told, f"{sentence} {host} is reached through it.")

    async def give_up(self) -> None:
        """Close what httpcore leaves open when it is cancelled in a TLS handshake."""
        if self._stream is not None and not self._stands:
            await self._stream.aclose()


_PROXY_REASONS = {
    "403": " It does not allow this host (403).",
    "407": " It wants a user name and a password in its URL (407); where it takes NTLM or "
    "Kerberos alone, let a local proxy such as Px log in.",
    "502": " It could not reach the host (502).",
    "503": " It could not reach the host (503).",
    "504": " It could not reach the host (504).",
    "511": " It wants a login with a browser first (511).",
}

_OTHER_HOST = " Its certificate is for another host; check the endpoint."
_CERTIFICATE_REASONS = {  # by the codes of OpenSSL's x509_vfy.h
    9: " Its certificate is not valid yet; check this machine's clock.",
    10: " Its certificate has expired.",
    62: _OTHER_HOST,
    64: _OTHER_HOST,
}


def _reason(error: BaseException) -> str:
    """Why no connection came about, from the exceptions below httpx's."""
    if isinstance(error, httpx.ProxyError):
        status = str(error)[:3]  # httpcore begins with it
        other = f" It answered with {status}." if status.isdecimal() else ""
        return _PROXY_REASONS.get(status, other)
    if not isinstance(error, httpx.ConnectError):
        return ""
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return " The name was not found; check it, and the network."
        if isinstance(cause, ssl.SSLCertVerificationError):
            told = _CERTIFICATE_REASONS.get(getattr(cause, "verify_code", 0))
            own = certificates.hint(os.environ)
            untrusted = " Its certificate is not trusted; a company's own goes into caBundle"
            return told or f"{untrusted}{own}."
        if isinstance(cause, ssl.SSLError):
            return " It does not speak TLS as it should; check https and the port."
        if isinstance(cause, ConnectionRefusedError):
            return " Nothing listens there; check that it is running."
    return ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    queue = [error]
    while queue:
        cause = queue.pop()
        yield cause
        if isinstance(cause, BaseExceptionGroup):
            queue.extend(cause.exceptions)
        queue.extend(filter(None, [cause.__cause__ or cause.__context__]))
