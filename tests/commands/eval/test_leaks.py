"""A hole's truth is known nowhere: not in prompts and snippets, nor to the embedded provider."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from codestral_ls.commands.eval import copies, rounds, since
from codestral_ls.commands.eval.choosing import choose, task_of
from codestral_ls.commands.eval.holes import holes
from codestral_ls.commands.eval.results import EvalRun
from codestral_ls.commands.eval.rounds import Material
from codestral_ls.commands.eval.runner import EvalClient, Stage, run_tasks
from codestral_ls.commands.eval.sources import (
    Scope,
    TaskTree,
    candidates,
    readable_files,
    repository_of,
    scope_of,
    text_of,
)
from codestral_ls.commands.eval.tap import Recorder, Tapping
from codestral_ls.commands.eval.tasks import KINDS, Task, digest_of
from tests.commands.eval.repositories import commit, git, repository
from tests.fakes.endpoint import Endpoint
from tests.server.raw import clean_environment

# Long enough that no part of it is anywhere by chance.
PLANTED = "zebra_planted"


def planted(number: int) -> str:
    """A file in which every line of code holds a name of its own, each twice in its line, and the
    lines are alike enough for the embedded provider to go on where it has seen one."""
    lines = ["def prepare(path):"]
    for line in range(12):
        name = f"{PLANTED}_{number}_{line}_"
        lines.append(f"    value = lookup({name}one, {name}two)")
        lines.append("    emit(value)")
    return "\n".join([*lines, "    return None", ""])


def names_in(task: Task) -> set[str]:
    """The planted names that stand in a task's hole as a whole."""
    return set(re.findall(rf"\b{PLANTED}_\w+\b", task.truth))


def material_of(scope: Scope, tree: TaskTree, count: int) -> Material:
    files = readable_files(scope)
    texts = {path: text_of(file) or "" for path, file in files.items()}
    tasks = choose(candidates(scope, files), texts.get, count, seed=3)
    used = {task.path: texts[task.path] for task in tasks}
    return rounds.of_files(tasks, used, files, tree)


def ask(material: Material, environ: Mapping[str, str], flags: Mapping[str, str | None]) -> EvalRun:
    run = EvalRun("", {})
    stage = Stage(material, environ, EvalClient(), lambda _: None, lambda _: None)
    asyncio.run(run_tasks(run, flags, stage, Tapping(Recorder())))
    assert not run.stopped
    return run


@pytest.fixture
def scope(tmp_path: Path) -> Scope:
    top = repository(tmp_path / "repo", {f"pkg/m{n}.py": planted(n) for n in range(5)}).resolve()
    return scope_of(top, top, (), ())


def test_the_tree_lacks_the_truth_of_every_task(scope: Scope, tmp_path: Path) -> None:
    tree = TaskTree(tmp_path_of(tmp_path), scope.root)
    material = material_of(scope, tree, 20)
    assert len(material.tasks) == 20
    material.rounds[0].prepare()
    written = "".join(file.read_text() for file in tree.root.rglob("*.py"))
    hidden = set().union(*(names_in(task) for task in material.tasks))
    assert len(hidden) > 10
    for name in hidden:
        assert name not in written
    assert f"{PLANTED}_0_" in written
    paths = [[task.path for task in part.tasks] for part in material.rounds]
    assert all(len(set(part)) == len(part) for part in paths)


def tmp_path_of(tmp_path: Path) -> Path:
    directory = tmp_path / "tree"
    directory.mkdir()
    return directory


def test_the_embedded_provider_has_not_learnt_the_truth(scope: Scope, tmp_path: Path) -> None:
    material = material_of(scope, TaskTree(tmp_path_of(tmp_path), scope.root), 10)
    environ = clean_environment(tmp_path)
    run = ask(material, environ, {"provider": "workspace"})
    for result in run.results:
        for name in names_in(result.task):
            assert name not in result.shown + result.raw
    # It would be seen: in another file the same lines are learnt and told.
    again = tmp_path / "again"
    again.mkdir()
    files = readable_files(scope)
    texts = {path: text for (path, _), text in material.texts.items()}
    leaking = rounds.of_files(material.tasks, texts, files, TaskTree(again, scope.root))
    leaking.rounds[0].prepare()
    leaking.tree.place("twin.py").write_text("\n".join(map(planted, range(5))))
    run = ask(leaking, environ, {"provider": "workspace"})
    assert any(name in r.shown for r in run.results for name in names_in(r.task))


def test_no_prompt_and_no_snippet_shows_the_truth(scope: Scope, tmp_path: Path) -> None:
    material = material_of(scope, TaskTree(tmp_path_of(tmp_path), scope.root), 15)
    with Endpoint() as endpoint:
        environ = {**clean_environment(tmp_path), **endpoint.environment}
        run = ask(material, environ, {})
        bodies = [exchange.body for exchange in endpoint.fake.requests]
    assert len(bodies) == len(run.results) == 15
    for result, body in zip(run.results, bodies, strict=True):
        for name in names_in(result.task):
            assert name not in body["prompt"] + body["suffix"]
    assert any("+++++ " in body["prompt"] for body in bodies)


def altered(text: str) -> str:
    """A copy as a generator writes it: with a head, other indents, and a line of its own."""
    lines = [f"  {line}" for line in text.split("\n")]
    return "\n".join(["# generated", *lines[:9], "    # a remark", *lines[9:]])


