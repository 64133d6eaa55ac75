"""Git's settings as far as they decide what git ignores, read without running git.

A repository's configuration can name programs, so git is not run on a user's machine. The files
are read in git's order: the system's, the user's, the repository's, with what they include. Not
read are settings in the environment (``GIT_CONFIG_COUNT``) and in a system directory other than
``/etc``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from codestral_ls.privacy.globs import as_bytes
from codestral_ls.privacy.wildmatch import compiled

Read = Callable[[str], bytes | None]
"""A file's bytes; None where there is none. Whoever passes it notes which files were read."""

_MAX_FILES = 50  # files that include each other come to an end
_MAX_BYTES = 500_000
_MAX_CONDITIONS = 200
# Of all conditions of includes together: each is a glob that takes up to 25 µs a byte to compile.
_MAX_CONDITION_BYTES = 10_000


@dataclass(slots=True)
class SettingsBudget:
    """How much may still be read in one go. What is in the files is a repository's to decide, and
    they may include each other, and themselves."""

    files: int = _MAX_FILES
    n_bytes: int = _MAX_BYTES
    """In half a second at most."""
    conditions: int = _MAX_CONDITIONS
    condition_bytes: int = _MAX_CONDITION_BYTES


@dataclass(frozen=True, slots=True)
class _GitDirectories:
    """Where a repository keeps its own files."""

    own: str
    shared: str
    """Of all its work trees; the same one as a rule."""
    is_whole: bool
    """Git takes it for a repository, and not for a directory that happens to have the name."""


@dataclass(frozen=True, slots=True)
class _IgnoreSettings:
    """What decides about ignored files besides the ignore files of a repository."""

    excludes_files: tuple[str, ...]
    """The user's own ignore file. There are several where a condition of an include is unknown."""
    ignore_case: bool = False
    are_whole: bool = True
    """The budget sufficed: nothing that decides was left unread."""


def ignore_settings(
    top: str,
    repository: _GitDirectories | None,
    read: Read,
    environment: Mapping[str, str],
    budget: SettingsBudget,
) -> _IgnoreSettings:
    """The settings for a work tree whose top directory is ``top``, or for files in none."""
    home = environment.get("HOME") or environment.get("USERPROFILE") or ""
    xdg = environment.get("XDG_CONFIG_HOME") or (home and home + "/.config")
    reader = _SettingsReader(read, repository.own if repository else "", home, budget)
    if environment.get("GIT_CONFIG_NOSYSTEM", "").lower() not in ("1", "true", "yes", "on"):
        reader.file(environment.get("GIT_CONFIG_SYSTEM", "/etc/gitconfig"))
    if "GIT_CONFIG_GLOBAL" in environment:
        reader.file(environment["GIT_CONFIG_GLOBAL"])
    else:
        if xdg:
            reader.file(xdg + "/git/config")
        if home:
            reader.file(home + "/.gitconfig")
    if repository is not None:
        reader.file(repository.shared + "/config")
        if reader.has_worktree_settings:
            reader.file(repository.own + "/config.worktree")
    default = [xdg + "/git/ignore"] if xdg else []
    values = (default if reader.sure is None else [reader.sure]) + reader.possible
    # A relative path is relative to where git runs.
    files = [os.path.join(top, value) for value in values if value]  # noqa: PTH118 - texts
    return _IgnoreSettings(tuple(dict.fromkeys(files)), reader.ignore_case, reader.is_whole)


class _SettingsReader:
    """Reads settings files, one after another; what comes later counts."""

    def __init__(self, read: Read, git_directory: str, home: str, budget: SettingsBudget) -> None:
        self.is_whole = True
        self.sure: str | None = None
        self.possible: list[str] = []
        self.ignore_case = False
        self.has_worktree_settings = False
        self._read = read
        self._git_directory = git_directory
        self._home = home
        self._budget = budget

    def file(self, path: str, *, is_sure: bool = True) -> None:
        """Take over what a file says. ``is_sure``: it counts under any condition."""
        data = self._data(path)
        if data is None:
            return
        for section, subsection, name, value in entries(data.decode("utf-8", "surrogateescape")):
            if section == "include" and name == "path" and value:
                self._include(path, value, is_sure=is_sure)
            elif section == "includeif" and name == "path" and value:
                holds = self._holds(subsection, path)
                if holds is not False:
                    self._include(path, value, is_sure=is_sure and holds is True)
            elif (section, subsection, name) == ("core", "", "excludesfile") and value is not None:
                expanded = self._expanded(value.removeprefix(":(optional)"))
                if is_sure:
                    self.sure = expanded
                else:
                    self.possible.append(expanded)
            elif (section, subsection, name) == ("core", "", "ignorecase"):
                self.ignore_case = _is_true(value)
            elif (section, subsection, name) == ("extensions", "", "worktreeconfig"):
                self.has_worktree_settings = _is_true(value)

    def _data(self, path: str) -> bytes | None:
        budget = self._budget
        budget.files -= 1
        # Git itself gives up where files include each other without end.
        if not path or not self.is_whole or budget.files < 0:
            return None
        data = self._read(path)
        budget.n_bytes -= len(data or b"")
        self.is_whole = budget.n_bytes >= 0
        return data if self.is_whole else None

    def _include(self, path: str, value: str, *, is_sure: bool) -> None:
        beside = os.path.dirname(path)  # noqa: PTH120 - a text, as git has it
        included = os.path.join(beside, self._expanded(value))  # noqa: PTH118 - as above
        self.file(included, is_sure=is_sure)

    def _expanded(self, value: str) -> str:
        if value == "~" or value.startswith("~/"):
            return self._home + value[1:] if self._home else ""
        return os.path.expanduser(value) if value.startswith("~") else value  # noqa: PTH111 - text

    def _holds(self, condition: str, path: str) -> bool | None:
        """Whether the condition of an include holds; None where it is none that is known here."""
        kind, _, pattern = condition.partition(":")
        if kind not in ("gitdir", "gitdir/i"):
            return None
        if not self._git_directory:
            return False
        budget = self._budget
        budget.conditions -= 1
        budget.condition_bytes -= len(pattern)
        if budget.conditions < 0 or budget.condition_bytes < 0:
            self.is_whole = False
            return None
        pattern = self._expanded(pattern)
        if pattern.startswith("./"):
            pattern = os.path.dirname(os.path.realpath(path)) + pattern[1:]  # noqa: PTH120 - text
        elif not pattern.startswith("/"):
            pattern = "**/" + pattern
        if pattern.endswith("/"):
            pattern += "**"
        glob = as_bytes(pattern)
        places = {as_bytes(self._git_directory), as_bytes(os.path.realpath(self._git_directory))}
        if kind == "gitdir/i":
            glob, places = glob.lower(), {place.lower() for place in places}
        return any(compiled(glob, in_path=True).match(place) for place in places)


