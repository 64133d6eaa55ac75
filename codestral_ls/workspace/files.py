"""Files on disk: what a directory lists, and the texts of files.

What vanishes or cannot be read is skipped.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MAX_FILE_BYTES = 200_000
"""Larger files are generated, or data. A file of this size is read in one go, in about 25 ms."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is looked at and read."""

    file_bytes: int = MAX_FILE_BYTES
    files: int = 20_000
    total_bytes: int = 200_000_000
    entries: int = 200_000
    """Directory entries looked at: a root of ``/`` or a home directory must come to an end."""
    walk_s: float = 20.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that may be read."""

    path: str
    size: int
    mtime: float


def read_text(path: str, max_bytes: int = MAX_FILE_BYTES) -> str | None:
    """A file's text with ``\\n`` line ends; None for what is no text, too large or unreadable."""
    try:
        # Not blocking: what was a file when it was listed may be a pipe by now.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            data = file.read(max_bytes + 1)
    except OSError:
        return None
    return None if len(data) > max_bytes else text_in(data)


def text_in(data: bytes) -> str | None:
    """The text of a file's content, as ``read_text`` gives it."""
    if b"\0" in data[:8192]:
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # Minified code, and data in text form: nobody types such lines.
    is_prose_or_code = len(text) < 300 * (text.count("\n") + 2)
    return text if is_prose_or_code else None


def entry_of(path: str, bounds: Bounds) -> Entry | None:
    """As ``regular``, of a path."""
    try:
        return _entry(path, Path(path).lstat(), bounds)
    except (OSError, ValueError):
        return None


def scan(directory: str, limit: int) -> Iterator[os.DirEntry[str]]:
    """What a directory lists, up to a number of entries."""
    try:
        with os.scandir(directory) as entries:
            for _, entry in zip(range(limit), entries, strict=False):
                yield entry
    except OSError:
        return


def is_directory(entry: os.DirEntry[str]) -> bool:
    """Whether it is a directory itself, not a link to one."""
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def regular(entry: os.DirEntry[str], path: str, bounds: Bounds) -> Entry | None:
    """A regular file that is neither empty nor too large; None for all else."""
    try:
        return _entry(path, entry.stat(follow_symlinks=False), bounds)
    except OSError:
        return None


def _entry(path: str, info: os.stat_result, bounds: Bounds) -> Entry | None:
    if not stat.S_ISREG(info.st_mode) or not 0 < info.st_size <= bounds.file_bytes:
        return None
    return Entry(path, info.st_size, info.st_mtime)
