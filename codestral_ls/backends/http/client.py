"""HTTP for every backend: the only place that makes an httpx client, and the only place where
exceptions of httpx become errors of ``base``. (Statuses: ``refusals``.)

Imported by ``connection`` in a thread, since httpx and the certificates take their time to load.

HTTP/1.1 alone: over HTTP/2 httpx does not reset a stream that is given up, and the server would
go on generating. Redirects are not followed: trust was given to a host, not to where it points.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import platform
import socket
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx
import truststore

from codestral_ls import __version__
from codestral_ls.backends.base import (
    AuthError,
    BackendError,
    BackendTimeout,
    BadRequest,
    NetworkFailure,
    ProtocolViolation,
    ServerFailure,
)
from codestral_ls.backends.http.response import Response
from codestral_ls.backends.options import BackendOptions
from codestral_ls.privacy.addresses import Address, Malformed

# Clouds forget idle connections after 240 s and more, without telling us; below that, every
# pause to think that a server tolerates may end on the same connection.
_KEEPALIVE_S = 120.0

# Two in use, as in the table of backends, and two that a change of mind left behind.
_MAX_IDLE_CONNECTIONS = 4

_Body = Mapping[str, Any] | tuple[str, bytes]  # sent as JSON, or as it is with its type
# As long as one answer may take by default.
_IDLE_TIMEOUT_S = 5.0

_EXCEPTION_ERRORS: Mapping[type[Exception], tuple[type[BackendError], str]] = {
    httpx.ConnectTimeout: (BackendTimeout, "{host} did not accept a connection in time."),
    httpx.ReadTimeout: (BackendTimeout, "{host} kept silent for too long."),
    httpx.WriteTimeout: (BackendTimeout, "{host} stopped reading the request."),
    httpx.PoolTimeout: (BackendTimeout, "Too many requests to {host} are under route."),
    httpx.ConnectError: (NetworkFailure, "{host} could not be reached."),
    httpx.NetworkError: (NetworkFailure, "The connection to {host} broke."),
    httpx.ProxyError: (NetworkFailure, "{host} refused the connection."),
    httpx.UnsupportedProtocol: (BadRequest, "The address of {host} is not an http(s) URL."),
    httpx.InvalidURL: (BadRequest, "The address {host} is not a URL."),
    httpx.LocalProtocolError: (BadRequest, "The request to {host} cannot be sent as HTTP."),
    httpx.RemoteProtocolError: (NetworkFailure, "{host} broke off or does not speak HTTP."),
    httpx.DecodingError: (ProtocolViolation, "{host} sent an answer that cannot be decoded."),
    httpx.TooManyRedirects: (BadRequest, "{host} redirects in a circle; check the base URL."),
    httpx.HTTPStatusError: (ServerFailure, "{host} answered with an error."),
    httpx.CookieConflict: (ProtocolViolation, "{host} sent contradicting cookies."),
    httpx.StreamError: (NetworkFailure, "The connection to {host} has been closed."),
}
"""The nearest base class decides; a test fails when an exception that httpx raises has none."""


def failure(error: Exception, host: str) -> BackendError:
    """The error that an exception of httpx means, in a sentence for people.

    httpx's own words are left out: they may quote the request's headers.
    """
    for base in type(error).__mro__:
        if base in _EXCEPTION_ERRORS:
            kind, sentence = _EXCEPTION_ERRORS[base]
            return kind(sentence.format(host=host) + _reason(error))
    return NetworkFailure(f"The request to {host} failed.")  # a newer httpx knows more ways


# Where distributions keep what they trust, for a Python whose OpenSSL was built to look elsewhere:
# Debian, Fedora, SUSE, Alpine.
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


@functools.cache
def system_certificates() -> ssl.SSLContext:
    """What the operating system trusts, company CAs included. Made once: it takes 40 ms."""
    if platform.system() in {"Darwin", "Windows"}:
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Elsewhere truststore reads the same files, but anew for every connection and on the event
    # loop. SSL_CERT_FILE and SSL_CERT_DIR are heeded here, as by every program with OpenSSL.
    context = ssl.create_default_context()
    if not ssl.get_default_verify_paths().cafile:
        found = next(filter(os.path.isfile, _BUNDLES), None)
        if found is not None:
            context.load_verify_locations(found)
    return context


class HttpClient:
    """Connections to one endpoint. Safe for any number of requests at a time, on one loop."""

    def __init__(self, options: BackendOptions) -> None:
        """Slow (certificates): not on the event loop. Raises BackendError for bad settings."""
        address = options.address
        if isinstance(address, Malformed):
            raise BadRequest(f"{address.reason} {address.remedy}")
        self.host = options.host
        self._address = address
        self._client = _make_client(options, address)
        self._headers = _checked_headers(options)

    @contextlib.asynccontextmanager
    async def request(
        self, method: str, path: str, *, body: _Body | None = None, accept: str
    ) -> AsyncIterator[Response]:
        """Send, and give the answer once its head has arrived, whatever its status.

        Leaving the block before the body is read closes the connection, which ends a generation.
        """
        headers = {"Accept": accept, **self._headers}
        content = None
        if isinstance(body, tuple):
            headers["Content-Type"], content = body
        elif body is not None:
            headers["Content-Type"] = "application/json"
            text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
            # Half a surrogate pair, which a document can hold and UTF-8 cannot, becomes "?".
            content = text.encode("utf-8", "replace")
        with self._translated():
            response = await self._send(method, path, headers, content)
            try:
                yield Response(
                    host=self.host,
                    status=response.status_code,
                    headers=response.headers,
                    received=self._received(response),
                )
            finally:
                await response.aclose()

    async def warm(self) -> None:
        """Have a connection standing. Asks for nothing, and shows no key."""
        with self._translated():
            await self._client.head(self._address.base_url + "/")

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes | None
    ) -> httpx.Response:
        if self._client.is_closed:
            raise NetworkFailure(f"The connection to {self.host} has been closed.")
        route = _Route(self._address)
        request = self._client.build_request(
            method,
            self._address.base_url + path,
            headers=headers,
            content=content,
            extensions={"trace": route.trace},
        )
        try:
            return await self._sent(request, route)
        except httpx.TransportError as error:
            raise route.failure(error, self.host) from error
        except asyncio.CancelledError:
            await route.give_up()
            raise

    async def _sent(self, request: httpx.Request, route: _Route) -> httpx.Response:
        try:
            return await self._client.send(request, stream=True)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            # A server may close a kept connection in the moment that we use it; then nothing of
            # the request was done. On a new connection the same failure is the server's answer.
            if route.address is not None:
                raise
            return await self._client.send(request, stream=True)

    async def _received(self, response: httpx.Response) -> AsyncGenerator[bytes, None]:
        with self._translated():
            async for piece in response.aiter_raw():
                yield piece

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError) as e:
            raise failure(e, self.host) from e


class _Route:
    """The connection that a request opened, if it did: to the server, or to a proxy."""

    def __init__(self, address: Address) -> None:
        self.address: tuple[str, int] | None = None
        """What was connected to."""
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
        return type(told)(f"{sentence} {host} is reached through it.")

    async def give_up(self) -> None:
        """Close what httpcore leaves open when it is cancelled in a TLS handshake."""
        if self._stream is not None and not self._stands:
            await self._stream.aclose()


def _make_client(options: BackendOptions, address: Address) -> httpx.AsyncClient:
    try:
        return httpx.AsyncClient(
            verify=_certificates(options, address),
            # httpx would send even loopback requests through HTTP_PROXY.
            trust_env=not address.loopback,
            proxy=None if address.loopback else options.proxy,
            timeout=httpx.Timeout(
                options.idle_timeout_s or _IDLE_TIMEOUT_S, connect=options.connect_timeout_s
            ),
            limits=httpx.Limits(
                max_keepalive_connections=_MAX_IDLE_CONNECTIONS, keepalive_expiry=_KEEPALIVE_S
            ),
            # No policy accepts a cookie: they would only let a server recognise the user.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            http1=True,
            http2=False,
            follow_redirects=False,
        )
    except (ValueError, ImportError, httpx.InvalidURL):
        # The URL of the proxy is not repeated, since it may hold a password.
        raise NetworkFailure(
            "The proxy in the settings or the environment cannot be used; "
            "give one as http://host:port."
        ) from None


def _certificates(options: BackendOptions, address: Address) -> ssl.SSLContext:
    if address.scheme != "https":
        # Trusts no certificate, and costs nothing to make.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if options.ca_bundle is None:
        return system_certificates()
    try:
        return ssl.create_default_context(cafile=options.ca_bundle)
    except OSError:  # ssl.SSLError is one
        raise NetworkFailure(
            f"The certificates in {options.ca_bundle} (caBundle) cannot be read."
        ) from None


def _checked_headers(options: BackendOptions) -> dict[str, str]:
    headers = {
        "User-Agent": f"codestral-ls/{__version__}",
        # Events are small and wanted at once; and what is not compressed cannot be a bomb.
        "Accept-Encoding": "identity",
        **options.headers,
    }
    if options.api_key:
        if not _is_header_value(options.api_key):
            raise AuthError(f"The key for {options.host} holds characters that no key has.")
        headers["Authorization"] = f"Bearer {options.api_key}"
    for name, value in headers.items():
        if not (_is_header_value(name) and _is_header_value(value)):
            raise BadRequest("A header in the settings cannot be sent: only ASCII can.")
    return headers


def _is_header_value(text: str) -> bool:
    return text.isascii() and text.isprintable()


_PROXY_REASONS = {
    "403": " It does not allow this host (403).",
    "407": " It wants a user name and a password in its URL (407).",
    "502": " It could not reach the host (502).",
    "503": " It could not reach the host (503).",
    "504": " It could not reach the host (504).",
}

_UNTRUSTED = " Its certificate is not trusted; a company's own goes into caBundle."
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
        return _PROXY_REASONS.get(str(error)[:3], "")  # httpcore begins with the status
    if not isinstance(error, httpx.ConnectError):
        return ""
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return " The name was not found."
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _CERTIFICATE_REASONS.get(getattr(cause, "verify_code", 0), _UNTRUSTED)
        if isinstance(cause, ssl.SSLError):
            return " It does not speak TLS as it should; check https and the port."
        if isinstance(cause, ConnectionRefusedError):
            return " Nothing listens there."
    return ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    queue = [error]
    while queue:
        cause = queue.pop()
        yield cause
        if isinstance(cause, BaseExceptionGroup):
            queue.extend(cause.exceptions)
        queue.extend(filter(None, [cause.__cause__ or cause.__context__]))
