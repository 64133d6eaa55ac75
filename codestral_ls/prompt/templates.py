"""Lays out prompts for filling in the middle, by the rows of ``text.fim_templates``.

Needed for servers that take raw prompts; Mistral's endpoint and ``/infill`` know by themselves.
A prompt is rendered to a string, which the server's tokenizer must parse, or to parts, from which
token ids are put together where it does not. Pure: what a server can do is found out by
``backends.served.probe``.
"""

from __future__ import annotations

import re
import string
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from codestral_ls.text.control_strings import BOUNDS
from codestral_ls.text.fim_templates import TEMPLATES, Template


@dataclass(frozen=True, slots=True)
class Marker:
    """A control string of the template; one token."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """Source text, to be tokenized without parsing control strings in it."""

    text: str
    joins: bool
    """It continues what stands before it: no space that a tokenizer puts before a text."""


_Part = Marker | Text


def by_name(name: str) -> Template | None:
    """The row with this name, as in the setting ``fimTemplate``."""
    return next((row for row in TEMPLATES if row.name == name), None)


def for_model(*names: str) -> tuple[Template, ...]:
    """The rows that the first telling name fits, the likeliest first; empty when none tells.

    Two rows are possible: Codestral's name does not tell its tokenizer.
    """
    for name in names:
        rows = [row for row in TEMPLATES if any(re.search(p, name.lower()) for p in row.models)]
        if rows:
            return tuple(row for row in rows if row.models == rows[0].models)
    return ()


def neutralize(text: str, template: Template) -> str:
    """Source text without control strings, which a parsing tokenizer would act upon.

    Taking one out can join the halves of another, so it goes on until none is left.
    """
    pattern = re.compile("|".join(map(re.escape, (*template.control_strings, *BOUNDS))))
    while True:
        text, n_removed = pattern.subn("", text)
        if not n_removed:
            return text


def render(template: Template, prefix: str, suffix: str) -> str:
    """The prompt as a string. Begin-of-text is the server's to add."""
    return template.layout.format(
        prefix=neutralize(prefix, template), suffix=neutralize(suffix, template)
    )


def parts(template: Template, prefix: str, suffix: str) -> tuple[_Part, ...]:
    """The prompt as markers and texts, for token ids. Begin-of-text comes before it.

    Spaces of the layout are for tokenizers that parse strings, and are no part of it. The suffix
    joins its marker; the prefix begins a text of its own, as the reference tokenizers have it.
    """
    found: list[_Part] = []
    for literal, name, *_ in string.Formatter().parse(template.layout):
        marker = literal.strip()
        if marker:
            found.append(Marker(template.spelled.get(marker, marker)))
        if name == "suffix":
            found.append(Text(suffix, joins=True))
        elif name == "prefix":
            found.append(Text(prefix, joins=False))
    return tuple(found)


def render_repository(
    template: Template, name: str, files: Sequence[tuple[str, str]], path: str
) -> str:
    """What stands before the prompt where the family knows repositories; else empty.

    ``files``: path and text of other files, the most stable first. ``path``: of the document.
    """
    name_layout, file_layout = template.repository
    if not name_layout:
        return ""

    def safe(text: str) -> str:
        return neutralize(text, template)

    head = name_layout.format(name=safe(name))
    entries = (file_layout.format(path=safe(at), text=safe(text)) for at, text in files)
    own = file_layout.partition("{text}")[0].format(path=safe(path))
    return head + "".join(entries) + own


def fit(prefix: str, suffix: str, max_bytes: int) -> tuple[str, str]:
    """Prefix and suffix cut to ``max_bytes`` of UTF-8 in all, keeping what is near the cursor.

    Three quarters belong to the prefix; what one side does not need goes to the other.
    """
    n_before, n_after = _n_bytes(prefix), _n_bytes(suffix)
    if n_before + n_after <= max_bytes:
        return prefix, suffix
    room_after = min(n_after, max(max_bytes // 4, max_bytes - n_before))
    return _end_of(prefix, max_bytes - room_after), _start_of(suffix, room_after)


def _n_bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _end_of(text: str, max_bytes: int) -> str:
    """The end, from a line's start that stays the same while text is added behind it.

    A server keeps the head of the last prompt, so a start that slid with every key would make it
    read everything anew. Of the line starts in the first quarter the one is taken whose line has
    the least checksum: as the window slides, it mostly remains that one.
    """
    kept = _cut(text, max_bytes, from_end=True)
    if len(kept) == len(text):
        return text
    starts = [found.end() for found in re.finditer("\n", kept[: len(kept) // 4])]
    if not starts:
        return kept
    return kept[min(starts, key=lambda start: _checksum(kept, start)) :]


def _checksum(text: str, start: int) -> int:
    end = text.find("\n", start)
    return zlib.crc32(text[start : end if end >= 0 else len(text)].encode("utf-8", "replace"))


def _start_of(text: str, max_bytes: int) -> str:
    kept = _cut(text, max_bytes, from_end=False)
    if len(kept) == len(text):
        return text
    last = kept.rfind("\n")
    return kept[: last + 1] if last >= len(kept) // 2 else kept


def _cut(text: str, max_bytes: int, *, from_end: bool) -> str:
    """At most so many bytes of one end, in whole characters."""
    data = text.encode("utf-8", "replace")
    if len(data) <= max_bytes:
        return text
    data = data[len(data) - max_bytes :] if from_end else data[: max(max_bytes, 0)]
    return data.decode("utf-8", "ignore")
