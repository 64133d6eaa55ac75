"""A small real model: fetched, served, asked at places of real files, and its answers kept.

SmolLM2-135M-Instruct knows nothing of what follows the cursor, repeats itself, closes with a fence
and explains: the faults of weak models in every answer. Kept are its answers and the places, in a
file outside the checkout.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import random
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks import editor_holes, plain_holes
from tests.benchmarks.files import CACHE, File, Hole
from tests.benchmarks.packages import file_named, package_files
from tests.real import launch
from tests.real.servers import free_port, running

ANSWERS = CACHE / "model" / "answers.jsonl"
# Twenty lines of code; more of it makes the answers later, not better.
PROMPT_CHARS = 800
MAX_TOKENS = 64
_FILES_PER_LANGUAGE = 24
# There are more kinds of the latter; of each sort about as many holes are cut.
_PER_PLAIN_KIND, _PER_EDITOR_KIND = 5, 2
_START_WITHIN_S = 60.0
_ANSWER_WITHIN_S = 300.0


@dataclass(frozen=True, slots=True)
class Place:
    """A hole in a file of a package."""

    file: File
    hole: Hole

    @property
    def before(self) -> str:
        """The file up to the cursor."""
        return self.file.text[: self.hole.start]

    @property
    def after(self) -> str:
        """The file from the cursor on."""
        return self.file.text[self.hole.end :]

    @property
    def truth(self) -> str:
        """What stood there."""
        return self.file.text[self.hole.start : self.hole.end]

    @property
    def prompt(self) -> str:
        """What the model is asked to go on with: whole lines, up to the cursor."""
        if len(self.before) <= PROMPT_CHARS:
            return self.before
        head, end, rest = self.before[-PROMPT_CHARS:].partition("\n")
        return rest if end else head

    @property
    def kept(self) -> dict[str, object]:
        """What tells this place, in this version of the file, from all others."""
        digest = hashlib.sha256(self.file.text.encode()).hexdigest()[:16]
        return {
            "language": self.file.language_id,
            "file": self.file.name,
            "digest": digest,
            **dataclasses.asdict(self.hole),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model said, and whether it had come to an end (``stop``) or not (``length``)."""

    text: str
    finish: str


def places(language_id: str, wanted: int, *, n_files: int = _FILES_PER_LANGUAGE) -> list[Place]:
    """Random places in a language's packages, the same in every run. Raises Unavailable."""
    seed = random.Random(f"real model, {language_id}")
    found = [
        Place(file, hole)
        for file in package_files(language_id, n_files, seed)
        for hole in (
            *plain_holes.holes(file, _PER_PLAIN_KIND, seed),
            *editor_holes.holes(file, _PER_EDITOR_KIND, seed),
        )
    ]
    seed.shuffle(found)
    return found[:wanted]


@contextlib.contextmanager
def served(log: Path, threads: int = 1) -> Iterator[str]:
    """The model's address while it runs. Raises ``launch.Unavailable``."""
    model = launch.fetched("get_small_model.sh")
    prefix = launch.fetched("get_llama_server.sh")
    port = free_port()
    command = [
        f"{prefix}/bin/llama-server", "-m", model, "--port", str(port), "--host", "127.0.0.1",
        "-c", "4096", "-np", "1", "-t", str(threads), "--offline", "--no-ui",
    ]  # fmt: skip
    with running(command, port, log, {}, _START_WITHIN_S) as server:
        yield server.url


def ask(url: str, prompt: str, max_tokens: int = MAX_TOKENS) -> Answer:
    """How the model goes on with a text."""
    body = {
        "prompt": prompt,
        "n_predict": max_tokens,
        "temperature": 0.0,
        "cache_prompt": True,
    }
    request = urllib.request.Request(
        f"{url}/completion",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=_ANSWER_WITHIN_S) as response:
        reply = json.loads(response.read())
    return Answer(reply["content"], "length" if reply.get("stop_type") == "limit" else "stop")


def recorded() -> Iterator[tuple[Place, Answer]]:
    """The answers kept, with their places, where the packages still hold the same files. Raises
    Unavailable."""
    for line in _kept():
        file = file_named(line["language"], line["file"])
        if file is not None:
            place = Place(file, Hole(line["kind"], line["start"], line["end"]))
            if place.kept["digest"] == line["digest"]:
                yield place, Answer(line["text"], line["finish"])


def record(url: str, wanted: Iterable[Place]) -> Iterator[Place]:
    """Ask at each place that has no answer yet, and keep what is said."""
    known = [
        {name: value for name, value in line.items() if name not in ("text", "finish")}
        for line in _kept()
    ]
    ANSWERS.parent.mkdir(parents=True, exist_ok=True)
    with ANSWERS.open("a", encoding="utf-8") as kept:
        for place in wanted:
            if place.kept not in known:
                answer = ask(url, place.prompt)
                line = {**place.kept, **dataclasses.asdict(answer)}
                kept.write(json.dumps(line) + "\n")
                kept.flush()
                yield place


def _kept() -> list[dict[str, Any]]:
    if not ANSWERS.exists():
        return []
    return [json.loads(line) for line in ANSWERS.read_text(encoding="utf-8").splitlines()]
