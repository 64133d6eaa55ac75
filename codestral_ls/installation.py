"""How this very installation gets another library: what a person types to install it."""

from __future__ import annotations

import importlib.util
import shlex
import sys
from pathlib import Path


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
        case ("uv", "tools", environment):
            return f"uv tool install --with {quoted} {environment}"
    python = shlex.quote(python)
    if not has_pip:
        return f"uv pip install --python {python} {quoted}"
    # Without an environment of its own, the user's packages are the place that needs no root.
    user = " --user" if is_systems_own else ""
    return f"{python} -m pip install{user} {quoted}"
