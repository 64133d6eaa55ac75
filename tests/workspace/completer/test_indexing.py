"""What is learnt of files and of open documents."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from codestral_ls.workspace.completer.indexing import CompleterIndexer
from codestral_ls.workspace.completer.learner import Learner


def test_an_open_document_is_learnt_at_once_and_the_file_when_it_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("saved\n")
    learner = Learner()
    indexer = CompleterIndexer(learner, [str(tmp_path)], clock=count().__next__)
    indexer.opened(str(file), "unsaved\n")
    assert learner.files[str(file)].ids == learner.encode("unsaved\n").ids
    assert str(file) in learner.recent
    indexer.closed(str(file))
    while indexer.step():
        pass
    assert learner.files[str(file)].ids == learner.encode("saved\n").ids
    assert not learner.recent


def test_a_full_learner_leaves_files_out(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.py").write_text("one two three\n")
    learner = Learner(max_tokens=8)
    indexer = CompleterIndexer(learner, [str(tmp_path)], clock=count().__next__)
    while indexer.step():
        pass
    assert len(learner.files) == 5 - indexer.n_left_out < 5
