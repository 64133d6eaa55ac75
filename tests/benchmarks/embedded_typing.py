"""How many keys the embedded provider has an answer for while somebody types.

    python -m tests.benchmarks.embedded_typing [--typists 3] [--regions 6] [--files 40] [FILE ...]

Virtual time; the typist, passages and VS Code's manner of ``replay``. The provider has learnt
other files of the passage's directory, and of the file itself what stands round the passage; it
answers in 2 ms. ``at every key`` is what the engine does, ``in pauses`` what it does with a model.
Of the keys: answered with a suggestion before the next key, and of these right as far as they go.

With ``--meanwhile`` the model of ``replay`` completes, and the provider stands in meanwhile;
printed is what ``replay`` prints, without and with it.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json.decoder
import textwrap
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codestral_ls.backends.base import Chunk, Finish, RateLimits
from codestral_ls.config.settings import Settings
from codestral_ls.engine.engine import Engine
from codestral_ls.engine.target import Target
from codestral_ls.model import ClientHabits, Edit, Request, Suggestion, Trigger
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.workspace.completer.learner import Learner
from codestral_ls.workspace.completer.predict import CompletionPlace, predict
from tests.benchmarks.replay import HEADER, Ours, Totals, add, regions_of, typed_in
from tests.benchmarks.typing import EditorName, Oracle, Region, keys_of, pauses_s
from tests.virtual_time import run

ANSWERS_AFTER_S = 0.002
ASKS_AFTER_S = 0.03


@dataclass
class Memory:
    """The embedded provider without its process."""

    region: Region
    learner: Learner
    name: str = "workspace"
    host: str = ""
    model: str = "workspace"
    rate_limits: RateLimits = field(default_factory=RateLimits)
    deprecation: str = ""
    loading: str = ""

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        await asyncio.sleep(ANSWERS_AFTER_S)
        place = CompletionPlace(
            self.region.name,
            prompt.prefix,
            prompt.suffix,
            prompt.max_tokens,
            multiline="\n" not in prompt.stop,
        )
        yield Chunk(predict(self.learner, place), Finish.STOP)

    async def warm(self) -> None:
        return None

    async def aclose(self) -> None:
        return None


def learnt(path: Path, region: Region, n_files: int) -> Learner:
    """A learner that knows the directory, and the file without the passage."""
    learner = Learner()
    others = [other for other in sorted(path.parent.glob("*.py")) if other != path]
    for other in others[:n_files]:
        learner.learn(str(other), other.read_text(encoding="utf-8", errors="replace"))
    learner.learn(region.name, region.head + region.tail)
    return learner


async def keys_answered(region: Region, seed: int, memory: Memory) -> tuple[int, int, int]:
    """Keys, those with a suggestion before the next one, and those where that was right."""
    engine = Engine(Target(open_backend=lambda: memory), habits=ClientHabits(answer_within_s=0.65))
    loop, settings = asyncio.get_running_loop(), Settings()
    keys = list(keys_of(region.text))
    n_answered = n_right = position = 0
    asking: asyncio.Task[object] | None = None
    for key, pause_s in zip(keys, [*pauses_s(keys, seed), 2.0][1:], strict=False):
        position += len(key)
        snapshot = region.snapshot(region.text[:position])
        engine.edited(snapshot, Edit(key, 0, single=True), settings)
        next_key_at = loop.time() + pause_s
        await asyncio.sleep(min(ASKS_AFTER_S, pause_s))
        if pause_s > ASKS_AFTER_S:
            asking = asyncio.create_task(
                engine.complete(Request(snapshot, Trigger.AUTOMATIC), settings)
            )
            await asyncio.wait({asking}, timeout=next_key_at - loop.time())
            outcome = asking.result() if asking.done() else None
            asking.cancel()
            if isinstance(outcome, Suggestion):
                n_answered += 1
                n_right += region.text[position:].startswith(outcome.text)
        await asyncio.sleep(max(0.0, next_key_at - loop.time()))
    await engine.aclose()
    return len(keys), n_answered, n_right


class StandsIn(Ours):
    """The engine with a model, and the embedded provider meanwhile."""

    def __init__(self, oracle: Oracle, editor: EditorName, memory: Memory) -> None:
        super().__init__(oracle, editor)
        self._settings = Settings(fallback="meanwhile")
        habits = ClientHabits(
            answer_within_s=0.65 if editor == "vscode" else None, wants_growth=True
        )
        target = Target(open_backend=lambda: oracle, open_fallback=lambda: memory)
        self._engine = Engine(target, habits=habits)


def keys_table(
    paths: Sequence[Path], regions: Sequence[Region], arguments: argparse.Namespace
) -> None:
    print(f"{'':14} {'keys':>6} {'answered':>9} {'right':>6}")
    for name, provider in (("in pauses", "waited for"), ("at every key", "workspace")):
        totals = [0, 0, 0]
        for number, region in enumerate(regions):
            path = paths[number % len(paths)]
            for seed in range(arguments.typists):
                memory = Memory(region, learnt(path, region, arguments.files), name=provider)
                found = run(keys_answered(region, seed, memory))
                totals = [total + each for total, each in zip(totals, found, strict=True)]
        print(f"{name:14} {totals[0]:6} {totals[1]:9} {totals[2]:6}", flush=True)


def meanwhile_table(
    paths: Sequence[Path], regions: Sequence[Region], arguments: argparse.Namespace
) -> None:
    editors: tuple[EditorName, ...] = ("vscode", "neovim")
    for editor in editors:
        print(f"\n{editor}\n{HEADER}")
        for name in ("a model alone", "with meanwhile"):
            totals = Totals()
            for (number, region), seed in itertools.product(
                enumerate(regions), range(arguments.typists)
            ):
                oracle = Oracle(region, seed, 0.15, 0.008)
                memory = Memory(region, learnt(paths[number % len(paths)], region, arguments.files))

                def make(oracle: Oracle, editor: EditorName) -> Ours:
                    if name == "a model alone":  # noqa: B023  # called at once
                        return Ours(oracle, editor)
                    return StandsIn(oracle, editor, memory)  # noqa: B023  # called at once

                add(totals, oracle, *run(typed_in(make, editor, region, oracle, seed, False)))
            print(totals.row(name), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("paths", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--typists", type=int, default=3)
    parser.add_argument("--regions", type=int, default=6)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--meanwhile", action="store_true")
    arguments = parser.parse_args()
    default = [json.decoder.__file__, textwrap.__file__, argparse.__file__]
    paths = arguments.paths or [Path(str(file)) for file in default]
    regions = regions_of(paths, arguments.regions)
    table = meanwhile_table if arguments.meanwhile else keys_table
    table(paths, regions, arguments)


if __name__ == "__main__":
    main()
