"""The user's directories, as the platform has them. None where there is no home directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import platformdirs

_APPLICATION = "codestral-ls"


def config_directory() -> Path | None:
    """Where ``config.toml`` lies."""
    return _directory(platformdirs.user_config_path)


def cache_directory() -> Path | None:
    """Where what can be made again may be kept."""
    return _directory(platformdirs.user_cache_path)


def state_directory() -> Path | None:
    """Where what lasts from one run to the next is kept, such as the count of a day's tokens."""
    return _directory(platformdirs.user_state_path)


def _directory(find: Callable[..., Path]) -> Path | None:
    try:
        return find(_APPLICATION, appauthor=False)
    except (RuntimeError, OSError):
        return None
