"""Token ids from a server's own tokenizer, for prompts that no parsing can get wrong."""

from __future__ import annotations

import abc
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from codestral_ls.backends.base import ProtocolViolation
from codestral_ls.backends.served.facts import Facts
from codestral_ls.prompt.templates import Marker, neutralize, parts
from codestral_ls.text.fim_templates import Template

# A tokenizer may put a space before a text. What follows this character gets none; then its
# tokens are taken away. Mistral's reference tokenizer does the same, with the same one.
_GUARD = "☺"


class Tokenizer(abc.ABC):
    """A server's tokenizer, asked at ``POST /tokenize``."""

    def __init__(self, ask: Callable[..., Awaitable[Any]]) -> None:
        """``ask(method, path, body)`` gives the JSON of an answer, or raises BackendError."""
        self._ask = ask
        self._last_suffix: tuple[str, list[int]] = ("", [])
        self._guard: list[int] | None = None

    @abc.abstractmethod
    def _question(self, text: str, *, begin: bool, parse: bool) -> dict[str, Any]:
        """The body of a request for tokens."""

    async def tokens(self, text: str, *, begin: bool = False, parse: bool = False) -> list[int]:
        """Tokens of a text. ``begin``: with what opens a prompt. ``parse``: control strings in it
        count as such; without, they are parsed only where the server cannot help it."""
        answer = await self._ask(
            "POST", "/tokenize", self._question(text, begin=begin, parse=parse)
        )
        tokens = answer.get("tokens") if isinstance(answer, dict) else None
        if not isinstance(tokens, list) or not all(isinstance(token, int) for token in tokens):
            raise ProtocolViolation("/tokenize did not answer with tokens; check the endpoint.")
        return tokens

    async def text(self, ids: Sequence[int]) -> str | None:
        """Text of tokens, control strings included; None where the server does not tell."""
        del ids
        return None

    async def begin(self) -> tuple[int, ...]:
        """What opens a prompt: begin-of-text, or nothing."""
        opened, plain = await self.tokens("a", begin=True), await self.tokens("a")
        return tuple(opened[: len(opened) - len(plain)])

    async def marker_ids(self, row: Template) -> dict[str, int] | None:
        """Ids of a template's markers, if each is one token."""
        ids = {}
        for marker in row.markers:
            tokens = await self.tokens(marker, parse=True)
            if len(tokens) != 1:
                return None
            ids[marker] = tokens[0]
        return ids if len(set(ids.values())) == len(ids) else None

    async def prompt(self, facts: Facts, prefix: str, suffix: str) -> list[int]:
        """The token ids of a whole prompt."""
        assert facts.template is not None  # ids are for prompts that we lay out
        tokens = await self.put_together(
            facts.template, facts.ids, prefix, suffix, neutral=facts.parsed
        )
        return [*facts.begin, *tokens]

    async def put_together(
        self, row: Template, ids: Mapping[str, int], prefix: str, suffix: str, *, neutral: bool
    ) -> list[int]:
        """The token ids of a prompt, without what opens it.

        ``neutral``: control strings are taken out of the texts first.
        """
        tokens: list[int] = []
        for part in parts(row, prefix, suffix):
            if isinstance(part, Marker):
                tokens.append(ids[part.text])
                continue
            text = neutralize(part.text, row) if neutral else part.text
            if part.joins:
                tokens += await self._joined(text)
            elif text:
                tokens += await self.tokens(text)
        return tokens

    async def _joined(self, text: str) -> list[int]:
        """Tokens of a text that follows its marker directly. The last one is remembered: a
        suffix stays the same while its user types."""
        if text != self._last_suffix[0]:
            if self._guard is None:
                self._guard = await self.tokens(_GUARD)
            tokens = await self.tokens(_GUARD + text)
            n_guard = len(self._guard)
            guarded = tokens[:n_guard] == self._guard
            self._last_suffix = text, tokens[n_guard:] if guarded else await self.tokens(text)
        return self._last_suffix[1]