def test_copies_that_differ_lack_the_truth_too(scope: Scope, tmp_path: Path) -> None:
    for number in range(5):
        (scope.root / f"copy{number}.py").write_text(altered(planted(number)))
    (scope.root / "unlike.py").write_text("x = 1\n")
    git(scope.root, "add", "copy1.py", "unlike.py")
    tree = TaskTree(tmp_path_of(tmp_path), scope.root)
    material = material_of(scope, tree, 20)
    material.rounds[0].prepare()
    written = "".join(file.read_text() for file in tree.root.rglob("*.py"))
    hidden = set().union(*(names_in(task) for task in material.tasks))
    assert len(hidden) > 10
    for name in hidden:
        assert not re.search(rf"\b{name}\b", written), name
    assert f"{PLANTED}_0_" in (tree.root / "copy0.py").read_text()
    # What is opened for one task tells nothing of another one of its round.
    for part in material.rounds:
        for task in part.tasks:
            before, after = task.sides(material.text(task))
            for other in part.tasks:
                assert not names_in(other) - names_in(task) & set(
                    re.findall(r"\w+", before + after)
                )


FREEZE = """def freeze(path):
    found = everything_below(path)
    stored = kept_in_order(found)
    stored_and_frozen(stored).check()
    return stored_and_frozen(stored)
"""


def line_task(path: str, text: str, number: int) -> Task:
    """The hole is a line of the text."""
    lines = text.splitlines(keepends=True)
    start = sum(map(len, lines[:number])) + 4
    return Task(path, "python", "statement", start, lines[number].strip(), digest_of(text))


@pytest.mark.parametrize("numbers", [(a, b) for a in range(1, 5) for b in range(1, 5)])
def test_a_copy_is_known_by_lines_that_are_holes_themselves(
    tmp_path: Path, numbers: tuple[int, int]
) -> None:
    texts = {"a.py": FREEZE, "b.py": FREEZE + "\n\nx = 1\n"}
    tasks = [line_task(path, texts[path], n) for path, n in zip(texts, numbers, strict=True)]
    files = {path: tmp_path / path for path in texts}
    for path, file in files.items():
        file.write_text(texts[path])
    tree = TaskTree(tmp_path_of(tmp_path), tmp_path)
    rounds.of_files(tasks, texts, files, tree).rounds[0].prepare()
    for path in texts:
        written = tree.place(path).read_text()
        assert not [task for task in tasks if task.truth in written], written
        assert "def freeze(path):" in written


def test_equal_places_are_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "    append_to_rows(value)\n" * 60
    tasks = [line_task("a.py", text, number) for number in range(2, 58)]
    looked: list[int] = []

    def is_at(place: copies._HolePlace, lines: Sequence[copies._Line], index: int) -> bool:
        looked.append(index)
        return true_is_at(place, lines, index)

    true_is_at = copies._is_at
    monkeypatch.setattr(copies, "_is_at", is_at)
    assert copies.Copies((task, text) for task in tasks).within("b.py", text) == set(tasks)
    assert len(looked) == 60


def test_moved_code_is_neither_told_nor_taken_for_new(tmp_path: Path) -> None:
    top = repository(
        tmp_path / "repo", {"a.py": planted(1), "b.py": planted(2), "c.py": planted(3)}
    )
    top = top.resolve()
    git(top, "mv", "a.py", "moved.py")
    (top / "b.py").unlink()
    added = commit(top, {"new.py": planted(4) + planted(2)})
    scope = scope_of(top, top, (), ())
    found = repository_of(top)
    assert found is not None
    assert [file.path for file in found.changed_files(added)] == ["new.py"]
    tasks, texts = since.choose_since(found, scope, "HEAD~1", 40, seed=1)
    tree = TaskTree(tmp_path_of(tmp_path), scope.root)
    text = texts["new.py", added]
    every = [task_of("new.py", text, hole, added) for hole in holes(text, "python")]
    every = [task for task in every if f"{PLANTED}_2_" in task.truth]
    assert tasks
    assert every
    material = rounds.of_commits(every, texts, found, scope, tree)
    material.rounds[0].prepare()
    written = (tree.root / "b.py").read_text()
    for task in every:
        for name in names_in(task):
            assert not re.search(rf"\b{name}\b", written), name
    assert f"{PLANTED}_1_" in (tree.root / "a.py").read_text()


def test_lines_of_commits_are_asked_in_the_tree_before_them(tmp_path: Path) -> None:
    first = {f"pkg/m{n}.py": planted(n) for n in range(3)}
    top = repository(tmp_path / "repo", first).resolve()
    added = commit(top, {"pkg/m1.py": planted(1) + planted(7), "pkg/new.py": planted(8)})
    commit(top, {"pkg/m1.py": planted(1), "pkg/late.py": planted(7) + planted(8)})
    scope = scope_of(top, top, (), ())
    found = repository_of(top)
    assert found is not None
    tasks, texts = since.choose_since(found, scope, "HEAD~2", 6, seed=1)
    tasks = [task for task in tasks if task.commit == added]
    assert {task.path for task in tasks} <= {"pkg/m1.py", "pkg/new.py"}
    assert tasks
    for task in tasks:
        assert task.fits(texts[task.path, task.commit])
        assert task.kind in KINDS
    tree = TaskTree(tmp_path_of(tmp_path), scope.root)
    material = rounds.of_commits(tasks, texts, found, scope, tree)
    material.rounds[0].prepare()
    written = "".join(file.read_text() for file in tree.root.rglob("*.py"))
    assert f"{PLANTED}_0_" in written
    assert f"{PLANTED}_7_" not in written
    assert f"{PLANTED}_8_" not in written
