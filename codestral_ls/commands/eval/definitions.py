"""What the figures mean: one sentence each, for the help, the table and the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class FigureDefinition:
    """What a figure means and how it is shown."""

    name: str
    title: str
    unit: str
    """``share``, ``ratio``, ``chars``, ``ms``, ``tokens`` or ``dollars``."""
    better: int
    """1: more is better; -1: less is; 0: neither."""
    meaning: str
    """One sentence."""


_ROWS = (
    FigureDefinition(
        "exact", "exact", "share", 1,
        "Share of tasks where the suggestion is what stood there, up to blanks at its "
        "end.",
    ),
    FigureDefinition(
        "right", "right so far", "share", 1,
        "Share of tasks where what stood there is, or begins with, the suggestion.",
    ),
    FigureDefinition(
        "first_line", "first line exact", "share", 1,
        "Share of tasks where the first line of the suggestion is the first line of what "
        "stood there.",
    ),
    FigureDefinition(
        "similarity", "edit similarity", "ratio", 1,
        "Mean, over all tasks, of 1 less the share of characters to edit from the "
        "suggestion to what stood there; 0 for silence.",
    ),
    FigureDefinition(
        "wrong", "wrong", "share", -1,
        "Share of tasks where something is shown with which what stood there does not "
        "begin.",
    ),
    FigureDefinition(
        "silent", "silent", "share", 0,
        "Share of tasks where nothing is shown.",
    ),
    FigureDefinition(
        "more_errors", "more syntax errors", "share", -1,
        "Share of suggestions with which the file has more syntax errors than without, of"
        " those in languages with a grammar.",
    ),
    FigureDefinition(
        "saved", "saved per 100 chars", "chars", 1,
        "Characters that suggestions which are right as far as they go save, less one key"
        " each to accept, per 100 characters that stood there.",
    ),
    FigureDefinition(
        "first_text_p50", "first text p50", "ms", -1,
        "Median of the time from the request to the first text of the answer.",
    ),
    FigureDefinition(
        "first_text_p90", "first text p90", "ms", -1,
        "Time within which nine of ten answers begin.",
    ),
    FigureDefinition(
        "answer_p50", "answer p50", "ms", -1,
        "Median of the time from the request to the suggestion, or to the end of an "
        "answer that shows nothing.",
    ),
    FigureDefinition(
        "answer_p90", "answer p90", "ms", -1,
        "Time within which nine of ten requests are answered.",
    ),
    FigureDefinition(
        "tokens_in", "tokens in", "tokens", -1,
        "Tokens of a prompt, on average.",
    ),
    FigureDefinition(
        "tokens_cached", "of them cached", "tokens", 0,
        "Tokens of a prompt that the server had in its cache, on average; tasks lie in "
        "different files, so an editor sees more.",
    ),
    FigureDefinition(
        "tokens_out", "tokens out", "tokens", -1,
        "Tokens of an answer as far as it was read, on average.",
    ),
    FigureDefinition(
        "cost", "cost per 1000", "dollars", -1,
        "US dollars for 1000 requests, at the price of the model.",
    ),
    FigureDefinition(
        "failed", "failed", "share", -1,
        "Share of tasks where the backend failed; they count in no figure above.",
    ),
)  # fmt: skip

DEFINITIONS: Mapping[str, FigureDefinition] = MappingProxyType({row.name: row for row in _ROWS})
"""All figures in the order in which they are shown."""
