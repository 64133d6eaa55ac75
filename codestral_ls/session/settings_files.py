"""Settings files: where they are, what they say, and what is wrong with them.

A file that cannot be read or parsed restricts to the utmost: nothing is sent, since what it wanted
to keep in, or to send elsewhere, is not known. Of the user's file the last valid version holds
where there is one: TOML is half written now and then when it is read.

A repository's file decides neither how long it takes to read nor how much memory: its size, the
number of its entries and the depth of its keys have bounds, and beyond them it counts as
unreadable.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from codestral_ls.config import Level, Options, Origin, Problem
from codestral_ls.paths import config_directory, expanded, machine_config_directory
from codestral_ls.privacy.text import name

_REPOSITORY_FILE = ".codestral.toml"
# Settings take a few hundred bytes; anything larger is not a settings file.
MAX_FILE_BYTES = 256 * 1024
_MAX_REPOSITORY_BYTES = 16 * 1024
_MAX_REPOSITORY_ENTRIES = 200
"""Keys of all tables and items of all lists."""

# The parser's time grows with the square of a dotted key's parts. No setting has a dot.
_MAX_PARTS = 32
_PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*"|'[^'\n]*+')"""
_DOTTED = re.compile(rf"{_PART}(?:[ \t]*+\.[ \t]*+{_PART})+")
_PARTS = re.compile(_PART)

_Seen = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Content:
    """What a file said when it was read."""

    values: Mapping[str, object]
    problem: str = ""
    withholds: bool = False
    """What it keeps from being sent is not known."""


class _Unusable(Exception):
    """Why a file cannot be used, as the end of a sentence that begins with its path."""


class SettingsFile:
    """One TOML file, re-read when it changes."""

    def __init__(self, path: Path, level: Level) -> None:
        self.path = path
        self._origin = Origin(level, str(path))
        self._content = _Content({})
        self._seen: _Seen | None = None

    @property
    def options(self) -> Options:
        """What the file sets."""
        return Options(self._origin, self._content.values)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why the file cannot be used; empty if it can."""
        problem = self._content.problem
        return (Problem(self._origin, "", problem, is_of_source=True),) if problem else ()

    @property
    def withholds(self) -> bool:
        """It cannot be used, or was not read yet: nothing that it is about may be sent."""
        return self._content.withholds or not self.was_read

    @property
    def was_read(self) -> bool:
        """The file was looked at."""
        return self._seen is not None

    def has_changed(self) -> bool:
        """The file is not as it was when it was read. Costs one ``stat``."""
        return self._look() != self._seen

    def refresh(self) -> bool:
        """Read the file if it changed since the last time; True when it did.

        Safe on any thread: what the others see changes in one piece.
        """
        seen = self._look()
        if seen == self._seen:
            return False
        try:
            self._content = _Content(self._values())
        except FileNotFoundError:
            self._content = _Content({})
        except _Unusable as reason:
            self._content = self._without(str(reason))
        except ValueError:
            self._content = self._without("is no path")
        except OSError as error:
            self._content = self._without(f"cannot be read ({error.strerror or 'no reason given'})")
        self._seen = seen
        return True

    @property
    def _is_repositorys(self) -> bool:
        return self._origin.level is Level.REPOSITORY

    @property
    def _is_machines(self) -> bool:
        return self._origin.level is Level.MACHINE

    def _without(self, problem: str) -> _Content:
        if problem in _UNSAFE:
            return _Content({}, problem)
        if self._is_repositorys:
            kept = ". Nothing of its folder is sent until it is repaired or removed"
            return _Content({}, problem + kept, withholds=True)
        if self._content.values:
            return _Content(
                self._content.values, f"{problem}. The last valid version is still used"
            )
        kept = ". Nothing is sent until it is repaired or removed"
        return _Content({}, problem + kept, withholds=True)

    def _look(self) -> _Seen:
        """What tells one state of the file from another."""
        try:
            status = self.path.stat()
        except OSError as error:
            # A link to nowhere is not the same as no file.
            return -1, error.errno or 0, int(os.path.lexists(self.path))
        except ValueError:
            return -1, 0, 0
        # Owner and mode decide whether the machine's file counts.
        return status.st_mtime_ns, status.st_size, status.st_ino, status.st_uid, status.st_mode

    def _values(self) -> Mapping[str, object]:
        import tomllib  # most users have no settings file, so it is not loaded at the start

        limit = _MAX_REPOSITORY_BYTES if self._is_repositorys else MAX_FILE_BYTES
        try:
            text = _text(_read(self.path, limit, must_be_safe=self._is_machines))
        except UnicodeDecodeError as error:
            raise _Unusable(f"is not UTF-8 (byte {error.start})") from None
        for key in _DOTTED.finditer(text):
            if sum(1 for _ in _PARTS.finditer(key[0])) > _MAX_PARTS:
                raise _Unusable(f"has a key of more than {_MAX_PARTS} parts")
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise _Unusable(f"is not valid TOML{_place(str(error))}") from None
        except RecursionError:
            raise _Unusable("is nested too deeply") from None
        except Exception:  # noqa: BLE001  # the parser raises more than it says, as for long numbers
            raise _Unusable("is not valid TOML: it has a value that cannot be read") from None
        if self._is_repositorys and _n_entries(values) > _MAX_REPOSITORY_ENTRIES:
            raise _Unusable(f"has more than {_MAX_REPOSITORY_ENTRIES} entries")
        return values


_ANOTHERS = "is not used: it belongs to neither root nor you"
_WRITABLE = "is not used: others can write to it (chmod go-w)"
_UNSAFE = (_ANOTHERS, _WRITABLE)


def _check_safe(status: os.stat_result) -> None:
    """Nobody else can have written the file, which may name hosts and commands."""
    if status.st_uid not in (0, os.geteuid()):
        raise _Unusable(_ANOTHERS)
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise _Unusable(_WRITABLE)


def _read(path: Path, limit: int, *, must_be_safe: bool) -> bytes:
    """The file's bytes. Neither a pipe nor a growing file keeps the caller waiting."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except FileNotFoundError:
        if os.path.lexists(path):
            raise _Unusable("is a link to a file that does not exist") from None
        raise
    except NotADirectoryError:
        raise FileNotFoundError from None
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise _Unusable("is not a file")
    with os.fdopen(handle, "rb") as file:
        if must_be_safe:
            _check_safe(status)
        data = file.read(limit + 1)
    if len(data) > limit:
        raise _Unusable(f"is larger than {limit // 1024} KB and is not read")
    return data


