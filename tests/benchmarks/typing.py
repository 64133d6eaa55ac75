"""The people and models of the replay: a typist, an oracle, and two editors' habits."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from typing import Literal

from codestral_ls.backends.base import Chunk, Finish, RateLimits
from codestral_ls.model import WINDOW_AFTER, WINDOW_BEFORE, Snapshot
from codestral_ls.prompt.prompt import Prompt

EditorName = Literal["vscode", "neovim"]

# How people type code: the median time between keys, and longer pauses where they think.
KEY_MEDIAN_S, KEY_SIGMA = 0.14, 0.4
THINK_MEDIAN_S, THINK_SHARE = 0.4, 0.25
LINE_MEDIAN_S = 0.7
_THINK_AFTER = frozenset(" ([{")
# From which part of a line on the oracle knows its rest, and how many lines are like that.
KNOWS_FROM = ((0.0, 0.30), (1 / 3, 0.40), (2 / 3, 0.20), (math.inf, 0.10))
WRONG = "something_else_entirely(value)"


@dataclass(frozen=True, slots=True)
class Region:
    """A passage of a real file, to be typed again where it stands."""

    name: str
    head: str
    text: str
    tail: str

    def snapshot(self, typed: str, rest_after: str = "") -> Snapshot:
        """The document with so much of the region typed."""
        before, after = self.head + typed, rest_after + self.tail
        return Snapshot(
            f"file:///replay/{self.name}",
            None,
            "python",
            None,
            before[-WINDOW_BEFORE:],
            after[:WINDOW_AFTER],
            before.count("\n"),
            at_document_start=len(before) <= WINDOW_BEFORE,
            at_document_end=len(after) <= WINDOW_AFTER,
        )


def keys_of(text: str) -> Iterator[str]:
    """What each key inserts: Enter brings the next line's indentation along."""
    position = 0
    while position < len(text):
        end = position + 1
        if text[position] == "\n":
            while end < len(text) and text[end] in " \t":
                end += 1
        yield text[position:end]
        position = end


def pauses_s(keys: list[str], seed: int) -> list[float]:
    """How long the typist waits before each key."""
    source = random.Random(seed)

    def lognormal(median: float) -> float:
        return median * math.exp(source.gauss(0, KEY_SIGMA))

    waits = []
    for number in range(len(keys)):
        wait = lognormal(KEY_MEDIAN_S)
        former = keys[number - 1] if number else "\n"
        if former.startswith("\n"):
            wait += lognormal(LINE_MEDIAN_S)
        elif former[-1] in _THINK_AFTER and source.random() < THINK_SHARE:
            wait += lognormal(THINK_MEDIAN_S)
        waits.append(wait)
    return waits


@dataclass
class Oracle:
    """A backend that knows the rest of a line from some point of it on, and guesses wrong before.

    Streams at a pace, goes on with further lines as models do, and counts what it is asked.
    """

    region: Region
    seed: int
    first_byte_s: float = 0.15
    s_per_piece: float = 0.008
    name: str = "oracle"
    host: str = ""
    model: str = "oracle"
    rate_limits: RateLimits = field(default_factory=RateLimits)
    deprecation: str = ""
    loading: str = ""
    prompts: list[str] = field(default_factory=list)
    prompt_chars: int = 0
    sent_chars: int = 0
    _knows_from: dict[int, float] = field(default_factory=dict)

    async def stream(self, generation: Prompt) -> AsyncGenerator[Chunk, None]:
        self.prompts.append(generation.suffix + generation.prefix)
        self.prompt_chars += len(generation.suffix) + len(generation.prefix)
        await asyncio.sleep(self.first_byte_s)
        text = self.continuation(generation.prefix)
        for start in range(0, len(text), 4):
            self.sent_chars += len(text[start : start + 4])
            yield Chunk(text[start : start + 4])
            await asyncio.sleep(self.s_per_piece)
        yield Chunk(finish=Finish.STOP)

    async def warm(self) -> None:
        return None

    async def aclose(self) -> None:
        return None

    def knows(self, position: int) -> bool:
        """Whether the oracle knows how the line at this place of the region goes on."""
        start = self.region.text.rfind("\n", 0, position) + 1
        end = self.region.text.find("\n", position)
        end = len(self.region.text) if end < 0 else end
        if start not in self._knows_from:
            source = random.Random(f"{self.seed}:{start}")
            shares = [share for _, share in KNOWS_FROM]
            (self._knows_from[start],) = source.choices([part for part, _ in KNOWS_FROM], shares)
        return position >= start + self._knows_from[start] * (end - start)

    def continuation(self, prefix: str) -> str:
        position = self._position(prefix)
        if position is None or not self.knows(position):
            return WRONG + "\n"
        text = self.region.text[position:]
        lines = text.split("\n")
        told = [lines[0]]
        reached = position + len(lines[0]) + 1
        for line in lines[1:8]:
            if not self.knows(reached):
                told.append(WRONG)
                break
            told.append(line)
            reached += len(line) + 1
        return "\n".join(told) + "\n"

    def _position(self, prefix: str) -> int | None:
        """How much of the region stands before the cursor; None if something else does."""
        whole = self.region.head + self.region.text
        tail = prefix[-400:]
        start = len(self.region.head)
        for position in range(len(self.region.text) + 1):
            if whole[: start + position].endswith(tail):
                return position
        return None


@dataclass
class Screen:
    """What the user sees and when: the ghost text, judged against what will be typed."""

    right_since: float | None = None
    ghost: str = ""
    last_key_at: float = 0.0
    right_s: float = 0.0
    delays_s: list[float] = field(default_factory=list)
    wrong: int = 0
    lines_shown: set[int] = field(default_factory=set)

    def show(self, text: str, rest: str, line: int, now: float) -> None:
        """New ghost text, or none."""
        was_right = self.right_since is not None
        self._settle(now)
        self.ghost = text
        if text and rest.startswith(text):
            self.right_since = now
            self.lines_shown.add(line)
            if not was_right:
                self.delays_s.append(now - self.last_key_at)
        elif text:
            self.wrong += 1

    def key(self, inserted: str, now: float) -> None:
        """The user typed; both editors keep what is left of ghost text that agrees."""
        self.last_key_at = now
        if self.ghost.startswith(inserted) and len(self.ghost) > len(inserted):
            self.ghost = self.ghost[len(inserted) :]
        else:
            self._settle(now)
            self.ghost = ""

    def end(self, now: float) -> None:
        """The session is over."""
        self._settle(now)

    def _settle(self, now: float) -> None:
        if self.right_since is not None:
            self.right_s += now - self.right_since
            self.right_since = None
