#!/usr/bin/env python3
"""Prints the releases that `.ci/constraints.txt` pins, as pip reads them, with their hashes.

.ci/pinned.py [PART...]     PART: a list in the file's head; without one, everything

.ci/pinned.py server | pip download --require-hashes --no-deps -r /dev/stdin
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

CONSTRAINTS = Path(__file__).with_name("constraints.txt")

_PART = re.compile(r"^# (\w+): (.*)$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def parts(text: str) -> dict[str, set[str]]:
    """The lists of the head: each part's packages, what these need included."""
    return {name: set(packages.split()) for name, packages in _PART.findall(text)}


def entries(text: str) -> list[tuple[str, str]]:
    """Each pin with its hashes and, before it, the package's name. A package has two if versions of
    Python need different releases."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    pins = re.split(r"\n(?=\S)", "\n".join(lines).strip())
    return [(_NAME.match(pin)[0], pin) for pin in pins]  # type: ignore[index]  # a name comes first


def pinned(part: str | None = None) -> str:
    """The pins of a part, or all. Raises KeyError if the file has no such part."""
    text = CONSTRAINTS.read_text(encoding="utf-8")
    wanted = None if part is None else parts(text)[part]
    return "".join(f"{pin}\n" for name, pin in entries(text) if wanted is None or name in wanted)


def main() -> None:
    """Print what the arguments name."""
    sys.stdout.writelines(pinned(part) for part in sys.argv[1:] or [None])


if __name__ == "__main__":
    main()
