"""Strings without a name that can only have been drawn at random.

Letters, capitals and digits by turns, twenty at least, as an argument or after an operator. What
stands alone in its line is data in Base64 more often than a key, and what is text once decoded is
no key at all: with these two left out there was no false alarm in the standard library and its
tests (31 MB).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from codestral_ls.privacy.randomness import looks_random

_DRAWN = re.compile(
    r"(?<=[\w)(\]}$%,:=?>\"'` -][ \"'`=:>(])(?<![\w+/]=)"
    r"[A-Za-z0-9][\w-]{18,126}[A-Za-z0-9](?![\w/+=.%(-])"
)
_ALONE = re.compile(r"(?:(?:\A|\n)\s*[bBrRuUfL]{0,2}[\"'`]?|\"{3}|'{3})\Z")
_NEAR = 80
# What is given away on purpose, or was made of something to know it by.
_NO_SECRET = re.compile(
    r"(?:public|pub_?key|sha\d|digest|hash|fingerprint|checksum|integrity|nonce|etag|uuid)"
    r"[\w.-]{0,16}[\"']?\s{0,3}[=:(,]{1,2}\s{0,3}[\"'`]?\Z",
    re.IGNORECASE,
)
# Every place where a small letter, a capital and a digit meet: 0.64 of all places in a text drawn
# from the three, and 0.5 in the straightest hundredth of 20 characters; 0.3 in names.
_MEET = re.compile("(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[a-z0-9])|(?<=[0-9])(?=[A-Za-z])")
_MIN_MEET = 0.35
# Of Base64's decoded characters, how many are printable: 0.37 by chance.
_MAX_PRINTABLE = 0.8


def drawn(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every such string."""
    for found in _DRAWN.finditer(text):
        word, start = found[0], found.start()
        if (
            _of_three_kinds(word)
            and not _NO_SECRET.search(text, max(0, start - _NEAR), start)
            and not _ALONE.search(text, max(0, start - _NEAR), start)
            and looks_random(word)
            and not _is_text(word)
        ):
            yield found.span()


def _of_three_kinds(word: str) -> bool:
    return (
        not word.isupper()
        and not word.islower()
        and sum(map(word.count, "0123456789")) >= 2
        and len(_MEET.findall(word)) >= _MIN_MEET * len(word)
    )


def _is_text(word: str) -> bool:
    try:
        decoded = base64.b64decode(word[: len(word) // 4 * 4], altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return False
    return sum(32 <= byte < 127 for byte in decoded) > _MAX_PRINTABLE * len(decoded)
