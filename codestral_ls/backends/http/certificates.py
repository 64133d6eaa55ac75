"""Which certificates are trusted: the system's, or those of ``caBundle``."""

from __future__ import annotations

import functools
import os
import platform
import ssl
import stat
from collections.abc import Mapping
from pathlib import Path

import truststore

from codestral_ls.backends.base import NetworkFailure
from codestral_ls.privacy.text import name

# What some editors on Windows put before the text.
_BOM = b"\xef\xbb\xbf"

# Those that browsers trust take 250 KB.
_MAX_BYTES = 16 * 1024 * 1024

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


def certificates_of(ca_bundle: str | None) -> ssl.SSLContext:
    """Those of a file, else the system's. Raises NetworkFailure where the file cannot be used."""
    if ca_bundle is None:
        return system_certificates()
    try:
        # A pipe would be waited for without end, and a device has none.
        status = Path(ca_bundle).stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
            raise IsADirectoryError if stat.S_ISDIR(status.st_mode) else ValueError
        content = Path(ca_bundle).read_bytes()
        if not content.startswith(_BOM):
            return ssl.create_default_context(cafile=ca_bundle)
        # OpenSSL would take the first certificate's head for something else.
        return ssl.create_default_context(cadata=content.removeprefix(_BOM).decode("latin-1"))
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        why = _UNUSABLE.get(type(error), "cannot be read; it must be a PEM file")
        raise NetworkFailure(f"The certificates in {name(ca_bundle)} (caBundle) {why}.") from None


_UNUSABLE: Mapping[type[Exception], str] = {
    FileNotFoundError: "are not there; check the path",
    IsADirectoryError: "cannot be read, since it is a folder; name one PEM file",
    PermissionError: "cannot be read; you lack the right to",
}
# How other programs are told of a company's certificates.
_OTHERS = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "PIP_CERT")


def hint(environ: Mapping[str, str]) -> str:
    """What the environment has to do with a certificate that is not trusted, as the rest of a
    sentence about ``caBundle``; empty where it has nothing."""
    file = environ.get("SSL_CERT_FILE", "")
    if file and not _is_file(file):
        return " (SSL_CERT_FILE names no file)"
    files = ((each, environ.get(each, "")) for each in _OTHERS)
    # The system's are trusted as it is.
    found = next(
        (each for each, own in files if _is_file(own) and str(Path(own)) not in _BUNDLES), ""
    )
    return f", such as the file that {found} names" if found else ""


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except OSError:  # in a folder that one may not enter, or with a name too long
        return False
