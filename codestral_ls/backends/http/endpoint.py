"""Where a server is, and how to talk to it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One server, and how to talk to it."""

    base_url: str
    """With or without ``/v1`` and a trailing slash."""
    key: str = field(default="", repr=False)
    """Sent as a bearer token; empty for none."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy: str | None = field(default=None, repr=False)
    """None: what the environment says. This machine is never reached through a proxy."""
    ca_bundle: str | None = None
    """File with certificates to trust; None: the system's."""
    connect_timeout_s: float = 5.0
    """As long as one answer may take by default: connecting has no budget of its own."""
    idle_timeout_s: float = 5.0
    """The longest gap between two pieces of an answer. The total is the caller's business."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What a server may repeat and nobody may be shown: the key, and the user's own headers."""
        return (self.key, *self.headers.values())

    @property
    def root(self) -> str:
        """The base URL without ``/v1``: paths of every dialect are appended to it."""
        return self.base_url.strip().rstrip("/").removesuffix("/v1").rstrip("/")

    @property
    def host(self) -> str:
        """Name and, unless it is the scheme's own, port; for people."""
        try:
            parts = urlsplit(self.root)
            port = parts.port
        except ValueError:
            return self.root
        name = parts.hostname or self.root
        shown = f"[{name}]" if ":" in name and parts.hostname else name
        return f"{shown}:{port}" if port else shown

    @property
    def is_loopback(self) -> bool:
        """The server is on this machine."""
        try:
            name = urlsplit(self.root).hostname or ""
        except ValueError:
            return False
        if name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False
