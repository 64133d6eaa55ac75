"""What the report says of the index."""

from __future__ import annotations

from pathlib import Path

import pytest

from codestral_ls.commands.doctor.index import index_check
from codestral_ls.commands.doctor.verdict import Check, Status
from codestral_ls.commands.doctor.workspace import IndexFindings, examine_index
from codestral_ls.session.settings_by_place import WorkspaceScope

ROOT = Path("/w/shop")


def line_of(found: IndexFindings) -> Check:
    (line,) = index_check(found)
    return line


def test_what_is_read_left_out_and_kept_is_told() -> None:
    line = line_of(
        IndexFindings(
            (ROOT, Path("/w/more")),
            left_out={"not code": 2, "ignored by git": 1_200},
            status={"files": 1, "names": 1_934, "done": True, "left_out": ""},
            n_code=1,
            cache_directory="/home/me/.cache/codestral-ls",
            cache_bytes=2_340_000,
        )
    )
    assert line.status is Status.OK
    assert line.text == "1 file of /w/shop, /w/more read, 1,934 names"
    assert line.remedy.split("\n") == [
        "Left out: 1,200 ignored by git, 2 not code.",
        "Kept in /home/me/.cache/codestral-ls, 2.3 MB for all workspaces together.",
        "A file that takes more than 4 s of computing is passed over.",
    ]


def test_what_was_not_read_yet_and_what_is_beyond_the_limits_is_told() -> None:
    status = {"files": 5, "names": 9, "done": False, "left_out": "7 files are beyond the limits."}
    line = line_of(IndexFindings((ROOT,), status=status, n_code=12, walk_was_cut=True))
    assert "read so far" in line.text
    assert "7 files are beyond the limits." in line.remedy
    line = line_of(IndexFindings((ROOT,), status={"files": 5}, n_code=12, walk_was_cut=True))
    assert "too large to look at all of it now" in line.remedy


def test_an_index_that_is_not_used_or_does_not_answer_is_told_as_such() -> None:
    assert "max_context_chars is 0" in line_of(IndexFindings((ROOT,), is_used=False)).text
    assert "may be sent" in line_of(IndexFindings((), is_used=False)).text
    assert line_of(IndexFindings((ROOT,), n_code=3)).status is Status.FAILED
    assert not list(index_check(None))


async def test_the_index_is_asked_and_what_it_leaves_out_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, cache = tmp_path / "w", tmp_path / "cache"
    monkeypatch.setattr("codestral_ls.paths.cache_directory", lambda: cache)
    (root / "build").mkdir(parents=True)
    (root / "build" / "made.py").write_text("made = 1\n")
    (root / ".gitignore").write_text("build/\n*.log.py\n")
    for name, text in {
        "shop.py": "def load_parcel(path):\n    return path\n",
        "x.log.py": "a = 1\n",
        ".env": "A=1\n",
        "generated.py": "g = 1\n",
        "long.py": "a = 1\n" * 50_000,
        "README.md": "# Shop\n",
    }.items():
        (root / name).write_text(text)
    found = await examine_index(WorkspaceScope((root,), ("generated.py",)), is_used=True)
    assert found.status["files"] == 1
    assert found.status["done"]
    assert sorted(found.left_out.items()) == [
        ("empty, over 200 KB or no plain files", 1),
        ("excluded by the settings", 1),
        ("ignored by git (a directory counts as one)", 2),
        ("not code", 2),  # README.md and .gitignore
        ("with names that suggest secrets", 1),
    ]
    assert found.cache_bytes > 0
    assert found.cache_directory == str(cache)


async def test_where_nothing_is_to_be_read_no_process_is_started(tmp_path: Path) -> None:
    found = await examine_index(WorkspaceScope((tmp_path,), ()), is_used=True)
    assert not found.status
    assert line_of(found).text.startswith("0 files of")
