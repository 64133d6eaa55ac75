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
        # By the first lines, two where there are; tasks at equal places are looked for once.
        self._by_lines: dict[tuple[str, ...], dict[_HolePlace, list[Task]]] = {}
        for task, text in tasks:
            place = _place_of(task, text)
            if place is not None:
                alike = self._by_lines.setdefault(place.own[:2], {})
                alike.setdefault(place, []).append(task)

    def within(self, path: str, text: str) -> frozenset[Task]:
        """The tasks of other files whose places this text holds too."""
        found = {id(tasks): tasks for tasks, _, _ in self._found(path, text)}
        return frozenset(task for tasks in found.values() for task in tasks if task.path != path)

    def cut(self, path: str, text: str, own: Iterable[tuple[int, int]] = ()) -> str:
        """A whole text without the truths of the tasks of other files, and without its own holes.

        All at once: a copy may be known by lines that are holes themselves.
        """
        told = ((start, end) for _, start, end in self._found(path, text))
        for start, end in _joined([*own, *told]):
            text = text[:start] + text[end:]
        return text

    def _found(self, path: str, text: str) -> Iterator[tuple[list[Task], int, int]]:
        lines = _lines(text)
        for index, line in enumerate(lines):
            two = tuple(each.text for each in lines[index : index + 2])
            for first in {two[:1], two}:
                for place, tasks in self._by_lines.get(first, {}).items():
                    is_told = any(task.path != path for task in tasks)
                    if is_told and _is_at(place, lines, index):
                        last = lines[index + len(place.own) - 1]
                        end = last.start + len(last.text) - place.n_tail
                        yield tasks, line.start + place.n_head, end


def _place_of(task: Task, text: str) -> _HolePlace | None:
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
        tuple(line.text for line in lines[max(0, own[0] - 2) : own[0]][::-1]),
        tuple(lines[index].text for index in own),
        tuple(line.text for line in lines[own[-1] + 1 : own[-1] + 3]),
        start - first.start,
        last.start + len(last.text) - end,
    )


def _is_at(place: _HolePlace, lines: Sequence[_Line], index: int) -> bool:
    """The hole, and enough of what is round it, is what begins at a line."""
    behind = index + len(place.own)
    if behind > len(lines) or any(
        text != lines[number].text for number, text in enumerate(place.own, index)
    ):
        return False
    same = [
        *place.own,
        *_alike(place.above, lines[max(0, index - 2) : index][::-1]),
        *_alike(place.below, lines[behind : behind + 2]),
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
