"""Whatever the order of edits, requests, cancels, chunks and errors: what must always hold."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codestral_ls.backends.base import BackendError, NetworkFailure
from codestral_ls.model import Nothing, Outcome, Snapshot, Suggestion, Superseded, Trigger
from codestral_ls.prompt.prompt import Prompt
from tests.engine.harness import FakeEditor
from tests.virtual_time import run

# What the model would write; the typist follows it most of the time.
TARGET = "total = price * (count + 1)\nif total > limit:\n    return total\nprint(total)\n"

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("follow"), st.integers(1, 3)),
        st.tuples(st.just("stray"), st.sampled_from("xz (\n")),
        st.tuples(st.just("backspace"), st.integers(1, 4)),
        st.tuples(st.just("ask"), st.just(0)),
        st.tuples(st.just("invoke"), st.just(0)),
        st.tuples(st.just("cancel"), st.just(0)),
        st.tuples(st.just("elsewhere"), st.just(0)),
        st.tuples(st.just("take"), st.just(0)),
        st.tuples(st.just("wait"), st.sampled_from([1, 20, 90, 200, 700])),
    ),
    min_size=1,
    max_size=40,
)


@dataclass
class Observed:
    """Every question with the state it was asked for, and the order of the answers."""

    asked: list[tuple[Snapshot, asyncio.Task[Outcome]]] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    cancelled: set[int] = field(default_factory=set)


def model(seed: int, failing: float) -> FakeEditor:
    """A editor whose backend mostly knows the target, sometimes strays, sometimes fails."""
    source = random.Random(seed)
    told: dict[str, str] = {}

    def answer(prompt: Prompt) -> str | BackendError:
        if source.random() < failing:
            return NetworkFailure("The line broke.")
        matching = max(
            (size for size in range(len(TARGET)) if prompt.prefix.endswith(TARGET[:size])),
            default=0,
        )
        guess = source.choice(["maybe_other(value)\n", ""])
        text = TARGET[matching:] if source.random() < 0.8 else guess
        told[prompt.prefix] = told.get(prompt.prefix, "") + "\0" + text
        return text

    editor = FakeEditor(answer, after="\ndef after():\n    pass\n", s_per_piece=0.02)
    editor.told = told  # type: ignore[attr-defined]  # for the checks below
    return editor


async def play(editor: FakeEditor, steps: list[tuple[str, int | str]]) -> Observed:
    observed = Observed()

    def ask(trigger: Trigger) -> None:
        number, snapshot = len(observed.asked), editor.snapshot()
        task = editor.ask(trigger)
        task.add_done_callback(lambda _: observed.answered.append(number))
        observed.asked.append((snapshot, task))

    for step, amount in steps:
        match step, amount:
            case "follow", int(count):
                for _ in range(count):
                    typed = max(n for n in range(len(TARGET)) if editor.before.endswith(TARGET[:n]))
                    editor.insert(TARGET[typed])
            case "stray", str(key):
                editor.insert(key)
            case "backspace", int(count):
                editor.backspace(min(count, len(editor.before)))
            case "ask", _:
                ask(Trigger.AUTOMATIC)
            case "invoke", _:
                ask(Trigger.INVOKED)
            case "cancel", _ if observed.asked and not observed.asked[-1][1].done():
                observed.asked[-1][1].cancel()
                observed.cancelled.add(len(observed.asked) - 1)
            case "elsewhere", _:
                editor.replace_elsewhere()
            case "take", _ if observed.asked and observed.asked[-1][1].done():
                take(editor, *observed.asked[-1])
            case "wait", int(milliseconds):
                await asyncio.sleep(milliseconds / 1000)
            case _:
                await asyncio.sleep(0)
    await asyncio.gather(*(task for _, task in observed.asked), return_exceptions=True)
    await asyncio.sleep(10)
    return observed


def take(editor: FakeEditor, snapshot: Snapshot, task: asyncio.Task[Outcome]) -> None:
    """The user accepts what is on screen, if nothing was typed since."""
    if task.cancelled() or snapshot.before != editor.before:
        return
    outcome = task.result()
    if isinstance(outcome, Suggestion):
        editor.insert(outcome.text)
        editor.engine.accepted(outcome.id)


def check(editor: FakeEditor, observed: Observed) -> None:
    # A cancel is answered at once, whatever waits; everything else leaves in order.
    answered = [number for number in observed.answered if number not in observed.cancelled]
    assert answered == sorted(answered), "answers left out of order"
    assert editor.backend.most_open <= 2
    assert editor.backend.open_now == 0, "a stream was left open"
    last = len(observed.asked) - 1
    for number, (snapshot, task) in enumerate(observed.asked):
        if task.cancelled():
            assert number in observed.cancelled
            continue
        outcome = task.result()
        assert isinstance(outcome, Suggestion | Nothing | Superseded)
        if isinstance(outcome, Suggestion):
            check_belongs(editor, snapshot, outcome)
        if number == last and isinstance(outcome, Superseded):
            assert "newer" not in outcome.reason


def check_belongs(editor: FakeEditor, snapshot: Snapshot, suggestion: Suggestion) -> None:
    """The text before the cursor plus the suggestion is what some prompt was about."""
    whole = snapshot.before + suggestion.text
    told: dict[str, str] = editor.told  # type: ignore[attr-defined]  # set by model()
    assert any(
        (prefix + text).startswith(whole) and snapshot.before.startswith(prefix)
        for prefix, texts in told.items()
        for text in texts.split("\0")[1:]
    ), f"{suggestion.text!r} was never said for {snapshot.before!r}"


def check_session(steps: list[tuple[str, int | str]], seed: int, failing: float) -> None:
    async def session() -> None:
        editor = model(seed, failing)
        observed = await play(editor, steps)
        check(editor, observed)
        await editor.engine.aclose()

    run(session())


@settings(max_examples=150, deadline=None)
@given(steps=STEPS, seed=st.integers(0, 9), failing=st.sampled_from([0.0, 0.3]))
def test_answers_belong_to_their_state_and_leave_in_order(
    steps: list[tuple[str, int | str]], seed: int, failing: float
) -> None:
    check_session(steps, seed, failing)


@pytest.mark.long
@settings(max_examples=20_000, deadline=None)
@given(steps=STEPS, seed=st.integers(0, 999), failing=st.sampled_from([0.0, 0.1, 0.5]))
def test_answers_belong_to_their_state_in_very_many_sessions(
    steps: list[tuple[str, int | str]], seed: int, failing: float
) -> None:
    check_session(steps, seed, failing)
