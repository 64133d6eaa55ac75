"""Tasks: places in the user's files whose text is known, frozen, saved and read again."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codestral_ls.commands.eval.git import is_plain

KINDS: Mapping[str, str] = {
    "line": "the rest of a line",
    "statement": "a statement on a line of its own",
    "arguments": "the arguments of a call, or parameters",
    "brackets": "between brackets in the middle of a line",
    "block": "the block under a line that opens one",
    "body": "the body of a definition",
}
"""The places where people type, and what each means."""
_FORMAT = 1
_MAX_FILE_BYTES = 64 * 1024 * 1024


class UnusableTasks(Exception):
    """A file of tasks cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Task:
    """A hole in a file, and what stood there."""

    path: str
    """Relative to the top of the workspace, with ``/``."""
    language_id: str
    kind: str
    start: int
    """Where the hole begins: characters into the text, whose line ends count as one."""
    truth: str
    """What stood in the hole."""
    digest: str
    """Of the whole text, the hole's included: the task holds for this text alone."""
    commit: str = ""
    """Id of the commit that added the lines; empty for a file as it is on disk."""

    @property
    def end(self) -> int:
        """Where the hole ends."""
        return self.start + len(self.truth)

    def sides(self, text: str) -> tuple[str, str]:
        """The text before and after the hole."""
        return text[: self.start], text[self.end :]

    def fits(self, text: str) -> bool:
        """The text is the one that the task was made of."""
        return digest_of(text) == self.digest and text[self.start : self.end] == self.truth


@dataclass(frozen=True, slots=True)
class TaskSet:
    """Tasks and where they came from."""

    tasks: tuple[Task, ...]
    seed: int
    since: str = ""

    def save(self, file: Path) -> None:
        """Write the tasks. Raises OSError."""
        text = json.dumps(self.as_json(), indent=1, ensure_ascii=True) + "\n"
        file.write_text(text, encoding="ascii")

    def as_json(self) -> dict[str, object]:
        """The tasks as they are saved."""
        rows = [dataclasses.asdict(task) for task in self.tasks]
        return {"format": _FORMAT, "seed": self.seed, "since": self.since, "tasks": rows}

    @classmethod
    def load(cls, file: Path) -> TaskSet:
        """Read what ``save`` wrote. Raises UnusableTasks."""
        try:
            with file.open("rb") as opened:
                data = opened.read(_MAX_FILE_BYTES + 1)
            if len(data) > _MAX_FILE_BYTES:
                raise UnusableTasks(f"{file} is larger than {_MAX_FILE_BYTES // 2**20} MB")
            return cls.from_json(json.loads(data), file)
        except OSError as error:
            raise UnusableTasks(f"{file} cannot be read ({error.strerror})") from None
        except (ValueError, RecursionError):
            raise UnusableTasks(
                f"{file} holds no tasks; name a file that eval --tasks wrote, or a new one"
            ) from None

    @classmethod
    def from_json(cls, page: Any, file: Path) -> TaskSet:
        """What ``as_json`` made, out of a file. Raises UnusableTasks."""
        try:
            if page["format"] != _FORMAT:
                raise UnusableTasks(f"{file} was written by another version of codestral-ls")
            tasks = tuple(map(_task, page["tasks"]))
            return cls(tasks, int(page["seed"]), str(page["since"]))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise UnusableTasks(
                f"{file} holds no tasks; name a file that eval --tasks wrote, or a new one"
            ) from None


def digest_of(text: str) -> str:
    """What tells one text from another."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def counted(tasks: Sequence[Task]) -> dict[str, dict[str, int]]:
    """How many tasks there are of each language and of each kind, the most frequent first."""
    languages: dict[str, int] = {}
    kinds: dict[str, int] = {}
    for task in tasks:
        languages[task.language_id] = languages.get(task.language_id, 0) + 1
        kinds[task.kind] = kinds.get(task.kind, 0) + 1
    return {
        "languages": dict(sorted(languages.items(), key=lambda row: (-row[1], row[0]))),
        "kinds": {kind: kinds[kind] for kind in KINDS if kind in kinds},
    }


def _task(row: dict[str, Any]) -> Task:
    types = {field.name: field.type for field in dataclasses.fields(Task)}
    if set(row) != set(types):
        raise ValueError
    for name, value in row.items():
        if type(value) is not (int if types[name] == "int" else str):
            raise TypeError
    task = Task(**row)
    if not is_plain(task.path) or task.kind not in KINDS or task.start < 0 or not task.truth:
        raise ValueError
    return task
