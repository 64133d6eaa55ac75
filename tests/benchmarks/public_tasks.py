"""Public infilling tasks, for whoever has their files: HumanEval-Infilling and SAFIM.

    python -m tests.benchmarks.public_tasks DIR [--count N] [--as-published] [--stream]

DIR holds the files as they are published, packed or not: ``HumanEval-SingleLineInfilling.jsonl``
and its siblings (github.com/openai/human-eval-infilling, MIT), ``block_completion.jsonl`` and its
siblings (github.com/gonglinyuan/safim, MIT). Each task's solution is given as the model's answer,
with four ways to overrun, and what would be inserted is judged as in ``holes``.

HumanEval's solutions are whole lines with their ends, and so would push what follows out of the
cursor's line. Editors leave the cursor on an indented line of its own: so it is here, unless the
tasks are wanted ``--as-published``. Blanks at the ends of a solution's lines are taken out, as they
are of what is shown.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from codestral_ls.text.lines import normalise
from tests.benchmarks.files import File, Hole, width
from tests.benchmarks.overruns import EDITOR_OVERRUNS, filled
from tests.benchmarks.tables import Counts, print_tables
from tests.benchmarks.verdicts import CAREFUL_VERDICTS, answer, careful_verdict, scene_at

_MARK = "{{completion}}"
_LEFT_BLANKS = re.compile(r"[ \t]+\n")
_TITLES = (("set", 0), ("language", 1), ("overrun", 2))


@dataclass(frozen=True, slots=True)
class Task:
    """A text with a hole, and what belongs there."""

    set_name: str
    language_id: str
    before: str
    truth: str
    after: str

    @property
    def cut(self) -> tuple[File, Hole]:
        """The whole file, and the hole in it."""
        start = len(self.before)
        file = File(self.language_id, self.before + self.truth + self.after, self.set_name)
        return file, Hole(self.set_name, start, start + len(self.truth))


def tasks(path: Path, *, as_published: bool = False) -> Iterator[Task]:
    """The tasks of a file; lines of another form are passed over, and so are blank solutions."""
    set_name = path.name.partition(".")[0]
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            task = _task(set_name, json.loads(line)) if line.strip() else None
            if task is not None and task.truth.strip():
                tidy = replace(task, truth=_LEFT_BLANKS.sub("\n", task.truth))
                yield tidy if as_published else _on_a_line_of_its_own(tidy)


def _task(set_name: str, fields: dict[str, Any]) -> Task | None:
    if "canonical_solution" in fields and "suffix" in fields:
        return Task(
            set_name, "python",
            *(normalise(fields[name]) for name in ("prompt", "canonical_solution", "suffix")),
        )  # fmt: skip
    if "ground_truth" in fields and _MARK in fields.get("eval_prompt", ""):
        before, _, after = normalise(fields["eval_prompt"]).partition(_MARK)
        return Task(set_name, fields["lang"], before, normalise(fields["ground_truth"]), after)
    return None


def _on_a_line_of_its_own(task: Task) -> Task:
    before, truth, after = task.before, task.truth, task.after
    if not before.endswith("\n") or not truth.endswith("\n"):
        return task
    blank_lines = len(truth) - len(truth.lstrip("\n"))
    head = blank_lines + width(truth[blank_lines:])
    solution = truth[head:].rstrip()
    left = truth[head + len(solution) :]
    return Task(task.set_name, task.language_id, before + truth[:head], solution, left + after)


def files_in(folder: Path) -> list[Path]:
    """The files of tasks in a folder."""
    return sorted(path for path in folder.iterdir() if ".jsonl" in path.suffixes)


def measured(folder: Path, arguments: argparse.Namespace) -> Counts:
    """How the tasks of all files end, by set, language, overrun and verdict."""
    counts = Counts()
    for path in files_in(folder):
        found = list(tasks(path, as_published=arguments.as_published))
        # Published in the order of their problems; some of each.
        random.Random(path.name).shuffle(found)
        others = [task.cut[0] for task in found[-1:] + found[:-1]]
        for task, other in itertools.islice(zip(found, others, strict=True), arguments.count):
            _measure(task, other, arguments, counts)
    return counts


def _measure(task: Task, other: File, arguments: argparse.Namespace, counts: Counts) -> None:
    file, hole = task.cut
    scene = scene_at(file, hole, arguments.covers)
    for overrun in EDITOR_OVERRUNS:
        raw = filled(file, other, hole, overrun, random.Random(hole.start))
        shaped = answer(raw, scene, streamed=arguments.stream)
        result = careful_verdict(file, other, hole, overrun, shaped, scene)
        counts[task.set_name, task.language_id, overrun, result] += 1
        if result == arguments.show:
            print(f"=== {task.set_name}, {overrun}")
            print(f"{task.before[-200:]}█{task.after[:100]}")
            print(f"--- true:  {task.truth!r}\n--- raw:   {raw!r}\n--- shown: {shaped}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--count", type=int, help="at most so many tasks of a file")
    parser.add_argument("--as-published", action="store_true", help="cut where the tasks are cut")
    parser.add_argument("--stream", action="store_true", help="stop the stream as the engine does")
    parser.add_argument("--covers", action="store_true", help="as for the VS Code family")
    parser.add_argument("--show", choices=CAREFUL_VERDICTS, help="print tasks that ended so")
    arguments = parser.parse_args()
    if not files_in(arguments.folder):
        parser.exit(1, f"{arguments.folder} holds no .jsonl or .jsonl.gz files.\n")
    print_tables(measured(arguments.folder, arguments), _TITLES, CAREFUL_VERDICTS)


if __name__ == "__main__":
    main()
