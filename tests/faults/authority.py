"""A private certificate authority, as a company has one."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import trustme

_LONG_AGO = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)


class Authority:
    """Issues certificates that only those trust who have ``bundle``."""

    def __init__(self, directory: Path) -> None:
        self.bundle = directory / "company.pem"
        self._ca = trustme.CA()
        self._ca.cert_pem.write_to_path(self.bundle)

    def server_for(self, *names: str, expired: bool = False) -> ssl.SSLContext:
        """The TLS side of a server with these names."""
        day = _LONG_AGO if expired else None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate = self._ca.issue_cert(*names, not_before=day, not_after=day)
        certificate.configure_cert(context)
        return context
