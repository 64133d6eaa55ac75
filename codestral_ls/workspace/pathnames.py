"""Paths of the workspace as text: compared with each other, and as prompts show them.

They are absolute and use ``/``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from posixpath import basename, dirname

_TEST = re.compile(r"(?:^|[._-])(?:tests?|spec)(?:[._-]|$)|Tests?\.\w+$")


def distance(path: str, focus: str) -> int:
    """Steps in the directory tree between two files' directories."""
    here, there = dirname(path).split("/"), focus.split("/")
    shared = 0
    for one, other in zip(here, there, strict=False):
        if one != other:
            break
        shared += 1
    return len(here) + len(there) - 2 * shared


def looks_like_test(path: str) -> bool:
    """Whether a file is one of tests, by its name: mostly it defines nothing that others use."""
    return _TEST.search(basename(path)) is not None


def slashed(path: str) -> str:
    """A path with ``/`` between its parts."""
    return path.replace(os.sep, "/") if os.sep != "/" else path


def normal_roots(roots: Sequence[str]) -> tuple[str, ...]:
    """Roots with ``/`` between their parts and none at the end, each once."""
    return tuple(dict.fromkeys(slashed(root).rstrip("/") or "/" for root in roots))


def shown_path(path: str, roots: Sequence[str]) -> str:
    """A path as prompts show it, be it the document's own or another file's.

    It begins below the innermost of the ``normal_roots`` that holds it; where there are several,
    with that root's name. Outside of all roots it is the file's name alone.
    """
    path = slashed(path)
    root = innermost(path, roots)
    if root is None:
        return basename(path)
    below = path[len(root.rstrip("/")) + 1 :]
    return f"{basename(root)}/{below}" if len(roots) > 1 else below


def innermost(path: str, roots: Sequence[str]) -> str | None:
    """The innermost of the ``normal_roots`` that holds a path."""
    holding = [root for root in roots if path.startswith(root.rstrip("/") + "/")]
    return max(holding, key=len, default=None)


def upward(start: str, root: str) -> list[str]:
    """A directory and those above it, up to a root."""
    directories = [start]
    while directories[-1] != root and dirname(directories[-1]) != directories[-1]:
        directories.append(dirname(directories[-1]))
    return directories
