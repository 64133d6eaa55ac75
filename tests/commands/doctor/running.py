"""A run of ``doctor``, and what its report is checked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable


@dataclasses.dataclass
class Done:
    """How a run ended."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


def check_line(done: Done, mark: str, name: str, *words: str) -> None:
    """The line of a check, with its remedy, in a report that fits its terminal."""
    assert "Traceback" not in done.stderr + done.stdout
    assert all(len(line) <= 80 or "/" in line for line in done.stdout.splitlines())
    blocks: dict[str, str] = {}
    for line in done.stdout.splitlines():
        if line and not line.startswith(" "):
            blocks[last := " ".join(line.split()[:2])] = line
        elif line:
            blocks[last] += " " + line.strip()
    assert f"{mark} {name}" in blocks, done.stdout
    for word in words:
        assert word in blocks[f"{mark} {name}"]
