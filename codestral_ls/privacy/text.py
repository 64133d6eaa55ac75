"""Text from models and servers, made safe to put into an editor, a popup or a terminal.

What comes back is text and nothing more. Taken out is whatever acts instead of being read:

- escape sequences of terminals, whole: colours, cursor movements, titles, hyperlinks (the words
  that carry a link stay, its address goes), and the clipboard writes that hide in the same form;
- control characters, except line feed and tab; every kind of line end becomes a line feed;
- bidirectional embeddings, overrides and isolates, which show code in another order than it runs;
- what cannot be seen, and so makes two names look alike or carries a hidden message: zero-width
  characters, byte order marks, fillers, tags, piled-up variation selectors.

Invisible characters that writing needs stay where it needs them: joiners after letters of the
scripts that shape with them (Arabic to Khmer) and within emoji, direction marks after letters
written right to left, tags within the flags of England, Scotland and Wales.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MESSAGE_CHARS = 200
"""The longest message of a server that is passed on to a person."""

SHOWN_CHARS = 300
"""The longest message of ours."""

_NAME_CHARS = 100
"""The longest path or name within a message."""

# Enough to fill a message however much of it is markup, and cleaned in a few milliseconds.
_MAX_READ_CHARS = 16_384

_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
# Scripts from Hebrew over Arabic and the Indic ones to Myanmar, Khmer and Mongolian, in every
# block they have; and what emoji are made of.
_JOINING = (
    "\u0590-\u109f\u1700-\u180d\u180f-\u1aff\ua800-\uabff\ufb1d-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00011fff\U0001e900-\U0001e95f"
    "\u00a9\u00ae\u20e3\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
)

_REMOVED = re.compile(
    # A whole flag made of tags, which is kept.
    "(?P<kept>\U0001f3f4[\U000e0020-\U000e007e]{1,6}\U000e007f)"
    r"|(?P<line_end>\r\n?)"
    # ECMA-48: control sequences; strings up to their terminator, or to the end of the line where
    # that is missing; all other escapes. The 8-bit introducers are the same in one character.
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\r\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
    "|[\u202a-\u202e\u2066-\u2069]"
    "|[\u00ad\u180e\u2028\u2029\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]"
    "|[\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
    # Zero-width space and joiners, marks of direction: kept after letters that go with them.
    f"|(?<![{_JOINING}])[\u061c\u200b-\u200f]"
    # One selector chooses a glyph; a row of them spells bytes.
    f"|(?<=[{_SELECTORS}])[{_SELECTORS}]"
)

# Nearly every answer has none of these, and one search tells.
_SUSPECT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e01ef]"
)


def printable(text: str) -> str:
    """``text`` without anything that could act on an editor or a terminal. Idempotent.

    For whole answers: an escape sequence that falls apart over two pieces is not seen as one.
    """
    if _SUSPECT.search(text) is None:
        return text
    # What is removed brings its neighbours together, and they may not belong together either.
    while (shorter := _REMOVED.sub(_replacement, text)) != text:
        text = shorter
    return text


def _replacement(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "kept":
            return found[0]
        case "line_end":
            return "\n"
        case _:
            return ""


def one_line(text: str, limit: int = MESSAGE_CHARS, hidden: Iterable[str] = ()) -> str:
    """``text`` as one printable line of at most ``limit`` characters, cut with an ellipsis.

    Each of ``hidden``, such as a key or a line of source text, is replaced.
    """
    line = _without_markup(" ".join(printable(text[:_MAX_READ_CHARS]).split()))
    for secret in sorted(filter(None, hidden), key=len, reverse=True):
        line = line.replace(secret, "[hidden]")
    if len(line) <= limit:
        return line
    return printable(line[: max(limit - 1, 0)]).rstrip() + "…" if limit > 0 else ""


def shown(text: str, limit: int = SHOWN_CHARS) -> str:
    """A message of ours as a person gets it, whatever it quotes: the gate of all that is shown."""
    return one_line(text, limit)


def said(text: str, limit: int = MESSAGE_CHARS, hidden: Iterable[str] = ()) -> str:
    """A server's sentence: as ``one_line``, with addresses that no terminal makes a link of."""
    line = one_line(text[:_MAX_READ_CHARS], _MAX_READ_CHARS, hidden)
    return one_line(_ADDRESS.sub(r"\1: //", line), limit)


def name(text: str, limit: int = _NAME_CHARS) -> str:
    """A path, a host or the name of a model within a message, its end if it is long.

    Nothing stands in it but letters, digits, blanks and ``_ . - / : @ + ~``; other characters are
    shown as ``?``.
    """
    whole = unicodedata.normalize("NFC", printable(text[-_MAX_READ_CHARS:]).replace("\\", "/"))
    line = " ".join("".join(map(_name_character, whole)).split())
    return line if len(line) <= limit else "…" + line[-limit + 1 :]


_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*+)://")
# How Markdown and HTML begin a link or an element.
_MARKUP = re.compile(r"\](?=\()|<(?=[A-Za-z/!?])")


def _without_markup(line: str) -> str:
    return _MARKUP.sub(lambda found: found[0] + " ", line)


def _name_character(character: str) -> str:
    if character in "_.-/:@+~ " or unicodedata.category(character)[0] in "LMN":
        return character
    return " " if character.isspace() else "?"
