"""The headers of a request: what the settings say, the key, and ids to find it by in a log.

Ids are random and made for one request, so that they say nothing of the user.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import quote

from codestral_ls import __version__
from codestral_ls.backends.base import AuthError, BadRequest
from codestral_ls.backends.options import BackendOptions

_LANGUAGE = "{language}"


class RequestHeaders:
    """The headers that the requests to one endpoint have. Raises BackendError for bad ones."""

    def __init__(self, options: BackendOptions) -> None:
        self._trace = options.trace
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
        self._always = {name: value for name, value in headers.items() if _LANGUAGE not in value}
        self._by_language = {n: value for n, value in headers.items() if _LANGUAGE in value}
        self._names = {name.lower() for name in headers}

    def of(self, accept: str, request_id: str, language: str) -> dict[str, str]:
        """Those of one request. ``language``: the document's; a header that names it is left out
        where there is none. Headers in the settings replace ours."""
        own = {"Accept": accept, **_ids(request_id, with_trace=self._trace)}
        headers = {name: value for name, value in own.items() if name.lower() not in self._names}
        headers |= self._always
        if self._by_language and language:
            shown = header_text(language)
            headers |= {n: v.replace(_LANGUAGE, shown) for n, v in self._by_language.items()}
        return headers


def _ids(request_id: str, *, with_trace: bool) -> Mapping[str, str]:
    """``X-Request-Id``, and the header of W3C's Trace Context (version 00, sampled). The trace has
    the request's id, so that one leads to the other."""
    request_id = request_id or new_request_id()
    if not with_trace:
        return {"X-Request-Id": request_id}
    span = secrets.token_hex(8)
    return {"X-Request-Id": request_id, "traceparent": f"00-{request_id}-{span}-01"}


def new_request_id() -> str:
    """32 hexadecimal digits, as a trace's id has them."""
    return secrets.token_hex(16)


def header_text(text: str) -> str:
    """The text with whatever a header cannot carry percent-encoded."""
    return "".join(
        char if _is_header_value(char) and char != "%" else quote(char, errors="replace")
        for char in text
    )


def _is_header_value(text: str) -> bool:
    return text.isascii() and text.isprintable()
