"""Types real code with a seeded human model, and measures requests, delay and what was on screen.

    python -m tests.benchmarks.replay [--typists 12] [--regions 6] [--first-byte-ms 150]
        [--ms-per-piece 8] [--accept] [--real] [--plot FILE.svg] [--hold-out] [FILE ...]

Virtual time: the same figures every run. ``--real`` types in real time through the real process
over stdio and the fake endpoint instead, which takes as long as typing takes.

Compares one request per key, fixed debounces, and ours, as VS Code asks (cancels, sends the edit,
asks 30 ms later) and as Neovim does (asks 200 ms after the last key, never cancels), against an
oracle that knows the rest of a line from its start (30 % of lines), after a third (40 %), after two
thirds (20 %) or never (10 %), and guesses wrong before.

``delay``: from the last key to right ghost text that was not on screen before. ``on screen``: share
of the typing time with right ghost text. ``shown``: share of the lines the oracle knew at some
point for which right ghost text was seen. ``wrong``: ghost texts that the user did not go on to
type. ``cacheable``: share of a prompt's characters that stand in the head of the one before, in
blocks of 256. Tokens are characters over 3.3.
"""

from __future__ import annotations

import argparse
import asyncio
import calendar
import configparser
import csv
import inspect
import itertools
import json.decoder
import random
import tarfile
import textwrap
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codestral_ls import postprocess
from codestral_ls.config.settings import Settings
from codestral_ls.engine.engine import Engine
from codestral_ls.engine.target import Target
from codestral_ls.model import (
    ClientHabits,
    Edit,
    Request,
    Snapshot,
    Suggestion,
    Superseded,
    Trigger,
)
from codestral_ls.postprocess import Dropped, Scene
from codestral_ls.prompt import build
from codestral_ls.prompt import window as context
from tests.benchmarks.remote import Remote, remote
from tests.benchmarks.typing import EditorName, Oracle, Region, Screen, keys_of, pauses_s
from tests.virtual_time import run

CHARS_PER_TOKEN = 3.3
BLOCK_CHARS = 256
REGION_CHARS = 420
VSCODE_ASKS_AFTER_S = 0.03
NEOVIM_ASKS_AFTER_S = 0.2
# Who accepts does so a moment after seeing something worth it.
ACCEPTS_AFTER_S, ACCEPTS_FROM_CHARS, ACCEPTS_SHARE = 0.3, 6, 0.5


class Fixed:
    """The usual completer: waits, asks, shows the first line; reuses nothing."""

    def __init__(self, oracle: Oracle, wait_s: float) -> None:
        self._oracle = oracle
        self._wait_s = wait_s
        self._newest = 0

    def edited(self, snapshot: Snapshot, edit: Edit) -> None:
        return None

    async def ask(self, snapshot: Snapshot) -> str | None:
        self._newest += 1
        mine = self._newest
        await asyncio.sleep(self._wait_s)
        if mine != self._newest:
            return None
        window = context.gather(snapshot, max_prefix_chars=6000, max_suffix_chars=2000)
        settings = Settings()
        asked = build.build(window, snapshot, settings, cache_key="", mask=build.unmasked)
        text, scene = "", Scene(snapshot)
        stream = self._oracle.stream(asked)
        try:
            async for chunk in stream:
                text += chunk.text
                if postprocess.enough(text, scene):
                    break
        finally:
            await stream.aclose()
        shaped = postprocess.run(text, scene)
        return None if mine != self._newest else "" if isinstance(shaped, Dropped) else shaped.text


class Ours:
    """The engine."""

    def __init__(
        self, oracle: Oracle, editor: EditorName, settings: Settings | None = None
    ) -> None:
        self._settings = settings or Settings()
        habits = ClientHabits(answer_within_s=0.65) if editor == "vscode" else ClientHabits()
        self._engine = Engine(Target(open_backend=lambda: oracle), habits=habits)

    def edited(self, snapshot: Snapshot, edit: Edit) -> None:
        self._engine.edited(snapshot, edit, self._settings)

    async def ask(self, snapshot: Snapshot) -> str | None:
        outcome = await self._engine.complete(Request(snapshot, Trigger.AUTOMATIC), self._settings)
        if isinstance(outcome, Superseded):
            return None
        return outcome.text if isinstance(outcome, Suggestion) else ""


Completer = Fixed | Ours | Remote
POLICIES: dict[str, Callable[[Oracle, EditorName], Completer]] = {
    "a request per key": lambda oracle, _: Fixed(oracle, 0.0),
    "debounce 75 ms": lambda oracle, _: Fixed(oracle, 0.075),
    "debounce 150 ms": lambda oracle, _: Fixed(oracle, 0.15),
    "debounce 300 ms": lambda oracle, _: Fixed(oracle, 0.3),
    "ours": Ours,
}


