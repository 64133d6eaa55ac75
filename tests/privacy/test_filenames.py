"""Files that never leave: by their name, or by the user's word."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.privacy.filenames import SECRET_NAMES, looks_secret, matches, why_secret

CASES = tomllib.loads(
    Path(__file__).parents[2].joinpath("fixtures/trust/filenames.toml").read_text("utf-8")
)


@pytest.mark.parametrize("path", CASES["secret"])
@pytest.mark.parametrize(
    "spelled",
    [
        pytest.param(lambda path: path, id="relative"),
        pytest.param(lambda path: f"/home/me/shop/{path}", id="posix"),
        pytest.param(lambda path: "C:\\Users\\me\\" + path.replace("/", "\\"), id="windows"),
        pytest.param(str.upper, id="upper-case"),
        pytest.param(lambda path: f"{path}~", id="backup"),
        pytest.param(lambda path: f"{path}.bak", id="bak"),
        pytest.param(lambda path: f"{path}::$DATA", id="data-stream"),
    ],
)
def test_a_file_named_for_secrets_is_one_in_any_spelling(
    path: str, spelled: Callable[[str], str]
) -> None:
    assert looks_secret(spelled(path))


@pytest.mark.parametrize("path", CASES["ordinary"] + CASES["published"])
def test_ordinary_files_and_published_placeholders_are_not_secret(path: str) -> None:
    assert why_secret(path) is None
    assert why_secret(f"/home/me/{path}") is None


@pytest.mark.parametrize(
    "path", ["#id_rsa#", ".#id_rsa", ".id_rsa.swp", "a/.env.swp", "..pgpass.swo"]
)
def test_what_emacs_and_vim_keep_beside_a_secret_file_is_secret(path: str) -> None:
    assert looks_secret(path)


@pytest.mark.parametrize(("glob", "reason"), SECRET_NAMES)
def test_every_row_finds_the_name_it_describes(glob: str, reason: str) -> None:
    path = glob.replace("**", "a/b").replace("*", "a").replace("[34]", "4")
    assert looks_secret(path)
    assert reason == reason.strip(" .")


def test_rows_are_distinct() -> None:
    globs = [glob for glob, _ in SECRET_NAMES]
    assert len(globs) == len(set(globs))


def test_the_reason_tells_what_the_file_is() -> None:
    assert why_secret("/home/me/.ssh/id_rsa") == "an SSH private key (ssh-keygen)"


@pytest.mark.parametrize(
    ("globs", "path", "excluded"),
    [
        (["*.sql"], "/repo/db/dump.sql", True),
        (["*.sql"], "/repo/db/dump.py", False),
        (["private/"], "/repo/private/a/b.py", True),
        (["private/"], "/repo/private", False),
        (["/build"], "/repo/build/a.py", True),
        (["/build"], "/repo/src/build/a.py", False),
        (["src/**/gen_*.py"], "/repo/src/a/b/gen_x.py", True),
        (["*.py", "!keep.py"], "/repo/keep.py", False),
        (["*.py", "!keep.py"], "/repo/drop.py", True),
        (["repo/"], "/repo/a.py", False),
        ([], "/repo/a.py", False),
        (["# note", ""], "/repo/a.py", False),
        (["!", "***", "*.py"], "/repo/a.py", True),
        (["*.py"], "/repo/x/../a.py", True),
        (["*.log"], "/elsewhere/a.log", True),
        (["elsewhere/"], "/elsewhere/a.log", True),
    ],
)
def test_exclude_reads_like_a_gitignore_in_the_workspace_root(
    globs: list[str], path: str, excluded: bool
) -> None:
    assert matches(globs, path, "/repo") is excluded


@pytest.mark.parametrize("path", ["C:\\Repo\\private\\a.py", "c:/repo/private/a.py"])
def test_exclude_understands_windows_paths_whatever_their_case_above_the_root(path: str) -> None:
    assert matches(["private/"], path, "C:\\repo")
    assert not matches(["repo/"], path, "C:\\repo")


@pytest.mark.parametrize("name", ["id_rsa.bak.old", "server.key.1", "ID_R\u017fA", ".env.old~"])
def test_a_copy_of_a_copy_and_a_letter_that_is_the_same_to_a_disk_look_secret(name: str) -> None:
    assert looks_secret(f"/repo/{name}")


@pytest.mark.parametrize("glob", ["geheimnisse-\u00fc/", "geheimnisse-u\u0308/"])
@pytest.mark.parametrize("folder", ["geheimnisse-\u00fc", "geheimnisse-u\u0308"])
@pytest.mark.parametrize("root", ["/caf\u00e9", "/cafe\u0301"])
def test_exclude_covers_accents_in_either_spelling(glob: str, folder: str, root: str) -> None:
    assert matches([glob], f"/cafe\u0301/{folder}/a.py", root)


def test_exclude_works_without_a_workspace() -> None:
    assert matches(["*.log"], "/var/log/a.log", None)
    assert matches(["*.log"], "D:\\a.log", None)


@given(st.lists(st.text()), st.text(), st.none() | st.text())
def test_no_name_and_no_glob_is_too_odd_to_be_judged(
    globs: list[str], path: str, root: str | None
) -> None:
    assert isinstance(looks_secret(path), bool)
    assert isinstance(matches(globs, path, root), bool)
