"""Globs mean what git says they mean, and no glob decides how long that takes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.privacy.filenames import matches
from codestral_ls.privacy.globs import (
    MAX_DEPTH,
    MAX_SEARCHED,
    MAX_SEARCHED_BYTES,
    GlobList,
    ignore_lines,
)

GIT = shutil.which("git")


def ignored_by_git(root: Path, data: bytes, paths: Sequence[bytes]) -> set[bytes]:
    """The files of a tree that git ignores by one ignore file."""
    (root / ".gitignore").write_bytes(data)
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        [str(GIT), "-C", str(root), "check-ignore", "-z", "--stdin", "--no-index"],
        input=b"".join(path + b"\0" for path in paths),
        capture_output=True,
        env=environment,
        timeout=60,
    )
    assert done.returncode in (0, 1), done.stderr
    return {path for path in done.stdout.split(b"\0") if path}


NAMES = (
    b"a",
    b"b",
    b"ab",
    b"aab",
    b"a.c",
    b"b.c",
    b".a",
    b"a b",
    b"a-b",
    b"a]",
    "é".encode(),
    b"A1",
)
PIECES = (
    *(
        b"a",
        b"aa",
        b"b",
        b"ab",
        b".c",
        b"*",
        b"*",
        b"**",
        b"?",
        b"/",
        b"/",
        b"**/",
        b"/**",
        b"/**/",
    ),
    *(b"[ab]", b"[!a]", b"[^b]", b"[a-b]", b"[]a]", b"[a", b"[[:alpha:]]", b"[[:digit:]]"),
    *(b"[[:no:]]", b"[a/b]", b"[-a]", b"[a-]", b"[\\a]", b"[--0]", b"\\", b"\\a", b"\\*", b"\\/"),
    *(b" ", b"\\ ", b"!", b"#", b"\\!", b"\\#", b"\r", "é".encode(), b"\xc3", b"\xe9", b"A", b"-"),
)


def tree(random: Random) -> list[bytes]:
    """Files in directories; no directory has the name of a file beside it."""
    paths: set[bytes] = set()
    for _ in range(60):
        parts = random.choices(NAMES, k=random.choice((1, 1, 2, 2, 3, 4)))
        paths.add(b"/".join([part + b".d" for part in parts[:-1]] + parts[-1:]))
        paths.add(b"/".join([*(part + b"d" for part in parts[:-1]), b"f" + parts[-1]]))
    return sorted(paths)


def line(random: Random) -> bytes:
    prefix = random.choice((b"", b"", b"", b"", b"!", b"/", b"**/", b"#"))
    middle = b"".join(random.choices((*PIECES, *NAMES), k=random.choice((1, 1, 2, 2, 3, 4, 5))))
    return prefix + middle + random.choice((b"", b"", b"", b"d/", b"/", b".d/", b"/**", b" "))


@pytest.mark.skipif(GIT is None, reason="git is the reference and not installed")
@pytest.mark.parametrize("seed", range(8))
def test_generated_ignore_files_are_read_as_git_reads_them(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    subprocess.run([str(GIT), "init", "-q", str(tmp_path)], check=True, timeout=60)
    paths = tree(random)
    for path in paths:
        file = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), path)))  # noqa: PTH118 - bytes
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    for _ in range(40):
        lines = [line(random) for _ in range(random.choice((1, 1, 1, 2, 3, 6)))]
        data = random.choice((b"", b"", b"\xef\xbb\xbf")) + random.choice((b"\n", b"\r\n")).join(
            lines
        )
        data += random.choice((b"", b"\n", b"\r\n", b"\r"))
        globs = GlobList.from_file(data)
        ours = {path for path in paths if globs.covers(path)}
        assert ours == ignored_by_git(tmp_path, data, paths), data


HOSTILE = (
    "*a" * 100 + "b",
    "*a" * 10_000 + "b",
    "**/*a" * 60 + "b",
    "**/" * 5_000 + "b",
    "*" * 100_000 + "b",
    "a/" * 1_000 + "b",
    "**/a/" * 200 + "b",
    "[a" * 10_000,
    "[[:alpha:]]*" * 500 + "!",
    "?" * 20_000,
    "\\" * 20_001,
    "[a-z]" * 4_000,
)


@pytest.mark.parametrize("glob", HOSTILE, ids=[glob[:12] for glob in HOSTILE])
def test_no_glob_takes_long_however_it_is_made(glob: str) -> None:
    globs = GlobList([glob])
    for path in ("a" * 255, "a/" * 128 + "a", "/".join(["a" * 255] * 15)):
        globs.covers(path)


def test_exclude_is_matched_in_bounded_time_too() -> None:
    glob = "*a" * 30 + "b"
    assert not matches([glob], "/repo/" + "a" * 200, "/repo")
    assert matches([glob], "/repo/" + "a" * 200 + "b", "/repo")


def test_many_thousand_names_and_suffixes_are_looked_up() -> None:
    globs = GlobList(
        [
            each
            for n in range(18_000)
            for each in (f"name{n}", f"*.end{n}", f"/a/path{n}", f"dir{n}/")
        ]
    )
    assert globs.covers("x/name17999")
    assert globs.covers("x/y.end0")
    assert globs.covers("a/path9000")
    assert globs.covers("dir5/x")
    assert not globs.covers("dir5")
    assert not globs.covers("b/path9000")


def test_too_many_globs_to_search_cover_everything() -> None:
    assert not GlobList([f"a*{n}b" for n in range(MAX_SEARCHED)]).covers("x")
    assert GlobList([f"a*{n}b" for n in range(MAX_SEARCHED + 1)]).covers("x")


def test_too_long_globs_to_search_cover_everything_and_are_not_compiled() -> None:
    n_within = MAX_SEARCHED_BYTES // 400
    assert not GlobList(["*a" * 200] * n_within).covers("x")
    assert GlobList(["*a" * 200] * (n_within + 1)).covers("x")
    assert not GlobList(["x/" * MAX_SEARCHED_BYTES + "*"]).covers("x")
    assert not GlobList(["a" * 50 + f"{n}" for n in range(MAX_SEARCHED_BYTES // 10)]).covers("x")


def test_a_glob_longer_than_any_path_matches_nothing_and_costs_no_other_its_search() -> None:
    globs = GlobList([f"private/{'x/' * 70_000}**", "*/" * 90_000 + "x", "a*b"])
    assert globs.covers("axb")
    assert not globs.covers("x")
    assert GlobList(["**/" * 5_000 + "x*"]).n_searched_bytes > 0


def test_a_file_in_too_many_directories_is_covered_by_any_list() -> None:
    assert not GlobList(["x"]).covers("a/" * MAX_DEPTH + "a")
    assert GlobList(["x"]).covers("a/" * (MAX_DEPTH + 1) + "a")
    assert not GlobList([]).covers("a/" * (MAX_DEPTH + 1) + "a")


def test_the_later_line_decides_also_between_looked_up_and_searched_ones() -> None:
    assert not GlobList(["a*c", "!abc"]).covers("abc")
    assert GlobList(["!abc", "a*c"]).covers("abc")
    assert GlobList(["*.c", "!*b.c", "/ab.c"]).covers("ab.c")
    assert GlobList(["a*c", "!a*", "# note", ""]).verdict("abc", is_directory=False) is False
    assert GlobList(["a*c"]).verdict("b", is_directory=False) is None


def test_half_a_surrogate_pair_is_a_character_like_any() -> None:
    assert GlobList(["a\ud800b"]).covers("a\ud800b")
    assert GlobList(["a*\udcff"]).covers("ax\udcff")
    assert not GlobList(["*\ud800*a"]).covers("\udfffa")


def test_one_odd_byte_drops_no_other_line() -> None:
    globs = GlobList.from_file(b"\xef\xbb\xbfbuild/\r\ncaf\xe9\r\n*.log")
    assert globs.covers("build/a")
    assert globs.covers(b"caf\xe9")
    assert globs.covers("x/a.log")


def test_case_counts_unless_the_file_system_says_otherwise() -> None:
    assert not GlobList(["Build/", "*.LOG"]).covers("build/a.log")
    assert GlobList(["Build/"], ignore_case=True).covers("build/a")
    assert GlobList(["*.LOG"], ignore_case=True).covers("x.Log")


def test_an_empty_list_is_false() -> None:
    assert not GlobList(["", "# note", "/", "!"])
    assert GlobList(["a"])


@given(st.binary(), st.binary(), st.booleans())
def test_no_ignore_file_is_too_odd_to_be_read(data: bytes, path: bytes, ignore_case: bool) -> None:
    assert GlobList.from_file(data, ignore_case=ignore_case).covers(path) in (True, False)
    assert all(b"\n" not in each for each in ignore_lines(data))
