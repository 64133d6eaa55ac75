"""Keys in the operating system's keyring, one for each host."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from types import ModuleType

from codestral_ls.installation import install_command
from codestral_ls.privacy.hosts import Key
from codestral_ls.session.keys import KeyProblem, key_of

KEYRING_SERVICE = "codestral-ls"


class KeyringMissing(Exception):
    """There is no usable keyring; the message says what to install or do instead."""

    def __init__(self, message: str, *, is_locked: bool = False) -> None:
        super().__init__(message)
        self.is_locked = is_locked
        """There is one, and somebody may unlock it later."""


async def read(host: str) -> Key | None:
    """The key stored for a host by ``codestral-ls login``; None without one.

    None too where the ``keyring`` extra is not installed or has no backend.
    """
    answer: Future[str | None] = Future()
    # A daemon thread, since Python waits for all others (a pool's too) when it exits, and a
    # locked keyring may never answer.
    threading.Thread(target=_ask, args=(answer, host), daemon=True).start()
    try:
        secret = await asyncio.wrap_future(answer)
    except KeyringMissing as missing:
        if missing.is_locked:
            raise KeyProblem(str(missing)) from None
        return None
    return key_of(secret.strip(), "endpoint", "keyring") if secret and secret.strip() else None


def _ask(answer: Future[str | None], host: str) -> None:
    answer.set_running_or_notify_cancel()
    try:
        answer.set_result(_password(host))
    except Exception as error:  # noqa: BLE001  # raised again where it is awaited
        answer.set_exception(error)


def _password(host: str) -> str | None:
    with _keyring() as keyring:
        secret: str | None = keyring.get_password(KEYRING_SERVICE, host)
    return secret


def why_unusable(host: str) -> str:
    """Why the keyring cannot keep a key for a host; empty if it can."""
    try:
        _password(host)
    except KeyringMissing as missing:
        return str(missing)
    return ""


def store(host: str, secret: str) -> None:
    """Keep a key for a host in the keyring. Raises KeyringMissing."""
    with _keyring() as keyring:
        keyring.set_password(KEYRING_SERVICE, host, secret)


def remove(host: str) -> bool:
    """Remove a host's key from the keyring; False when there was none. Raises KeyringMissing."""
    with _keyring() as keyring:
        if keyring.get_password(KEYRING_SERVICE, host) is None:
            return False
        keyring.delete_password(KEYRING_SERVICE, host)
    return True


@contextlib.contextmanager
def _keyring() -> Iterator[ModuleType]:
    try:
        import keyring
        import keyring.errors
    except ImportError:
        raise KeyringMissing(
            f"The system's keyring needs another library: {install_command('keyring')}."
        ) from None
    try:
        yield keyring
    except KeyringMissing:
        raise
    except (keyring.errors.KeyringLocked, keyring.errors.InitError):
        raise KeyringMissing(
            "The system's keyring is locked. Unlock it, or set MISTRAL_API_KEY or "
            "api_key_command instead.",
            is_locked=True,
        ) from None
    except Exception as error:  # noqa: BLE001  # keyring backends raise anything
        raise KeyringMissing(
            f"The system's keyring cannot be used ({type(error).__name__}). "
            "Set MISTRAL_API_KEY or api_key_command instead."
        ) from None
