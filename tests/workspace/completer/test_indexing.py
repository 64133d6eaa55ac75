"""The order and the bounds of learning."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

from codestral_ls.workspace.completer.indexing import CompleterIndexer
from codestral_ls.workspace.completer.learner import Learner
from codestral_ls.workspace.files import Bounds


def write(root: Path, *names: str) -> None:
    for age, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"text of {name}\n")
        os.utime(path, (1_000_000 - age, 1_000_000 - age))


def indexer(root: Path, bounds: Bounds | None = None) -> tuple[CompleterIndexer, Learner]:
    learner = Learner()
    bounds = bounds or Bounds(walk_s=10_000)
    return CompleterIndexer(learner, [str(root)], clock=count().__next__, bounds=bounds), learner


def finish(index: CompleterIndexer) -> None:
    while index.step():
        pass


def names(learner: Learner, root: Path) -> list[str]:
    return [os.path.relpath(path, root) for path in learner.files]


def test_the_asked_directory_is_learnt_first_and_its_latest_file_before_the_others(
    tmp_path: Path,
) -> None:
    write(tmp_path, "top.py", "x/new.py", "x/old.py", "y/far.py")
    index, learner = indexer(tmp_path)
    index.focus_on(str(tmp_path / "x/asked.py"))
    finish(index)
    assert names(learner, tmp_path) == ["x/new.py", "x/old.py", "top.py", "y/far.py"]
    assert index.is_done
    assert index.has_read_near_files


def test_another_directory_that_is_asked_about_moves_to_the_front(tmp_path: Path) -> None:
    write(tmp_path, "a/1.py", "a/2.py", "b/1.py", "b/2.py")
    index, learner = indexer(tmp_path)
    index.focus_on(str(tmp_path / "a/1.py"))
    while not learner.files:
        index.step()
    index.focus_on(str(tmp_path / "b/1.py"))
    finish(index)
    assert names(learner, tmp_path) == ["a/1.py", "b/1.py", "b/2.py", "a/2.py"]


def test_what_exceeds_the_bounds_is_counted_as_left_out(tmp_path: Path) -> None:
    write(tmp_path, *(f"{i}.py" for i in range(10)))
    index, learner = indexer(tmp_path, Bounds(files=4, walk_s=10_000))
    finish(index)
    assert len(learner.files) == 4
    assert index.n_left_out == 6


def test_an_open_document_counts_before_the_disk_until_it_is_closed(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    path = str(tmp_path / "a.py")
    index, learner = indexer(tmp_path)
    index.opened(path, "unsaved\n")
    finish(index)
    assert learner.files[path].ids == learner.encode("unsaved\n").ids
    index.closed(path)
    finish(index)
    assert learner.files[path].ids == learner.encode("text of a.py\n").ids
    assert not learner.recent


def test_a_closed_document_that_is_not_on_disk_is_forgotten(tmp_path: Path) -> None:
    index, learner = indexer(tmp_path)
    index.opened(str(tmp_path / "new.py"), "unsaved\n")
    index.closed(str(tmp_path / "new.py"))
    assert not learner.files


def test_a_document_that_becomes_ignored_is_forgotten(tmp_path: Path) -> None:
    index, learner = indexer(tmp_path)
    path = str(tmp_path / "a.py")
    index.opened(path, "x = 1\n")
    (tmp_path / ".gitignore").write_text("a.py\n")
    index.changed(str(tmp_path / ".gitignore"))
    finish(index)
    assert path not in learner.files


def test_no_roots_mean_nothing_to_do() -> None:
    index = CompleterIndexer(Learner(), [], clock=count().__next__)
    index.focus_on("/somewhere/a.py")
    finish(index)
    assert index.is_done
