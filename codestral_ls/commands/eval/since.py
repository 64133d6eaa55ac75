"""Tasks from the lines that commits added: what the team really wrote."""

from __future__ import annotations

import difflib
import random
from collections import Counter
from collections.abc import Iterator, Sequence

from codestral_ls.commands.eval.choosing import task_of
from codestral_ls.commands.eval.git import ChangedFile, Repository
from codestral_ls.commands.eval.holes import Hole, holes
from codestral_ls.commands.eval.sources import BOUNDS, Scope
from codestral_ls.commands.eval.tasks import Task
from codestral_ls.text.languages import language_of
from codestral_ls.workspace.files import text_in

# Each commit needs a workspace of its own, which takes seconds.
_MOST_COMMITS = 12
_LOOKED_AT = 2_000
# More in one commit is an import of somebody else's code, or a formatter's work.
_MOST_FILES = 200
# Finding out which lines are new takes the square of their number, at worst.
_MOST_LINES = 4_000

Texts = dict[tuple[str, str], str]
"""Whole texts by path and commit."""


def choose_since(
    repository: Repository, scope: Scope, revision: str, count: int, seed: int
) -> tuple[list[Task], Texts]:
    """Up to ``count`` tasks from the lines that commits after a revision added, and the texts of
    their files as those commits left them. Raises GitProblem."""
    chooser = random.Random(f"codestral-ls eval --since {seed}")  # noqa: S311  # seeded on purpose
    commits = repository.commits_since(revision, _LOOKED_AT)
    age = {commit: position for position, commit in enumerate(commits)}
    chooser.shuffle(commits)
    found: dict[str, list[Task]] = {}
    texts: Texts = {}
    for commit in commits:
        if len(found) == min(_MOST_COMMITS, count):
            break
        if own := _tasks_of(repository, scope, commit, chooser, texts):
            found[commit] = own
    tasks: list[Task] = []
    while len(tasks) < count and any(found.values()):
        for own in found.values():
            if own and len(tasks) < count:
                tasks.append(own.pop())
    tasks.sort(key=lambda task: (-age[task.commit], task.path, task.start))
    used = {(task.path, task.commit) for task in tasks}
    return tasks, {key: text for key, text in texts.items() if key in used}


def texts_of(repository: Repository, scope: Scope, tasks: Sequence[Task]) -> Texts:
    """The texts of tasks that were saved, as far as the commits are there. Raises GitProblem."""
    texts: Texts = {}
    for commit in dict.fromkeys(task.commit for task in tasks):
        wanted = {task.path for task in tasks if task.commit == commit}
        files = [file for file in repository.changed_files(commit) if file.path in wanted]
        files = [file for file in files if scope.holds(file.path) and scope.may_send(file.path)]
        contents = repository.contents((file.after for file in files), BOUNDS.file_bytes)
        for file in files:
            text = text_in(contents.get(file.after, b"\0"))
            if text is not None:
                texts[file.path, commit] = text
    return texts


def _tasks_of(
    repository: Repository, scope: Scope, commit: str, chooser: random.Random, texts: Texts
) -> list[Task]:
    """The tasks of one commit, the first one last; one for each stretch of new lines."""
    files = [
        file
        for file in repository.changed_files(commit)[:_MOST_FILES]
        if scope.holds(file.path) and scope.may_send(file.path)
    ]
    wanted = [each for file in files for each in (file.before, file.after) if each]
    contents = repository.contents(wanted, BOUNDS.file_bytes)
    tasks = []
    for file in files:
        text = text_in(contents.get(file.after, b"\0"))
        former = text_in(contents.get(file.before, b"")) if file.before else ""
        if text is None or former is None:
            continue
        tasks += [
            task_of(file.path, text, hole, commit)
            for hole in _one_a_stretch(text, former, file, chooser)
        ]
        texts[file.path, commit] = text
    chooser.shuffle(tasks)
    return _spread(tasks)


def _spread(tasks: Sequence[Task]) -> list[Task]:
    """The tasks in such an order that those taken from its end lie in different files for as long
    as there are any: a file that is asked about again takes a workspace of its own."""
    numbers: Counter[str] = Counter()
    numbered = []
    for task in tasks:
        numbered.append((numbers[task.path], task))
        numbers[task.path] += 1
    return [task for _, task in sorted(numbered, key=lambda row: -row[0])]


def _one_a_stretch(
    text: str, former: str, file: ChangedFile, chooser: random.Random
) -> Iterator[Hole]:
    every = holes(text, language_of(file.path.rpartition("/")[2]))
    for start, end in _added(former, text):
        within = [
            hole
            for hole in every
            if start <= hole.line and hole.line + text.count("\n", hole.start, hole.end) < end
        ]
        kinds = sorted({hole.kind for hole in within})
        if kinds:
            kind = chooser.choice(kinds)
            yield chooser.choice([hole for hole in within if hole.kind == kind])


def _added(former: str, text: str) -> Iterator[tuple[int, int]]:
    """The stretches of lines that are new: their first line, and the one after their last."""
    old, new = former.split("\n"), text.split("\n")
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(old) + len(new) > _MOST_LINES:
        return
    for kind, _, _, start, end in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if kind in ("insert", "replace"):
            yield head + start, head + end
