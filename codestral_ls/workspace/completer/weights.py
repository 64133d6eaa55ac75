"""From the evidence for a token to its chance of being right."""

from __future__ import annotations

import math
from typing import NamedTuple


class Features(NamedTuple):
    """What the chance of one token is judged by."""

    blend: float
    """Log-odds of the blended chance."""
    longest: float
    """Log of the tokens agreeing before the best place that names it …"""
    rival: float
    """… and before the best place that names another."""
    places: float
    """Log of the number of places that name it."""
    lead: float
    """Its blended chance against the runner-up's."""
    here: float
    """1 where it was seen in this document."""
    renamed: float
    """1 where it is known under another name only."""
    weight: float
    """Log of the weight of the places that name it."""
    suffix: float
    """Tokens behind the cursor that agree with its best place, less those of the best rival."""
    whole: float
    """Log-odds that the word before the cursor is whole, where that was in doubt."""
    step: float
    """Tokens suggested so far, six at most."""
    after_word: float
    """1 where the word before the cursor was taken as whole."""
    begun: float
    """Characters of the token that stand before the cursor, four at most."""
    line_end: float
    word: float


# Logistic regression over the 15 000 tokens suggested at 6 000 places, in and between words, of 17
# packages that the benchmark does not report; ``tests/benchmarks/workspace_weights.py`` repeats it.
BIAS = -2.05
_WEIGHTS = Features(
    blend=0.43,
    longest=0.71,
    rival=-0.32,
    places=0.52,
    lead=0.70,
    here=0.15,
    renamed=0.45,
    weight=-0.21,
    suffix=0.39,
    whole=0.01,
    step=0.04,
    after_word=0.22,
    begun=0.70,
    line_end=0.97,
    word=-0.83,
)


def chance(features: Features) -> float:
    """How often a token with such evidence is right, from 0 to 1."""
    odds = BIAS + sum(map(float.__mul__, _WEIGHTS, features))
    return 1 / (1 + math.exp(-odds))


def log_odds(share: float) -> float:
    """Log-odds, bounded to about ±7."""
    share = min(max(share, 0.001), 0.999)
    return math.log(share / (1 - share))