_SECTION = re.compile(r'\[\s*([A-Za-z0-9.-]+)\s*(?:"((?:[^"\\\n]|\\.)*)")?\s*\]')
_NAME = re.compile(r"([A-Za-z][A-Za-z0-9-]*)[ \t]*(=)?[ \t]*")
_BLANK = re.compile(r"(?:\s+|[#;][^\n]*)*")
# Without its comment. What stands in quotes ends with its line too.
_VALUE = re.compile(r'(?:[^"\\\n#;]+|\\.?|"(?:[^"\\\n]+|\\.?)*"?)*', re.DOTALL)
_PLAIN = re.compile(r'[^"\\]*\Z')
_ESCAPES = {"n": "\n", "t": "\t", "b": "\b", '"': '"', "\\": "\\"}


def entries(text: str) -> Iterator[tuple[str, str, str, str | None]]:
    """Section, subsection, name and value of each setting; the value is None without ``=``.

    Ends where git would refuse to read on.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    at, section, subsection = 0, "", ""
    while True:
        blank = _BLANK.match(text, at)
        at = blank.end() if blank else at
        if at >= len(text):
            return
        if head := _SECTION.match(text, at):
            section, _, dotted = head[1].lower().partition(".")
            subsection = re.sub(r"\\(.)", r"\1", head[2]) if head[2] is not None else dotted
            at = head.end()
        elif section and (name := _NAME.match(text, at)):
            value, at = _value(text, name.end()) if name[2] else (None, name.end())
            yield section, subsection, name[1].lower(), value
        else:
            return


def _value(text: str, at: int) -> tuple[str, int]:
    """A value without its quotes, its comment and the blanks at its end; and where it ends."""
    found = _VALUE.match(text, at)
    end = found.end() if found else at
    written = text[at:end]
    if text[end : end + 1] in ("#", ";"):
        end = text.find("\n", end)
        end = len(text) if end < 0 else end
    return (written.rstrip(" \t") if _PLAIN.match(written) else _unquoted(written)), end


def _unquoted(written: str) -> str:
    kept: list[str] = []
    n_kept = 0
    """Up to here blanks stay: they are quoted, or something follows."""
    is_quoted = False
    at = 0
    while at < len(written):
        character = written[at]
        if character == "\\":
            following = written[at + 1 : at + 2]
            at += 2
            if following == "\n":
                continue
            kept.append(_ESCAPES.get(following, ""))
            n_kept = len(kept)
            continue
        at += 1
        if character == '"':
            is_quoted = not is_quoted
            n_kept = max(n_kept, len(kept))
        else:
            kept.append(character)
            if is_quoted or character not in " \t":
                n_kept = len(kept)
    return "".join(kept[:n_kept])


def _is_true(value: str | None) -> bool:
    return value is None or value.lower() in ("true", "yes", "on", "1")


def git_directories(top: str, read: Read) -> _GitDirectories | None:
    """The directories of the work tree with this top; None where there is no such work tree.

    ``.git`` is a directory, or a file that names one, in submodules and further work trees.
    """
    own = top.rstrip("/") + "/.git"
    link = read(own)
    if link is not None:
        if not link.startswith(b"gitdir: "):
            return None
        own = _joined(top, link.removeprefix(b"gitdir: "))
    elif not _is_directory(own):
        return None
    common = read(own + "/commondir")
    shared = own if common is None else _joined(own, common)
    is_whole = (
        read(own + "/HEAD") is not None
        and _is_directory(shared + "/objects")
        and _is_directory(shared + "/refs")
    )
    return _GitDirectories(own, shared, is_whole)


def _joined(base: str, line: bytes) -> str:
    path = os.fsdecode(line.rstrip(b"\r\n").partition(b"\0")[0])
    return os.path.normpath(os.path.join(base, path))  # noqa: PTH118 - a text, as git has it


def _is_directory(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False
