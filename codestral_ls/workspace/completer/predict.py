"""What comes next, token by token, for as long as it is likely enough.

Each token's chance comes from the places where the context occurred before (``evidence``),
blended from short contexts to long ones: a long context that always went on the same way
outweighs a short one that did not (Witten and Bell's rule). ``weights`` turns the blend into the
share of cases in which it was right. Tokens are taken while the product of the chances stays
above a threshold; so a certain half line is suggested and its uncertain rest is not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from codestral_ls.workspace.completer.evidence import HERE, MAX_LENGTH, Evidence, Occurrence
from codestral_ls.workspace.completer.learner import (
    DEEPER,
    N_LINE_ENDS,
    SAME,
    TAB_WIDTH,
    Learner,
    LearntText,
    indent_width,
)
from codestral_ls.workspace.completer.weights import Features, chance, log_odds
from codestral_ls.workspace.tokens import is_word, split_partial

_THRESHOLD = 0.55
"""Chance below which a suggestion ends. Then about three in four that are shown are right as
far as they go; ``tests/benchmarks/workspace_provider.py`` prints the curve."""
_THRESHOLD_FURTHER_LINE = 0.6
"""For each line after the first by itself: a wrong block costs more reading than a wrong line …"""
_THRESHOLD_BLOCK = 0.3
"""… and for all of it, as lines are accepted singly too."""
_MIN_CHARS = 2
"""Shorter suggestions are quicker typed than read."""

_ORDERS = (1, 2, 3, 4, 6, 8, 12)
"""Context lengths that are distinguished."""
_ORDER_OF = [
    max(i for i, order in enumerate(_ORDERS) if order <= max(length, 1))
    for length in range(MAX_LENGTH + 1)
]
_NOVELTY = 1.2
"""Weight of 'something new' for each distinct continuation that was seen."""
_CONTEXT = 32
"""Tokens of context that are looked at; alignment for a renaming reaches 24 back."""


@dataclass(frozen=True, slots=True)
class CompletionPlace:
    """The text round the cursor."""

    path: str
    before: str
    after: str
    max_tokens: int = 64
    multiline: bool = False


@dataclass(frozen=True, slots=True)
class _Step:
    """One more token, and what its chance is judged by."""

    text: str
    features: Features
    is_line_end: bool
    is_end: bool
    """Nothing comes after it; what it holds is not inserted."""


def predict(learner: Learner, place: CompletionPlace) -> str:
    """The continuation at the cursor; empty text where nothing is sure enough."""
    text = whole_lines = ""
    confidence = line_chance = 1.0
    for step in steps(learner, place):
        token_chance = chance(step.features)
        confidence *= token_chance
        line_chance *= token_chance
        if "\n" not in text:
            is_sure = confidence >= _THRESHOLD
        else:
            is_sure = line_chance >= _THRESHOLD_FURTHER_LINE and confidence >= _THRESHOLD_BLOCK
        if not is_sure:
            break
        if step.is_line_end:
            whole_lines = text
            line_chance = 1.0
        if step.is_end:
            break
        text += step.text
    if "\n" in text:
        text = whole_lines
    text = text.rstrip()
    return "" if len(text.strip()) < _MIN_CHARS or _repeats_next_line(place, text) else text


def steps(learner: Learner, place: CompletionPlace) -> Iterator[_Step]:
    """Likeliest tokens one after another, until the line (or block) ends or nothing is known."""
    known, partial = split_partial(place.before)
    here = learner.encode(known)
    line_rest = place.after.partition("\n")[0]
    at_line_end = not line_rest.strip()
    after = (
        learner.encode(place.after[len(line_rest) :])
        if at_line_end
        else learner.encode(place.after, at_line_start=False)
    )
    goes_on = place.multiline and at_line_end and _block_is_open(place)
    stop = -1 if at_line_end else ord(after.ids[1])
    evidence = Evidence(learner, here, after, at_line_end, place.path)
    context = here.ids[-_CONTEXT:]
    line_end = "\n" + _indentation(place.before)
    for index in range(place.max_tokens):
        choice = _next(learner, evidence, context, partial)
        if choice is None:
            return
        text = learner.texts[choice.number]
        if choice.after_word:
            context += chr(learner.number(partial))
        elif partial:
            text = text[len(partial) :]
        if is_line_end := choice.number < N_LINE_ENDS:
            if choice.number == DEEPER:
                line_end += "\t" if "\n\t" in place.before else " " * _indent_width(here)
            text = line_end
        is_end = choice.number == stop or (
            is_line_end and not (goes_on and choice.number in (SAME, DEEPER))
        )
        yield _Step(
            text=text,
            features=choice.features._replace(
                step=float(min(index, 6)),
                after_word=float(choice.after_word),
                begun=0.0 if choice.after_word else float(min(len(partial.strip()), 4)),
                line_end=float(is_line_end),
                word=float(is_word(text)),
            ),
            is_line_end=is_line_end,
            is_end=is_end,
        )
        if is_end:
            return
        context = (context + chr(choice.number))[-_CONTEXT:]
        partial = ""
        evidence.follow(choice.number)


@dataclass(frozen=True, slots=True)
class _Pick:
    """The likeliest next token."""

    number: int
    features: Features
    after_word: bool = False


def _next(learner: Learner, evidence: Evidence, context: str, partial: str) -> _Pick | None:
    if not partial:
        places = evidence.places(context)
        return _likeliest(places, blend(places, {}))
    places = evidence.places(context, partial)
    words = evidence.words(partial) if partial.strip() else {}
    total = sum(words.values()) + 1.0
    chances = blend(places, {number: count / total for number, count in words.items()})
    whole = learner.number(partial) if learner.known(partial) or words else -1
    whole_chance = chances.pop(whole, 0.0)
    if partial.strip() and whole_chance > max(chances.values(), default=0.0):
        # The word before the cursor is probably whole: ask for what follows it. Another word
        # cannot, there being no blank.
        following = [
            place
            for place in evidence.places(context + chr(whole))
            if not learner.texts[place.number][:1].isidentifier()
        ]
        return _likeliest(following, blend(following, {}), whole_chance)
    return _likeliest(places, chances)


def blend(places: Sequence[Occurrence], base: Mapping[int, float]) -> dict[int, float]:
    """Chance of every next token, from ``base`` over short contexts to long ones."""
    by_order: list[dict[int, float]] = [{} for _ in _ORDERS]
    for place in places:
        counts = by_order[_ORDER_OF[int(place.length)]]
        counts[place.number] = counts.get(place.number, 0.0) + place.weight
    # What agrees at length also agrees in short.
    for longer, counts in zip(by_order[:0:-1], by_order[-2::-1], strict=True):
        for number, weight in longer.items():
            counts[number] = counts.get(number, 0.0) + weight
    chances = dict(base)
    for counts in by_order:
        if not counts:
            break
        novelty = _NOVELTY * len(counts)
        scale = 1.0 / (sum(counts.values()) + novelty)
        chances = {number: share * novelty * scale for number, share in chances.items()}
        for number, weight in counts.items():
            chances[number] = chances.get(number, 0.0) + weight * scale
    return chances


def _likeliest(
    places: Sequence[Occurrence], chances: Mapping[int, float], whole_chance: float | None = None
) -> _Pick | None:
    best = max(chances, key=chances.__getitem__, default=None)
    if best is None:
        return None
    naming = [place for place in places if place.number == best]
    rivals = [place.length for place in places if place.number != best]
    runner_up = max((share for number, share in chances.items() if number != best), default=0.0)
    features = Features(
        blend=log_odds(chances[best]),
        longest=math.log1p(max((place.length for place in naming), default=0)),
        rival=math.log1p(max(rivals, default=0)),
        places=math.log1p(len(naming)),
        lead=chances[best] / (chances[best] + runner_up),
        here=float(any(place.locality == HERE for place in naming)),
        renamed=float(bool(naming) and all(place.renamed for place in naming)),
        suffix=float(
            max((place.suffix for place in naming), default=0)
            - max((place.suffix for place in places if place.number != best), default=0)
        ),
        weight=math.log1p(sum(place.weight for place in naming)),
        whole=log_odds(1.0 if whole_chance is None else whole_chance),
        step=0.0,
        after_word=0.0,
        begun=0.0,
        line_end=0.0,
        word=0.0,
    )
    return _Pick(best, features, whole_chance is not None)


def _block_is_open(place: CompletionPlace) -> bool:
    """Whether further lines would be new: those that follow are blank or further out."""
    following = place.after.partition("\n")[2].partition("\n")[0]
    if not following.strip():
        return True
    indentation = "\n" + _indentation(place.before)
    return indent_width("\n" + _indentation(following)) < indent_width(indentation)


def _repeats_next_line(place: CompletionPlace, text: str) -> bool:
    line = (place.before[place.before.rfind("\n") + 1 :] + text).partition("\n")[0].strip()
    rest, _, following = place.after.partition("\n")
    next_line = following.lstrip().partition("\n")[0].strip()
    # Lines of brackets and short keywords do stand one below another.
    return not rest.strip() and len(line) > 6 and line == next_line


def _indentation(text: str) -> str:
    line = text[text.rfind("\n") + 1 :]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _indent_width(here: LearntText) -> int:
    """Columns of one level of indentation, as the lines before the cursor have it."""
    return min((width for width in here.indents if width), default=TAB_WIDTH)
