"""How many servers a team needs: many of the replay's typists against replicas of a stated model.

    python -m tests.benchmarks.fleet [--users 10 200 2000 20000] [--replicas N] [--typing-share 0.2]
        [--prefill 8000] [--step-ms 20] [--step-ms-per-request 0.2] [--slots 64]
        [--cache-tokens 200000] [--snippet-tokens 1200] [--full-tokens 64]

Virtual time, in two steps. The engine types the replay's passages once, and each request is kept:
when it was sent, its prompt, and how many tokens were read before it was closed. Then every user
who is typing repeats such a record from a place of their own, for a minute after half a minute of
warming up. Records are made against a server that takes 150 ms to the first byte; a slower fleet is
asked a little less than is counted here.

A replica computes prompts one after the other (``--prefill`` tokens a second, those in its cache
for nothing) and up to ``--slots`` answers at a time, each token in ``--step-ms`` and a little more
for each answer beside it. Its cache holds the last prompts, least recently used first out. The
defaults are assumptions of the order of a 7B model on one 24 GB card: put in what yours measures.

``replicas``: unless given, as few as begin nine of ten answers within 100 ms, with affinity, and
give up none. ``busy``: share of the time in which a GPU works for somebody. ``at once``: answers
that a replica generates at a time, on average. ``late``: requests not begun within five seconds,
which clients give up. ``first token``: from the request.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import heapq
import json.decoder
import math
import random
import textwrap
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from codestral_ls.backends.base import Chunk
from codestral_ls.config.settings import Settings
from codestral_ls.engine.throttle import Throttle
from codestral_ls.prompt.prompt import Prompt
from tests.benchmarks.replay import (
    CHARS_PER_TOKEN,
    POLICIES,
    Completer,
    Ours,
    regions_of,
    shared_head,
    typed_in,
)
from tests.benchmarks.typing import EditorName, Oracle
from tests.virtual_time import run

WARM_S, MEASURED_S = 30.0, 60.0
GIVE_UP_S = 5.0
FIRST_WITHIN_MS = 100.0


@dataclass(frozen=True)
class Ask:
    """One request of a typist."""

    at: float
    prompt: str
    tokens: int
    """Read before the stream was closed."""


@dataclass
class Recording(Oracle):
    """Keeps what it is asked."""

    asks: list[Ask] = field(default_factory=list)

    async def stream(self, generation: Prompt) -> AsyncGenerator[Chunk, None]:
        at, sent = asyncio.get_running_loop().time(), self.sent_chars
        chunks = super().stream(generation)
        try:
            async for chunk in chunks:
                yield chunk
        finally:
            await chunks.aclose()
            tokens = math.ceil((self.sent_chars - sent) / CHARS_PER_TOKEN)
            self.asks.append(Ask(at, generation.suffix + generation.prefix, tokens))


@dataclass
class Trace:
    """All requests of one typist in one passage."""

    asks: list[Ask]
    seconds: float
    _heads: dict[tuple[int, int], int] = field(default_factory=dict)

    def head(self, former: int, later: int) -> int:
        """Tokens at the start of both prompts."""
        if (former, later) not in self._heads:
            same = shared_head(self.asks[former].prompt, self.asks[later].prompt)
            self._heads[former, later] = int(same / CHARS_PER_TOKEN)
        return self._heads[former, later]


def traces(policy: str, typists: int, passages: int) -> list[Trace]:
    """What is asked of a server with one policy, typist by typist."""
    path = Path(json.decoder.__file__)
    found = []
    for region in regions_of([path, Path(textwrap.__file__)], passages):
        for seed in range(typists):
            oracle = Recording(region, seed)
            editor: EditorName = "vscode" if seed % 2 else "neovim"

            make = functools.partial(_completer, policy)
            _, _, seconds = run(typed_in(make, editor, region, oracle, seed, False))
            found.append(Trace(sorted(oracle.asks, key=lambda ask: ask.at), seconds))
    return found


def _completer(policy: str, oracle: Oracle, editor: EditorName) -> Completer:
    if policy != "no anticipation":
        return POLICIES[policy](oracle, editor)
    return Ours(oracle, editor, Settings(speculate="never"))


@dataclass(frozen=True)
class Service:
    """What a replica does in what time."""

    prefill_tokens_s: float
    step_s: float
    step_s_per_request: float
    slots: int
    cache_tokens: int
    snippet_tokens: int
    """Of other files, at the head of every prompt; they rarely change."""
    full_tokens: int | None
    """How far a model goes on where nobody hangs up; None: clients stop early."""
    block_tokens: float = 1.0
    """A cache keeps whole blocks of so many tokens."""
    way_s: float = 0.0
    """What client, network and router add to the first token."""


class Replica:
    """One server."""

    def __init__(self, service: Service, warm_s: float) -> None:
        self._service = service
        self._warm_s = warm_s
        self._slots: list[float] = []
        self._prefill_free_at = 0.0
        self._cache: OrderedDict[int, tuple[int, int]] = OrderedDict()
        self._cached_tokens = 0
        self._busy_until = warm_s
        self.busy_s = 0.0
        """Time in which it worked for somebody."""
        self.working_s = 0.0
        """The same, counted for each answer."""

    def serve(
        self, at: float, user: int, trace: Trace, index: int
    ) -> tuple[float, int, int] | None:
        """Seconds to the first token, tokens of the prompt, and those of them in the cache; None
        if the client gives up before."""
        service, ask = self._service, trace.asks[index]
        while self._slots and self._slots[0] <= at:
            heapq.heappop(self._slots)
        starts = at
        if len(self._slots) >= service.slots:
            starts = self._slots[0]
        prefill_at = max(starts, self._prefill_free_at)
        if prefill_at - at > GIVE_UP_S:
            return None
        if starts > at:
            heapq.heappop(self._slots)
        size = service.snippet_tokens + int(len(ask.prompt) / CHARS_PER_TOKEN)
        known = self._cache.pop(user, None)
        head = service.snippet_tokens + trace.head(known[0], index) if known else 0
        head = int(head // service.block_tokens * service.block_tokens)
        prefill_s = (size - head) / service.prefill_tokens_s
        self._prefill_free_at = prefill_at + prefill_s
        beside = len(self._slots) + 1
        step_s = service.step_s + service.step_s_per_request * beside
        tokens = max(1, ask.tokens, service.full_tokens or 0)
        first_at = prefill_at + prefill_s + step_s
        ends = first_at + (tokens - 1) * step_s
        heapq.heappush(self._slots, ends)
        self.working_s += max(0.0, ends - max(prefill_at, self._warm_s))
        self.busy_s += max(0.0, ends - max(prefill_at, self._busy_until))
        self._busy_until = max(self._busy_until, ends)
        self._keep(user, index, size, known)
        return service.way_s + first_at - at, size, head

    def _keep(self, user: int, index: int, size: int, known: tuple[int, int] | None) -> None:
        self._cached_tokens += size - (known[1] if known else 0)
        self._cache[user] = index, size
        while self._cached_tokens > self._service.cache_tokens:
            _, (_, gone) = self._cache.popitem(last=False)
            self._cached_tokens -= gone


def arrivals(
    users: int, recorded: Sequence[Trace], seconds: float
) -> Sequence[tuple[float, int, Trace, int]]:
    """Every request of all who are typing, in order: when, whose, and which of a record."""
    places = []
    for user in range(users):
        source = random.Random(user)
        trace = source.choice(recorded)
        shift = source.uniform(0, trace.seconds)
        lap = 0
        while lap * trace.seconds - shift < seconds:
            for index, ask in enumerate(trace.asks):
                at = ask.at + lap * trace.seconds - shift
                if 0 <= at < seconds:
                    places.append((at, user, trace, index))
            lap += 1
    return sorted(places, key=lambda place: place[:2])


@dataclass(frozen=True)
class Load:
    """What a fleet did in the measured minute."""

    requests_s: float
    busy: float
    """Share of the GPUs' time."""
    at_once: float
    """Answers that a replica generates at a time."""
    first_ms: Sequence[float]
    cached: float
    late: float

    def percentile(self, share: float) -> float:
        """Of the times to the first token, in milliseconds."""
        return self.first_ms[int(share * (len(self.first_ms) - 1))] if self.first_ms else math.nan


