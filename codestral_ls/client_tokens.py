"""Tokens by which a client that connects shows that the user sent it, over whatever protocol."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

from codestral_ls.whole_files import make_whole

# 24 random bytes are 32 characters; a token that a user makes up has at least half of them.
_RANDOM_BYTES = 24
_MIN_CHARS = 16


class BadTokenFile(Exception):
    """Why a file cannot be used for a token, in a sentence for the terminal."""


def new_token() -> str:
    """A token that nobody can guess."""
    return secrets.token_urlsafe(_RANDOM_BYTES)


def same(expected: str, presented: str) -> bool:
    """Whether a token is the right one, in the same time for every wrong one."""
    return hmac.compare_digest(expected.encode(), presented.encode(errors="surrogateescape"))


def token_of_file(path: Path) -> str:
    """The token in a file that only the user can read. A missing file is made, with a new token."""
    if os.path.lexists(path):
        return _read(path)
    token = new_token()
    try:
        make_whole(path, f"{token}\n".encode("ascii"))
    except FileExistsError:  # another process has started at the same moment
        return _read(path)
    except OSError as error:
        raise BadTokenFile(f"{path} cannot be written ({error.strerror})") from None
    return token


def _read(path: Path) -> str:
    try:
        # A FIFO would be waited for without end.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            if os.name == "posix" and (status.st_mode & 0o077 or status.st_uid != os.getuid()):
                raise BadTokenFile(f"others can read or replace {path}: run chmod 600 {path}")
            token = (file.read(4096) or b"").decode("ascii").strip()
    except OSError as error:
        raise BadTokenFile(f"{path} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        token = ""
    if len(token) < _MIN_CHARS or not token.isprintable() or " " in token:
        raise BadTokenFile(
            f"{path} has no token: one line of at least {_MIN_CHARS} letters and digits. "
            "Remove the file, and a new one is made"
        )
    return token
