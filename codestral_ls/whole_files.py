"""Files that others find whole or not at all: written beside their place, then put there at once.

They are for the user alone unless a mode says otherwise. Where it fails nothing is left behind.
What a killed process leaves is removed by one that writes there at least an hour later.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

_PRIVATE = 0o600
_DRAFT = ".codestral-ls.new"
_DRAFT_S = 3600.0
"""A draft is put in its place within seconds, unless its writer was killed."""
_MAX_LOOKED_AT = 1_000
"""Files of a directory. It may be anybody's, such as one for metrics."""
_swept_at: dict[Path, float] = {}


def write_whole(path: Path, data: bytes, *, mode: int = _PRIVATE) -> None:
    """Write a file in the place of the one that may be there.

    Its directory must be there. Raises OSError, and ValueError for what cannot be a path.
    """
    with _draft(path, data) as draft:
        if mode != _PRIVATE:
            draft.chmod(mode)
        draft.replace(path)
    _sweep(path.parent)


def make_whole(path: Path, data: bytes) -> None:
    """Write a file where none is; raises FileExistsError where there is one, or a link.

    Otherwise as ``write_whole``.
    """
    with _draft(path, data) as draft:
        try:
            os.link(draft, path)
        except FileExistsError:
            raise
        except OSError:  # some file systems have no hard links
            _make(path, data)


def read_bounded(path: Path, max_bytes: int, *, follows_links: bool = True) -> bytes:
    """What a file begins with. Neither a pipe nor a large file keeps the caller waiting.

    Raises OSError, also for what is no file, and ValueError for what cannot be a path.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if not follows_links:
        flags |= getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(max_bytes)
    finally:
        os.close(descriptor)


def _sweep(directory: Path) -> None:
    """Remove the drafts of processes that were killed, if that was not done within the hour."""
    now = time.time()
    if abs(now - _swept_at.get(directory, 0.0)) < _DRAFT_S:
        return
    _swept_at[directory] = now
    with contextlib.suppress(OSError), os.scandir(directory) as entries:
        for _, entry in zip(range(_MAX_LOOKED_AT), entries, strict=False):
            if entry.name.endswith(_DRAFT):
                with contextlib.suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_mtime < now - _DRAFT_S:
                        Path(entry.path).unlink()


@contextlib.contextmanager
def _draft(path: Path, data: bytes) -> Iterator[Path]:
    draft = path.with_name(f".{path.name}.{os.urandom(4).hex()}{_DRAFT}")
    try:
        _make(draft, data)
        yield draft
    finally:
        with contextlib.suppress(OSError, ValueError):
            draft.unlink(missing_ok=True)


def _make(path: Path, data: bytes) -> None:
    # Exclusive: what another user has put there, a link included, is not written to.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except OSError:  # half of it would be taken for the file
        with contextlib.suppress(OSError):
            path.unlink()
        raise
