"""The outlines of one workspace between two runs, in a file of the user's cache directory.

It holds paths, times, sizes and outlines: signatures, members, first lines of documentation, with
secrets masked. It holds nothing of files that are ignored, excluded or look like secrets. When the
rules changed since it was written, it is written anew. Only the user can read it.

Two servers may use it at once: each writes a file of its own and moves it into place in one step.
A file that does not match its checksum is not used, and neither is a directory that others may
write to: what stands in the cache gets into prompts.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import stat
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from codestral_ls.whole_files import read_bounded, write_whole
from codestral_ls.workspace.index.store import Outline

# Changes whenever outlines are made otherwise; an older file is then of no use.
_FORMAT = b"codestral-ls index 3\n"
_MAX_BYTES = 80_000_000
_DRAFT_S = 3600.0
"""A draft is moved into place within seconds, unless its writer was killed."""
_UNUSED_S = 30 * 24 * 3600.0
"""Workspaces that were not opened for a month are forgotten."""


class Cache:
    """The file of one set of roots."""

    def __init__(self, directory: str, roots: Sequence[str]) -> None:
        key = hashlib.sha256("\n".join(sorted(roots)).encode(errors="surrogateescape"))
        self._path = Path(directory, key.hexdigest()[:32] + ".index")

    def load(self) -> dict[str, Outline]:
        """Outlines by path; empty where there is no intact file."""
        data = self._read() if self._is_private() else None
        if data is None:
            return {}
        head, checksum, body = _parted(data)
        if head != _FORMAT or hashlib.sha256(body).hexdigest().encode() != checksum:
            return {}
        try:
            return dict(_entry(line) for line in body.splitlines())
        except (ValueError, TypeError, OverflowError, RecursionError):
            return {}

    def save(self, outlines: Mapping[str, Outline]) -> None:
        """Write the outlines of files on disk. Does nothing where that is impossible."""
        body = b"".join(_line(path, outline) for path, outline in outlines.items() if outline.mtime)
        checksum = hashlib.sha256(body).hexdigest().encode()
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._is_private():
                return
            write_whole(self._path, _FORMAT + checksum + b"\n" + body)
            self._forget_unused()

    def _is_private(self) -> bool:
        """Whether the directory is there, and only its user can write to it."""
        try:
            info = self._path.parent.stat()
        except OSError:
            return False
        if os.name != "posix":
            return True
        return info.st_uid == os.geteuid() and not info.st_mode & (stat.S_IWGRP | stat.S_IWOTH)

    def _read(self) -> bytes | None:
        """The file's bytes; None where it is none, too large, or unreadable."""
        try:
            # Not by a link: nobody makes one there for good.
            data = read_bounded(self._path, _MAX_BYTES + 1, follows_links=False)
            # The time of use, for forgetting what is not used.
            with contextlib.suppress(OSError):
                os.utime(self._path)
        except OSError:
            return None
        return data if len(data) <= _MAX_BYTES else None

    def _forget_unused(self) -> None:
        now = time.time()
        for file in self._path.parent.iterdir():
            kept_for = {".index": _UNUSED_S, ".new": _DRAFT_S}.get(file.suffix)
            if kept_for is not None and file.stat().st_mtime < now - kept_for:
                file.unlink(missing_ok=True)


def _parted(data: bytes) -> tuple[bytes, bytes, bytes]:
    checksum, _, body = data[len(_FORMAT) :].partition(b"\n")
    return data[: len(_FORMAT)], checksum, body


def _line(path: str, outline: Outline) -> bytes:
    head = json.dumps([path, outline.mtime, outline.size]).encode()
    return head + b"\t" + base64.b64encode(outline.packed) + b"\n"


def _entry(line: bytes) -> tuple[str, Outline]:
    head, _, packed = line.partition(b"\t")
    path, mtime, size = json.loads(head)
    if not isinstance(path, str):
        raise TypeError("not a path")
    return path, Outline(base64.b64decode(packed), float(mtime), int(size))
