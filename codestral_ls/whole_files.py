"""Files that others find whole or not at all: written beside their place, then put there at once.

They are for the user alone unless a mode says otherwise. Where it fails nothing is left behind;
what a killed process leaves ends in ``.new``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_PRIVATE = 0o600


def write_whole(path: Path, data: bytes, *, mode: int = _PRIVATE) -> None:
    """Write a file in the place of the one that may be there.

    Its directory must be there. Raises OSError, and ValueError for what cannot be a path.
    """
    with _draft(path, data) as draft:
        if mode != _PRIVATE:
            draft.chmod(mode)
        draft.replace(path)


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


@contextlib.contextmanager
def _draft(path: Path, data: bytes) -> Iterator[Path]:
    draft = path.with_name(f".{path.name}.{os.urandom(4).hex()}.new")
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
