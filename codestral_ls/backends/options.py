"""What a backend is made with."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from codestral_ls.privacy.addresses import Address, Malformed, parse

# What documentation shows as the address: the routes of completions and of lists of models in every
# dialect that is spoken here, and of chats beside them.
_ROUTE = re.compile(
    r"(?:(?:/v1)?(?:/(?:fim/|chat/)?completions|/models|/embeddings|/responses)"
    r"|/(?:v1/)?infill|/completion|/api/(?:generate|chat|tags|show|ps|version)|/api/v0(?:/\w+)*"
    r"|/generate_stream|/generate|/props|/tokenize|/health|/v1)?/*\Z"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendOptions:
    """The same for all backends; each takes what it needs."""

    base_url: str = ""
    """With or without ``/v1`` and a trailing slash."""
    api_key: str = field(default="", repr=False)
    """Sent as a bearer token; empty for none."""
    model: str = ""
    """Empty: the one that the server serves."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request. ``{language}`` in a value is the document's."""
    trace: bool = False
    """Send ``traceparent`` with every request."""
    proxy: str | None = field(default=None, repr=False)
    """None: what the environment says. This machine is never reached through a proxy."""
    ca_bundle: str | None = None
    """File with certificates to trust; None: the system's."""
    fim_template: str = "auto"
    """A row of the table of templates, or ``auto``; for servers that take a rendered prompt."""
    answer_within_s: float = 5.0
    """How long whoever asks waits for a whole answer (``timeoutMs``)."""
    connect_timeout_s: float = 5.0
    """As long as one answer may take by default: connecting has no budget of its own."""
    idle_timeout_s: float | None = None
    """The longest gap between two pieces of an answer; None: what suits the kind of server. The
    total is the caller's business."""
    roots: Sequence[str] = ()
    """Directories that the embedded provider learns."""
    exclude: Sequence[str] = ()
    """What it leaves out there: globs as in .gitignore."""
    withhold: Callable[[str, Mapping[str, Any]], None] | None = None
    """Gets each completion's path and body instead of the server, and the answer is empty."""
    clock: Callable[[], float] = field(default=time.time, repr=False)
    """Unix time, for a server that names the date until which to wait."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What a server may repeat and no message may show: the key, and the user's own headers."""
        return (self.api_key, *self.headers.values())

    @property
    def address(self) -> Address | Malformed:
        """The base URL taken apart, without ``/v1`` and whatever route of a server was pasted with
        it: paths of every dialect are appended to it."""
        address = parse(self.base_url)
        if isinstance(address, Malformed):
            return address
        return replace(address, path=_ROUTE.sub("", address.path))

    @property
    def host(self) -> str:
        """Name and, unless it is the scheme's own, port; for people. Empty without a base URL."""
        address = self.address
        if isinstance(address, Address):
            return address.netloc
        return "the endpoint" if self.base_url else ""