def _text(data: bytes) -> str:
    """The file's text. A byte order mark, which some editors and shells write, is no part of it."""
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) and len(data) > 2:
        return data.decode("utf-16")
    return data.decode("utf-8-sig")


def _n_entries(value: object) -> int:
    n_found, waiting = 0, [value]
    while waiting:
        match waiting.pop():
            case dict() as table:
                n_found += len(table)
                waiting.extend(table.values())
            case list() as items:
                n_found += len(items)
                waiting.extend(items)
            case _:
                continue
    return n_found


def _place(message: str) -> str:
    """Where a parser stopped, without what it quotes of the file, which might be a key."""
    place = message.rfind("(at ")
    return f" {message[place + 1 : -1]}" if place >= 0 and message.endswith(")") else ""


def user_file(environ: Mapping[str, str]) -> SettingsFile | None:
    """The user's ``config.toml``; None where there is no home directory.

    ``CODESTRAL_LS_CONFIG`` names another file.
    """
    named = environ.get("CODESTRAL_LS_CONFIG", "").strip()
    if named:
        return SettingsFile(Path(expanded(named, environ)), Level.USER_FILE)
    directory = config_directory()
    return SettingsFile(directory / "config.toml", Level.USER_FILE) if directory else None


def machine_file() -> SettingsFile | None:
    """The administrator's ``config.toml``; None where it cannot be told who wrote it (Windows)."""
    directory = machine_config_directory() if hasattr(os, "geteuid") else None
    return SettingsFile(directory / "config.toml", Level.MACHINE) if directory else None


def named_but_missing(environ: Mapping[str, str]) -> str:
    """The file that ``CODESTRAL_LS_CONFIG`` names, if nothing is there."""
    named = environ.get("CODESTRAL_LS_CONFIG", "").strip()
    path = expanded(named, environ)
    return name(path) if named and not os.path.lexists(path) else ""


def repository_file(root: Path) -> SettingsFile:
    """The settings that a workspace root brings along."""
    return SettingsFile(root / _REPOSITORY_FILE, Level.REPOSITORY)


def workspace_root(directory: Path) -> Path:
    """The nearest directory upward with ``.git`` or ``.codestral.toml``, else this one."""
    for candidate in (directory, *directory.parents):
        if is_workspace(candidate):
            return candidate
    return directory


def is_workspace(directory: Path) -> bool:
    """The directory says of itself that it is a project's."""
    return (directory / ".git").exists() or os.path.lexists(directory / _REPOSITORY_FILE)
