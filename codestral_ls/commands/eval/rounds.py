"""Workspaces for tasks, one after another: what the index and the embedded provider may know.

In a round there is one task of a file and its copies at most, and each round has processes of its
own: nothing that was seen with one hole filled is known when that hole is asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codestral_ls.commands.eval.copies import Copies
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
    places: dict[str, list[tuple[int, int]]] = {path: [] for path in texts}
    for task in tasks:
        places[task.path].append((task.start, task.end))
    digests = frozenset(task.digest for task in tasks)
    copies = Copies((task, texts[task.path]) for task in tasks)
    filled: list[bool] = []

    def prepare() -> None:
        if not filled:
            tree.fill(files, texts, places, digests, copies)
            filled.append(True)

    by_place = {(path, ""): text for path, text in texts.items()}
    parts = _one_a_file(tasks, by_place, copies)
    rounds = tuple(Round(tuple(part), prepare) for part in parts)
    return Material(tuple(tasks), by_place, tree, rounds)


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
        copies = Copies((task, texts[task.path, commit]) for task in own)
        prepare = _CommitTree(repository, commit, scope, tree, copies)
        parts = _one_a_file(own, texts, copies)
        rounds += [Round(tuple(part), prepare) for part in parts]
    return Material(tuple(tasks), texts, tree, tuple(rounds))


@dataclass(frozen=True, slots=True)
class _CommitTree:
    repository: Repository
    commit: str
    scope: Scope
    tree: TaskTree
    copies: Copies

    def __call__(self) -> None:
        parent = self.repository.parent(self.commit)
        found = self.repository.files(parent) if parent else {}
        ids = {path: each for path, each in found.items() if self.scope.may_send(path)}
        contents = self.repository.contents(self.tree.missing(ids), BOUNDS.file_bytes)
        self.tree.become(ids, contents, self.copies)


def _one_a_file(
    tasks: Sequence[Task], texts: Mapping[tuple[str, str], str], copies: Copies
) -> list[list[Task]]:
    """The tasks in rounds: two of one file are in different ones, and so are two of files of which
    one tells the truth of the other's task, as it is opened whole but for its own hole."""
    places = dict.fromkeys((task.path, task.commit) for task in tasks)
    telling = {place: copies.within(place[0], texts[place]) for place in places}
    parts: list[list[Task]] = []
    for task in tasks:
        place = task.path, task.commit
        for part in parts:
            if not any(
                other.path == task.path
                or other in telling[place]
                or task in telling[other.path, other.commit]
                for other in part
            ):
                part.append(task)
                break
        else:
            parts.append([task])
    return parts
