"""How much of each prompt a server has seen at the head of the one before.

    PYTHONPATH=. python -m tests.benchmarks.prompt_stability

250 characters with line breaks are typed into the middle of a file of 2500 lines, and every state
is asked for. Counted are whole blocks of 256 characters, about the 64 tokens that Mistral caches
and bills by, at the beginning of a prompt that are the beginning of the one before too. Both
orders in which templates write a prompt, against a window that slides with the cursor. Below: what
it costs over a longer stretch of typing, moves of the window included, and per call.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator

from codestral_ls.config.settings import Settings
from codestral_ls.model import WINDOW_AFTER, WINDOW_BEFORE, Snapshot
from codestral_ls.prompt.window import PromptWindow, gather

BLOCK = 256
LINES = [
    f"def area_{number}(width: int, height: int) -> int:\n"
    if number % 4 == 0
    else f"    size_{number} = width * {number} + height\n"
    for number in range(2500)
]
TYPED = (
    "\n\ndef total_price(items: list[Item], rate: float) -> float:\n"
    "    total = 0.0\n"
    "    for item in items:\n"
    "        if item.quantity > 0:\n"
    "            total += item.price * item.quantity\n"
    "    return round(total * (1 + rate), 2)\n"
    "\n\ndef discount(price: float) -> float:"
)
LONG = 5000  # characters: an hour's typing

Window = Callable[[Snapshot, PromptWindow | None], PromptWindow]
Order = Callable[[PromptWindow], str]


def states(typed: str) -> Iterator[Snapshot]:
    before, after = "".join(LINES[:1250]), "".join(LINES[1250:])
    for count in range(len(typed) + 1):
        now = before + typed[:count]
        yield Snapshot(
            "file:///a.py", "/a.py", "python", count, now[-WINDOW_BEFORE:], after[:WINDOW_AFTER],
            now.count("\n"), len(now) <= WINDOW_BEFORE, len(after) <= WINDOW_AFTER,
        )  # fmt: skip


def anchored(snapshot: Snapshot, former: PromptWindow | None) -> PromptWindow:
    settings = Settings()
    return gather(
        snapshot,
        max_prefix_chars=settings.max_prefix_chars,
        max_suffix_chars=settings.max_suffix_chars,
        former=former,
    )


def sliding(snapshot: Snapshot, _: PromptWindow | None) -> PromptWindow:
    settings = Settings()
    return PromptWindow(
        snapshot.before[-settings.max_prefix_chars :], snapshot.after[: settings.max_suffix_chars]
    )


def suffix_first(context: PromptWindow) -> str:
    return context.suffix + context.prefix


def prefix_first(context: PromptWindow) -> str:
    return context.prefix + context.suffix


def shares(window: Window, order: Order, typed: str) -> list[float]:
    """Of each prompt but the first, the share that stands at the head of the one before."""
    found = []
    context: PromptWindow | None = None
    before: str | None = None
    for snapshot in states(typed):
        context = window(snapshot, context)
        prompt = order(context)
        if before is not None:
            shared = 0
            while before[shared : shared + BLOCK] == prompt[shared : shared + BLOCK]:
                shared += BLOCK
            found.append(min(shared, len(prompt)) / len(prompt))
        before = prompt
    return found


def us_per_call(window: Window) -> float:
    snapshots = list(states(TYPED))
    context: PromptWindow | None = None
    started = time.perf_counter()
    for snapshot in snapshots:
        context = window(snapshot, context)
    return (time.perf_counter() - started) / len(snapshots) * 1e6


def main() -> None:
    typed = TYPED[:250]
    print(f"{len(typed)} characters typed, {typed.count(chr(10))} line breaks")
    print(f"{'order':14}{'window':12}{'least':>8}{'median':>8}{'mean over ' + str(LONG):>18}")
    for order in (suffix_first, prefix_first):
        for window in (anchored, sliding):
            of_each = shares(window, order, typed)
            over_long = statistics.mean(shares(window, order, (TYPED * (LONG // 250))[:LONG]))
            print(
                f"{order.__name__:14}{window.__name__:12}{min(of_each):8.1%}"
                f"{statistics.median(of_each):8.1%}{over_long:18.1%}"
            )
    print(f"gather: {us_per_call(anchored):.0f} µs a call")


if __name__ == "__main__":
    main()
