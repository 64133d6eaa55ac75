"""Copies of the places that tasks are made of: generated files, moved code, files but for a line.

A copy would tell the truth of a hole. It is known by its lines, blanks round them aside: those of
the hole and its neighbours, three of them or more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from codestral_ls.commands.eval.tasks import Task

# Two lines are the same by chance in many files, and so are three as short as closing brackets.
_LEAST_LINES, _LEAST_CHARS = 3, 30


@dataclass(frozen=True, slots=True)
class _HolePlace:
    """A hole's lines and its neighbours, none of them blank, without blanks round them."""

    task: Task
    above: tuple[str, ...]
    """The nearest first."""
    own: tuple[str, ...]
    below: tuple[str, ...]
    n_head: int
    """Characters of the first own line that stand before the hole."""
    n_tail: int
    """Characters of the last own line that stand behind it."""


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    """Of its first character that is no blank."""
    text: str


class Copies:
    """Finds where other texts hold the truths of tasks."""

    def __init__(self, tasks: Iterable[tuple[Task, str]]) -> None:
        """Tasks, each with the whole text that it was made of."""
        self._by_line: dict[str, list[_HolePlace]] = {}
        for task, text in tasks:
            passage = _passage_of(task, text)
            if passage is not None:
                self._by_line.setdefault(passage.own[0], []).append(passage)

    def within(self, path: str, text: str) -> frozenset[Task]:
        """The tasks of other files whose places this text holds too."""
        return frozenset(task for task, _, _ in self._found(path, text))

    def cut(self, path: str, text: str, own: Iterable[tuple[int, int]] = ()) -> str:
        """A whole text without the truths of the tasks of other files, and without its own holes.

        All at once: a copy may be known by lines that are holes themselves.
        """
        told = ((start, end) for _, start, end in self._found(path, text))
        for start, end in _joined([*own, *told]):
            text = text[:start] + text[end:]
        return text

    def _found(self, path: str, text: str) -> Iterator[tuple[Task, int, int]]:
        lines = _lines(text)
        for index, line in enumerate(lines):
            for passage in self._by_line.get(line.text, ()):
                if passage.task.path != path and _is_at(passage, lines, index):
                    last = lines[index + len(passage.own) - 1]
                    end = last.start + len(last.text) - passage.n_tail
                    yield passage.task, line.start + passage.n_head, end


def _passage_of(task: Task, text: str) -> _HolePlace | None:
    start = task.start + len(task.truth) - len(task.truth.lstrip())
    end = task.start + len(task.truth.rstrip())
    lines = _lines(text)
    own = [
        index
        for index, line in enumerate(lines)
        if line.start < end and start < line.start + len(line.text)
    ]
    if start >= end or not own:
        return None
    first, last = lines[own[0]], lines[own[-1]]
    return _HolePlace(
        task,
        tuple(line.text for line in lines[max(0, own[0] - 2) : own[0]][::-1]),
        tuple(lines[index].text for index in own),
        tuple(line.text for line in lines[own[-1] + 1 : own[-1] + 3]),
        start - first.start,
        last.start + len(last.text) - end,
    )


def _is_at(passage: _HolePlace, lines: Sequence[_Line], index: int) -> bool:
    """The passage's hole, and enough of what is round it, is what begins at a line."""
    behind = index + len(passage.own)
    if tuple(line.text for line in lines[index:behind]) != passage.own:
        return False
    same = [
        *passage.own,
        *_alike(passage.above, lines[max(0, index - 2) : index][::-1]),
        *_alike(passage.below, lines[behind : behind + 2]),
    ]
    return len(same) >= _LEAST_LINES and sum(map(len, same)) >= _LEAST_CHARS


def _alike(wanted: Sequence[str], lines: Sequence[_Line]) -> Iterator[str]:
    for text, line in zip(wanted, lines, strict=False):
        if text != line.text:
            return
        yield text


def _lines(text: str) -> list[_Line]:
    found, at = [], 0
    for line in text.split("\n"):
        if bare := line.strip():
            found.append(_Line(at + len(line) - len(line.lstrip()), bare))
        at += len(line) + 1
    return found


def _joined(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The stretches without overlaps, the last one first."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined[::-1]
