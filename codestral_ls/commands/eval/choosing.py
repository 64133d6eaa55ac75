"""Chooses tasks: seeded, in all the languages and at all the kinds of place that there are."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from codestral_ls.commands.eval.holes import Hole, holes
from codestral_ls.commands.eval.tasks import KINDS, Task, digest_of
from codestral_ls.text.languages import language_of

# Tasks of one file tell little of others, and each needs a workspace of its own.
_MOST_OF_A_FILE = 8
# So far from another hole of the same file, the text between is context for both.
_APART_LINES = 3


def choose(
    paths: Sequence[str], read: Callable[[str], str | None], count: int, seed: int
) -> list[Task]:
    """Up to ``count`` tasks of these files, whose texts ``read`` gives.

    The same files, texts, count and seed give the same tasks. A file is asked for a second task
    only when each has given one, and of files with the same text only one is asked.
    """
    chooser = random.Random(f"codestral-ls eval {seed}")  # noqa: S311  # seeded on purpose
    order = _in_turn(paths, chooser)
    kinds: Counter[str] = Counter()
    open_holes: dict[str, tuple[str, list[Hole]]] = {}
    seen: set[str] = set()
    tasks: list[Task] = []
    for turn in range(_MOST_OF_A_FILE):
        for path in order:
            if len(tasks) == count:
                return _sorted(tasks)
            if turn == 0:
                text = read(path)
                if text is None or digest_of(text) in seen:
                    continue
                seen.add(digest_of(text))
                found = holes(text, language_of(path.rpartition("/")[2]))
                if found:
                    open_holes[path] = (text, found)
            if path not in open_holes:
                continue
            text, left = open_holes[path]
            hole = _one_of(left, kinds, chooser)
            kinds[hole.kind] += 1
            tasks.append(task_of(path, text, hole))
            left = [other for other in left if _is_apart(other, hole, text)]
            if left:
                open_holes[path] = (text, left)
            else:
                del open_holes[path]
        order = [path for path in order if path in open_holes]
    return _sorted(tasks)


def task_of(path: str, text: str, hole: Hole, commit: str = "") -> Task:
    """The task of a hole in a text."""
    return Task(
        path=path,
        language_id=language_of(path.rpartition("/")[2]),
        kind=hole.kind,
        start=hole.start,
        truth=text[hole.start : hole.end],
        digest=digest_of(text),
        commit=commit,
    )


def _one_of(left: Sequence[Hole], kinds: Counter[str], chooser: random.Random) -> Hole:
    """A hole of the kind that there are fewest of so far."""
    here = {hole.kind for hole in left}
    kind = min((kind for kind in KINDS if kind in here), key=lambda kind: kinds[kind])
    return chooser.choice([hole for hole in left if hole.kind == kind])


def _is_apart(other: Hole, hole: Hole, text: str) -> bool:
    n_lines = text.count("\n", hole.start, hole.end)
    last = other.line + text.count("\n", other.start, other.end)
    return last < hole.line - _APART_LINES or other.line > hole.line + n_lines + _APART_LINES


def _in_turn(paths: Sequence[str], chooser: random.Random) -> list[str]:
    """The paths in random order, with each language spread evenly over it."""
    by_language: dict[str, list[str]] = {}
    for path in sorted(paths):
        by_language.setdefault(language_of(path.rpartition("/")[2]), []).append(path)
    placed: list[tuple[float, str, str]] = []
    for language_id, own in sorted(by_language.items()):
        chooser.shuffle(own)
        placed += [(position, language_id, path) for position, path in _spread(own)]
    return [path for _, _, path in sorted(placed)]


def _spread(own: Sequence[str]) -> Iterator[tuple[float, str]]:
    # The first of a rare language comes early, so that no language there is goes without.
    for number, path in enumerate(own):
        yield number / len(own), path


def _sorted(tasks: Sequence[Task]) -> list[Task]:
    return sorted(tasks, key=lambda task: (task.commit, task.path, task.start))
