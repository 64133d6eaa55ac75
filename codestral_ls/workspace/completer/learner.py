"""What was learnt: every file as a string of token numbers, in bounded memory.

A file's tokens become one Python string whose characters are token numbers, so that finding where
a context occurred before is ``str.find``: thousands of tokens in a microsecond, no index to build
or repair, four bytes a token. Files far from the cursor are passed over by a signature, a small
Bloom filter of the tokens they hold.

Line ends are numbered by what they do (same depth, deeper, shallower; with or without blank
lines), not by their blanks: a block must be recognised at another depth.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from posixpath import dirname

from codestral_ls.workspace.tokens import is_line_end, tokenise

SAME, DEEPER, SHALLOWER = range(3)
"""Line ends by the depth of the next line; plus ``_BLANK`` where blank lines lie between."""
_BLANK = 3
N_LINE_ENDS = 6
UNKNOWN = N_LINE_ENDS
"""A token that found no room in the vocabulary. It stands for many, so it predicts nothing."""

_MAX_WORDS = 350_000
"""Distinct tokens; about 190 bytes each, hence 65 MB. 10 000 mixed files hold 500 000, and
the rarest third is seen once: it predicts nothing."""
_MAX_TOKENS = 24_000_000
"""Tokens of all files; four bytes each, hence 96 MB: 10 000 files of 10 KB."""
_WORDS_FOR_DOCUMENTS = 30_000
"""Room in the vocabulary that the files on disk leave to what is typed later."""

_SIGNATURE_BITS = 2048
_CODEC = f"utf-32-{'le' if sys.byteorder == 'little' else 'be'}"
_SURROGATES = range(0xD800, 0xE000)  # characters that cannot be decoded quickly
TAB_WIDTH = 4


class _Numbers(dict[str, int]):
    """Token to number; an unseen token gets the next one while there is room."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self.room = 0

    def __missing__(self, token: str) -> int:
        if len(self.texts) >= self.room:
            return UNKNOWN
        if len(self.texts) == _SURROGATES.start:
            self.texts.extend([""] * len(_SURROGATES))
        self[token] = number = len(self.texts)
        self.texts.append(token)
        return number


@dataclass(frozen=True, slots=True, eq=False)
class LearntText:
    """One file as the learner keeps it."""

    path: str
    ids: str
    """Token numbers as characters; a line end (number) stands before the first line too."""
    lines: array[int]
    """Positions of the line ends in ``ids``."""
    indents: array[int]
    """Columns of the line that follows each of them."""
    signature: int
    """Bloom filter of the token numbers."""

    def line_of(self, position: int) -> int:
        """Index in ``lines`` of the line end at or before a position."""
        return bisect_right(self.lines, position) - 1

    def line_end(self, position: int) -> int:
        """Position of the line end at or after a position; the file's end where there is none."""
        index = self.line_of(position - 1) + 1 if position else 0
        return self.lines[index] if index < len(self.lines) else len(self.ids)


class Learner:
    """Files by path and directory, and the vocabulary they share.

    Paths use ``/``; the caller decides what a path is, this class reads no files.
    """

    def __init__(self, *, max_words: int = _MAX_WORDS, max_tokens: int = _MAX_TOKENS) -> None:
        self.texts: list[str] = [""] * (UNKNOWN + 1)
        self.files: dict[str, LearntText] = {}
        self.directories: dict[str, dict[str, LearntText]] = {}
        self.recent: dict[str, LearntText] = {}
        """Open and edited documents, the latest last."""
        self.n_tokens = 0
        self._max_words = max_words
        self._max_tokens = max_tokens
        self._numbers = _Numbers(self.texts)

    @property
    def full(self) -> bool:
        """No further files from disk should be learnt."""
        return self.n_tokens >= self._max_tokens * 0.995  # the rest would fit the smallest only

    def learn(self, path: str, text: str) -> bool:
        """Learn a file from disk, in place of what was known of it. False where it does not fit."""
        room = self._max_words - min(_WORDS_FOR_DOCUMENTS, self._max_words // 10)
        self.recent.pop(path, None)
        return self._put(self._encode(text, path, room))

    def update(self, path: str, text: str) -> None:
        """Learn a document that is open in the editor; it counts as recently edited."""
        learnt = self._encode(text, path, self._max_words)
        self.recent.pop(path, None)
        if self._put(learnt):
            self.recent[path] = learnt

    def forget(self, path: str) -> None:
        """Forget a file."""
        learnt = self.files.pop(path, None)
        if learnt is None:
            return
        self.n_tokens -= len(learnt.ids)
        self.recent.pop(path, None)
        directory = dirname(path)
        siblings = self.directories[directory]
        del siblings[path]
        if not siblings:
            del self.directories[directory]

    def encode(self, text: str, *, at_line_start: bool = True) -> LearntText:
        """A text in the form of a learnt file, without keeping it; its new words are numbered.

        Where it starts in the middle of a line, its first blanks are no indentation.
        """
        return self._encode(text, "", self._max_words, at_line_start=at_line_start)

    def number(self, token: str) -> int:
        """The number of a token, which is given one if it has none and there is room."""
        self._numbers.room = self._max_words
        return self._numbers[token]

    def known(self, token: str) -> bool:
        """Whether a token was seen before."""
        return token in self._numbers

    def _encode(self, text: str, path: str, room: int, *, at_line_start: bool = True) -> LearntText:
        self._numbers.room = room
        if not at_line_start:
            tokens = ["\n", *tokenise(text)]
        elif text.lstrip(" \t\f\v")[:1] in ("\n", "\r"):
            tokens = tokenise(text)
        else:
            tokens = tokenise("\n" + text)
        numbers = array("I", map(self._numbers.__getitem__, tokens))
        lines = array("I")
        indents = array("H")
        depth = 0
        for position in [i for i, token in enumerate(tokens) if is_line_end(token)]:
            token = tokens[position]
            width = indent_width(token)
            change = SAME if width == depth else DEEPER if width > depth else SHALLOWER
            has_blank = token.count("\n") + token.count("\r") - token.count("\r\n") > 1
            numbers[position] = change + (_BLANK if has_blank else 0)
            lines.append(position)
            indents.append(width)
            depth = width
        return LearntText(
            path=path,
            ids=numbers.tobytes().decode(_CODEC),
            lines=lines,
            indents=indents,
            signature=signature(set(numbers)),
        )

    def _put(self, learnt: LearntText) -> bool:
        path = learnt.path
        before = self.files.get(path)
        growth = len(learnt.ids) - (len(before.ids) if before else 0)
        if self.n_tokens + growth > self._max_tokens:
            return False
        self.n_tokens += growth
        self.files[path] = learnt
        self.directories.setdefault(dirname(path), {})[path] = learnt
        return True


def signature(numbers: set[int]) -> int:
    """Bloom filter with one bit a token number."""
    bits = bytearray(_SIGNATURE_BITS // 8)
    for number in numbers:
        # Numbers are given in order of appearance; the low bits are as good as a hash.
        bits[number >> 3 & 0xFF] |= 1 << (number & 7)
    return int.from_bytes(bits, "little")


def indent_width(line_end: str) -> int:
    """Columns of the indentation that a line-end token carries."""
    blanks = line_end[max(line_end.rfind("\n"), line_end.rfind("\r")) + 1 :]
    return min(len(blanks) + blanks.count("\t") * (TAB_WIDTH - 1), 0xFFFF)
