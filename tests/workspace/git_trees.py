"""Work trees made at random, with every source of git's ignore rules, and git's own answers."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

GIT = shutil.which("git")

_DIRECTORIES = ("a", "b", "build", "sub", "lib.d", "é")
_FILES = ("a.c", "b.c", "a.log", "b.log", "keep", "x y", "A.C")
_PATTERNS = (
    *(b"*.log", b"*.c", b"!*.c", b"a.*", b"/a.c", b"build/", b"build", b"!build/", b"/sub", b"b"),
    *(b"sub/*.c", b"sub/**", b"**/b/", b"a/**/b.c", b"keep", b"!keep", b"x\\ y", b"x y ", b"*"),
    *(b"!a.c", b"[ab].log", b"# a comment", b"", b"*.d/", b"caf\xe9", b"\xc3\xa9", b"a.c\t"),
)


@dataclass(frozen=True)
class GitTree:
    """A directory with a home of its own, a repository in ``work``, and others in and beside it."""

    directory: Path
    work: Path
    environment: dict[str, str]
    """Of the user: where the settings of git are."""

    def git(self, *arguments: str | bytes, at: Path | None = None, stdin: bytes = b"") -> bytes:
        done = subprocess.run(
            [str(GIT), "-C", str(at or self.work), *arguments],
            input=stdin,
            capture_output=True,
            env={"PATH": os.environ["PATH"], **self.environment},
            timeout=60,
        )
        assert done.returncode in (0, 1), done.stderr
        return done.stdout

    def ignored(self, top: Path, files: Iterable[Path]) -> set[Path]:
        """The files below the top of a work tree that git ignores."""
        stdin = b"".join(os.fsencode(file.relative_to(top)) + b"\0" for file in files)
        found = self.git("check-ignore", "-z", "--stdin", "--no-index", at=top, stdin=stdin)
        return {top / os.fsdecode(name) for name in found.split(b"\0") if name}


def ignore_file(random: Random) -> bytes:
    lines = random.choices(_PATTERNS, k=random.randint(1, 4))
    end = random.choice((b"\n", b"\n", b"\r\n"))
    mark = random.choice((b"", b"", b"\xef\xbb\xbf"))
    return mark + end.join(lines) + random.choice((b"", end))


def plain_tree(directory: Path) -> GitTree:
    """One repository without any rules."""
    home, work = directory / "home", directory / "work"
    home.mkdir()
    work.mkdir()
    tree = GitTree(directory, work, {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"})
    tree.git("init", "-q")
    return tree


def random_tree(directory: Path, random: Random) -> tuple[GitTree, Sequence[Path]]:
    """A repository with others in it and beside it, and the tops of all of them."""
    tree = plain_tree(directory)
    home, work = directory / "home", tree.work
    tops = [work]
    if random.random() < 0.7:
        inner = work / random.choice(("a", "sub")) / "inner"
        tree.git("init", "-q", str(inner))
        tops.append(inner)
    if random.random() < 0.7:
        identity = ("-c", "user.name=n", "-c", "user.email=e@example.org")
        tree.git(*identity, "commit", "-q", "--allow-empty", "-m", "first")
        linked = directory / random.choice(("linked", "work/linked"))
        tree.git("worktree", "add", "-q", str(linked), "-b", "other")
        tops.append(linked)
    if random.random() < 0.5:
        # A submodule as git lays it out: the repository is among the outer one's files.
        module = work / "module"
        modules = work / ".git" / "modules"
        modules.mkdir()
        tree.git("init", "-q", "--separate-git-dir", str(modules / "m"), str(module))
        tops.append(module)
    for top in tops:
        _fill(top, random)
        if random.random() < 0.6:
            exclude = Path(
                os.fsdecode(
                    tree.git("rev-parse", "--git-path", "info/exclude", at=top).rstrip(b"\n")
                )
            )
            (top / exclude).parent.mkdir(parents=True, exist_ok=True)
            (top / exclude).write_bytes(ignore_file(random))
    _set_up_user(home, random, work)
    return tree, tops


def _fill(top: Path, random: Random) -> None:
    for _ in range(25):
        parts = random.choices(_DIRECTORIES, k=random.choice((0, 1, 1, 2, 3)))
        folder = top.joinpath(*parts)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / random.choice(_FILES)).write_text("text\n")
        if random.random() < 0.2:
            (folder / ".gitignore").write_bytes(ignore_file(random))


def _set_up_user(home: Path, random: Random, work: Path) -> None:
    """The user's own ignore file, at one of the places where git looks for its name."""
    settings, default = home / ".gitconfig", home / ".config" / "git"
    default.mkdir(parents=True)
    (home / "own ignores").write_bytes(ignore_file(random))
    (default / "ignore").write_bytes(ignore_file(random))
    own = '[core]\n\texcludesFile = "~/own ignores" ; mine\n'
    kind = random.randrange(8)
    if kind == 1:
        settings.write_text(own)
    elif kind == 2:
        (default / "config").write_text(own)
    elif kind == 3:
        settings.write_text("[include]\n\tpath = more\n")
        (home / "more").write_text(own)
    elif kind == 4:
        condition = random.choice((f"{work}/", "work/", "gitdir-no/", "~/", f"{work}/.git"))
        settings.write_text(f'[includeIf "gitdir:{condition}"]\npath = ~/more\n')
        (home / "more").write_text(own)
    elif kind == 5:
        settings.write_text("[CORE] ExcludesFile =\n")
    elif kind == 6:
        with (work / ".git" / "config").open("a") as file:
            file.write('[core]\nexcludesfile = "../home/own\\\n ignores"\n')
    elif kind == 7:
        settings.write_text(
            "\ufeff[user]\r\n\tname = n\r\n" + own + "[core]\n\tignorecase = true\n", newline=""
        )
