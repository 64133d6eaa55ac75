"""Public infilling tasks are read as they are published and measured hole by hole."""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path

import pytest

from tests.benchmarks import public_tasks
from tests.benchmarks.overruns import EDITOR_OVERRUNS

# Made up, in the two published forms.
WHOLE_LINE = {
    "task_id": "SingleLineInfilling/Made/0/L0",
    "entry_point": "halved",
    "prompt": "def halved(values):\n    result = []\n    for value in values:\n",
    "canonical_solution": "        result.append(value // 2)\n",
    "suffix": "    return result\n",
    "test": "def check(candidate):\n    assert candidate([4]) == [2]\n",
}
SPAN = {
    **WHOLE_LINE,
    "prompt": "def halved(values):\n    return [value",
    "canonical_solution": " // 2 for value in",
    "suffix": " values]\n",
}
BLOCK = {
    "task_id": "block_completion_000001",
    "lang": "java",
    "prompt": "Complete the code in java:\n\nclass A {\n/* TODO: Your code here */\n}\n",
    "eval_prompt": "class A {\r\n    int half(int v) {\r\n        {{completion}}\r\n    }\r\n}\r\n",
    "ground_truth": "return v / 2;",
    "unit_tests": "[]",
}


def written(path: Path, *tasks: object) -> Path:
    lines = "".join(json.dumps(task) + "\n" for task in tasks)
    path.write_bytes(gzip.compress(lines.encode()) if path.suffix == ".gz" else lines.encode())
    return path


def only(path: Path, *, as_published: bool = False) -> public_tasks.Task:
    (task,) = public_tasks.tasks(path, as_published=as_published)
    return task


def test_whole_lines_are_asked_for_on_an_indented_line_of_their_own(tmp_path: Path) -> None:
    path = written(tmp_path / "HumanEval-SingleLineInfilling.jsonl", WHOLE_LINE)
    task = only(path)
    assert task.set_name == "HumanEval-SingleLineInfilling"
    assert task.language_id == "python"
    assert task.before.endswith("for value in values:\n        ")
    assert task.truth == "result.append(value // 2)"
    assert task.after == "\n    return result\n"


def test_as_published_the_cut_is_at_the_lines_start(tmp_path: Path) -> None:
    path = written(tmp_path / "HumanEval-SingleLineInfilling.jsonl", WHOLE_LINE)
    task = only(path, as_published=True)
    assert (task.before, task.truth, task.after) == (
        WHOLE_LINE["prompt"],
        WHOLE_LINE["canonical_solution"],
        WHOLE_LINE["suffix"],
    )


def test_a_span_within_lines_is_cut_where_it_is_published(tmp_path: Path) -> None:
    task = only(written(tmp_path / "HumanEval-RandomSpanInfilling.jsonl.gz", SPAN))
    assert task.truth == " // 2 for value in"


def test_safim_s_mark_is_the_hole_and_line_ends_are_ours(tmp_path: Path) -> None:
    task = only(written(tmp_path / "block_completion.jsonl.gz", BLOCK))
    assert task.language_id == "java"
    assert task.before == "class A {\n    int half(int v) {\n        "
    assert task.after == "\n    }\n}\n"


def test_blanks_at_the_ends_of_lines_are_not_asked_for(tmp_path: Path) -> None:
    solution = "if (v < 0) \r\n            return 0;\r\n        \r\n        return v / 2;"
    task = only(written(tmp_path / "block.jsonl", {**BLOCK, "ground_truth": solution}))
    assert task.truth == "if (v < 0)\n            return 0;\n\n        return v / 2;"


def test_lines_of_another_form_and_blank_solutions_are_passed_over(tmp_path: Path) -> None:
    blank = {**WHOLE_LINE, "canonical_solution": "\n"}
    path = written(tmp_path / "samples.jsonl", {"task_id": "0", "completion": "x"}, blank)
    assert list(public_tasks.tasks(path)) == []


def test_every_task_is_measured_with_every_overrun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path / "HumanEval-SingleLineInfilling.jsonl", WHOLE_LINE)
    written(tmp_path / "block_completion.jsonl.gz", BLOCK, BLOCK)
    (tmp_path / "LICENSE").write_text("no tasks")
    options = argparse.Namespace(
        as_published=False, count=None, covers=False, stream=False, show=None
    )
    counts = public_tasks.measured(tmp_path, options)
    assert {key[0]: sum(n for k, n in counts.items() if k[0] == key[0]) for key in counts} == {
        "HumanEval-SingleLineInfilling": len(EDITOR_OVERRUNS),
        "block_completion": 2 * len(EDITOR_OVERRUNS),
    }
    assert {key[-1] for key in counts} == {"exact"}
    monkeypatch.setattr("sys.argv", ["public_tasks", str(tmp_path), "--count", "1"])
    public_tasks.main()
    printed = capsys.readouterr().out
    assert "block_completion" in printed
    assert "100.00%" in printed


def test_a_folder_without_tasks_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["public_tasks", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        public_tasks.main()
    assert ended.value.code == 1
    assert "holds no .jsonl" in capsys.readouterr().err
