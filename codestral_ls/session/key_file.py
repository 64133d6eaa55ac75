"""Keys in a file that its owner alone can read, for machines without a keyring.

The file is JSON, with a key for each host, in the state directory: what lies in the configuration
directory is kept under version control by some. It is read only while nobody else can read it.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

from codestral_ls import paths
from codestral_ls.session.keys import MAX_KEY_CHARS, KeyProblem
from codestral_ls.whole_files import write_whole

# Keys of a hundred hosts.
_MAX_BYTES = 100 * MAX_KEY_CHARS


def key_file() -> Path | None:
    """Where it is; None without a home directory."""
    directory = paths.state_directory()
    return directory / "credentials.json" if directory else None


def read(host: str) -> str | None:
    """The key of a host; None without one. Raises KeyProblem."""
    return _all().get(host)


def store(host: str, secret: str) -> Path:
    """Keep a key for a host; returns the file. Raises KeyProblem."""
    return _write({**_all(), host: secret})


def remove(host: str) -> bool:
    """Remove a host's key; False when there was none. Raises KeyProblem."""
    kept = _all()
    if kept.pop(host, None) is None:
        return False
    _write(kept)
    return True


def _all() -> dict[str, str]:
    path = key_file()
    if path is None:
        return {}
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise KeyProblem(f"The key file {path} cannot be read ({error.strerror}).") from None
    try:
        _check_private(path, os.fstat(handle))
        content = os.read(handle, _MAX_BYTES)
    finally:
        os.close(handle)
    try:
        kept = json.loads(content)
    except (ValueError, RecursionError):
        kept = None
    if not isinstance(kept, dict) or not all(isinstance(key, str) for key in kept.values()):
        raise KeyProblem(f"The key file {path} is damaged. Remove it and run codestral-ls login.")
    return kept


def _check_private(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise KeyProblem(f"The key file {path} is not a file. Remove it.")
    if os.name == "posix" and (status.st_mode & 0o077 or status.st_uid != os.geteuid()):
        raise KeyProblem(
            f"Others can read the key file {path}, so no key is taken from it. "
            f"Run chmod 600 {path}, and think of another key."
        )


def _write(kept: dict[str, str]) -> Path:
    path = key_file()
    if path is None:
        raise KeyProblem("There is no home directory to keep a key file in.")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, json.dumps(kept, indent=1).encode())
    except OSError as error:
        raise KeyProblem(f"The key file {path} cannot be written ({error.strerror}).") from None
    return path
