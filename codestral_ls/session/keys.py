"""Where keys come from. A key leaves this module only inside a ``Key``, which hides it.

In order of preference: ``CODESTRAL_LS_API_KEY``, ``MISTRAL_API_KEY``, ``CODESTRAL_API_KEY``,
``api_key_command``, the operating system's keyring. Which of them may go where is decided in
``privacy.hosts``.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from types import ModuleType
from typing import Literal

from codestral_ls.privacy.hosts import Key

# Password managers may ask the user to touch a device or type a passphrase.
COMMAND_TIMEOUT_S = 20.0
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


def from_environment(environ: Mapping[str, str]) -> list[Key]:
    """The keys in the environment, the preferred one first. Raises KeyProblem."""
    return [
        _key(secret, kind, name)
        for name, kind in _FROM_ENVIRONMENT
        if (secret := environ.get(name, "").strip())
    ]


def any_in_environment(environ: Mapping[str, str]) -> bool:
    """Whether the environment has a key, good or not."""
    return any(environ.get(name, "").strip() for name, _ in _FROM_ENVIRONMENT)


async def from_command(command: str, environ: Mapping[str, str]) -> Key:
    """What ``api_key_command`` prints, trimmed. Raises KeyProblem.

    It runs in the home directory, since programs load what they find where they are started, and
    an editor may have started us within a repository. ``environ`` is passed on without keys and
    without our own variables.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise KeyProblem(f"api_key_command cannot be parsed ({error}).") from None
    if not words:
        raise KeyProblem("api_key_command is empty.")
    home = _home(environ)
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=home,
            env={**_without_ours(environ), "PWD": home},
        )
    except OSError as error:
        raise KeyProblem(f"api_key_command could not be started ({error.strerror}).") from None
    try:
        async with asyncio.timeout(COMMAND_TIMEOUT_S):
            output = await _output(process)
            status = await process.wait()
    except TimeoutError:
        raise KeyProblem(
            f"api_key_command did not finish within {COMMAND_TIMEOUT_S:.0f} s."
        ) from None
    finally:
        await _end(process)
    if status and len(output) <= MAX_KEY_CHARS:
        raise KeyProblem(f"api_key_command failed (exit status {status}).")
    return _key(_only_line(output), "endpoint", "api_key_command")


def _home(environ: Mapping[str, str]) -> str:
    home = Path(environ.get("HOME") or Path("~").expanduser())
    return str(home if home.is_absolute() and home.is_dir() else Path(home.anchor or os.sep))


def _without_ours(environ: Mapping[str, str]) -> dict[str, str]:
    keys = {name for name, _ in _FROM_ENVIRONMENT}
    return {
        name: value
        for name, value in environ.items()
        if name not in keys and not name.startswith("CODESTRAL_LS_") and name != "OLDPWD"
    }


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill it if it still runs, and wait a moment for it to be gone."""
    if process.returncode is None:
        _kill(process)
        # A child of its own may keep the pipe open for longer; that is not waited for.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await _output(process)
                await process.wait()


async def _output(process: asyncio.subprocess.Process) -> bytes:
    """What it prints. If that is longer than any key the process is killed, and the output still
    read to its end: asyncio notices the end of a process only then."""
    assert process.stdout is not None
    output = b""
    while chunk := await process.stdout.read(MAX_KEY_CHARS):
        if len(output) <= MAX_KEY_CHARS:
            output += chunk
        else:
            _kill(process)
    return output


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


def _only_line(output: bytes) -> str:
    text = output.decode(errors="replace").strip()
    if not text:
        raise KeyProblem("api_key_command printed nothing.")
    if len(text) > MAX_KEY_CHARS or len(text.split()) != 1:
        raise KeyProblem("api_key_command must print the key and nothing else.")
    return text


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
    except KeyringMissing:
        return None
    return _key(secret.strip(), "endpoint", "keyring") if secret and secret.strip() else None


class KeyringMissing(Exception):
    """There is no usable keyring; the message says what to install or do instead."""


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
    except ImportError:
        raise KeyringMissing(
            "The system's keyring needs an extra: pip install 'codestral-ls[keyring]'."
        ) from None
    try:
        yield keyring
    except KeyringMissing:
        raise
    except Exception as error:  # noqa: BLE001  # keyring backends raise anything
        raise KeyringMissing(
            f"The system's keyring cannot be used ({type(error).__name__}). "
            "Set MISTRAL_API_KEY or api_key_command instead."
        ) from None


def _key(secret: str, kind: Literal["mistral", "endpoint"], source: str) -> Key:
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise KeyProblem(
            f"The key from {source} contains spaces or characters that no key has. Copy it again."
        )
    return Key(secret, kind, source)
