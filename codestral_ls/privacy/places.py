"""Where a document is, whatever way an editor spells it: the place that every rule asks about.

Editors show one file under many addresses: ``git:/w/server.key?{"ref":"~"}`` in a comparison,
``vscode-notebook-cell:/w/secrets.yaml#W0s`` in a notebook, ``fugitive:///w/.git//0/server.key`` in
Vim, and through links. A rule that reads the address itself is passed by with another spelling.

``place_of`` is the one way from an address to a place. A rule about files asks every path of
the place, as a link and what it points to may each have the telling name.
"""

from __future__ import annotations

import ntpath
import os
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A file's path as it was named and as the file system has it; both use ``/``.

    A document that was never saved has its name for a path, which may be empty.
    """

    spelled: str
    real: str

    @property
    def paths(self) -> tuple[str, ...]:
        """What rules ask about: one path, or two that differ."""
        return (self.real,) if self.real == self.spelled else (self.real, self.spelled)


def place_of(address: str) -> FilePlace:
    """The place of a document by its URI, or of anything by its path. Looks at the disk."""
    spelled = path_of(address)
    return FilePlace(spelled, resolved(spelled) if is_absolute(spelled) else spelled)


# A scheme has two characters at least: ``c:`` is a drive.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_DRIVE = re.compile(r"/?([A-Za-z])[:|](?=[/\\]|\Z)")
# Addresses that hold another, as ``jar:file:///w/a.jar!/x`` does.
_MAX_NESTED = 4
# What Vim's and Neovim's git plugins put between a repository and a path in it: a commit, a
# stage of the index, or both.
_REVISION = re.compile(
    r"/\.git(?:/(?:worktrees|modules)/[^/]+)?//?"
    r"(?:(?:[0-3]|:[0-3]:|[0-9a-f]{4,64})/+|[A-Za-z0-9_.~^-]*:(?:[0-3]:)?/*)"
)


def path_of(address: str) -> str:
    """The path in an address, with ``/`` between its parts. Pure, and never raises.

    Scheme, host, query and fragment are off and escapes undone. A host stays where it is part of
    the path, as in ``//server/share``. A plain path is what it is.
    """
    path = address
    for _ in range(_MAX_NESTED):
        scheme = _SCHEME.match(path)
        if scheme is None:
            break
        path = _after_scheme(scheme[1].lower(), path[scheme.end() :])
    if _DRIVE.match(path):
        path = _DRIVE.sub(r"\1:", path, count=1)
    if _drive(path) or os.sep == "\\":
        path = path.replace("\\", "/")
    return _without_steps(_REVISION.sub("/", path, count=1))


def _after_scheme(scheme: str, rest: str) -> str:
    hierarchy = re.split(r"[?#]", rest, maxsplit=1)[0]
    host = ""
    if hierarchy.startswith("//"):
        host, slash, tail = hierarchy[2:].partition("/")
        hierarchy = slash + tail
    path = unquote(hierarchy, errors="surrogateescape")
    if scheme == "file" and host and host.lower() != "localhost" and not _DRIVE.match(host + "/"):
        return f"//{unquote(host)}{path}"
    if _DRIVE.fullmatch(host):
        return host + path
    # ``untitled:/w/.env`` will be that file, and ``output:name`` is a name alone.
    return path or unquote(host)


def is_absolute(path: str) -> bool:
    """On any platform: a POSIX path, a drive's, or a share's."""
    return path.startswith("/") or bool(_DRIVE.match(path))


def _without_steps(path: str) -> str:
    """``.`` and ``..`` taken, and slashes made single, except for a share's two."""
    if not is_absolute(path):
        return path
    drive = _drive(path)
    return drive.replace("\\", "/") + posixpath.normpath("/" + path[len(drive) :].lstrip("/"))


def _drive(path: str) -> str:
    """The drive's letter or the share that a path begins with; a share has a server and a name."""
    drive = ntpath.splitdrive(path)[0]
    server, _, name = drive[2:].replace("\\", "/").partition("/")
    return drive if drive[:1].isalpha() or (server and name) else ""


def resolved(path: str) -> str:
    """The path with links followed, in the case that the file system has; ``/`` between parts.

    What is not there keeps its name within what is. A path that the system cannot understand, or
    one of another platform, comes back as it was.
    """
    if (os.sep == "/") is not path.startswith("/"):
        return path
    try:
        real = os.path.realpath(path)
    except (OSError, ValueError):
        return path
    return _in_case_of_disk(real.replace(os.sep, "/"))


def _in_case_of_disk(path: str) -> str:
    if not _ignores_case(path):
        return path
    known, *rest = Path(path).parts
    for part in rest:
        known = os.path.join(known, _listed(known, part))  # noqa: PTH118 - parts, not paths
    return known.replace(os.sep, "/")


def _ignores_case(path: str) -> bool:
    """The file system takes this path in other letters for the same file."""
    other = path.swapcase()
    if other == path:
        return False
    try:
        return Path(path).samefile(other)
    except (OSError, ValueError):
        return False


def _listed(directory: str, name: str) -> str:
    """The name as the directory lists it; as given where it cannot be read."""
    try:
        names = os.listdir(directory)  # noqa: PTH208 - names, not paths
    except (OSError, ValueError):
        return name
    if name in names:
        return name
    return next((each for each in names if each.casefold() == name.casefold()), name)
