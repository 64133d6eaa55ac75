"""Which files are learnt, on real directories."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import pytest

from codestral_ls.workspace import selection as selecting
from codestral_ls.workspace.files import Bounds
from codestral_ls.workspace.selection import FileSelection, LeftOut, in_one_go


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def walked(
    root: Path, *, start: str = "", exclude: tuple[str, ...] = (), bounds: Bounds | None = None
) -> list[str]:
    """Names of the files found, in their order."""
    selection = FileSelection([str(root)], exclude)
    clock = count().__next__
    steps = selection.walk(str(root), str(root / start), bounds or Bounds(walk_s=10_000), clock)
    return [os.path.relpath(entry.path, root) for found in steps for entry in found]


def test_ignored_files_are_left_out_with_nesting_and_negation(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".gitignore": "*.log\n!kept.log\n/build/\n[\n",
            "a.py": "a",
            "b.log": "b",
            "kept.log": "k",
            "build/c.py": "c",
            "sub/build/d.py": "d",
            "sub/.gitignore": "!b.log\nprivate.py\n",
            "sub/b.log": "b",
            "sub/private.py": "p",
        },
    )
    found = set(walked(tmp_path))
    assert found == {
        *(".gitignore", "a.py", "kept.log", "sub/.gitignore", "sub/build/d.py", "sub/b.log"),
    }


def test_rules_of_the_repository_above_the_root_count(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".git/info/exclude": "secret_plans.py\n",
            ".gitignore": "generated/\n",
            "app/a.py": "a",
            "app/secret_plans.py": "s",
            "app/generated/b.py": "b",
        },
    )
    assert walked(tmp_path / "app") == ["a.py"]


def test_excluded_and_secret_looking_files_and_directories_of_tools_are_left_out(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        {
            "a.py": "a",
            "vendor/b.py": "b",
            ".env": "TOKEN=1",
            "id_rsa": "k",
            "node_modules/c.js": "c",
            ".git/config": "x",
        },
    )
    assert walked(tmp_path, exclude=("vendor/",)) == ["a.py"]


def test_what_is_passed_over_is_told_with_its_reason(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".gitignore": "out/\n*.log\n.tox/\n",
            "a.py": "a",
            "a.log": "l",
            "out/a.py": "a",
            ".env": "A=1",
            "made/b.py": "b",
            "empty.py": "",
            "node_modules/a.js": "a",
            ".tox/a.py": "a",
        },
    )
    selection = FileSelection([str(tmp_path)], ["/made/**"])
    reasons: Counter[LeftOut] = Counter()
    walk = selection.walk(
        *(str(tmp_path), str(tmp_path), Bounds(), lambda: 0.0),
        leave_out=lambda why: reasons.update([why]),
    )
    assert sum(map(len, walk)) == 2  # a.py and .gitignore
    assert reasons == {
        LeftOut.IGNORED: 3,  # two directories and a file
        LeftOut.SENSITIVE: 1,
        LeftOut.EXCLUDED: 1,
        LeftOut.NOT_READ: 1,
        LeftOut.TOOLS: 1,
    }


def test_symbolic_links_are_not_followed_so_loops_and_escapes_cannot_be(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    root = tmp_path / "root"
    write(outside, {"o.py": "o"})
    write(root, {"a.py": "a", "sub/b.py": "b"})
    (root / "out").symlink_to(outside)
    (root / "out.py").symlink_to(outside / "o.py")
    (root / "sub" / "loop").symlink_to(root)
    assert sorted(walked(root)) == ["a.py", "sub/b.py"]


def test_files_round_the_start_come_first(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "a", "x/b.py": "b", "x/y/c.py": "c", "z/d.py": "d"})
    assert walked(tmp_path, start="x/y") == ["x/y/c.py", "x/b.py", "a.py", "z/d.py"]


def test_a_start_that_is_ignored_or_elsewhere_begins_at_the_root(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, {".gitignore": "out/\n", "a.py": "a", "out/b.py": "b"})
    write(tmp_path / "elsewhere", {"c.py": "c"})
    assert walked(root, start="out") == [".gitignore", "a.py"]
    assert walked(root, start="../elsewhere") == [".gitignore", "a.py"]


def test_the_walk_ends_at_its_bounds(tmp_path: Path) -> None:
    write(tmp_path, {f"d{i}/f{j}.py": "x" for i in range(5) for j in range(5)})
    assert len(walked(tmp_path, bounds=Bounds(entries=12, walk_s=10_000))) <= 12
    assert walked(tmp_path, bounds=Bounds(walk_s=0)) == []
    assert walked(tmp_path, bounds=Bounds(file_bytes=0, walk_s=10_000)) == []


def test_a_root_that_is_missing_or_a_file_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    assert walked(tmp_path / "missing") == []
    assert walked(tmp_path / "f") == []


def test_open_documents_are_learnt_by_the_same_rules(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "out/\n*.log\n"})
    selection = FileSelection([str(tmp_path)], ["*.gen.py"])
    allowed = [str(tmp_path / "new.py"), "/elsewhere/a.py"]
    refused = [
        *(str(tmp_path / "out/sub/a.py"), str(tmp_path / "a.log"), str(tmp_path / "a.gen.py")),
        *(str(tmp_path / ".env"), "/elsewhere/.env", str(tmp_path / "node_modules/a.js")),
    ]
    assert [path for path in allowed + refused if selection.allows(path)] == allowed


def test_changed_rules_are_read_again_when_told(tmp_path: Path) -> None:
    selection = FileSelection([str(tmp_path)])
    path = str(tmp_path / "a.py")
    assert selection.allows(path)
    (tmp_path / ".gitignore").write_text("a.py\n")
    selection.changed_rules()
    assert not selection.allows(path)


def test_the_innermost_root_holds_a_path() -> None:
    selection = FileSelection(["/w/", "/w/inner"])
    assert selection.root_of("/w/inner/a") == "/w/inner"
    assert selection.root_of("/w/innermost/a") == "/w"
    assert selection.root_of("/v/a") is None
    assert FileSelection(["/"]).root_of("/a") == "/"


def test_an_address_that_no_file_can_have_is_not_looked_up(tmp_path: Path) -> None:
    selection = FileSelection([str(tmp_path)])
    assert selection.allows_text(f"{tmp_path}/a.py")
    assert not selection.allows_text(f"{tmp_path}/{'a/' * 4_000}b.py")
    assert not selection.allows_text(f"{tmp_path}/{'a' * 40_000}.py")


def test_the_rules_of_a_place_outside_are_read_once_and_again_when_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[FileSelection] = []

    class Counted(FileSelection):
        def __init__(self, roots: Sequence[str], exclude: Sequence[str] = ()) -> None:
            made.append(self)
            super().__init__(roots, exclude)

    selection = FileSelection([str(tmp_path / "root")])
    monkeypatch.setattr(selecting, "FileSelection", Counted)
    path = str(tmp_path / "other" / "a.py")
    (tmp_path / "other").mkdir()
    assert [selection.allows_text(path) for _ in range(20)] == [True] * 20
    assert len(made) == 1
    (tmp_path / "other" / ".gitignore").write_text("a.py\n")
    assert selection.rules_have_changed()
    assert not selection.allows_text(path)
    for number in range(20):
        selection.allows_text(f"{tmp_path}/{number}/a.py")
    assert len(selection._outside) <= selecting._OUTSIDE_KEPT


def test_what_takes_too_long_for_one_go_is_left_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert list(in_one_go([1, 2, 3])) == [1, 2, 3]
    monkeypatch.setattr(selecting, "_AT_ONCE_S", -1.0)
    assert list(in_one_go([1, 2, 3])) == [1]
