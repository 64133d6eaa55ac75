"""Workspaces for tasks, one after another: what the index and the embedded provider may know.

In a round there is one task of a file at most, and each round has processes of its own: nothing
that was seen with one hole filled is known when that hole is asked about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codestral_ls.commands.eval.git import Repository
from codestral_ls.commands.eval.sources import BOUNDS, Scope, TaskTree
from codestral_ls.commands.eval.tasks import Task


@dataclass(frozen=True, slots=True)
class Round:
    """Tasks that share a workspace."""

    tasks: tuple[Task, ...]
    prepare: Callable[[], None]
    """Makes the tree what this round needs. Slow: not on the event loop. Raises GitProblem."""


@dataclass(frozen=True, slots=True)
class Material:
    """Tasks, the texts they were made of, and the workspaces they are asked in."""

    tasks: tuple[Task, ...]
    texts: Mapping[tuple[str, str], str]
    """The whole text by path and commit."""
    tree: TaskTree
    rounds: tuple[Round, ...]

    def text(self, task: Task) -> str:
        """The text that a task was made of."""
        return self.texts[task.path, task.commit]


def of_files(
    tasks: Sequence[Task], texts: Mapping[str, str], files: Mapping[str, Path], tree: TaskTree
) -> Material:
    """For tasks in files as they are on disk. The tree lacks the truth of all of them."""
    without = {path: _without(text, path, tasks) for path, text in texts.items()}
    digests = frozenset(task.digest for task in tasks)
    filled: list[bool] = []

    def prepare() -> None:
        if not filled:
            tree.fill(files, without, digests)
            filled.append(True)

    rounds = tuple(Round(tuple(part), prepare) for part in _one_a_file(tasks))
    return Material(tuple(tasks), {(path, ""): text for path, text in texts.items()}, tree, rounds)


def of_commits(
    tasks: Sequence[Task],
    texts: Mapping[tuple[str, str], str],
    repository: Repository,
    scope: Scope,
    tree: TaskTree,
) -> Material:
    """For tasks in lines that commits added. Each is asked in the tree of its commit's parent."""
    rounds = []
    for commit in dict.fromkeys(task.commit for task in tasks):
        own = [task for task in tasks if task.commit == commit]
        prepare = _CommitTree(repository, commit, scope, tree)
        rounds += [Round(tuple(part), prepare) for part in _one_a_file(own)]
    return Material(tuple(tasks), texts, tree, tuple(rounds))


@dataclass(frozen=True, slots=True)
class _CommitTree:
    repository: Repository
    commit: str
    scope: Scope
    tree: TaskTree

    def __call__(self) -> None:
        parent = self.repository.parent(self.commit)
        found = self.repository.files(parent) if parent else {}
        ids = {path: each for path, each in found.items() if self.scope.may_send(path)}
        contents = self.repository.contents(self.tree.missing(ids), BOUNDS.file_bytes)
        self.tree.become(ids, contents)


def _without(text: str, path: str, tasks: Sequence[Task]) -> str:
    """A text without the truths of its tasks, the last one first so that places stay."""
    own = sorted((task for task in tasks if task.path == path), key=lambda task: -task.start)
    for task in own:
        text = text[: task.start] + text[task.end :]
    return text


def _one_a_file(tasks: Sequence[Task]) -> Iterator[list[Task]]:
    counts: Counter[str] = Counter()
    parts: dict[int, list[Task]] = {}
    for task in tasks:
        parts.setdefault(counts[task.path], []).append(task)
        counts[task.path] += 1
    yield from parts.values()
