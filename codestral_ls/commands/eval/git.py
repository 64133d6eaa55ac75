"""What git knows of a repository, read with plumbing that runs nothing of the repository.

A repository's configuration can name programs: hooks, a file system monitor, filters, external
diffs, a transport for objects that are missing. None of the commands here runs any of them, and
nothing is checked out. Ownership is git's to judge (``safe.directory``).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_WITHIN_S = 120.0
_HARMLESS = (
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.untrackedCache=false"),
    *("-c", "core.pager=cat"),
    *("-c", "protocol.allow=never"),
)
# A tree of more entries is no repository that somebody types in.
_MAX_ENTRIES = 200_000
_REVISION = re.compile(r"[\w./@^~{}:+-]{1,200}", re.ASCII)
_ID = re.compile(r"[0-9a-f]{40,64}")
_REGULAR = ("100644", "100755")
# The tree without entries, which git knows in every repository, by the length of its ids.
_EMPTY_TREES = {
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}


class GitProblem(Exception):
    """Git is missing or refuses; the text is a sentence with the remedy."""


class _NoRevision(GitProblem):
    """A name of a commit that git does not know."""


class _NotHere(GitProblem):
    """A partial clone lacks an object."""


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A regular file that a commit added or changed; not one that it moved."""

    path: str
    before: str
    """Id of its content before; empty for a file that was added."""
    after: str


class Repository:
    """The repository whose work tree has ``top`` as its top directory."""

    def __init__(self, top: Path, environment: Mapping[str, str] | None = None) -> None:
        """Raises GitProblem where there is no git to ask."""
        program = shutil.which("git")
        if program is None:
            raise GitProblem("git was not found; eval reads with it which files are tracked")
        self._command = [program, "--no-pager", *_HARMLESS, "-C", str(top)]
        given = os.environ if environment is None else environment
        # What the environment says of another repository, or of programs to run, does not count.
        self._environment = {
            **{name: value for name, value in given.items() if not name.startswith("GIT_")},
            "GIT_CEILING_DIRECTORIES": str(top.parent),
            "GIT_WORK_TREE": str(top),
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_LITERAL_PATHSPECS": "1",
            "LC_ALL": "C",
        }

    def tracked(self) -> list[str]:
        """The paths that git tracks, relative to the top directory."""
        return list(_texts(self._run("ls-files", "-z")))

    def commits_since(self, revision: str, limit: int) -> list[str]:
        """The commits after a revision that are no merges, the newest first."""
        if not _REVISION.fullmatch(revision) or revision.startswith("-"):
            raise GitProblem(f"{revision!r} names no commit; give one such as v1.2 or HEAD~9")
        words = ("rev-list", "--no-merges", f"--max-count={limit}")
        try:
            told = self._run(*words, f"{revision}..HEAD", "--")
        except _NoRevision:
            raise GitProblem(
                f"{revision!r} names no commit here, or the repository has none yet; give one "
                "such as v1.2 or HEAD~9 (a shallow clone lacks the older ones)"
            ) from None
        return told.decode("ascii", "replace").split()

    def parent(self, commit: str) -> str:
        """The id of a commit's parent; empty for the first commit."""
        told = self._run("rev-list", "--parents", "--max-count=1", commit, "--")
        return [*told.decode("ascii", "replace").split(), "", ""][1]

    def changed_files(self, commit: str) -> list[ChangedFile]:
        """The regular files that a commit added or changed."""
        asked = (
            *("diff-tree", "-r", "-z", "--raw", "--root", "--no-commit-id"),
            *("--no-textconv", "--no-ext-diff", "--diff-filter=AM"),
        )
        # The lines of a file that was moved are not new. It takes contents to see that it was,
        # which a partial clone may lack.
        try:
            told = self._run(*asked, "--find-renames=80%", "-l400", commit, "--")
        except _NotHere:
            told = self._run(*asked, "--no-renames", commit, "--")
        words = list(_texts(told))
        found = []
        for head, path in zip(words[::2], words[1::2], strict=False):
            _, mode, before, after, *_ = [*head.lstrip(":").split(" "), "", "", ""]
            if mode in _REGULAR and is_plain(path):
                found.append(ChangedFile(path, before.strip("0") and before, after))
        return found

    def files(self, commit: str) -> dict[str, str]:
        """The regular files of a commit's tree: ids of their contents by path."""
        told = self._run(
            "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-textconv", "--no-ext-diff",
            _EMPTY_TREES[len(commit)], commit, "--",
        )  # fmt: skip
        words = _texts(told)
        found: dict[str, str] = {}
        for head, path in zip(words, words, strict=False):
            _, mode, _, after, *_ = [*head.lstrip(":").split(" "), "", "", ""]
            if mode in _REGULAR and is_plain(path) and len(found) < _MAX_ENTRIES:
                found[path] = after
        return found

    def contents(self, ids: Iterable[str], max_bytes: int) -> dict[str, bytes]:
        """Contents by id; those that are missing or larger are left out."""
        wanted = [each for each in dict.fromkeys(ids) if _ID.fullmatch(each)]
        try:
            sizes = self._run("cat-file", "--batch-check", given="\n".join(wanted).encode() + b"\n")
        except _NotHere:
            # Git before 2.45 gives up at the first object that it may not fetch.
            sizes = self._run("cat-file", "--batch-check", "--batch-all-objects")
        asked = set(wanted)
        small = []
        for line in sizes.decode("ascii", "replace").splitlines():
            identity, kind, size = [*line.split(" "), "", ""][:3]
            if identity in asked and kind == "blob" and size.isdigit() and int(size) <= max_bytes:
                small.append(identity)
        if not small:
            return {}
        told = self._run("cat-file", "--batch", given="\n".join(small).encode() + b"\n")
        return dict(_batch(told))

    def _run(self, *words: str, given: bytes = b"") -> bytes:
        try:
            done = subprocess.run(  # noqa: S603  # git itself, by its path, with no shell
                [*self._command, *words],
                input=given,
                capture_output=True,
                env=self._environment,
                timeout=_WITHIN_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            raise GitProblem("git could not be run, or did not answer in two minutes") from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            said = [line for line in said if line.startswith("fatal: ")] or said
            reason = (said or ["no reason given"])[0]
            if "bad revision" in reason:
                raise _NoRevision
            if "promisor remote" in reason:
                raise _NotHere(
                    "this is a partial clone that lacks a part of these commits, and eval fetches "
                    "nothing; use a whole clone, or a later --since"
                )
            raise GitProblem(f"git {words[0]} failed: {reason}")
        return done.stdout


def is_plain(path: str) -> bool:
    """A relative path that stays where it is put, on any platform, and is no part of git's own."""
    parts = path.split("/")
    if not path or "\\" in path or "\0" in path or ":" in parts[0]:
        return False
    return not any(part in ("", ".", "..") or part.lower().rstrip(". ") == ".git" for part in parts)


def _texts(told: bytes) -> Iterator[str]:
    for word in told.split(b"\0"):
        if word:
            yield word.decode("utf-8", "surrogateescape")


def _batch(told: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while (end := told.find(b"\n", at)) >= 0:
        words: Sequence[bytes] = told[at:end].split(b" ")
        if len(words) != 3 or not words[2].isdigit():
            at = end + 1
            continue
        start, size = end + 1, int(words[2])
        yield words[0].decode("ascii"), told[start : start + size]
        at = start + size + 1
