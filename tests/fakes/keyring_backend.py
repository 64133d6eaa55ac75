"""A keyring in a file, for processes that tests start: the file is named by ``FAKE_KEYRING``.

Named to the ``keyring`` package by ``PYTHON_KEYRING_BACKEND``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class FileKeyring(KeyringBackend):
    """Keeps passwords as JSON, by service and user name."""

    # Below that of any other: it is used where a test names it, and never chosen by itself.
    priority = -1

    def get_password(self, service: str, username: str) -> str | None:
        return self._read().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write({**self._read(), f"{service} {username}": password})

    def delete_password(self, service: str, username: str) -> None:
        stored = self._read()
        if stored.pop(f"{service} {username}", None) is None:
            raise PasswordDeleteError
        self._write(stored)

    def _read(self) -> dict[str, str]:
        path = self._path()
        stored: dict[str, str] = json.loads(path.read_bytes()) if path.exists() else {}
        return stored

    def _write(self, stored: dict[str, str]) -> None:
        self._path().write_text(json.dumps(stored))

    def _path(self) -> Path:
        return Path(os.environ["FAKE_KEYRING"])


def keyring_environment(file: Path) -> dict[str, str]:
    """What makes a process use this keyring."""
    return {
        "PYTHON_KEYRING_BACKEND": "tests.fakes.keyring_backend.FileKeyring",
        "FAKE_KEYRING": str(file),
    }