def loaded(
    users: int,
    replicas: int,
    service: Service,
    recorded: Sequence[Trace],
    *,
    affinity: bool,
    warm_s: float = WARM_S,
    measured_s: float = MEASURED_S,
) -> Load:
    """So many typing users against so many replicas."""
    fleet = [Replica(service, warm_s) for _ in range(replicas)]
    chance = random.Random(1)
    n_asked = n_late = n_prompt = n_cached = 0
    first_ms: list[float] = []
    for at, user, trace, index in arrivals(users, recorded, warm_s + measured_s):
        # A router that follows sessions spreads them evenly.
        server = fleet[user % replicas] if affinity else chance.choice(fleet)
        served = server.serve(at, user, trace, index)
        if at < warm_s:
            continue
        n_asked += 1
        if served is None:
            n_late += 1
            continue
        first_ms.append(served[0] * 1000)
        n_prompt += served[1]
        n_cached += served[2]
    busy = min(1.0, sum(replica.busy_s for replica in fleet) / measured_s / replicas)
    at_once = sum(replica.working_s for replica in fleet) / measured_s / replicas
    share = n_cached / n_prompt if n_prompt else 0.0
    late = n_late / n_asked if n_asked else 0.0
    return Load(n_asked / measured_s, busy, at_once, sorted(first_ms), share, late)


