"""Masks what has the form of a secret before text leaves the machine.

Every secret becomes the same ``MASK``: not a digest, however short, because passwords can be
guessed and a digest tells when the guess is right; not a number in order of appearance, because
it would tell which secrets are equal and change when text moves. So the same text always gives
the same masked text, in every run, and nothing gives the secret back. The mask is an identifier:
quotes, URLs, YAML and ``.env`` lines stay what they are, and a model sees well-formed code.

Only what has the form of a secret is known as one. A half of a token at the edge of a window, or
one being typed at the cursor, is masked once it is about half there; a shorter piece, or the tail
of a token whose head the window has cut off, passes. ``mask_around`` sees a token on both sides
of the cursor whole.

Why no library: detect-secrets, the one in Python that is widely used, needs 105 ms for a prompt
of 12 000 characters (1.5.0, measured) and 120 ms to import, and brings requests and PyYAML; it is
made for commits, not for every keystroke. gitleaks and trufflehog are programs in Go. The table
in ``token_formats`` stands behind a search for plain text and takes half a millisecond; figures
by ``tests/benchmarks/secrets.py``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from codestral_ls.privacy.assignments import assigned_secrets
from codestral_ls.privacy.token_formats import PHRASES, WORDS, TokenFormat, compiled

MASK = "MASKED_BY_CODESTRAL_LS"
# A model may shorten what it repeats, or change its case.
_TRACE = "masked_by_codestral"

ASSIGNED = "value assigned to a secret's name"


@dataclass(frozen=True, slots=True)
class Found:
    """Where something has the form of a secret, and of which kind."""

    start: int
    end: int
    kind: str


def mask(text: str) -> str:
    """``text`` with ``MASK`` for every secret, and unchanged everywhere else. Idempotent."""
    return mask_around(text, "")[0]


def mask_around(before: str, after: str) -> tuple[str, str]:
    """Both sides of a cursor masked, also where the cursor stands within a secret."""
    # Once more after every change, because a mask may bring a value near enough to a name.
    while spans := _merged(find(before + after)):
        text, cursor = before + after, len(before)
        before = "".join(_pieces(text, 0, cursor, spans))
        after = "".join(_pieces(text, cursor, len(text), spans))
    return before, after


def contains_mask(text: str) -> bool:
    """A model repeats a mask: the text would put it in the place of a secret."""
    return _TRACE in text.lower()


def find(text: str) -> Iterator[Found]:
    """Everything that has the form of a secret; the same place may be of several kinds."""
    # No token with a form of its own is shorter than 16 characters or has white space in it, so
    # that they need to be looked for in long words only: a quarter of usual code.
    words = "\n".join([word for word in text.split() if len(word) >= 16])
    yield from _of_formats(text, words, WORDS)
    yield from _of_formats(text, text, PHRASES)
    for start, end in assigned_secrets(text):
        if MASK not in text[start:end]:
            yield Found(start, end, ASSIGNED)


def _of_formats(text: str, haystack: str, table: tuple[TokenFormat, ...]) -> Iterator[Found]:
    for row, pattern in zip(table, _compiled(table), strict=True):
        for anchor in row.anchors:
            if anchor in haystack:
                break
        else:
            continue
        if pattern.search(haystack) is None:
            continue
        for found in pattern.finditer(text):
            start, end = found.span(found.lastindex or 0)
            secret = text[start:end]
            if MASK not in secret and (row.check is None or row.check(secret)):
                yield Found(start, end, row.kind)


_compiled = functools.cache(compiled)


def _merged(found: Iterator[Found]) -> list[tuple[int, int]]:
    """Spans in order, those that overlap made one."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted((each.start, each.end) for each in found):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def _pieces(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> Iterator[str]:
    """What ``text[start:end]`` becomes; a span that reaches beyond it is masked within."""
    for span_start, span_end in spans:
        if span_end <= start or span_start >= end:
            continue
        yield text[start : max(start, span_start)]
        yield MASK
        start = min(span_end, end)
    yield text[start:end]
