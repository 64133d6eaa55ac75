"""``api_key_command``: a program that prints the key, such as a password manager's."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
from collections.abc import Mapping
from pathlib import Path

from codestral_ls.paths import expanded
from codestral_ls.privacy.hosts import Key
from codestral_ls.privacy.text import name
from codestral_ls.session.keys import MAX_KEY_CHARS, KeyProblem, is_ours, key_of

# Password managers may ask the user to touch a device or type a passphrase.
COMMAND_TIMEOUT_S = 20.0


async def from_command(command: str, environ: Mapping[str, str]) -> Key:
    """What ``api_key_command`` prints, trimmed. Raises KeyProblem.

    ``~`` and variables in its words are read as a shell reads them. It runs in the home directory,
    since programs load what they find where they are started, and an editor may have started us
    within a repository. ``environ`` is passed on without keys and without our own variables.
    """
    passed_on = {name: value for name, value in environ.items() if not is_ours(name)}
    try:
        words = [expanded(word, passed_on) for word in shlex.split(command)]
    except ValueError as error:
        raise KeyProblem(f"api_key_command cannot be parsed ({error}).") from None
    if not words:
        raise KeyProblem("api_key_command is empty.")
    home = _home(passed_on)
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=home,
            env={**passed_on, "PWD": home},
            # A group of its own, so that whatever it starts can be ended with it.
            start_new_session=True,
        )
    except OSError as error:
        program = name(words[0])
        raise KeyProblem(
            f"api_key_command could not be started ({error.strerror}); check {program}."
        ) from None
    try:
        async with asyncio.timeout(COMMAND_TIMEOUT_S):
            output = await _output(process)
            status = await process.wait()
    except TimeoutError:
        raise KeyProblem(
            f"api_key_command did not finish within {COMMAND_TIMEOUT_S:.0f} s. It must not ask "
            "anything on a terminal; run it in one to see what it waits for."
        ) from None
    except BaseException:
        _kill(process)
        raise
    finally:
        await _end(process)
    if status and len(output) <= MAX_KEY_CHARS:
        raise KeyProblem(
            f"api_key_command failed (exit status {status}); run it in a terminal to see why."
        )
    return key_of(_only_line(output), "endpoint", "api_key_command")


def _home(environ: Mapping[str, str]) -> str:
    home = Path(environ.get("HOME") or Path("~").expanduser())
    return str(home if home.is_absolute() and home.is_dir() else Path(home.anchor or os.sep))


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill it if it still runs or its output is still open, and wait a moment."""
    assert process.stdout is not None
    if process.returncode is None or not process.stdout.at_eof():
        _kill(process)
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
    """End it and all that it started. Where it is gone already, its group may not be."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        elif process.returncode is None:
            process.kill()


def _only_line(output: bytes) -> str:
    text = output.decode("utf-8-sig", errors="replace").strip()
    if not text:
        raise KeyProblem("api_key_command printed nothing.")
    if len(text) > MAX_KEY_CHARS or len(text.split()) != 1:
        raise KeyProblem("api_key_command must print the key and nothing else.")
    return text
