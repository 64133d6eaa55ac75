"""The model that the fakes of self-hosted servers serve, and how it reads a prompt.

Its tokenizer acts upon the markers of its family in a string, or takes them for text, as real ones
do. Ids are given out as words are met; the markers have theirs from the start.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from codestral_ls.prompt.templates import by_name
from codestral_ls.text.fim_templates import Template
from tests.fakes.dialect import tokenize

_BEGIN = 1
_FIRST_WORD = 1000


class ServedModel:
    """A model of one family; without ``parses`` markers in a string are ordinary text."""

    def __init__(self, name: str, family: str, *, parses: bool = True, begins: bool = True) -> None:
        template = by_name(family)
        assert template is not None
        self.name = name
        self.template: Template = template
        self.parses = parses
        self.begin = [_BEGIN] if begins else []
        # Codestral 22B's tokenizer puts a space before a text, but not behind a marker.
        self._dummy_space = family == "codestral"
        known: Mapping[str, int] = template.ids or {
            marker: number for number, marker in enumerate(template.markers, start=10)
        }
        stops = (stop for stop in template.stops if stop not in known)
        self._ids: dict[str, int] = {
            **known,
            **{stop: number for number, stop in enumerate(stops, start=100)},
        }
        self._texts = {number: text for text, number in self._ids.items()} | {_BEGIN: ""}
        self._fresh = itertools.count(_FIRST_WORD)
        self._control = re.compile("(" + "|".join(map(re.escape, self._ids)) + ")")

    def encode(self, text: str, *, parse: bool | None = None) -> list[int]:
        """Ids of a text, without the beginning of one."""
        pieces = self._control.split(text) if (self.parses if parse is None else parse) else [text]
        words: list[str] = []
        for number, piece in enumerate(pieces):
            if number % 2:
                words.append(piece)
            elif piece:
                space = " " if self._dummy_space and number == 0 else ""
                words += tokenize(space + piece)
        return [self._id(word) for word in words]

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids, markers included."""
        return "".join(self._texts.get(number, "\ufffd") for number in ids)

    def read(self, prompt: str | Sequence[int]) -> list[int]:
        """What the model gets of a prompt, beginning included."""
        if isinstance(prompt, str):
            return [*self.begin, *self.encode(prompt)]
        return list(prompt)

    def sides(self, prompt: str | Sequence[int]) -> tuple[str, str]:
        """The text before and after the cursor, as far as the model sees markers."""
        ids = self.read(prompt)
        markers = [self._ids[marker] for marker in self.template.markers]
        places = [ids.index(marker) for marker in markers if marker in ids]
        if len(places) != len(markers):
            return self.decode(ids), ""  # it just goes on writing
        ends = [*places[1:], len(ids)]
        texts = [self.decode(ids[start + 1 : end]) for start, end in zip(places, ends, strict=True)]
        first, second = texts[0], texts[1]
        layout = self.template.layout
        is_suffix_first = layout.index("{suffix}") < layout.index("{prefix}")
        prefix, suffix = (second, first) if is_suffix_first else (first, second)
        return prefix.removeprefix(" ") if self._dummy_space else prefix, suffix

    def _id(self, word: str) -> int:
        if word not in self._ids:
            self._ids[word] = number = next(self._fresh)
            self._texts[number] = word
        return self._ids[word]
