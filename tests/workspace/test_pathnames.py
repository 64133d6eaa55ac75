"""Paths as text."""

from __future__ import annotations

import pytest

from codestral_ls.workspace.pathnames import distance, looks_like_test, normal_roots, shown_path


@pytest.mark.parametrize(
    ("path", "roots", "shown"),
    [
        ("/w/src/a.py", ["/w"], "src/a.py"),
        ("/w/src/a.py", ["/w/", "/other"], "w/src/a.py"),
        ("/w/src/a.py", ["/w", "/w/src"], "src/a.py"),
        ("/elsewhere/a.py", ["/w", "/other"], "a.py"),
        ("/workshop/a.py", ["/w"], "a.py"),
        ("/w/a.py", ["/"], "w/a.py"),
        ("/w/a.py", [], "a.py"),
    ],
)
def test_a_prompt_shows_a_path_below_its_root_and_names_the_root_where_there_are_several(
    path: str, roots: list[str], shown: str
) -> None:
    assert shown_path(path, normal_roots(roots)) == shown


def test_distance_counts_steps_between_directories() -> None:
    assert distance("/w/a/f.py", "/w/a") == 0
    assert distance("/w/b/c/f.py", "/w/a") == 3


@pytest.mark.parametrize(
    ("name", "is_test"),
    [
        ("test_a.py", True), ("a_test.go", True), ("a.test.ts", True), ("a.spec.js", True),
        ("ParcelTest.java", True), ("tests.rs", True), ("latest.py", False), ("contest.go", False),
        ("parcel.py", False), ("attestation.ts", False),
    ],
)  # fmt: skip
def test_files_of_tests_are_told_by_their_names(name: str, is_test: bool) -> None:
    assert looks_like_test(f"/shop/{name}") is is_test
