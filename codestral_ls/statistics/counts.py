"""What is counted, and how counts are written as a line and read again. Pure.

A line holds the language, the model, and numbers in the order of the fields: a day of three
languages takes some 400 bytes.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from codestral_ls.privacy.text import name
from codestral_ls.text.languages import ALIASES, LANGUAGES

LATENCY_MS = (50, 100, 150, 200, 300, 400, 500, 650, 800, 1000, 1500, 2000, 3000, 5000)
"""Upper ends of the classes of latency; one more class is for what takes longer."""
KEPT_AFTER_S = (30, 300)
_MAX_MODEL_CHARS = 60
_MOST = 10**12
"""No count of a day is larger; a larger one is damage."""


@dataclass(slots=True)
class Counts:
    """Counts of one day, language and model."""

    asked: int = 0
    """Requests to a backend."""
    failed: int = 0
    shown: int = 0
    """Suggestions, each once however often it is shown."""
    taken: int = 0
    """Suggestions that were taken, at least in part."""
    taken_whole: int = 0
    """Those of them that were taken in one piece."""
    parts: int = 0
    """Words and lines that were taken by themselves."""
    chars: int = 0
    """Characters taken."""
    lines: int = 0
    """Lines of which something was taken."""
    kept_30s: int = 0
    """Pieces taken that were still there after 30 s …"""
    seen_30s: int = 0
    """… of those whose document could tell."""
    kept_5min: int = 0
    seen_5min: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    micro_dollars: int = 0
    """What the priced requests cost."""
    unpriced: int = 0
    """Requests of which the price is not known."""
    latency: list[int] = field(default_factory=lambda: [0] * (len(LATENCY_MS) + 1))
    """Answers by the classes of ``LATENCY_MS``."""

    def add(self, other: Counts) -> None:
        """Count what another one counted."""
        for each in _NUMBERS:
            setattr(self, each, getattr(self, each) + getattr(other, each))
        self.latency = [a + b for a, b in zip(self.latency, other.latency, strict=True)]

    def add_latency(self, total_ms: float) -> None:
        """Count an answer's time."""
        place = next((i for i, end in enumerate(LATENCY_MS) if total_ms <= end), len(LATENCY_MS))
        self.latency[place] += 1

    def latency_ms(self, share: float) -> float | None:
        """The end of the class within which a share of the answers came; None without answers."""
        total, seen = sum(self.latency), 0
        for count, end in zip(self.latency, (*LATENCY_MS, LATENCY_MS[-1]), strict=True):
            seen += count
            if total and seen >= share * total:
                return float(end)
        return None


_NUMBERS = tuple(each.name for each in dataclasses.fields(Counts) if each.name != "latency")

Page = dict[tuple[str, str], Counts]
"""A day's counts by language and model."""


@functools.lru_cache(maxsize=256)
def language_name(language_id: str) -> str:
    """A language id as it is counted: editors send what they like, and it might be a name."""
    lower = language_id.lower()
    known = ALIASES.get(lower, lower)
    return known if known in LANGUAGES else "other"


@functools.lru_cache(maxsize=256)
def model_name(model: str) -> str:
    """A model as it is counted: a server may call it by the path of its file."""
    plain = name(model, _MAX_MODEL_CHARS * 4)
    if plain.startswith(("/", "~", ".", "…")) or plain.count("/") > 1 or ":/" in plain:
        plain = plain.rstrip("/").rpartition("/")[2]
    return plain[-_MAX_MODEL_CHARS:] or "unknown"


def merge(page: Page, more: Mapping[tuple[str, str], Counts]) -> None:
    """Add the counts of a page to another."""
    for key, counts in more.items():
        page.setdefault(key, Counts()).add(counts)


def line_of(key: tuple[str, str], counts: Counts) -> str:
    """The counts as a line."""
    numbers = [getattr(counts, each) for each in _NUMBERS]
    row = [*key, *numbers, counts.latency]
    return json.dumps(row, separators=(",", ":"), ensure_ascii=True) + "\n"


def page_of(lines: Iterable[str]) -> Page:
    """The counts in lines; those that are damaged are left out."""
    page: Page = {}
    for line in lines:
        try:
            language, model, *numbers, latency = json.loads(line)
        except (ValueError, TypeError, RecursionError):
            continue
        if not isinstance(language, str) or not isinstance(model, str):
            continue
        if not (_are_counts(numbers, len(_NUMBERS)) and _are_counts(latency, len(LATENCY_MS) + 1)):
            continue
        found = Counts(**dict(zip(_NUMBERS, numbers, strict=True)), latency=list(latency))
        merge(page, {(language_name(language), model_name(model)): found})
    return page


def total(pages: Iterable[Mapping[tuple[str, str], Counts]]) -> Counts:
    """All counts together."""
    whole = Counts()
    for page in pages:
        for counts in page.values():
            whole.add(counts)
    return whole


def _are_counts(values: object, length: int) -> bool:
    if not isinstance(values, Sequence) or len(values) != length:
        return False
    return all(type(value) is int and 0 <= value < _MOST for value in values)
