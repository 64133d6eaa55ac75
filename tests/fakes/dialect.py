"""What the fake server asks of a dialect, and the model's part that all dialects share."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tests.fakes.behaviour import Behaviour
from tests.fakes.transport import HttpRequest

# Words with the space before them, runs of other space, single signs: near enough to what code
# tokenizers do for prefixes to agree where theirs would.
_TOKEN = re.compile(r" ?[^\W\d_]+|\d|_|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Generated:
    """What the made-up model made of a prompt."""

    id: str
    model: str
    tokens: Sequence[str]
    finish: str
    prompt_tokens: int
    cached_tokens: int


class Dialect(Protocol):
    """How one kind of server speaks."""

    name: str
    completion_paths: frozenset[str]
    stream_type: str
    end: tuple[str, ...]
    """Events that end a stream, after all that ``events`` gives."""

    def refuse(self, request: HttpRequest, key: str) -> Behaviour | None: ...
    def other(self, request: HttpRequest, key: str) -> Behaviour: ...
    def prompt(self, body: Mapping[str, Any]) -> str: ...
    def tokens(self, body: Mapping[str, Any]) -> Sequence[object]: ...
    def sides(self, body: Mapping[str, Any]) -> tuple[str, str]: ...
    def framed(self, event: str, line_end: str) -> str: ...
    def streams(self, body: Mapping[str, Any]) -> bool: ...
    def limits(self, body: Mapping[str, Any]) -> tuple[int | None, Sequence[str]]: ...
    def whole(self, generated: Generated, behaviour: Behaviour) -> bytes: ...
    def events(self, generated: Generated, behaviour: Behaviour) -> tuple[str, list[str], str]: ...
    def error_event(self) -> str: ...


class EventStream:
    """What dialects with ``prompt`` and ``suffix`` that stream events have in common."""

    stream_type = "text/event-stream"
    end: tuple[str, ...] = ("[DONE]",)

    def prompt(self, body: Mapping[str, Any]) -> str:
        """The prompt in the order in which the model reads it."""
        raise NotImplementedError

    def tokens(self, body: Mapping[str, Any]) -> Sequence[object]:
        """The prompt as the model counts it."""
        return tokenize(self.prompt(body))

    def sides(self, body: Mapping[str, Any]) -> tuple[str, str]:
        """What the model takes for the text before and after the cursor."""
        return body["prompt"], body.get("suffix") or ""

    def framed(self, event: str, line_end: str) -> str:
        """An event as it travels."""
        return f"data: {event}{line_end}{line_end}"


def usage(generated: Generated, behaviour: Behaviour) -> dict[str, Any]:
    """Counts in the words of OpenAI, which Mistral shares; nothing where they are missing."""
    if not behaviour.usage:
        return {}
    n_tokens = len(generated.tokens)
    return {
        "usage": {
            "prompt_tokens": generated.prompt_tokens,
            "completion_tokens": n_tokens,
            "total_tokens": generated.prompt_tokens + n_tokens,
            "prompt_tokens_details": {"cached_tokens": generated.cached_tokens},
        }
    }


@functools.lru_cache(maxsize=16)
def tokenize(text: str) -> tuple[str, ...]:
    """Tokens that join to the text."""
    return tuple(_TOKEN.findall(text))


def generate(
    text: str, finish: str, max_tokens: int | None, stop: Sequence[str]
) -> tuple[Sequence[str], str]:
    """The tokens of a text that the limits let through, and why they end."""
    ends = [text.find(mark) for mark in stop if mark in text]
    tokens = tokenize(text[: min(ends)] if ends else text)
    if max_tokens is not None and len(tokens) > max_tokens:
        return tokens[:max_tokens], "length"
    return tokens, "stop" if ends else finish


def cacheable_tokens(earlier: str, later: str, block: int) -> int:
    """Tokens of a prompt that a server with this block size has kept from an earlier one."""
    pairs = zip(tokenize(earlier), tokenize(later), strict=False)
    common = itertools.takewhile(lambda pair: pair[0] == pair[1], pairs)
    return sum(1 for _ in common) // block * block
