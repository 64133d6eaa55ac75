"""HTTP for every backend: the only place that makes an httpx client.

Imported by ``connection`` in a thread, since httpx and the certificates take their time to load.

HTTP/1.1 alone: over HTTP/2 httpx does not reset a stream that is given up, and the server would
go on generating. Redirects are not followed: trust was given to a host, not to where it points.

Connections are kept from one request to the next, and die unnoticed when the machine sleeps or
changes its network: what is written to them is lost, and nothing comes back. So a request on a
kept connection has a part of its time only. If no answer begins by then, all connections of that
age are given up, and it is asked anew, once, on a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from codestral_ls.backends.base import (
    BackendError,
    BadRequest,
    NetworkFailure,
)
from codestral_ls.backends.http.certificates import certificates_of
from codestral_ls.backends.http.failures import Route, failure, worded
from codestral_ls.backends.http.proxying import UnusableProxy, has_socks, socks_wanted, way_to
from codestral_ls.backends.http.request_headers import RequestHeaders
from codestral_ls.backends.http.response import JSON_TYPE, Response
from codestral_ls.backends.options import BackendOptions
from codestral_ls.privacy.addresses import Address, Malformed
from codestral_ls.privacy.proxies import ProxyDecision

# Clouds forget idle connections after 240 s and more, without telling us; below that, every
# pause to think that a server tolerates may end on the same connection.
_KEEPALIVE_S = 120.0

# Two in use, as in the table of backends, and two that a change of mind left behind.
_MAX_IDLE_CONNECTIONS = 4

_Body = Mapping[str, Any] | tuple[str, bytes]  # sent as JSON, or as it is with its type
# As long as one answer may take by default.
_IDLE_TIMEOUT_S = 5.0

# A kept connection is silent if no answer begins within so many times what the slowest of the last
# answers took, and never before a server has had a second.
_SILENT_AFTER, _SILENT_AFTER_S = 4.0, 1.0
_HEADS_REMEMBERED = 8
# A second attempt has at least as much time as the first had.
_FIRST_SHARE = 0.5


# What a connection does that was closed, or of which one end is gone.
_CONNECTION_LOST = (
    httpx.RemoteProtocolError,
    httpx.ReadError,
    httpx.WriteError,
    httpx.ReadTimeout,
    httpx.WriteTimeout,
)


class _Lost(Exception):
    """A kept connection is no good; ``error`` says in which way."""

    def __init__(self, error: BackendError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(frozen=True, slots=True)
class _Asked:
    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None

    @property
    def is_completion(self) -> bool:
        """Its answer takes the time that a model takes."""
        return self.headers["Accept"] != JSON_TYPE


class _Pool:
    """Connections that go together, once one of them has fallen silent."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self._n_in_use = 0
        self._retired = False

    @contextlib.asynccontextmanager
    async def in_use(self) -> AsyncIterator[httpx.AsyncClient]:
        """For the time of one request."""
        self._n_in_use += 1
        try:
            yield self.client
        finally:
            self._n_in_use -= 1
            if self._retired:
                await self.retire()

    async def retire(self) -> None:
        """Close all connections as soon as nothing is under way on them."""
        self._retired = True
        if not self._n_in_use:
            await self.client.aclose()


