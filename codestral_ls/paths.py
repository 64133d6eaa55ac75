"""The user's directories, as the platform has them, and paths as the user writes them.

A directory is None where there is no home directory.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import platformdirs

_APPLICATION = "codestral-ls"


def config_directory() -> Path | None:
    """Where ``config.toml`` lies."""
    return _directory(platformdirs.user_config_path)


def machine_config_directory() -> Path | None:
    """Where an administrator's ``config.toml`` lies, for all users of the machine."""
    return _directory(platformdirs.site_config_path)


def cache_directory() -> Path | None:
    """Where what can be made again may be kept."""
    return _directory(platformdirs.user_cache_path)


def state_directory() -> Path | None:
    """Where what lasts from one run to the next is kept, such as the count of a day's tokens."""
    return _directory(platformdirs.user_state_path)


_VARIABLE = re.compile(r"\$(?:(?P<plain>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)\})", re.ASCII)


def expanded(text: str, environ: Mapping[str, str]) -> str:
    """A path with ``~``, ``$NAME`` and ``${NAME}`` as a shell reads them.

    What is not known stays as it is written, so that a message can name it.
    """
    first, slash, rest = text.partition("/")
    if first == "~" and environ.get("HOME"):
        text = environ["HOME"] + slash + rest
    elif first.startswith("~"):
        with contextlib.suppress(RuntimeError, OSError, ValueError):  # there is no such user
            text = str(Path(first).expanduser()) + slash + rest
    return _VARIABLE.sub(
        lambda found: environ.get(found["plain"] or found["braced"]) or found[0], text
    )


def _directory(find: Callable[..., Path]) -> Path | None:
    try:
        return find(_APPLICATION, appauthor=False)
    except (RuntimeError, OSError):
        return None
