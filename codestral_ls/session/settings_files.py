"""Settings files: where they are, what they say, and what is wrong with them.

While a file cannot be read or parsed, its last valid version is used: TOML that is half written
when it is read must not turn off the user's ``exclude``.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from codestral_ls.config import Level, Options, Origin, Problem
from codestral_ls.paths import config_directory

_REPOSITORY_FILE = ".codestral.toml"
# Settings take a few hundred bytes; anything larger is not a settings file.
MAX_FILE_BYTES = 256 * 1024


class SettingsFile:
    """One TOML file, re-read when it changes."""

    def __init__(self, path: Path, level: Level) -> None:
        self.path = path
        self.options = Options(Origin(level, str(path)), {})
        self.problems: tuple[Problem, ...] = ()
        self._seen: tuple[int, int, int] | None = None

    def refresh(self) -> bool:
        """Read the file if it changed since the last time; True when it did.

        Costs one ``stat`` when nothing changed.
        """
        try:
            status = self.path.stat()
            seen = (status.st_mtime_ns, status.st_size, status.st_ino)
        except FileNotFoundError:
            seen, status = (0, 0, 0), None
        except OSError as error:
            seen, status = (-1, error.errno or 0, 0), None
            changed = seen != self._seen
            self._seen = seen
            if changed:
                self._complain(f"cannot be read ({error.strerror})")
            return changed
        if seen == self._seen:
            return False
        first, self._seen = self._seen is None, seen
        if status is None:
            self._use({})
            return not first
        self._read(status)
        return True

    def _read(self, status: os.stat_result) -> None:
        import tomllib  # most users have no settings file, so it is not loaded at the start

        if not stat.S_ISREG(status.st_mode):
            self._complain("is not a file")
            return
        if status.st_size > MAX_FILE_BYTES:
            self._complain(f"is larger than {MAX_FILE_BYTES // 1024} KB and is not read")
            return
        try:
            self._use(tomllib.loads(self.path.read_bytes().decode()))
        except OSError as error:
            self._complain(f"cannot be read ({error.strerror})")
        except UnicodeDecodeError as error:
            self._complain(f"is not UTF-8 (byte {error.start})")
        except tomllib.TOMLDecodeError as error:
            self._complain(f"is not valid TOML: {_place(str(error))}")
        except RecursionError:
            self._complain("is nested too deeply")

    def _use(self, values: Mapping[str, object]) -> None:
        self.options = Options(self.options.origin, values)
        self.problems = ()

    def _complain(self, message: str) -> None:
        kept = "; the last valid version is still used" if self.options.values else ""
        self.problems = (Problem(self.options.origin, "", message + kept),)


def _place(message: str) -> str:
    """A parser's message without what it quotes of the file, which might be a key."""
    place = message.rfind("(at ")
    return message[place + 1 : -1] if place >= 0 and message.endswith(")") else "see its syntax"


def user_file(environ: Mapping[str, str]) -> SettingsFile | None:
    """The user's ``config.toml``; None where there is no home directory.

    ``CODESTRAL_LS_CONFIG`` names another file.
    """
    named = environ.get("CODESTRAL_LS_CONFIG", "").strip()
    if named:
        return SettingsFile(Path(named).expanduser(), Level.USER_FILE)
    directory = config_directory()
    return SettingsFile(directory / "config.toml", Level.USER_FILE) if directory else None


def repository_file(root: Path) -> SettingsFile:
    """The settings that a workspace root brings along."""
    return SettingsFile(root / _REPOSITORY_FILE, Level.REPOSITORY)


def workspace_root(directory: Path) -> Path:
    """The nearest directory upward with ``.git`` or ``.codestral.toml``, else this one."""
    for candidate in (directory, *directory.parents):
        if (candidate / ".git").exists() or (candidate / _REPOSITORY_FILE).is_file():
            return candidate
    return directory
