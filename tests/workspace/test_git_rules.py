"""What git ignores is ignored here, whatever git's rules are written in."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.privacy.wildmatch import compiled
from codestral_ls.workspace import git_rules, git_settings
from codestral_ls.workspace.git_rules import GitRules
from codestral_ls.workspace.git_settings import entries
from tests.workspace.git_trees import GIT, GitTree, plain_tree, random_tree

needs_git = pytest.mark.skipif(GIT is None, reason="git is the reference and not installed")


def files_of(top: Path, tops: Sequence[Path]) -> list[Path]:
    """The files of one work tree, without those of others in it."""
    inner = [each for each in tops if each != top and each.is_relative_to(top)]
    return [
        file
        for file in sorted(top.rglob("*"))
        if file.is_file()
        and ".git" not in file.relative_to(top).parts
        and not any(file.is_relative_to(each) for each in inner)
    ]


def ignored_here(rules: GitRules, files: Sequence[Path]) -> set[Path]:
    return {file for file in files if rules.ignores(str(file), is_directory=False)}


@needs_git
@pytest.mark.parametrize("seed", range(40))
def test_generated_work_trees_are_read_as_git_reads_them(seed: int, tmp_path: Path) -> None:
    tree, tops = random_tree(tmp_path, Random(seed))
    rules = GitRules([str(tree.work)], tree.environment)
    for top in tops:
        files = files_of(top, tops)
        assert ignored_here(rules, files) == tree.ignored(top, files), top


@pytest.fixture
def tree(tmp_path: Path) -> GitTree:
    if GIT is None:
        pytest.skip("git is the reference and not installed")
    return plain_tree(tmp_path)


def check(tree: GitTree, *names: str) -> list[str]:
    """The files that are ignored, which must be those that git ignores."""
    files = [tree.work / name for name in names]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    found = ignored_here(GitRules([str(tree.work)], tree.environment), files)
    assert found == tree.ignored(tree.work, files)
    return sorted(os.path.relpath(file, tree.work) for file in found)


def test_one_odd_byte_in_a_file_of_rules_drops_no_other_rule(tree: GitTree) -> None:
    (tree.work / ".gitignore").write_bytes(b"\xef\xbb\xbfbuild/\r\ncaf\xe9\r\n*.log")
    assert check(tree, "a.c", "build/b.c", "a.log") == ["a.log", "build/b.c"]


def test_a_file_of_rules_that_is_a_link_counts_for_nothing_as_in_git(tree: GitTree) -> None:
    (tree.directory / "rules").write_text("*.c\n")
    (tree.work / ".gitignore").symlink_to(tree.directory / "rules")
    assert check(tree, "a.c") == []


def test_a_file_of_rules_that_is_a_pipe_stops_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".gitignore")
    assert not GitRules([str(tmp_path)], {}).ignores(f"{tmp_path}/a.c", is_directory=False)


def test_the_settings_file_in_the_environment_takes_the_place_of_the_users(tree: GitTree) -> None:
    home = tree.directory / "home"
    (home / "rules").write_text("*.c\n")
    (home / ".gitconfig").write_text("[core]\nexcludesFile = /nowhere\n")
    (home / "other").write_text("[core]\nexcludesFile = ~/rules\n")
    tree.environment["GIT_CONFIG_GLOBAL"] = str(home / "other")
    assert check(tree, "a.c", "b.d") == ["a.c"]


def test_settings_that_include_themselves_come_to_an_end(tree: GitTree) -> None:
    home = tree.directory / "home"
    (home / ".gitconfig").write_text("[include]\npath = .gitconfig\npath = .gitconfig\n")
    rules = GitRules([str(tree.work)], tree.environment)
    assert not rules.ignores(str(tree.work / "a.c"), is_directory=False)


def test_under_a_condition_that_is_not_understood_both_files_of_rules_count(tree: GitTree) -> None:
    home = tree.directory / "home"
    (home / "one").write_text("*.c\n")
    (home / "two").write_text("*.d\n")
    (home / ".gitconfig").write_text(
        '[core]\nexcludesFile = ~/one\n[includeIf "onbranch:main"]\npath = more\n'
    )
    (home / "more").write_text("[core]\nexcludesFile = ~/two\n")
    rules = GitRules([str(tree.work)], tree.environment)
    files = [tree.work / name for name in ("a.c", "a.d", "a.e")]
    assert ignored_here(rules, files) == set(files[:2])


def test_what_only_looks_like_a_repository_does_not_end_the_rules_above(tree: GitTree) -> None:
    (tree.work / ".gitignore").write_text("*.log\n")
    (tree.work / "odd" / ".git").mkdir(parents=True)
    assert check(tree, "odd/a.log", "odd/a.c") == ["odd/a.log"]


def test_a_list_of_rules_that_is_too_long_to_read_covers_everything(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_bytes(b"# nothing\n" * 200_000)
    assert GitRules([str(tmp_path)], {}).ignores(f"{tmp_path}/a.c", is_directory=False)


def test_lists_of_one_path_that_need_too_much_searching_together_cover_everything(
    tmp_path: Path,
) -> None:
    place = tmp_path
    for n in range(20):
        place = place / f"d{n}"
        place.mkdir()
        (place / ".gitignore").write_bytes(b"*x" * 1_000 + b"%d\n" % n)
    rules = GitRules([str(tmp_path)], {})
    above = [place, *place.parents][:20][::-1]
    ignored = [rules.ignores(f"{each}/a.c", is_directory=False) for each in above]
    assert ignored == [False] * 9 + [True] * 11


def test_lists_side_by_side_are_all_searched_within_what_fits_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_rules, "_MAX_TOTAL_SEARCHED", 20_000)
    for n in range(60):
        (tmp_path / f"d{n}").mkdir()
        (tmp_path / f"d{n}" / ".gitignore").write_bytes(b"*x" * 200 + b"%d\n" % n)
    rules = GitRules([str(tmp_path)], {})
    ignored = [rules.ignores(f"{tmp_path}/d{n}/a.c", is_directory=False) for n in range(60)]
    assert ignored.count(False) in range(45, 51)


SETTINGS_BOMBS = {
    "long files that are included": {
        "config": b"".join(b"[include]\n\tpath = %d\n" % n for n in range(40)),
        **{f"{n}": b"[a]\n b = " + b"\\\\" * 100_000 for n in range(40)},
    },
    "one that includes itself": {"config": b"[include]\n\tpath = config\n[a]\n" + b"b\n" * 100_000},
    "conditions": {
        "config": b"".join(
            b'[includeIf "gitdir:%s%d"]\n\tpath = x\n' % (b"*a[!b]" * 20, n) for n in range(300)
        )
    },
    "short conditions": {"config": b'[includeIf "gitdir:a"]\n\tpath = x\n' * 9_000},
}


@pytest.mark.parametrize("files", SETTINGS_BOMBS.values(), ids=list(SETTINGS_BOMBS))
def test_settings_that_take_too_long_to_read_cover_everything_there(
    tmp_path: Path, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    n_compiled = 0

    def counted(glob: bytes, *, in_path: bool) -> re.Pattern[bytes]:
        nonlocal n_compiled
        n_compiled += len(glob)
        return compiled(glob, in_path=in_path)

    monkeypatch.setattr(git_settings, "compiled", counted)
    for name in ("objects", "refs"):
        (tmp_path / "r" / ".git" / name).mkdir(parents=True)
    (tmp_path / "r" / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    for name, data in files.items():
        (tmp_path / "r" / ".git" / name).write_bytes(data)
    (tmp_path / "r" / "sub").mkdir()
    rules = GitRules([str(tmp_path)], {})
    assert rules.ignores(f"{tmp_path}/r/a.c", is_directory=False)
    assert rules.ignores(f"{tmp_path}/r/sub/a.c", is_directory=False)
    assert not rules.ignores(f"{tmp_path}/a.c", is_directory=False)
    assert n_compiled < 20_000


def test_the_settings_of_many_nested_repositories_are_one_piece_of_work(tmp_path: Path) -> None:
    place = tmp_path
    for _ in range(4):
        for name in ("objects", "refs"):
            (place / ".git" / name).mkdir(parents=True)
        (place / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
        (place / ".git" / "config").write_bytes(b"[a]\n" + b"b\n" * 80_000)
        place = place / "in"
        place.mkdir()
    assert GitRules([str(tmp_path)], {}).ignores(f"{place}/a.c", is_directory=False)
    # One after another, as the walk comes to them, each is read.
    rules = GitRules([str(tmp_path)], {})
    for each in reversed([place, *place.parents][:5]):
        assert not rules.ignores(f"{each}/a.c", is_directory=False)


@needs_git
@pytest.mark.parametrize(
    "source", [".gitignore", ".git/info/exclude", "../home/.config/git/ignore", "sub/.gitignore"]
)
def test_rules_that_appear_change_and_vanish_are_noticed(tree: GitTree, source: str) -> None:
    file = tree.work / source
    rules = GitRules([str(tree.work)], tree.environment)
    path = str(tree.work / "sub" / "a.c")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    for text, is_ignored in ((None, False), ("*.c\n", True), ("*.d\n\n", False), ("", False)):
        if text is not None:
            file.write_text(text)
            assert rules.have_changed()
            rules.forget()
        assert rules.ignores(path, is_directory=False) is is_ignored
        assert not rules.have_changed()
    file.unlink()
    assert rules.have_changed()


@given(st.text(alphabet='[]"\\\n\r\t =#;abc.~é\0\ufeff\ud800'))
def test_no_settings_file_is_too_odd_to_be_read(text: str) -> None:
    assert all(name for _, _, name, _ in entries(text))


def test_settings_are_read_as_git_writes_them() -> None:
    text = (
        '[core] ; c\n  a = b c  # d\n\tE-f="x # y" z \\\n  w\n  g\n[one "T\\"w.o"]\nh = \\t\\\\\n'
        "[three.FOUR]\ni="
    )
    assert list(entries(text)) == [
        ("core", "", "a", "b c"),
        ("core", "", "e-f", "x # y z   w"),
        ("core", "", "g", None),
        ("one", 'T"w.o', "h", "\t\\"),
        ("three", "four", "i", ""),
    ]


def test_very_many_files_of_rules_do_not_fill_the_memory(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / ".gitignore").write_bytes(b"*.log\n" * 60_000)
    rules = GitRules([str(tmp_path)], {})
    paths = [f"{tmp_path}/{number}/a.py" for number in range(4)]
    ignored = [rules.ignores(path, is_directory=False) for path in paths]
    assert ignored == [False, False, True, True]