def replicas_for(users: int, service: Service, recorded: Sequence[Trace]) -> int:
    """As few as answer soon enough, with affinity."""
    # With affinity each user's last prompt is in one cache; fewer servers have no room for them.
    size = max(len(ask.prompt) for trace in recorded for ask in trace.asks) / CHARS_PER_TOKEN
    held = users * (size + service.snippet_tokens)
    replicas = max(1, int(0.9 * held / service.cache_tokens))
    while True:
        load = loaded(users, replicas, service, recorded, affinity=True)
        if not load.late and load.percentile(0.9) <= FIRST_WITHIN_MS:
            return replicas
        replicas += max(1, replicas // 20)


def busiest(clients: int, *, spread: bool) -> int:
    """Requests in the busiest tenth of a second, when so many clients were all told to come back
    in 30 s and each has a request waiting."""
    chance = random.Random(2)
    back_at = []
    for _ in range(clients):
        throttle = Throttle(chance.random) if spread else Throttle()
        throttle.failed("rate", "", 30.0, 0.0, asked_at=0.0)
        pause = throttle.current(0.0)
        assert pause is not None
        back_at.append(pause.until)
    tenths = [int(at * 10) for at in back_at]
    return max(tenths.count(tenth) for tenth in set(tenths))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--users", type=int, nargs="+", default=[10, 200, 2000, 20000])
    parser.add_argument("--replicas", type=int)
    parser.add_argument("--typing-share", type=float, default=0.2)
    parser.add_argument("--typists", type=int, default=6)
    parser.add_argument("--passages", type=int, default=4)
    parser.add_argument("--prefill", type=float, default=8000)
    parser.add_argument("--step-ms", type=float, default=20)
    parser.add_argument("--step-ms-per-request", type=float, default=0.2)
    parser.add_argument("--slots", type=int, default=64)
    parser.add_argument("--cache-tokens", type=int, default=200_000)
    parser.add_argument("--snippet-tokens", type=int, default=1200)
    parser.add_argument("--full-tokens", type=int, default=64)
    arguments = parser.parse_args()
    service = Service(
        arguments.prefill,
        arguments.step_ms / 1000,
        arguments.step_ms_per_request / 1000,
        arguments.slots,
        arguments.cache_tokens,
        arguments.snippet_tokens,
        None,
    )
    ours = traces("ours", arguments.typists, arguments.passages)
    idle = traces("no anticipation", arguments.typists, arguments.passages)
    every = traces("a request per key", arguments.typists, arguments.passages)
    endless = replace(service, full_tokens=arguments.full_tokens)
    variants = [
        ("codestral-ls", ours, service, True),
        ("without affinity", ours, service, False),
        ("without early stop", ours, endless, True),
        ("without anticipation", idle, service, True),
        ("a request per key", every, service, True),
    ]
    print(
        "| users | replicas | | requests/s | busy | at once "
        "| first token p50 / p90 | cached | late |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for users in arguments.users:
        typing = max(1, round(users * arguments.typing_share))
        replicas = arguments.replicas or replicas_for(typing, service, ours)
        for name, recorded, as_is, affinity in variants:
            load = loaded(typing, replicas, as_is, recorded, affinity=affinity)
            print(
                f"| {users:,} | {replicas} | {name} | {load.requests_s:.1f} | {load.busy:.0%} | "
                f"{load.at_once:.1f} | "
                f"{load.percentile(0.5):.0f} / {load.percentile(0.9):.0f} ms | "
                f"{load.cached:.0%} | {load.late:.1%} |"
            )
    print()
    for users in arguments.users:
        print(
            f"{users:,} clients told to come back in 30 s, in the busiest tenth of a second: "
            f"{busiest(users, spread=False):,} in step, {busiest(users, spread=True):,} as they are"
        )


if __name__ == "__main__":
    main()
