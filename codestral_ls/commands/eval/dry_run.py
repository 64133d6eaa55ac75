"""``eval --dry-run``: three prompts as the server would get them, and nothing is sent.

A server of the user's own is asked what it serves, as that decides the form of the prompts. It is
shown none of the user's code.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from codestral_ls.commands import exits
from codestral_ls.commands.eval.results import EvalRun
from codestral_ls.commands.eval.rounds import Material, Round
from codestral_ls.commands.eval.runner import EvalClient, Stage, run_tasks
from codestral_ls.commands.eval.tap import Recorder, Tapping
from codestral_ls.commands.eval.tasks import Task
from codestral_ls.privacy.text import name, one_line, printable

_SHOWN = 3


def show(
    variants: Sequence[tuple[str, Mapping[str, str | None]]],
    material: Material,
    client: EvalClient,
) -> int:
    """Print the prompts of each variant; returns the exit status."""
    few = _first(material)
    status = exits.DONE
    for title, flags in variants:
        bodies: list[tuple[str, Mapping[str, Any]]] = []

        def keep(
            path: str,
            body: Mapping[str, Any],
            bodies: list[tuple[str, Mapping[str, Any]]] = bodies,
        ) -> None:
            bodies.append((path, body))

        run = EvalRun(title, {})
        stage = Stage(few, os.environ, client, lambda _: None, lambda _: None)
        asyncio.run(run_tasks(run, flags, stage, Tapping(Recorder(), withhold=keep)))
        where = f"{name(run.host)} ({name(run.model)})" if run.host else "this machine alone"
        sys.stdout.write(f"{one_line(title or run.provider)}: to {where}\n")
        for (path, body), result in zip(bodies, run.results, strict=False):
            _write(result.task, path, body)
        if not bodies:
            failed = next((result for result in run.results if result.failure), None)
            sys.stdout.write(f"  {failed.why if failed else 'No prompt leaves this machine.'}\n")
            status = exits.BACKEND if failed else status
    return status


def _first(material: Material) -> Material:
    """The first tasks alone."""
    left = _SHOWN
    parts = []
    for part in material.rounds:
        if left:
            parts.append(Round(part.tasks[:left], part.prepare))
            left -= len(parts[-1].tasks)
    return dataclasses.replace(material, rounds=tuple(parts))


def _write(task: Task, path: str, body: Mapping[str, Any]) -> None:
    sys.stdout.write(f"\n--- {name(task.path)}, {task.kind}: POST {path}\n")
    for field, value in body.items():
        if field == "input_extra" and isinstance(value, list):
            sys.stdout.write(f"{field}:\n")
            for part in value:
                sys.stdout.write(f"    {name(str(part.get('filename')))}:\n")
                text = printable(str(part.get("text"))).replace("\n", "\n        ")
                sys.stdout.write(f"        {text}\n")
        elif isinstance(value, str) and "\n" in value:
            text = printable(value).replace("\n", "\n    ")
            sys.stdout.write(f"{field}:\n    {text}\n")
        else:
            sys.stdout.write(f"{field}: {printable(json.dumps(value, ensure_ascii=False))}\n")
