"""Text to tokens and back, for any language, without loss.

A token carries the blanks before it (`` =``, `` name``), because the word and its spacing are
guessed together. A line end carries the blank lines and the
indentation after it. There are no string or comment tokens: a cursor inside an unfinished string
must see the same tokens as one inside a finished string.
"""

from __future__ import annotations

import functools
import re

_TOKEN = re.compile(
    r"(?:[ \t\f\v]*(?:\r\n|\n|\r))+[ \t]*"  # line ends, blank lines, next line's indentation
    r"|[ \t]*(?:"
    # A word. Longer runs are data (base64, digests): in pieces they cannot fill the vocabulary.
    r"\w{1,64}"
    # Operators that are written as one; brackets and quotes always stand alone, so that a closing
    # bracket after the cursor can be recognised.
    r"|->|=>|::|:=|\.\.\.?|&&|\|\||\?\.|\?\?|<<=?|>>=?|//=?|\*\*=?|[-+*/%&|^=!<>]=?=?|--|\+\+"
    r"|[^\w\s])"
    r"|[ \t]+|\s",  # blanks at the end of the text, and odd separators
)
_PARTIAL = re.compile(r"(?:(?<=\S)[ \t]+)?\w*\Z")
_REACH = 256  # four of the longest words
_SUBWORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^A-Za-z\d]+")


def tokenise(text: str) -> list[str]:
    """Tokens of a text; joined they are the text again."""
    return _TOKEN.findall(text)


def split_partial(before: str) -> tuple[str, str]:
    """The text before the cursor, and what of it may be the beginning of the token there.

    The second part is blanks and word characters at the end, without the line's indentation,
    which belongs to the line end before it.
    """
    # From a little before the cursor: a search through a long line would try every blank in it.
    line = before[max(before.rfind("\n") + 1, len(before) - _REACH) :]
    match = _PARTIAL.search(line)
    partial = match.group() if match else ""
    return before[: len(before) - len(partial)], partial


@functools.lru_cache(maxsize=4096)
def subwords(word: str) -> tuple[str, ...]:
    """Parts of an identifier: ``load_parcelBox`` gives ``load``, ``_``, ``parcel``, ``Box``."""
    return tuple(_SUBWORD.findall(word))


def is_word(token: str) -> bool:
    """Whether a token (with its blanks) is an identifier or keyword."""
    return token.lstrip(" \t").isidentifier()


def is_line_end(token: str) -> bool:
    """Whether a token ends a line."""
    return "\n" in token or "\r" in token
