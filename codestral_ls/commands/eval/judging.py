"""What a suggestion is worth at a hole whose text is known. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from codestral_ls.text import syntax

# Distances of longer texts take a second.
_MAX_COMPARED = 4000


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a suggestion compares with what stood in the hole."""

    exact: bool
    right: bool
    """As far as it goes: what stood there begins with it, or is it."""
    first_line: bool
    similarity: float
    """1 less the share of characters to edit; 0 where nothing is shown."""
    saved: int
    """Characters that need not be typed, less the one key that accepts; 0 unless right."""
    more_errors: bool | None
    """The file has more syntax errors with it than without; None where no grammar tells."""


def judge(
    before: str, truth: str, after: str, shown: str, covers: int, language_id: str
) -> Judgement:
    """The judgement of a suggestion that replaces ``covers`` characters of ``after``.

    ``shown`` is not empty.
    """
    ends_alike = covers and shown.endswith(after[:covers])
    own = shown[: len(shown) - covers] if ends_alike else shown
    left = covers if not ends_alike else 0
    exact = (own.rstrip() == truth.rstrip() and not left) or (
        shown + after[covers:] == truth + after
    )
    right = exact or (not left and own.strip() != "" and truth.startswith(own.rstrip()))
    line = own.partition("\n")[0].rstrip()
    return Judgement(
        exact=exact,
        right=right,
        first_line=exact or (line == truth.partition("\n")[0].rstrip() and line != ""),
        similarity=1.0 if exact else similarity(own.rstrip(), truth.rstrip()),
        saved=max(0, min(len(own.rstrip()), len(truth)) - 1) if right else 0,
        more_errors=_more_errors(before, after, shown, covers, language_id),
    )


def similarity(one: str, other: str) -> float:
    """1 less the edits between two texts (Levenshtein's distance) as a share of the longer one."""
    one, other = one[:_MAX_COMPARED], other[:_MAX_COMPARED]
    longest = max(len(one), len(other))
    return 1.0 if not longest else 1.0 - _distance(one, other) / longest


def _distance(one: str, other: str) -> int:
    """Levenshtein's distance, by Hyyrö's bit vectors: one step for each character of ``other``."""
    if not one:
        return len(other)
    places: dict[str, int] = {}
    for index, character in enumerate(one):
        places[character] = places.get(character, 0) | 1 << index
    whole, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    up, down, distance = whole, 0, len(one)
    for character in other:
        same = places.get(character, 0) | down
        diagonal = (((same & up) + up) ^ up) | same
        rises = down | ~(diagonal | up) & whole
        falls = diagonal & up
        distance += bool(rises & last) - bool(falls & last)
        rises = rises << 1 | 1
        falls = falls << 1
        up = (falls | ~(diagonal | rises)) & whole
        down = rises & diagonal & whole
    return distance


def _more_errors(before: str, after: str, shown: str, covers: int, language_id: str) -> bool | None:
    tree = syntax.parse(before + after, language_id)
    if tree is None:
        return None
    offset = len(before.encode(errors="replace"))
    return tree.errors_with(offset, covers, shown) > tree.errors_with(offset, 0, "")
