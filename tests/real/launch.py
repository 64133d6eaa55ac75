"""How the tests come by real programs, and by the server command that editors start."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent.parent
SERVER = [sys.executable, "-m", "codestral_ls"]


# What a ``get_*.sh`` ends with where something cannot be had.
_MISSING = 3


class Unavailable(Exception):
    """Something cannot be had here; the message says why."""


def fetched(script: str) -> str:
    """What one of our ``get_*.sh`` prints: where it put something. Raises Unavailable."""
    path = Path(__file__).parent / script
    result = subprocess.run([str(path)], capture_output=True, text=True, check=False)
    if result.returncode == _MISSING:
        raise Unavailable(result.stderr.strip().rpartition("\n")[2])
    assert result.returncode == 0, result.stderr[-2000:]
    return result.stdout.strip().rpartition("\n")[2]


@contextlib.contextmanager
def or_skipped(what: str) -> Iterator[None]:
    """Skip where the block raises Unavailable; ``what`` is then named as not proved."""
    try:
        yield
    except Unavailable as error:
        pytest.skip(f"NOT PROVED: {what} ({error})")


def needed(script: str, what: str) -> str:
    """As ``fetched``; skips where it cannot be had."""
    with or_skipped(f"{what} could not be fetched"):
        return fetched(script)


def teed_command(log: Path) -> list[str]:
    """The server's command, with every message written to ``log``."""
    return [sys.executable, str(Path(__file__).parent / "tee.py"), str(log), *SERVER]


def shim(directory: Path, command: list[str]) -> dict[str, str]:
    """A ``codestral-ls`` on the PATH that runs ``command``: the environment that finds it."""
    directory.mkdir(parents=True, exist_ok=True)
    program = directory / "codestral-ls"
    words = " ".join(f"'{word}'" for word in command)
    program.write_text(f"#!/bin/sh\nPYTHONPATH='{REPOSITORY}' exec {words} \"$@\"\n")
    program.chmod(0o755)
    return {"PATH": f"{directory}:{os.environ['PATH']}"}
