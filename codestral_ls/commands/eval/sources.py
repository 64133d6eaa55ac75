"""Which files of the user's tasks may be made of, and what they and their neighbours hold."""

from __future__ import annotations

import contextlib
import os
import time
import zlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codestral_ls.commands.eval.copies import Copies
from codestral_ls.commands.eval.git import Repository
from codestral_ls.commands.eval.tasks import digest_of
from codestral_ls.text.languages import UNKNOWN, facts, language_of
from codestral_ls.workspace.files import Bounds, read_text
from codestral_ls.workspace.pathnames import slashed
from codestral_ls.workspace.selection import FileSelection

# Enough for any repository that one person types in, and written within seconds.
BOUNDS = Bounds(files=20_000, total_bytes=200_000_000)
# The least difference that a time in seconds shows.
_TICK_NS = 1_000
_SOME_TIME_NS = 1_000_000_000 * 10**9


@dataclass(frozen=True, slots=True)
class Scope:
    """What tasks may be made of: a directory, what of it may be sent, and where in it."""

    root: Path
    """Top of the workspace, with links followed."""
    selection: FileSelection
    within: str = ""
    """Tasks come from this file, or from this directory; relative to the root, empty for all."""
    without: frozenset[str] = field(default_factory=frozenset)
    """Languages that are left out."""

    def holds(self, path: str) -> bool:
        """Tasks may come from a path, relative to the root, as far as its name tells."""
        language_id = language_of(path.rpartition("/")[2])
        language = facts(language_id)
        is_code = language is not UNKNOWN and not (language.prose or language.data)
        inside = not self.within or path == self.within or path.startswith(self.within + "/")
        return is_code and inside and language_id not in self.without

    def may_send(self, path: str) -> bool:
        """The user's rules let this path, relative to the root, be shown to a provider."""
        return self.selection.allows_text(slashed(str(self.root / path)))


def repository_of(root: Path) -> Repository | None:
    """The repository whose top directory this is; None where there is none."""
    return Repository(root) if os.path.lexists(root / ".git") else None


def readable_files(scope: Scope) -> dict[str, Path]:
    """The workspace's files that may be sent, by their paths relative to the root."""
    root = slashed(str(scope.root))
    found: dict[str, Path] = {}
    n_bytes = 0
    for entries in scope.selection.walk(root, root, BOUNDS, time.monotonic):
        for entry in entries:
            n_bytes += entry.size
            if len(found) >= BOUNDS.files or n_bytes > BOUNDS.total_bytes:
                return found
            found[entry.path[len(root.rstrip("/")) + 1 :]] = Path(entry.path)
    return found


def candidates(scope: Scope, files: Mapping[str, Path]) -> list[str]:
    """The paths that tasks may come from: tracked by git, where there is a repository; sorted.

    Raises GitProblem.
    """
    repository = repository_of(scope.root)
    tracked = None if repository is None else set(repository.tracked())
    return sorted(
        path for path in files if scope.holds(path) and (tracked is None or path in tracked)
    )


def text_of(file: Path) -> str | None:
    """A file's text; None for what is no text, too large or unreadable."""
    return read_text(str(file), BOUNDS.file_bytes)


class TaskTree:
    """A directory of our own with a workspace's files, for the index and the embedded provider.

    The truth of no task is in it: a file that tasks are made of is written without it.
    """

    def __init__(self, top: Path, root: Path) -> None:
        """``top`` is an empty directory that nobody else reads; ``root`` is what is copied."""
        self.root = top.resolve() / (root.name or "workspace")
        self.root.mkdir()
        self._written: dict[str, str] = {}
        settings = root / ".codestral.toml"
        with contextlib.suppress(OSError):
            (self.root / settings.name).write_bytes(settings.read_bytes())

    def place(self, path: str) -> Path:
        """Where a file lies, by its path relative to the workspace."""
        return self.root / path

    def fill(
        self,
        files: Mapping[str, Path],
        texts: Mapping[str, str],
        places: Mapping[str, Sequence[tuple[int, int]]],
        digests: Container[str],
        copies: Copies,
    ) -> None:
        """Write the workspace's files; those with tasks as ``texts`` has them, less their holes,
        whose ``places`` are where each starts and ends.

        Another file with the text of one of these, by its digest, would tell: it is left out. So
        would a copy of a task's place: the truth is cut from it.
        """
        for number, (path, source) in enumerate(sorted(files.items())):
            text = texts.get(path) if path in texts else text_of(source)
            if text is None or (path not in texts and digest_of(text) in digests):
                continue
            with contextlib.suppress(OSError):
                # The latest are taken for the more telling; at the same time, by name.
                time_ns = source.stat().st_mtime_ns + number * _TICK_NS
                cut = copies.cut(path, text, places.get(path, ()))
                self._write(path, cut.encode("utf-8", "replace"), time_ns)

    def become(self, ids: Mapping[str, str], contents: Mapping[str, bytes], copies: Copies) -> None:
        """Hold the files of a commit's tree, by path and id of content, less the truths."""
        for path in set(self._written) - set(ids):
            with contextlib.suppress(OSError):
                self.place(path).unlink()
            del self._written[path]
        for path, identity in ids.items():
            if identity in contents and self._written.get(path) != identity:
                # Git keeps no times: any do, but the same ones every time.
                time_ns = _SOME_TIME_NS + zlib.crc32(path.encode(errors="replace")) * _TICK_NS
                self._write(path, contents[identity], time_ns)
                self._written[path] = identity
        for path in self._written:
            place = self.place(path)
            text = text_of(place)
            if text is not None and (cut := copies.cut(path, text)) != text:
                with contextlib.suppress(OSError):
                    self._write(path, cut.encode(errors="replace"), place.stat().st_mtime_ns)
                self._written[path] = ""  # of no use to another commit

    def missing(self, ids: Mapping[str, str]) -> list[str]:
        """Ids whose contents are needed to become a tree."""
        return [each for path, each in ids.items() if self._written.get(path) != each]

    def _write(self, path: str, data: bytes, time_ns: int) -> None:
        place = self.place(path)
        # A name may be too long, or a directory by now.
        with contextlib.suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
            os.utime(place, ns=(time_ns, time_ns))


def scope_of(root: Path, path: Path, exclude: Sequence[str], without: Sequence[str]) -> Scope:
    """The scope for a path the user named, which is the root or within it."""
    real = path.resolve()
    within = "" if real == root else slashed(str(real.relative_to(root)))
    selection = FileSelection([str(root)], exclude)
    return Scope(root, selection, within, frozenset(without))
