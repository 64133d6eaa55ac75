"""Git is read with plumbing, and a hostile repository runs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from codestral_ls.commands.eval.git import GitProblem, Repository, is_plain
from tests.commands.eval.repositories import commit, git, repository

HOSTILE = """
[core]
    fsmonitor = {trap}
    hooksPath = {hooks}
    sshCommand = {trap}
    gitProxy = {trap}
    pager = {trap}
    editor = {trap}
    askPass = {trap}
    alternateRefsCommand = {trap}
    attributesFile = {attributes}
    worktree = /
[diff]
    external = {trap}
[diff "evil"]
    command = {trap}
    textconv = {trap}
[filter "evil"]
    clean = {trap}
    smudge = {trap}
    process = {trap}
    required = true
[log]
    showSignature = true
[gpg]
    program = {trap}
[credential]
    helper = !{trap}
[remote "origin"]
    url = ext::{trap}
    promisor = true
    partialclonefilter = blob:none
    uploadpack = {trap}
    vcs = evil
[extensions]
    partialClone = origin
[alias]
    ls-files = !{trap}
    rev-list = !{trap}
    diff-tree = !{trap}
    cat-file = !{trap}
[pager]
    ls-files = {trap}
    rev-list = {trap}
    diff-tree = {trap}
    cat-file = {trap}
[trace2]
    eventTarget = {trace}
"""


def test_a_hostile_repository_runs_nothing(tmp_path: Path) -> None:
    top = repository(tmp_path / "repo", {"a.py": "a = 1\n", "b.py": "b = 1\n"}).resolve()
    second = commit(
        top, {"a.py": "a = 1\nadded = 2\n", ".gitattributes": "* diff=evil filter=evil\n"}
    )
    sprung, trap = tmp_path / "sprung", tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\necho $0 >>{sprung}\n")
    trap.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in (
        "post-index-change",
        "reference-transaction",
        "post-checkout",
        "fsmonitor-watchman",
    ):
        (hooks / name).write_text(trap.read_text())
        (hooks / name).chmod(0o755)
        (top / ".git" / "hooks").mkdir(exist_ok=True)
        (top / ".git" / "hooks" / name).write_text(trap.read_text())
        (top / ".git" / "hooks" / name).chmod(0o755)
    attributes = tmp_path / "attributes"
    attributes.write_text("* diff=evil filter=evil\n")
    blob = git(top, "rev-parse", "HEAD:b.py").strip()
    # An object that is missing would be fetched, with a program of the repository's.
    (top / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with (top / ".git" / "config").open("a") as config:
        config.write(
            HOSTILE.format(trap=trap, hooks=hooks, attributes=attributes, trace=tmp_path / "trace")
        )
    found = Repository(top)
    assert set(found.tracked()) == {".gitattributes", "a.py", "b.py"}
    assert found.commits_since("HEAD~1", 10) == [second]
    changed = {file.path: file for file in found.changed_files(second)}
    assert set(changed) == {".gitattributes", "a.py"}
    files = found.files(found.parent(second))
    assert set(files) == {"a.py", "b.py"}
    ids = [changed["a.py"].before, changed["a.py"].after, blob]
    assert found.contents(ids, 1000) == {ids[0]: b"a = 1\n", ids[1]: b"a = 1\nadded = 2\n"}
    assert not sprung.exists(), sprung.read_text()


def test_the_environment_does_not_lead_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = repository(tmp_path / "repo", {"a.py": "a = 1\n"}).resolve()
    other = repository(tmp_path / "other", {"other.py": "a = 1\n"})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    assert Repository(top).tracked() == ["a.py"]


@pytest.mark.parametrize("name", ["-h", "--output=x", "HEAD --help", "HEAD;ls", "", "x" * 300])
def test_what_names_no_commit_is_not_passed_on(tmp_path: Path, name: str) -> None:
    top = repository(tmp_path / "repo", {"a.py": "a = 1\n"})
    with pytest.raises(GitProblem, match="names no commit"):
        Repository(top).commits_since(name, 10)


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        *((name, True) for name in ("a.py", "a/b.py", ".github/x.py", "é/ü.py", "a b/c.py")),
        *((name, False) for name in ("", "/a.py", "../a.py", "a/../../b", "a//b", "./a", "a\\b")),
        *((name, False) for name in (".git/config", "a/.GIT/hooks/x", ".git./x", "c:/x", "a\0b")),
    ],
)
def test_a_path_stays_where_it_is_put(path: str, plain: bool) -> None:
    assert is_plain(path) is plain


def test_a_partial_clone_gives_what_it_has_and_fetches_nothing(tmp_path: Path) -> None:
    whole = repository(tmp_path / "whole", {"a.py": "a = 1\n", "b.py": "b = 1\n"})
    second = commit(whole, {"a.py": "a = 2\n"})
    git(whole, "config", "uploadpack.allowFilter", "true")
    url = f"file://{whole}"
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", url, "partial")
    found = Repository(tmp_path / "partial")
    (changed,) = found.changed_files(second)
    assert found.contents([changed.before, changed.after], 100) == {changed.after: b"a = 2\n"}
    git(tmp_path, "clone", "--quiet", "--filter=tree:0", "--no-checkout", url, "treeless")
    with pytest.raises(GitProblem, match="partial clone"):
        Repository(tmp_path / "treeless").changed_files(second)
