"""Masks what has the form of a secret before text leaves the machine.

Every secret becomes the same ``MASK``: not a digest, however short, because passwords can be
guessed and a digest tells when the guess is right; not a number in order of appearance, because
it would tell which secrets are equal and change when text moves. So the same text always gives
the same masked text, in every run, and nothing gives the secret back. The mask is an identifier:
quotes, URLs, YAML and ``.env`` lines stay what they are, and a model sees well-formed code.

Known are: tokens by the forms of their issuers (``token_formats``), values by the names that they
are given to (``assignments``), arguments of programs (``command_lines``), passwords beside a
user's name (``logins``), strings that can only have been drawn (``drawn``), and the keys at hand
(``masker``). A half of a token at the edge of a window, or one being typed at the cursor, is masked
once it is about half there; a shorter piece, or the tail of a token whose head the window has cut
off, passes. ``mask_around`` sees a token on both sides of the cursor whole, and
``inside_secret_value`` tells when a value is being typed that has no form yet.

Why no library: detect-secrets, the one in Python that is widely used, needs 105 ms for a prompt
of 12 000 characters (1.5.0, measured) and 120 ms to import, and brings requests and PyYAML; it is
made for commits, not for every keystroke. gitleaks and trufflehog are programs in Go. Here only
the lines in which a secret may stand are read (``promising``), and what was found in a line is
remembered: a window of 48 KB takes a third of a millisecond at the next key, and ten when all of
it is new; figures by ``tests/benchmarks/secrets.py``.
"""

from __future__ import annotations

import base64
import functools
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from urllib.parse import quote

from codestral_ls.privacy.assignments import assigned_secrets
from codestral_ls.privacy.being_typed import ends_in_secret
from codestral_ls.privacy.command_lines import arguments
from codestral_ls.privacy.drawn import drawn
from codestral_ls.privacy.logins import logins
from codestral_ls.privacy.promising import promising
from codestral_ls.privacy.token_formats import BLOCKS, PHRASES, WORDS, TokenFormat

MASK = "MASKED_BY_CODESTRAL_LS"
# A model may shorten what it repeats, or change its case.
_TRACE = "masked_by_codestral"

_ASSIGNED = "value assigned to a secret's name"
ARGUMENT = "argument of a program"
_LOGIN = "password beside a user's name"
_DRAWN = "string drawn at random"
_KEY_AT_HAND = "key at hand"


@dataclass(frozen=True, slots=True)
class Found:
    """Where something has the form of a secret, and of which kind."""

    start: int
    end: int
    kind: str


Mask = Callable[[str, str], tuple[str, str]]
"""Masks both sides of a cursor."""


def mask(text: str) -> str:
    """``text`` with ``MASK`` for every secret, and unchanged everywhere else. Idempotent."""
    return mask_around(text, "")[0]


def mask_around(before: str, after: str) -> tuple[str, str]:
    """Both sides of a cursor masked, also where the cursor stands within a secret."""
    return _masked(before, after, ())


def masker(keys: Iterable[str]) -> Mask:
    """``mask_around`` that also knows the keys at hand, wherever they stand and in any form.

    A key as it is and as URLs, JSON and logins write it; cut by the cursor or by the ends of the
    text too. Keys of fewer than eight characters are left out: they would be found in words.
    """
    spellings = _spellings(keys)
    return lambda before, after: _masked(before, after, spellings)


def inside_secret_value(before: str, after: str) -> bool:
    """The cursor stands within a secret: nothing that nobody asked for is sent from there.

    Within the value of something named like a secret, from its opening quote on; and within, or
    right behind, anything that has the form of a secret.
    """
    if ends_in_secret(before):
        return True
    head = before[-_NEAR:]
    return any(
        found.start < len(head) <= found.end
        for found in find(head + after.partition("\n")[0][:_NEAR])
    )


# The longest token, with its name.
_NEAR = 2_000


def _masked(before: str, after: str, keys: tuple[str, ...]) -> tuple[str, str]:
    # Once more after every change, because a mask may bring a value near enough to a name.
    while spans := _merged([*find(before + after, len(before)), *_keys_in(before, after, keys)]):
        text, cursor = before + after, len(before)
        before = "".join(_pieces(text, 0, cursor, spans))
        after = "".join(_pieces(text, cursor, len(text), spans))
    return before, after


_MIN_KEY = 8


def _spellings(keys: Iterable[str]) -> tuple[str, ...]:
    spelled = {
        spelling
        for key in keys
        if len(key) >= _MIN_KEY
        for spelling in (
            key,
            quote(key, safe=""),
            json.dumps(key)[1:-1],
            base64.b64encode(key.encode("utf-8", "replace")).decode().rstrip("="),
        )
    }
    return tuple(sorted(spelled, key=len, reverse=True))


