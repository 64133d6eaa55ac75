"""The documents behind requests that name none.

A request is the text round a cursor, and nothing says which file it is of. What the engine
remembers belongs to a document, so the requests of one are recognized by their text: mostly the
same lines as in a former request. A mistake costs a request to the model, or an answer that is
late: the engine compares texts itself before it uses an answer again.

A file's name is known where the client sends it, or where a passage that the client once sent
along is one of the document itself. llama.vim sends such a passage when a window is entered, and
leaves it out later, as it says nothing new then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from codestral_ls.bridge.wanted import ClientPassage, WantedCompletion
from codestral_ls.model import WINDOW_AFTER, WINDOW_BEFORE, Snapshot
from codestral_ls.text import languages
from codestral_ls.text.lines import Lines, normalise

# As many as an editor has windows; the engine keeps 64.
_TEXTS_KEPT = 32
# Lines that most files have say nothing.
_MIN_LINE_CHARS = 4
# Of the lines of the shorter text. Half of a window is new after a jump of half its height.
_SAME_SHARE = 0.5
_MIN_LINES = 3
# A passage is of the document if this much of it stands there; the rest was edited since.
_OWN_SHARE = 0.6
# llama.vim keeps 16, and sends 64 lines at most in each.
_PASSAGES_KEPT = 64
_MAX_PASSAGE_CHARS = 32_768
# A start of the text before the cursor is found again by so many characters, a few lines of code.
_ANCHOR_CHARS = 256


@dataclass(slots=True)
class _KnownText:
    """A document as its last request showed it."""

    number: int
    before: str
    after: str
    lines: frozenset[str]
    first_line: int
    """The number of the first line of ``before`` in the document, from an arbitrary one."""
    name: str = ""


class KnownTexts:
    """The documents of the last requests."""

    def __init__(self, root: Path) -> None:
        """``root``: the directory that names are relative to."""
        self._root = root
        self._passages: dict[ClientPassage, frozenset[str]] = {}
        """With their lines, the last one seen last."""
        self._texts: list[_KnownText] = []
        """The last one used first."""
        self._numbers = count(1)

    def note(self, passages: Sequence[ClientPassage]) -> None:
        """Remember which files passages are of."""
        for passage in passages:
            if passage.name and len(passage.text) <= _MAX_PASSAGE_CHARS:
                lines = self._passages.pop(passage, None) or _lines_of(passage.text)
                self._passages[passage] = lines
        while len(self._passages) > _PASSAGES_KEPT:
            del self._passages[next(iter(self._passages))]

    def snapshot(self, wanted: WantedCompletion) -> Snapshot:
        """The document as it is now, seen from its cursor."""
        self.note(wanted.passages)
        before, after = normalise(wanted.before), normalise(wanted.after)
        window = Lines(before + after).window(
            before.count("\n"), len(before) - before.rfind("\n") - 1, WINDOW_BEFORE, WINDOW_AFTER
        )
        text = self._recognized(window.before, window.after, wanted)
        path = self._root / (text.name or f"unnamed-{text.number}")
        # A name may be relative to another directory, which nobody tells.
        is_placed = text.name and (Path(text.name).is_absolute() or _is_file(path))
        return Snapshot(
            # Where no name is known, what holds for the directory holds for the document.
            uri=path.as_uri(),
            path=str(path) if is_placed else None,
            language_id=languages.language_of(path.name) if text.name else "",
            version=None,
            before=window.before,
            after=window.after,
            line=text.first_line + window.before.count("\n"),
            at_document_start=window.at_start,
            at_document_end=window.at_end,
        )

    def _recognized(self, before: str, after: str, wanted: WantedCompletion) -> _KnownText:
        lines = _lines_of(before + after)
        name = _clean(wanted.name) or _clean(self._own_name(lines))
        text = self._same(before, after, lines, _clean(wanted.name))
        if text is None:
            text = _KnownText(next(self._numbers), before, after, lines, 0)
        else:
            text.first_line += _lines_down(text.before, before)
            text.before, text.after, text.lines = before, after, lines
        text.name = name or text.name
        others = [other for other in self._texts if other is not text]
        self._texts = [text, *others][:_TEXTS_KEPT]
        return text

    def _same(self, before: str, after: str, lines: frozenset[str], name: str) -> _KnownText | None:
        """The document that a text is of, if it was seen before."""
        if name:
            return next((text for text in self._texts if text.name == name), None)
        best = max(self._texts, key=lambda text: _likeness(text.lines, lines), default=None)
        if best is not None and _likeness(best.lines, lines) >= _SAME_SHARE:
            return best
        return next((text for text in self._texts if _goes_on(text, before, after)), None)

    def _own_name(self, lines: frozenset[str]) -> str:
        """The name of the file whose passage stands in the document, if one does."""
        best, name = 0, ""
        for passage, theirs in self._passages.items():
            shared = len(theirs & lines)
            if shared >= max(_MIN_LINES, best + 1, _OWN_SHARE * len(theirs)):
                best, name = shared, passage.name
        return name


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of lines that two texts have in common; 0 where too few say anything."""
    fewer = min(len(one), len(other))
    return len(one & other) / fewer if fewer >= _MIN_LINES else 0.0


def _goes_on(text: _KnownText, before: str, after: str) -> bool:
    """Something was typed or taken back at the end of a short text."""
    if text.after != after:
        return False
    return before.startswith(text.before) or text.before.startswith(before)


def _lines_of(text: str) -> frozenset[str]:
    lines = map(str.strip, text.split("\n"))
    return frozenset(line for line in lines if len(line) >= _MIN_LINE_CHARS)


def _lines_down(former: str, now: str) -> int:
    """By how many lines the start of the text before the cursor has moved down; negative for up.

    Windows have a number of lines, so they move at each Enter.
    """
    down = former.find(now[:_ANCHOR_CHARS])
    if down >= 0:
        return former.count("\n", 0, down)
    up = now.find(former[:_ANCHOR_CHARS])
    return -now.count("\n", 0, up) if up >= 0 else 0


def _clean(name: str) -> str:
    """A name that can be one of a file; empty for any other."""
    name = name.strip()
    return name if name.isprintable() and len(name) < 1024 and Path(name).name else ""


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
