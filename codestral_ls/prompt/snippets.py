"""Snippets of other files in prompts: when they change, and how they are written. Pure.

They stand before the prefix, so every change of theirs makes a server read the prefix anew. So they
change at epochs only (the first request in a document, a jump of the cursor, a pause in which the
user thought and the index may have learnt), and then by appending: what stands there stays in
its place while it is true. When the room is used up, what is not wanted any more goes, all at once.

Two things are worth that price between epochs: the definition of what is being called, once for
each callee, as half of the calls in real packages lack it in prompts that change at epochs alone
(``tests/benchmarks/context_value.py``); and what the index has learnt since, where it had not read
everything when the snippets were chosen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

JUMP_LINES = 40
"""A cursor this far from where the snippets were chosen uses other names."""
PAUSE_S = 4.0
"""After so long without a key the user goes on with something else as often as not."""
_LEARNING_S = 2.0
"""So often a prompt asks for what the index has learnt since, while it reads far files."""
# An epoch chooses for this part of the room, so that the next ones can append.
_FRESH_NUMERATOR, _FRESH_DENOMINATOR = 2, 3
_DEFINITIONS_OF_A_CALLEE = 2  # where several could be meant
_HEADER_CHARS = 10

HEADER = "+++++ "
"""What Codestral was shown before each file's path, by all accounts: peers write it so."""
HEADER_STOP = "\n" + HEADER
"""A model that begins another file has ended its completion."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """Some lines of the workspace that the text at the cursor may want."""

    key: str
    """The same for the same thing, whatever its text."""
    path: str
    """As prompts show it (``workspace.pathnames.shown_path``)."""
    text: str
    why: str
    """For ``explain``: the end of "shown because it …"."""

    @property
    def cost(self) -> int:
        """Characters it takes in a prompt, at most."""
        return len(self.text) + len(self.path) + _HEADER_CHARS


@dataclass(frozen=True, slots=True)
class FoundSnippets:
    """What the index knows for a place, and how much it has read."""

    snippets: tuple[Snippet, ...]
    """The most wanted first."""
    knows_near: bool
    """All files near the document were read: those it imports and those beside it."""
    knows_all: bool
    """All of the workspace was read."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The snippets of a document's prompts, and when and where they were chosen."""

    snippets: tuple[Snippet, ...] = ()
    line: int = 0
    """Of the cursor, when they were chosen."""
    chosen_at: float = 0.0
    """By the clock that the caller uses."""
    callees: frozenset[str] = frozenset()
    """Callees that were looked for since."""
    asked_at: float = 0.0
    """When the index was asked last."""
    knows_near: bool = True
    """The index had read the files near the document when it was asked last …"""
    knows_all: bool = True
    """… and all others."""

    def is_unfinished(self, now: float) -> bool:
        """Whether the index may know more by now."""
        return not self.knows_near or (not self.knows_all and now - self.asked_at >= _LEARNING_S)

    def knows(self, callee: str) -> bool:
        """Whether there is nothing to look for when this is called."""
        return callee in self.callees or any(_defines(each, callee) for each in self.snippets)


def is_epoch(
    selection: Selection | None,
    line: int,
    *,
    now: float,
    last_key_at: float,
    last_interval_s: float,
) -> bool:
    """Whether the snippets may change now: it is the first request, the cursor jumped, or there
    was a pause since they were chosen.

    The pause lies between the last key and now, or, where the request follows a key, before it:
    ``last_interval_s`` is the time between the last two keys.
    """
    if selection is None or abs(line - selection.line) > JUMP_LINES:
        return True
    pause_s = max(now - last_key_at, last_interval_s)
    return pause_s >= PAUSE_S and last_key_at > selection.chosen_at


def choose_anew(
    selection: Selection | None, found: FoundSnippets, line: int, now: float, max_chars: int
) -> Selection:
    """The selection after an epoch, of what the index has ``found``."""
    wanted = list(_fitting(found.snippets, max_chars * _FRESH_NUMERATOR // _FRESH_DENOMINATOR))
    texts = {snippet.key: snippet.text for snippet in wanted}
    former = selection.snippets if selection else ()
    # What changed since would teach the model an outdated signature.
    kept = [each for each in former if texts.get(each.key, each.text) == each.text]
    held = {each.key for each in kept}
    new = [snippet for snippet in wanted if snippet.key not in held]
    if _cost(kept) + _cost(new) > max_chars:
        kept = [each for each in kept if each.key in texts]
    chosen = Selection((*kept, *new), line, now)
    return _as_asked(chosen, found, now)


def with_callee(
    selection: Selection, found: FoundSnippets, callee: str, now: float, max_chars: int
) -> Selection:
    """The selection with the definition of what is called, if it is wanted and new."""
    wanted = found.snippets
    held = {snippet.key for snippet in selection.snippets}
    new = [each for each in wanted if _defines(each, callee) and each.key not in held]
    new = new[:_DEFINITIONS_OF_A_CALLEE]
    kept = selection.snippets
    if new and _cost(kept) + _cost(new) > max_chars:
        keys = {snippet.key for snippet in wanted}
        kept = tuple(each for each in kept if each.key in keys)
        kept = tuple(_fitting(kept, max_chars * _FRESH_NUMERATOR // _FRESH_DENOMINATOR))
    added = _fitting(new, max_chars - _cost(kept))
    # A callee that was not found is looked for again while there are files to read.
    is_over = found.knows_all or any(_defines(each, callee) for each in new)
    callees = selection.callees | {callee} if is_over else selection.callees
    selection = replace(selection, snippets=(*kept, *added), callees=callees)
    return _as_asked(selection, found, now)


def _as_asked(selection: Selection, found: FoundSnippets, now: float) -> Selection:
    return replace(selection, asked_at=now, knows_near=found.knows_near, knows_all=found.knows_all)


def _defines(snippet: Snippet, name: str) -> bool:
    return snippet.key.endswith("." + name)


def _cost(snippets: Iterable[Snippet]) -> int:
    return sum(snippet.cost for snippet in snippets)


def _fitting(snippets: Iterable[Snippet], room: int) -> Iterator[Snippet]:
    for snippet in snippets:
        if snippet.cost <= room:
            room -= snippet.cost
            yield snippet


def files(snippets: Sequence[Snippet]) -> list[tuple[str, str]]:
    """Paths and texts, neighbours of one file joined: for repository layouts of templates."""
    return [
        (path, "\n".join(snippet.text for snippet in group))
        for path, group in groupby(snippets, key=lambda snippet: snippet.path)
    ]


def with_headers(
    snippets: Sequence[Snippet], path: str, neutralize: Callable[[str], str] = str
) -> str:
    """What stands before the prefix for Codestral: each file under a line with its path, and at
    the end the line of the document itself, ``path``. Empty without snippets.

    ``neutralize`` takes out what the template's tokenizer would act upon.
    """
    if not snippets:
        return ""
    entries = [f"{HEADER}{_line(at)}\n{_body(text)}\n\n" for at, text in files(snippets)]
    return neutralize("".join(entries) + f"{HEADER}{_line(path)}\n")


def extra(snippets: Sequence[Snippet]) -> list[dict[str, str]]:
    """``input_extra`` of llama.cpp's ``/infill``."""
    return [{"filename": _line(path), "text": text} for path, text in files(snippets)]


def _body(text: str) -> str:
    """A text without lines that look like a header."""
    return re.sub(r"^(?=\+{5} )", " ", text, flags=re.MULTILINE)


def _line(path: str) -> str:
    """A path in one line, whatever is in its name."""
    return " ".join(path.split())