def _keys_in(before: str, after: str, keys: tuple[str, ...]) -> Iterator[Found]:
    text = before + after
    for key in keys:
        at = text.find(key)
        while at >= 0:
            yield Found(at, at + len(key), _KEY_AT_HAND)
            at = text.find(key, at + len(key))
        # Half typed, and cut by a window's ends.
        for end in dict.fromkeys((len(before), len(text))):
            length = next(
                (
                    n
                    for n in range(len(key) - 1, _MIN_KEY - 1, -1)
                    if text.endswith(key[:n], 0, end)
                ),
                0,
            )
            if length:
                yield Found(end - length, end, _KEY_AT_HAND)
        length = next(
            (n for n in range(len(key) - 1, _MIN_KEY - 1, -1) if text.startswith(key[-n:])), 0
        )
        if length:
            yield Found(0, length, _KEY_AT_HAND)


def takes_long(before: str, after: str) -> bool:
    """More of a text is to be read with care than ordinary code has: masking may take a tenth of a
    second, once. Told without reading it so."""
    lines, _ = promising(before + after, len(before))
    return sum(len(line) for _, line in lines if line not in _in_line) > _MANY_CHARS


# A default prompt has no more of any kind; read whole, the slowest kinds take 40 ms.
_MANY_CHARS = 8_000


def contains_mask(text: str) -> bool:
    """A model repeats a mask: the text would put it in the place of a secret."""
    return _TRACE in text.lower()


def find(text: str, cursor: int | None = None) -> Iterator[Found]:
    """Everything that has the form of a secret; the same place may be of several kinds.

    ``cursor`` makes it faster, where the text was asked about already but for this line.
    """
    lines, pieces = promising(text, cursor)
    seen: set[Found] = set()
    in_lines = _find_in_lines([line for _, line in lines])
    # What stands in one line has been found there.
    pieces = [piece for piece in pieces if "\n" in piece[1]]
    in_pieces = map(_find_in_piece, [piece for _, piece in pieces])
    for places, results in ((lines, in_lines), (pieces, in_pieces)):
        for (start, _), result in zip(places, results, strict=True):
            if not result:
                continue
            for found in result:
                moved = Found(found.start + start, found.end + start, found.kind)
                if moved not in seen:
                    seen.add(moved)
                    yield moved
    if any(row.anchors[0] in text for row in BLOCKS):
        yield from _of_formats(text, text, BLOCKS)


# Some windows, in less than a megabyte.
_MAX_REMEMBERED = 3_000
_in_line: dict[str, tuple[Found, ...]] = {}


def _find_in_lines(lines: list[str]) -> list[tuple[Found, ...]]:
    """What is in each line by itself. Lines that are new are searched all at once."""
    known = [_in_line.get(line) for line in lines]
    new = {line for line, found in zip(lines, known, strict=True) if found is None}
    learnt = _search_lines(list(new)) if new else {}
    return [
        learnt[line] if found is None else found for line, found in zip(lines, known, strict=True)
    ]


def _search_lines(lines: list[str]) -> dict[str, tuple[Found, ...]]:
    found = {line: list(_find_assigned(line)) for line in lines}
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    for each in _with_forms("\n".join(lines)):
        at = bisect_right(starts, each.start) - 1
        if each.end < starts[at + 1]:
            start, end = each.start - starts[at], each.end - starts[at]
            found[lines[at]].append(Found(start, end, each.kind))
    learnt = {line: tuple(each) for line, each in found.items()}
    # Another thread may be reading: what it has not got yet, it searches itself.
    if len(_in_line) > _MAX_REMEMBERED:
        _in_line.clear()
    _in_line.update(learnt)
    return learnt


def _with_forms(text: str) -> Iterator[Found]:
    """What is known by its form or by the program that it is given to."""
    # No token with a form of its own is shorter than 16 characters or has white space in it.
    words = "\n".join([word for word in text.split() if len(word) >= 16])
    if words:
        yield from _of_formats(text, words, WORDS)
    yield from _of_formats(text, text, PHRASES)
    for kind, search in ((ARGUMENT, arguments), (_LOGIN, logins), (_DRAWN, drawn)):
        for start, end in search(text):
            if MASK not in text[start:end]:
                yield Found(start, end, kind)


def _find_assigned(text: str) -> tuple[Found, ...]:
    return tuple(
        Found(start, end, _ASSIGNED)
        for start, end in assigned_secrets(text)
        if MASK not in text[start:end]
    )


_find_in_piece = functools.lru_cache(maxsize=256)(_find_assigned)


def _of_formats(text: str, haystack: str, table: tuple[TokenFormat, ...]) -> Iterator[Found]:
    for row in table:
        for anchor in row.anchors:
            if anchor in haystack:
                break
        else:
            continue
        for found in _compiled(row.pattern).finditer(text):
            start, end = found.span(found.lastindex or 0)
            secret = text[start:end]
            if MASK not in secret and (row.check is None or row.check(secret)):
                yield Found(start, end, row.kind)


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Of a format, when its anchor is met: all of them take 13 ms, and few are needed."""
    return re.compile(pattern)


def _merged(found: Iterable[Found]) -> list[tuple[int, int]]:
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
