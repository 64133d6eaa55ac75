"""A batch under way, kept in the user's state directory until its answers are fetched.

The file holds the tasks, and so some of the user's code; only the user can read it.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from codestral_ls import paths
from codestral_ls.commands.eval.tasks import TaskSet, UnusableTasks
from codestral_ls.whole_files import read_bounded, write_whole

_FILE = "eval-batch.json"
_FORMAT = 1
_MAX_BYTES = 64 * 1024 * 1024


class NoBatch(Exception):
    """There is no batch to go on with; the text says why."""


@dataclass(frozen=True, slots=True)
class BatchRun:
    """One variant of a batch. Jobs are by their ids; one that runs here has none."""

    name: str
    changes: Mapping[str, str]
    job: str
    model: str


@dataclass(frozen=True, slots=True)
class BatchState:
    """A batch."""

    path: str
    """What was evaluated, absolute."""
    flags: Mapping[str, str]
    """Settings of the command line."""
    tasks: TaskSet
    runs: tuple[BatchRun, ...]

    def save(self) -> None:
        """Write the state. Raises NoBatch where that is impossible."""
        file = _file()
        rows = dataclasses.asdict(self)
        rows["tasks"] = self.tasks.as_json()
        text = json.dumps({"format": _FORMAT, **rows})
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(file, text.encode())
        except OSError as error:
            raise NoBatch(f"{file} cannot be written ({error.strerror})") from None


def load() -> BatchState:
    """The batch under way. Raises NoBatch."""
    file = _file()
    try:
        page = json.loads(read_bounded(file, _MAX_BYTES))
        if page["format"] != _FORMAT:
            raise NoBatch(
                f"{file} was written by another version of codestral-ls; fetch the batch with "
                "that one, or remove the file"
            )
        return BatchState(
            str(page["path"]),
            {str(name): str(value) for name, value in page["flags"].items()},
            TaskSet.from_json(page["tasks"], file),
            tuple(BatchRun(**row) for row in page["runs"]),
        )
    except FileNotFoundError:
        raise NoBatch("there is no batch under way; start one with eval --batch") from None
    except OSError as error:
        raise NoBatch(f"{file} cannot be read ({error.strerror})") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, UnusableTasks):
        raise NoBatch(f"{file} is damaged; remove it and start anew") from None


def forget() -> None:
    """The batch is over."""
    _file().unlink(missing_ok=True)


def is_under_way() -> bool:
    """There is a batch whose answers were not fetched."""
    try:
        return _file().exists()
    except NoBatch:
        return False


def _file() -> Path:
    state = paths.state_directory()
    if state is None:
        raise NoBatch("there is no home directory to keep the batch's state in")
    return state / _FILE
