"""The installation that runs: how it gets another library, and whether it still is installed.

An upgrade puts other files in the place of those that a running server has yet to import or to
start as a child. What fails then is no defect of the server's, and only a new start mends it.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import sys
from pathlib import Path

RESTART = (
    "codestral-ls was upgraded, moved or removed while it ran; restart the language server "
    "(or the editor)."
)


def is_replaced() -> bool:
    """The package or its interpreter is not the one that was started, or is gone.

    Asked when something has failed: an interpreter that was replaced may do for a long time.
    """
    return _marks() != _AT_START


def _marks() -> tuple[tuple[int, int, int] | None, ...]:
    return tuple(map(_mark, (__file__, sys.executable)))


def _mark(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - of the path as it is, also where it is empty
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


_AT_START = _marks()


def install_command(requirement: str) -> str:
    """The command that adds a library, such as ``keyring``, to the Python that runs this."""
    return _command(
        requirement,
        prefix=Path(sys.prefix),
        python=sys.executable or "python3",
        has_pip=importlib.util.find_spec("pip") is not None,
        is_systems_own=sys.prefix == sys.base_prefix,
    )


def _command(
    requirement: str, *, prefix: Path, python: str, has_pip: bool, is_systems_own: bool
) -> str:
    quoted = shlex.quote(requirement)
    match prefix.parts[-3:]:
        case ("pipx", "venvs", environment):
            return f"pipx inject {environment} {quoted}"
    python = shlex.quote(python)
    if not has_pip:
        # Also for a tool of uv's: `uv tool install --with` would ask a registry for us.
        return f"uv pip install --python {python} {quoted}"
    # Without an environment of its own, the user's packages are the place that needs no root.
    user = " --user" if is_systems_own else ""
    return f"{python} -m pip install{user} {quoted}"
