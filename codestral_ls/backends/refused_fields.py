"""Which field of a request a refusal is about, whatever server words it.

Servers of one dialect know different fields, and say so each in their way: ``param`` (OpenAI),
``loc`` (FastAPI), ``additionalProperty`` (JSON schema), the field as a key (Django), or a sentence.
What is not needed is left out from then on, for as long as the process lives. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

# These refuse the user, the pace or the moment, whatever field their message happens to name.
_NOT_ABOUT_FIELDS = frozenset({401, 402, 403, 408, 429})

# Where servers repeat what they were sent.
_ECHOES = frozenset({"input", "body", "request", "received", "ctx", "url", "expected", "allowed"})

_IDENTIFIERS = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# Behind these a message goes on with the fields that the server does know.
_KNOWN_ONES = re.compile(
    r"\b(?:expected|must be one of|one of|did you mean|available|"
    r"(?:allowed|supported|valid|known|permitted|accepted) "
    r"(?:fields?|param\w*|arguments?|propert\w+|keys?|options?|are|values?))\b"
)

_REFUSING = re.compile(
    r"\b(?:not|no|cannot|can't|isn't|doesn't|un\w+|in(?:valid|compatible)|extra\w*|additional|"
    r"forbidden|only|removed|deprecated|less than|greater than|must|should)\b"
)

# A place that is named by itself: ``body.prompt_cache_key``, ``/stop/0``, ``$.stream_options``.
_MAX_PLACE_CHARS = 80

_MAX_DEPTH = 6
_MAX_PARTS = 200


def refused(status: int, body: object, sent: Collection[str]) -> set[str]:
    """Those of the fields ``sent`` that a refusal names; ``body`` is JSON or text.

    A refusal of the key, the plan or the pace names none.
    """
    if status in _NOT_ABOUT_FIELDS or not 400 <= status < 600:
        return set()
    named: set[str] = set()
    for part in _parts(body):
        named |= _named_by(part, sent)
    return named


def is_about_unknown_fields(body: object) -> bool:
    """The refusal is about a field that the server does not know, and does not say about which."""
    return not _names_a_place(body) and any(
        re.search(r"\b(?:extra|unknown|unrecogni[sz]ed|unexpected|additional|unsupported)\b", text)
        and re.search(r"\b(?:fields?|inputs?|param\w*|arguments?|propert\w+|keys?)\b", text)
        for text in map(str.lower, _parts(body))
    )


def _names_a_place(body: object, depth: int = 0) -> bool:
    match body:
        case list() if depth <= _MAX_DEPTH:
            return any(_names_a_place(part, depth + 1) for part in body[:_MAX_PARTS])
        case Mapping() if depth <= _MAX_DEPTH:
            named = any(body.get(key) for key in ("loc", "param", "field", "additionalProperty"))
            return named or any(_names_a_place(part, depth + 1) for part in body.values())
    return False


def _named_by(text: str, sent: Collection[str]) -> set[str]:
    if " " not in text and len(text) <= _MAX_PLACE_CHARS:
        return {word for word in _IDENTIFIERS.findall(text) if word in sent}
    found: set[str] = set()
    known = _KNOWN_ONES.search(text.lower())
    for sentence in re.split(r"[.;!?]\s|\n", text[: known.start()] if known else text):
        if _REFUSING.search(sentence.lower()):
            found |= {word for word in _IDENTIFIERS.findall(sentence) if word in sent}
    return found


def _parts(body: object, depth: int = 0) -> Iterator[str]:
    """The texts in a refusal, and keys whose values are complaints."""
    if depth > _MAX_DEPTH:
        return
    match body:
        case str():
            yield body
        case list():
            for part in body[:_MAX_PARTS]:
                yield from _parts(part, depth + 1)
        case Mapping():
            yield from _of_object(body, depth)


def _of_object(body: Mapping[str, Any], depth: int) -> Iterator[str]:
    for key, value in list(body.items())[:_MAX_PARTS]:
        if key in _ECHOES:
            continue
        if isinstance(value, list) and value and all(isinstance(text, str) for text in value):
            # ``{"stop": ["Unknown field."]}``; ``loc`` and the like are no field's name.
            yield key
        yield from _parts(value, depth + 1)


class OptionalFields:
    """The fields that a server can do without, and which of them it has refused so far."""

    def __init__(self, optional: Collection[str], dispensable: Collection[str] = ()) -> None:
        """``dispensable``: those that go first where a refusal does not say which field it means;
        the answer is the same without them."""
        self._optional = frozenset(optional)
        self._dispensable = frozenset(dispensable)
        self._refused: set[str] = set()

    def has_refused(self, field: str) -> bool:
        """Whether the field is not to be sent any more."""
        return field in self._refused

    def accepted(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The request without what was refused."""
        return {field: value for field, value in body.items() if field not in self._refused}

    def learn(self, status: int, body: object) -> set[str]:
        """Take over what a refusal says; the fields without which to ask again."""
        open_ones = self._optional - self._refused
        news = refused(status, body, open_ones)
        if not news and status in {400, 422} and is_about_unknown_fields(body):
            news = set(self._dispensable & open_ones)
        self._refused |= news
        return news
