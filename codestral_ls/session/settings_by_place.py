"""Which settings hold where, and which files they keep on this machine.

Each workspace root may bring a ``.codestral.toml``, which holds for the files within. A file
within several roots obeys all of them. Roots and files are compared as places, not as spellings:
either may be named through a link, and an editor shows a file under many addresses.

Files are read by ``refresh``, off the event loop; all other questions are answered from what was
read last. A folder whose file was not read yet is withheld: what it keeps in is not known.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from codestral_ls.config import (
    Options,
    Problem,
    Resolved,
    Settings,
    command_line_options,
    environment_options,
    resolve,
)
from codestral_ls.privacy.places import FilePlace, place_of
from codestral_ls.privacy.text import name
from codestral_ls.session import notices, settings_files
from codestral_ls.session.notices import Notice
from codestral_ls.session.settings_files import SettingsFile


@dataclass(frozen=True, slots=True)
class WorkspaceScope:
    """What of the workspace may be read for a purpose: directories, and globs to leave out."""

    roots: tuple[Path, ...]
    exclude: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Root:
    """A directory that the client opened."""

    directory: Path
    place: FilePlace
    file: SettingsFile

    def holds(self, place: FilePlace) -> bool:
        """The place is this directory or lies within, by either of its paths."""
        return any(_is_within(path, base) for path in place.paths for base in self.place.paths)


class SettingsByPlace:
    """All sources of settings, and what follows from them for each place."""

    def __init__(
        self,
        environ: Mapping[str, str],
        flags: Mapping[str, str | None],
        tell: Callable[[Notice], None],
    ) -> None:
        """``tell`` is told of what is wrong in a source."""
        self._tell = tell
        self._fixed = [environment_options(environ), command_line_options(flags)]
        self._client: list[Options] = []
        found = (settings_files.machine_file(), settings_files.user_file(environ))
        self._own_files = [file for file in found if file is not None]
        self._roots: tuple[_Root, ...] = ()
        self._resolved: dict[tuple[_Root, ...], Resolved] = {}
        self._reading: asyncio.Future[None] | None = None
        """Files are read by this, off the event loop, or were."""

    @property
    def roots(self) -> tuple[Path, ...]:
        """The workspace's root directories."""
        return tuple(root.directory for root in self._roots)

    def set_roots(self, directories: Sequence[Path]) -> None:
        """Use these workspace roots, each with the settings it brings."""
        files = {root.directory: root.file for root in self._roots}
        self._roots = tuple(
            _Root(
                directory,
                place_of(str(directory)),
                files.get(directory) or settings_files.repository_file(directory),
            )
            for directory in dict.fromkeys(directories)
        )
        self._resolved.clear()

    def set_client(self, options: Sequence[Options]) -> None:
        """Use what the client sent, the weaker source first."""
        self._client = list(options)
        self._resolved.clear()

    async def read_own(self, within_s: float) -> None:
        """Read the user's and the machine's file, and go on without them where a disk does not
        answer: ``refresh`` waits for it."""
        self._reading = asyncio.ensure_future(self._read(self._own_files))
        await asyncio.wait({self._reading}, timeout=within_s)

    async def refresh(self) -> None:
        """Read the files that changed, and follow the roots' links as they are now.

        What is wrong with the files is told.
        """
        roots = tuple(replace(root, place=place_of(str(root.directory))) for root in self._roots)
        if roots != self._roots:
            self._roots = roots
            self._resolved.clear()
        # One at a time: a disk that does not answer holds one thread, however often it is asked.
        while self._reading is not None and not self._reading.done():
            await asyncio.shield(self._reading)
        # The first look at a file is that thread's too.
        changed = [file for file in self._files() if not file.was_read or file.has_changed()]
        if changed:
            self._reading = asyncio.ensure_future(self._read(changed))
            await asyncio.shield(self._reading)
        for root in self._roots:
            self.at(root.place)

    async def _read(self, files: Sequence[SettingsFile]) -> None:
        # A repository decides what is in its file; the parser's time is not a key's time.
        await asyncio.to_thread(lambda: [file.refresh() for file in files])
        self._resolved.clear()

    def at(self, place: FilePlace | None = None) -> Resolved:
        """The settings that hold for a place; without one, or outside all roots, everywhere."""
        holding = self._holding(place)
        # A command that asks before it has an event loop waits here, and nobody with it.
        if self._reading is None:
            for file in self._files():
                if not file.was_read:
                    file.refresh()
        if holding not in self._resolved:
            self._resolved[holding] = self._resolve(holding)
        return self._resolved[holding]

    def why_kept(self, place: FilePlace) -> str | None:
        """Why the settings keep this file on the machine; None if they do not."""
        holding = self._holding(place)
        exclude = self.at(place).settings.exclude
        own = next((file for file in self._own_files if file.withholds), None)
        if own is not None:
            return f"{name(str(own.path))} cannot be read, so nothing is sent. Repair or remove it."
        if any(root.file.withholds for root in holding):
            return (
                "The folder's .codestral.toml cannot be read, so nothing of the folder is sent. "
                "Repair or remove that file."
            )
        bases: list[str | None] = [base for root in holding for base in root.place.paths]
        # Loaded by the first request: it compiles patterns that the start need not wait for.
        from codestral_ls.privacy.filenames import matches

        if exclude and any(
            matches(exclude, path, base) for path in place.paths for base in bases or [None]
        ):
            return "The file is excluded by the setting exclude."
        return None

    def united(self) -> Settings:
        """The settings that hold everywhere, with what any root excludes."""
        settings = self.at().settings
        lists = [self.at(root.place).settings.exclude for root in self._roots]
        exclude = dict.fromkeys([*settings.exclude, *(glob for globs in lists for glob in globs)])
        return replace(settings, exclude=tuple(exclude))

    def readable_here(self) -> WorkspaceScope:
        """What this machine's own processes may read."""
        return WorkspaceScope(self.roots, self.united().exclude)

    def sendable(self) -> WorkspaceScope:
        """What may be shown to a remote provider: nothing of a folder that is withheld."""
        withholds_all = any(file.withholds for file in self._own_files)
        withheld = [root for root in self._roots if withholds_all or root.file.withholds]
        sent = [
            root for root in self._roots if not any(other.holds(root.place) for other in withheld)
        ]
        globs = [glob for root in withheld for glob in _globs_of(root.place, sent)]
        exclude = dict.fromkeys([*self.united().exclude, *globs])
        return WorkspaceScope(tuple(root.directory for root in sent), tuple(exclude))

    def _files(self) -> list[SettingsFile]:
        return [*self._own_files, *(root.file for root in self._roots)]

    def _holding(self, place: FilePlace | None) -> tuple[_Root, ...]:
        """The roots that hold a place, the outermost first."""
        if place is None:
            return ()
        found = [root for root in self._roots if root.holds(place)]
        return tuple(sorted(found, key=lambda root: len(root.place.real)))

    def _resolve(self, holding: tuple[_Root, ...]) -> Resolved:
        files = [*self._own_files, *(root.file for root in holding)]
        resolved = resolve([*(file.options for file in files), *self._client, *self._fixed])
        problems = [*(problem for file in files for problem in file.problems), *resolved.problems]
        for notice in _notices_of(problems):
            self._tell(notice)
        return replace(resolved, problems=tuple(problems))


def _notices_of(problems: Sequence[Problem]) -> list[Notice]:
    """One for each source."""
    ordered = sorted(problems, key=lambda problem: problem.origin.name)
    return [
        notices.of_problems(origin, list(group))
        for origin, group in groupby(ordered, key=lambda problem: problem.origin)
    ]


def _is_within(path: str, base: str) -> bool:
    return path == base or path.startswith(base.rstrip("/") + "/")


def _globs_of(place: FilePlace, roots: Sequence[_Root]) -> list[str]:
    """Globs that leave a directory out: as files outside all roots are matched, and within them."""
    bases = ["", *(base for root in roots for base in root.place.paths)]
    return [
        _anchored(path[len(base) :])
        for path in place.paths
        for base in bases
        if _is_within(path, base)
    ]


def _anchored(path: str) -> str:
    inner = path.strip("/")
    return "/" + re.sub(r"([*?\[\]\\ ])", r"\\\1", inner) + "/" if inner else "*"
