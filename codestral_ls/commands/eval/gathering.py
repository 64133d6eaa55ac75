"""From a path to tasks and their workspaces: chosen anew, or saved before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from codestral_ls.commands import exits
from codestral_ls.commands.eval import rounds, since
from codestral_ls.commands.eval.choosing import choose
from codestral_ls.commands.eval.git import GitProblem, Repository
from codestral_ls.commands.eval.rounds import Material
from codestral_ls.commands.eval.sources import (
    Scope,
    TaskTree,
    candidates,
    readable_files,
    repository_of,
    text_of,
)
from codestral_ls.commands.eval.tasks import Task, TaskSet, UnusableTasks
from codestral_ls.commands.terminal import complain


@dataclass(frozen=True, slots=True)
class TasksWanted:
    """Which tasks the user asks for."""

    count: int
    seed: int
    since: str
    file: Path | None
    """Where tasks are saved, or read from if it is there."""
    given: TaskSet | None = None
    """Tasks that were chosen before."""


def gather(scope: Scope, wanted: TasksWanted, top: Path) -> tuple[TaskSet, Material]:
    """The tasks and what they are asked with, in a tree made under the empty directory ``top``.

    Ends the process with a complaint where there are none. Reads git and files: slow.
    """
    try:
        tasks, material = _gather(scope, wanted, TaskTree(top, scope.root))
    except (GitProblem, UnusableTasks) as problem:
        exits.fail(str(problem))
    if not tasks.tasks:
        exits.fail(
            "no place to complete was found: eval takes its tasks from code that git tracks and "
            "that may be sent; name another PATH, or see exclude in codestral-ls doctor --settings",
            exits.NOTHING,
        )
    n_found = len(tasks.tasks)
    is_new = wanted.given is None and not (wanted.file is not None and wanted.file.exists())
    if is_new and n_found < wanted.count:
        complain(f"only {n_found} places to complete were found, not {wanted.count}")
    if wanted.file is not None and not wanted.file.exists():
        try:
            tasks.save(wanted.file)
        except OSError as error:
            exits.fail(f"--tasks {wanted.file} cannot be written ({error.strerror})")
    return tasks, material


def _gather(scope: Scope, wanted: TasksWanted, tree: TaskTree) -> tuple[TaskSet, Material]:
    if wanted.given is not None:
        return _saved(scope, wanted.given, tree)
    if wanted.file is not None and wanted.file.exists():
        return _saved(scope, TaskSet.load(wanted.file), tree)
    if wanted.since:
        repository = _repository(scope)
        tasks, texts = since.choose_since(
            repository, scope, wanted.since, wanted.count, wanted.seed
        )
        found = TaskSet(tuple(tasks), wanted.seed, wanted.since)
        return found, rounds.of_commits(tasks, texts, repository, scope, tree)
    files = readable_files(scope)
    read: dict[str, str | None] = {}

    def text(path: str) -> str | None:
        if path not in read:
            read[path] = text_of(files[path])
        return read[path]

    chosen = choose(candidates(scope, files), text, wanted.count, wanted.seed)
    used = {task.path: text(task.path) or "" for task in chosen}
    return TaskSet(tuple(chosen), wanted.seed), rounds.of_files(chosen, used, files, tree)


def _saved(scope: Scope, tasks: TaskSet, tree: TaskTree) -> tuple[TaskSet, Material]:
    """Tasks of a file, less those whose text has changed or may not be sent by now."""
    if tasks.since:
        repository = _repository(scope)
        by_commit = since.texts_of(repository, scope, tasks.tasks)
        fitting = [
            task for task in tasks.tasks if task.fits(by_commit.get((task.path, task.commit), ""))
        ]
        kept = _kept(tasks, fitting)
        return kept, rounds.of_commits(fitting, by_commit, repository, scope, tree)
    files = readable_files(scope)
    allowed = set(candidates(scope, files))
    paths = dict.fromkeys(task.path for task in tasks.tasks if task.path in allowed)
    texts = {path: text for path in paths if (text := text_of(files[path])) is not None}
    fitting = [task for task in tasks.tasks if task.fits(texts.get(task.path, ""))]
    kept = _kept(tasks, fitting)
    used = {task.path: texts[task.path] for task in fitting}
    return kept, rounds.of_files(fitting, used, files, tree)


def _kept(tasks: TaskSet, fitting: list[Task]) -> TaskSet:
    n_gone = len(tasks.tasks) - len(fitting)
    if n_gone:
        complain(
            f"{n_gone} of {len(tasks.tasks)} saved tasks are left out: their files changed, are "
            "gone, or may not be sent"
        )
    return replace(tasks, tasks=tuple(fitting))


def _repository(scope: Scope) -> Repository:
    repository = repository_of(scope.root)
    if repository is None:
        raise GitProblem(f"{scope.root} is no git repository, so nothing is known of its commits")
    return repository