class HttpClient:
    """Connections to one endpoint. Safe for any number of requests at a time, on one loop."""

    def __init__(self, options: BackendOptions) -> None:
        """Slow (certificates): not on the event loop. Raises BackendError for bad settings."""
        address = options.address
        if isinstance(address, Malformed):
            raise BadRequest(f"{address.reason} {address.remedy}")
        self.host = options.host
        self._address = address
        self._options = options
        self._way = _way_to(address, options)
        proxy = self._way.proxy
        is_tls = address.scheme == "https" or (proxy is not None and proxy.scheme == "https")
        # One that is of no use trusts no certificate, and costs nothing to make.
        unused = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._certificates = certificates_of(options.ca_bundle) if is_tls else unused
        self._proxy = _proxy_for_httpx(self._way, self._certificates)
        self._headers = RequestHeaders(options)
        self.has_key = bool(options.api_key)
        """A key is shown with every request."""
        self._pool = _Pool(self._new_client())
        self._heads_s: deque[float] = deque(maxlen=_HEADS_REMEMBERED)
        """How long the last completions took to begin."""

    @contextlib.asynccontextmanager
    async def request(
        self,
        method: str,
        path: str,
        *,
        body: _Body | None = None,
        accept: str,
        request_id: str = "",
        language: str = "",
    ) -> AsyncIterator[Response]:
        """Send, and give the answer once its head has arrived, whatever its status.

        ``request_id`` goes along; a new one where it is empty. ``language``: the document's.

        Leaving the block before the body is read closes the connection, which ends a generation.
        """
        headers = self._headers.of(accept, request_id, language)
        content = None
        if isinstance(body, tuple):
            headers["Content-Type"], content = body
        elif body is not None:
            headers["Content-Type"] = "application/json"
            text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
            # Half a surrogate pair, which a document can hold and UTF-8 cannot, becomes "?".
            content = text.encode("utf-8", "replace")
        asked = _Asked(method, self._address.base_url + path, headers, content)
        with self._translated():
            async with contextlib.AsyncExitStack() as holding:
                response = await self._answer(holding, asked)
                yield Response(
                    host=self.host,
                    status=response.status_code,
                    headers=response.headers,
                    received=self._received(response),
                )

    async def warm(self) -> None:
        """Have a connection standing. Asks for nothing, and shows no key."""
        with self._translated():
            async with self._pool.in_use() as client:
                await client.head(self._address.base_url + "/")

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.client.aclose()

    async def _answer(self, holding: contextlib.AsyncExitStack, asked: _Asked) -> httpx.Response:
        """The answer's head, from the second attempt if a kept connection was no good."""
        pool = self._pool
        try:
            return await self._attempt(holding, pool, asked, self._silent_after_s(asked))
        except _Lost:
            await self._renew(pool)
        try:
            return await self._attempt(holding, self._pool, asked, None)
        except _Lost as lost:
            raise lost.error from lost
        except BackendError as error:
            # By the first attempt, if not by this one.
            error.was_sent = True
            raise

    async def _attempt(
        self,
        holding: contextlib.AsyncExitStack,
        pool: _Pool,
        asked: _Asked,
        silent_after_s: float | None,
    ) -> httpx.Response:
        """The answer's head; ``holding`` then keeps what it came on. Raises _Lost, with the error,
        where a kept connection failed."""
        if pool.client.is_closed:
            raise NetworkFailure(f"The connection to {self.host} has been closed.")
        loop = asyncio.get_running_loop()
        started_at = loop.time()
        route = Route(self._address)
        async with contextlib.AsyncExitStack() as held:
            client = await held.enter_async_context(pool.in_use())
            request = client.build_request(
                asked.method,
                asked.url,
                headers=asked.headers,
                content=asked.content,
                extensions={"trace": route.trace},
            )
            try:
                async with asyncio.timeout(None) as limit:
                    if silent_after_s is not None:
                        at = started_at + silent_after_s
                        route.sends_on_kept = lambda: limit.reschedule(at)
                    response = await client.send(request, stream=True)
            except TimeoutError:
                raise _Lost(failure(httpx.ReadTimeout("silent"), self.host)) from None
            except httpx.TransportError as error:
                told = self._explained(route.failure(error, self.host))
                if route.is_kept and isinstance(error, _CONNECTION_LOST):
                    raise _Lost(told) from error
                raise told from error
            except asyncio.CancelledError:
                await route.give_up()
                if route.is_kept and loop.time() - started_at >= _SILENT_AFTER_S:
                    # Whoever waited has given up; the next one shall not wait for the same.
                    await self._renew(pool)
                raise
            if asked.is_completion:
                self._heads_s.append(loop.time() - started_at)
            held.push_async_callback(response.aclose)
            await holding.enter_async_context(held.pop_all())
            return response

    def _silent_after_s(self, asked: _Asked) -> float | None:
        """After how long a kept connection counts as dead; None: whoever asks decides.

        A slow server is left to answer: a request that is given up may be a generation begun
        anew.
        """
        at_most_s = self._options.answer_within_s * _FIRST_SHARE
        if not asked.is_completion or not self._heads_s:
            return at_most_s
        usual_s = max(self._heads_s) * _SILENT_AFTER
        return max(usual_s, min(_SILENT_AFTER_S, at_most_s)) if usual_s <= at_most_s else None

    async def _renew(self, pool: _Pool) -> None:
        """Let connections of this age go; requests still under way on them may end."""
        if pool is self._pool:
            self._pool = _Pool(self._new_client())
            await pool.retire()

    def _new_client(self) -> httpx.AsyncClient:
        options = self._options
        return httpx.AsyncClient(
            verify=self._certificates,
            # What the environment says of proxies is read by ``privacy.proxies``, not by httpx.
            trust_env=False,
            proxy=self._proxy,
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

    def _explained(self, error: BackendError) -> BackendError:
        """The error, with the variable that may be to blame: a proxy that cannot be read."""
        blamed = [entry for entry in self._way.unreadable if entry.names_proxy]
        if self._way.proxy is not None or not blamed or not isinstance(error, NetworkFailure):
            return error
        return worded(error, f"{error.message} {blamed[0]}.")

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


def _way_to(address: Address, options: BackendOptions) -> ProxyDecision:
    try:
        return way_to(address, options.proxy)
    except UnusableProxy as unusable:
        raise NetworkFailure(str(unusable)) from None


def _proxy_for_httpx(way: ProxyDecision, certificates: ssl.SSLContext) -> httpx.Proxy | None:
    proxy = way.proxy
    if proxy is None:
        return None
    if proxy.is_socks and not has_socks():
        raise NetworkFailure(f"The proxy {proxy.url} ({way.source}) {socks_wanted()}.")
    # Given apart: what is special in a URL may stand in a password.
    login = (proxy.user, proxy.password) if proxy.user or proxy.password else None
    context = certificates if proxy.scheme == "https" else None
    return httpx.Proxy(proxy.url, auth=login, ssl_context=context)
