"""Where keys come from. A key leaves this module only inside a ``Key``, which hides it.

In order of preference: ``CODESTRAL_LS_API_KEY``, ``MISTRAL_API_KEY``, ``CODESTRAL_API_KEY``,
``api_key_command``, the operating system's keyring, the key file. Which of them may go where is
decided in ``privacy.hosts``.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from types import ModuleType
from typing import Literal

from codestral_ls.installation import install_command
from codestral_ls.privacy.hosts import Key

# No key is longer; a command that prints more prints something else.
MAX_KEY_CHARS = 4096
KEYRING_SERVICE = "codestral-ls"

_FROM_ENVIRONMENT: tuple[tuple[str, Literal["mistral", "endpoint"]], ...] = (
    ("CODESTRAL_LS_API_KEY", "endpoint"),
    ("MISTRAL_API_KEY", "mistral"),
    ("CODESTRAL_API_KEY", "mistral"),
)


class KeyProblem(Exception):
    """A key source failed; the message names it and the remedy, never what it printed."""


def from_environment(environ: Mapping[str, str]) -> tuple[list[Key], list[str]]:
    """The keys in the environment, the preferred one first; and what is wrong with the others."""
    found, problems = [], []
    for name, kind in _FROM_ENVIRONMENT:
        if secret := environ.get(name, "").strip():
            try:
                found.append(key_of(secret, kind, name))
            except KeyProblem as problem:
                problems.append(str(problem))
    return found, problems


def any_in_environment(environ: Mapping[str, str]) -> bool:
    """Whether the environment has a key, good or not."""
    return any(environ.get(name, "").strip() for name, _ in _FROM_ENVIRONMENT)


async def from_keyring(host: str) -> Key | None:
    """The key stored for a host by ``codestral-ls login``; None without one.

    None too where the ``keyring`` extra is not installed or has no backend.
    """
    answer: Future[str | None] = Future()
    # A daemon thread, since Python waits for all others (a pool's too) when it exits, and a
    # locked keyring may never answer.
    threading.Thread(target=_ask_keyring, args=(answer, host), daemon=True).start()
    try:
        secret = await asyncio.wrap_future(answer)
    except KeyringMissing as missing:
        if missing.is_locked:
            raise KeyProblem(str(missing)) from None
        return None
    return key_of(secret.strip(), "endpoint", "keyring") if secret and secret.strip() else None


class KeyringMissing(Exception):
    """There is no usable keyring; the message says what to install or do instead."""

    def __init__(self, message: str, *, is_locked: bool = False) -> None:
        super().__init__(message)
        self.is_locked = is_locked
        """There is one, and somebody may unlock it later."""


def _ask_keyring(answer: Future[str | None], host: str) -> None:
    answer.set_running_or_notify_cancel()
    try:
        answer.set_result(_keyring_get(host))
    except Exception as error:  # noqa: BLE001  # raised again where it is awaited
        answer.set_exception(error)


def _keyring_get(host: str) -> str | None:
    with _keyring() as keyring:
        secret: str | None = keyring.get_password(KEYRING_SERVICE, host)
    return secret


def why_no_keyring(host: str) -> str:
    """Why the keyring cannot keep a key for a host; empty if it can."""
    try:
        _keyring_get(host)
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


def is_ours(name: str) -> bool:
    """An environment variable is none of a key command's business: a key, or a setting of ours."""
    is_key = any(name == known for known, _ in _FROM_ENVIRONMENT)
    return is_key or name.startswith("CODESTRAL_LS_") or name == "OLDPWD"


_QUOTES = "\"'`\u00ab\u00bb\u2018\u2019\u201a\u201c\u201d\u201e"


# Variables that nobody expanded, and marked places of a template.
_VARIABLE = re.compile(
    r"\$\(?[A-Z][A-Z0-9_]{2,}\)?|\$?\{+[^{}]*\}+|%[A-Z][A-Z0-9_]{2,}%|<[^<>]*>", re.ASCII
)
# What examples have in place of Mistral's; a server of one's own may have any word for its key.
_EXAMPLE = re.compile(r"(?:your|insert|enter|replace|paste)[-_ ].*", re.IGNORECASE | re.ASCII)
_ASSIGNED = re.compile(r"(?:export\s+)?[A-Za-z_]*API_?KEY\s*=", re.IGNORECASE)


def is_quoted(secret: str) -> bool:
    """Quotation marks stand round it, which a shell would have taken off."""
    return len(secret) > 1 and secret[0] in _QUOTES and secret[-1] in _QUOTES


def key_of(secret: str, kind: Literal["mistral", "endpoint"], source: str) -> Key:
    """A key as it may be sent. Raises KeyProblem."""
    if is_quoted(secret):
        raise KeyProblem(f"The key from {source} stands in quotation marks. Write it without them.")
    if _VARIABLE.fullmatch(secret) or (kind == "mistral" and _EXAMPLE.fullmatch(secret)):
        raise KeyProblem(
            f"The key from {source} is a name that stands for a key. Put the key itself there."
        )
    if _ASSIGNED.match(secret):
        raise KeyProblem(f"The key from {source} begins with a name and =. Write the key alone.")
    if secret.lower().startswith(("bearer ", "authorization:", "x-api-key:")):
        raise KeyProblem(
            f'The key from {source} begins as a header does. Write it without "Bearer" or its name.'
        )
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise KeyProblem(
            f"The key from {source} contains spaces or characters that no key has. Copy it again."
        )
    return Key(secret, kind, source)
