"""How the tests come by an editor, and by the server command that it starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent.parent
SERVER = [sys.executable, "-m", "codestral_ls"]


class Unavailable(Exception):
    """An editor cannot be had; the message says why."""


def fetched(script: str) -> str:
    """The program that one of our ``get_*.sh`` puts into the cache. Raises Unavailable."""
    path = Path(__file__).parent / script
    result = subprocess.run([str(path)], capture_output=True, text=True, check=False)
    if result.returncode:
        raise Unavailable((result.stderr.strip().splitlines() or ["no reason given"])[-1])
    return result.stdout.strip()


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
