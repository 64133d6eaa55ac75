"""Small repositories to evaluate in, and runs of ``eval`` in the test's own process."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

GIT = shutil.which("git")


def git(top: Path, *words: str) -> str:
    """What git answers, with nothing of this machine's settings."""
    done = subprocess.run(
        [str(GIT), "-C", str(top), "-c", "user.name=A", "-c", "user.email=a@example.org", *words],
        env={"PATH": os.environ["PATH"], "HOME": str(top.parent), "GIT_CONFIG_NOSYSTEM": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def write(top: Path, files: Mapping[str, str]) -> None:
    """Write files below a directory."""
    for name, text in files.items():
        place = top / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def repository(top: Path, files: Mapping[str, str]) -> Path:
    """A repository of one commit with these files."""
    top.mkdir(parents=True, exist_ok=True)
    git(top, "init", "--quiet", "--initial-branch=main")
    commit(top, files)
    return top


def commit(top: Path, files: Mapping[str, str]) -> str:
    """Write files and commit them; returns the commit's id."""
    write(top, files)
    git(top, "add", "--all")
    git(top, "commit", "--quiet", "--message=x")
    return git(top, "rev-parse", "HEAD").strip()


def module(number: int, n_functions: int = 6) -> str:
    """A Python file of its own: no other number gives one of its names."""
    parts = [f'"""Module {number}."""\n\nimport os\n']
    for index in range(n_functions):
        name = f"{number}_{index}"
        parts.append(
            f"\n\ndef read_{name}(path, limit=10):\n"
            f"    found_{name} = []\n"
            f"    for entry_{name} in os.listdir(path):\n"
            f"        if len(entry_{name}) > limit:\n"
            f"            found_{name}.append(entry_{name})\n"
            f"    return sorted(found_{name}, key=len)\n"
        )
    return "".join(parts)
