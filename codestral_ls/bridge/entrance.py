"""Who is let in: programs of this user that have the token, and no page of a browser.

A page that the user visits can make the browser send requests to this machine, under the page's
own name too, if that name resolves to it. Other users of the machine can connect as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from codestral_ls import client_tokens
from codestral_ls.bridge.messages import HttpAnswer, of_error

# Not every name that leads here: a browser takes http://0.0.0.0 and x.localhost here as well.
_THIS_MACHINE = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class HttpEntrance:
    """Checks the head of a request, before any of its body is read."""

    token: str

    def admit(self, target: str, headers: Headers) -> str | HttpAnswer:
        """The path without the token; or the refusal."""
        hosts = _values(headers, b"host")
        if len(hosts) != 1 or not _THIS_MACHINE.fullmatch(hosts[0]):
            return of_error(403, "The Host header is not this machine's: use 127.0.0.1.")
        if _values(headers, b"origin"):
            return of_error(403, "Requests of web pages are refused.")
        path = _path(target)
        in_url, slash, rest = path.removeprefix("/").partition("/")
        if slash and client_tokens.same(self.token, in_url):
            return f"/{rest}"
        if any(client_tokens.same(self.token, presented) for presented in _presented(headers)):
            return path
        return of_error(
            401,
            "The token is missing or wrong: use the URL that codestral-ls bridge prints, or send "
            "its token as a bearer token.",
            ("WWW-Authenticate", "Bearer"),
        )


def _presented(headers: Headers) -> list[str]:
    found = _values(headers, b"x-api-key")
    for value in _values(headers, b"authorization"):
        scheme, _, credentials = value.partition(" ")
        if scheme.lower() == "bearer":
            found.append(credentials.strip())
    return found


def _values(headers: Headers, name: bytes) -> list[str]:
    # The names come in lower case.
    return [value.decode("latin-1") for known, value in headers if known == name]


def _path(target: str) -> str:
    """The path of a request's target, which may be a whole URL."""
    scheme, separator, rest = target.partition("://")
    if separator and scheme.lower() in ("http", "https"):
        target = "/" + rest.partition("/")[2]
    return target.partition("?")[0]
