"""What a team's operators want to see of the client: who asks, and traces.

Read from this machine at the moment when a target is made, and only where a setting wants it.
"""

from __future__ import annotations

import getpass
import re
import socket
from collections.abc import Callable, Mapping

from codestral_ls import __version__
from codestral_ls.backends.http.request_headers import header_text
from codestral_ls.config import Settings
from codestral_ls.config.settings import Headers

_TRACE_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def headers_with_who(headers: Headers) -> dict[str, str]:
    """The headers with ``{user}``, ``{host}`` and ``{version}`` filled in; ``{language}`` is known
    only when a request is sent. Other braces stay."""

    def fill(found: re.Match[str]) -> str:
        return header_text(_PLACEHOLDERS[found[0]]())

    return {header: _PLACEHOLDER.sub(fill, text) for header, text in headers}


def wants_trace(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Requests have a ``traceparent``: the setting says so, or OpenTelemetry's environment."""
    if settings.trace != "auto":
        return settings.trace
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = environ.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    if exporter:
        return exporter != "none"
    return any(environ.get(variable, "").strip() for variable in _TRACE_ENDPOINTS)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no entry for this uid, as in some containers
        return "unknown"


_PLACEHOLDERS: Mapping[str, Callable[[], str]] = {
    "{user}": _user,
    "{host}": lambda: socket.gethostname(),
    "{version}": lambda: __version__,
}
_PLACEHOLDER = re.compile("|".join(map(re.escape, _PLACEHOLDERS)))
