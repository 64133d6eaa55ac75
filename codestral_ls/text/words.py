"""What belongs to a word, in any language."""

from __future__ import annotations

import unicodedata


def _is_word_character(character: str) -> bool:
    """Whether a character may stand in a word: a letter, a digit or an underscore."""
    return character.isalnum() or character == "_"


def is_inside_word(before: str, after: str) -> bool:
    """A cursor between these two characters splits a word.

    In scripts without blanks between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese), and in
    Korean, where particles follow a word directly, every place may be a word's end.
    """
    if not (_is_word_character(before) and _is_word_character(after)):
        return False
    return not (_is_unspaced(before) or _is_unspaced(after))


_UNSPACED = ("THAI ", "LAO ", "KHMER ", "MYANMAR ")


def _is_unspaced(character: str) -> bool:
    # Wide are Han, Kana, Hangul and Bopomofo, and full-width forms of letters beside them.
    if character.isascii():
        return False
    wide = unicodedata.east_asian_width(character) in "WF"
    return wide or unicodedata.name(character, "").startswith(_UNSPACED)