@dataclass
class Totals:
    """What a policy cost and gave, over all sessions."""

    keys: int = 0
    seconds: float = 0.0
    right_s: float = 0.0
    requests: int = 0
    prompt_chars: int = 0
    sent_chars: int = 0
    wrong: int = 0
    accepted_chars: int = 0
    known_lines: int = 0
    shown_lines: int = 0
    cacheable_chars: int = 0
    delays_s: list[float] = field(default_factory=list)

    def row(self, name: str) -> str:
        per_100 = 100 / max(1, self.keys)
        tokens = (self.prompt_chars + self.sent_chars) / CHARS_PER_TOKEN
        return (
            f"{name:18} {self.requests * per_100:8.1f} {tokens * per_100:9.0f} "
            f"{self.sent_chars / CHARS_PER_TOKEN * per_100:7.0f} "
            f"{self.percentile(50):7.0f} {self.percentile(90):7.0f} "
            f"{100 * self.right_s / self.seconds:9.1f} "
            f"{100 * self.shown_lines / max(1, self.known_lines):6.1f} "
            f"{self.wrong * per_100:6.1f} "
            f"{100 * self.cacheable_chars / max(1, self.prompt_chars):9.1f}"
        )

    def percentile(self, percent: int) -> float:
        """Delay in milliseconds."""
        ordered = sorted(self.delays_s)
        return 1000 * ordered[len(ordered) * percent // 100] if ordered else float("nan")


HEADER = (
    f"{'':18} {'requests':>8} {'tokens':>9} {'output':>7} {'delay':>7} {'delay':>7} "
    f"{'on screen':>9} {'shown':>6} {'wrong':>6} {'cacheable':>9}\n"
    f"{'':18} {'/100keys':>8} {'/100keys':>9} {'tokens':>7} {'p50 ms':>7} {'p90 ms':>7} "
    f"{'%':>9} {'%':>6} {'/100k':>6} {'%':>9}"
)


class Session:
    """One typist types one region in one editor with one completer."""

    def __init__(
        self, region: Region, editor: EditorName, completer: Completer, *, accepts: bool, seed: int
    ) -> None:
        self.region = region
        self.screen = Screen()
        self.position = 0
        self.accepted_chars = 0
        self._editor = editor
        self._completer = completer
        self._accepts = accepts
        self._choosing = random.Random(seed)
        self._seed = seed
        self._timer: asyncio.TimerHandle | None = None
        self._asking: set[asyncio.Task[None]] = set()

    async def type(self) -> tuple[int, float]:
        """Type it all; returns the number of keys and the seconds it took."""
        loop = asyncio.get_running_loop()
        keys = list(keys_of(self.region.text))
        ends = itertools.accumulate(len(key) for key in keys)
        n_keys, started = 0, loop.time()
        for key, end, pause_s in zip(keys, ends, pauses_s(keys, self._seed), strict=True):
            if end <= self.position:
                continue
            await self._pause(pause_s)
            if end <= self.position:
                continue
            self._insert(key[len(key) - (end - self.position) :])
            n_keys += 1
        self.screen.end(loop.time())
        self._stop_asking()
        return n_keys, loop.time() - started

    async def _pause(self, pause_s: float) -> None:
        """Think; perhaps take what is offered meanwhile."""
        if not self._accepts or pause_s <= ACCEPTS_AFTER_S:
            await asyncio.sleep(pause_s)
            return
        await asyncio.sleep(ACCEPTS_AFTER_S)
        ghost = self.screen.ghost
        right = self.region.text[self.position :].startswith(ghost)
        worth = len(ghost) >= ACCEPTS_FROM_CHARS and self._choosing.random() < ACCEPTS_SHARE
        if right and worth:
            self.accepted_chars += len(ghost)
            self._insert(ghost)
        await asyncio.sleep(pause_s - ACCEPTS_AFTER_S)

    def _insert(self, text: str) -> None:
        loop = asyncio.get_running_loop()
        self.screen.key(text, loop.time())
        self.position += len(text)
        if self._editor == "vscode":
            self._stop_asking()
        self._completer.edited(self._snapshot(), Edit(text, 0, single=True))
        if self._timer is not None:
            self._timer.cancel()
        after_s = VSCODE_ASKS_AFTER_S if self._editor == "vscode" else NEOVIM_ASKS_AFTER_S
        self._timer = loop.call_later(after_s, self._start_asking)

    def _stop_asking(self) -> None:
        for task in self._asking:
            task.cancel()

    def _start_asking(self) -> None:
        task = asyncio.create_task(self._ask(self.position))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _ask(self, asked_at: int) -> None:
        text = await self._completer.ask(self._snapshot())
        typed = self.region.text[asked_at : self.position]
        if text is None or (self._editor == "vscode" and typed):
            return
        # Neovim shows an answer that comes late at its old place; what agrees is still right.
        text = text[len(typed) :] if text.startswith(typed) else text
        rest = self.region.text[self.position :]
        line = self.region.text.count("\n", 0, self.position)
        self.screen.show(text, rest, line, asyncio.get_running_loop().time())

    def _snapshot(self) -> Snapshot:
        return self.region.snapshot(self.region.text[: self.position])


def measure(
    name: str,
    editor: EditorName,
    regions: Sequence[Region],
    typists: int,
    arguments: argparse.Namespace,
) -> Totals:
    """All typists type all regions with one policy."""
    totals = Totals()
    for region, seed in itertools.product(regions, range(typists)):
        oracle = Oracle(region, seed, arguments.first_byte_ms / 1000, arguments.ms_per_piece / 1000)
        if arguments.real:
            typed = asyncio.run(
                typed_through_process(editor, region, oracle, seed, arguments.accept)
            )
        else:
            typed = run(typed_in(POLICIES[name], editor, region, oracle, seed, arguments.accept))
        add(totals, oracle, *typed)
    return totals


Typed = tuple["Session", int, float]


async def typed_in(
    make: Callable[[Oracle, EditorName], Completer],
    editor: EditorName,
    region: Region,
    oracle: Oracle,
    seed: int,
    accepts: bool,
) -> Typed:
    session = Session(region, editor, make(oracle, editor), accepts=accepts, seed=seed)
    return session, *await session.type()


async def typed_through_process(
    editor: EditorName, region: Region, oracle: Oracle, seed: int, accepts: bool
) -> Typed:
    async with remote(oracle, editor, region.snapshot("")) as client:
        return await typed_in(lambda *_: client, editor, region, oracle, seed, accepts)


def add(totals: Totals, oracle: Oracle, session: Session, n_keys: int, seconds: float) -> None:
    totals.keys += n_keys
    totals.seconds += seconds
    totals.right_s += session.screen.right_s
    totals.requests += len(oracle.prompts)
    totals.prompt_chars += oracle.prompt_chars
    totals.sent_chars += oracle.sent_chars
    totals.wrong += session.screen.wrong
    totals.accepted_chars += session.accepted_chars
    totals.delays_s += session.screen.delays_s
    text = session.region.text
    known = {text.count("\n", 0, at) for at in range(len(text)) if oracle.knows(at)}
    totals.known_lines += len(known)
    totals.shown_lines += len(known & session.screen.lines_shown)
    for former, later in itertools.pairwise(oracle.prompts):
        totals.cacheable_chars += shared_head(former, later)


def shared_head(former: str, later: str) -> int:
    """Characters at the start of both prompts, in whole blocks."""
    same = 0
    while later[same : same + BLOCK_CHARS] == former[same : same + BLOCK_CHARS] != "":
        same += BLOCK_CHARS
    return min(same, len(later))


def regions_of(paths: Sequence[Path], count: int) -> list[Region]:
    """Passages from the middle of the files, whole lines, in turn."""
    found = []
    for number in range(count):
        path = paths[number % len(paths)]
        text = path.read_text(encoding="utf-8")
        wanted = len(text) * (1 + number // len(paths)) // (2 + count // len(paths))
        start = text.rfind("\n", 0, wanted) + 1
        end = text.find("\n", start + REGION_CHARS)
        end = len(text) if end < 0 else end
        found.append(Region(path.name, text[:start], text[start:end], text[end:]))
    return found


def plot(results: dict[tuple[str, str], Totals], file: Path) -> None:
    """Delay against requests, a mark for each policy."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    for (editor, name), totals in results.items():
        x, y = totals.requests * 100 / totals.keys, totals.percentile(50)
        axes.scatter(
            x, y, marker="o" if editor == "vscode" else "s", c="C3" if name == "ours" else "C0"
        )
        axes.annotate(f"{name} ({editor})", (x, y), xytext=(5, 4), textcoords="offset points")
    axes.set(xlabel="requests per 100 keys", ylabel="last key to right ghost text, p50, ms")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    figure.tight_layout()
    figure.savefig(file)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--typists", type=int, default=12)
    parser.add_argument("--regions", type=int, default=6)
    parser.add_argument("--first-byte-ms", type=float, default=150)
    parser.add_argument("--ms-per-piece", type=float, default=8)
    parser.add_argument("--accept", action="store_true", help="typists take some suggestions")
    parser.add_argument("--real", action="store_true", help="the real process, in real time")
    parser.add_argument("--hold-out", action="store_true", help="files that nothing was tuned on")
    parser.add_argument("--only", choices=POLICIES, help="one policy alone")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg")
    arguments = parser.parse_args()
    default = [json.decoder.__file__, textwrap.__file__, argparse.__file__]
    if arguments.hold_out:
        default = [calendar.__file__, configparser.__file__, csv.__file__]
        default += [inspect.__file__, tarfile.__file__, uuid.__file__]
    paths = arguments.files or [Path(str(file)) for file in default]
    regions = regions_of(paths, arguments.regions)
    results: dict[tuple[str, str], Totals] = {}
    editors: tuple[EditorName, ...] = ("vscode", "neovim")
    for editor in editors:
        print(f"\n{editor}: {arguments.typists} typists x {len(regions)} regions")
        print(HEADER)
        only = "ours" if arguments.real else arguments.only
        for name in [only] if only else POLICIES:
            totals = measure(name, editor, regions, arguments.typists, arguments)
            results[editor, name] = totals
            print(totals.row(name), flush=True)
    if arguments.plot:
        plot(results, arguments.plot)


if __name__ == "__main__":
    main()
