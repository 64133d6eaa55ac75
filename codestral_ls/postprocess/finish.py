"""Ends a text well: whole where it was cut, without blanks, or not at all."""

from __future__ import annotations

from codestral_ls.postprocess.overlap import CLOSING
from codestral_ls.postprocess.place import place_of
from codestral_ls.postprocess.scene import Dropped, Scene

_NO_BLANK_BEFORE = " \t;,.)]\"'`>:"


def go_back_to_whole(text: str) -> str | Dropped:
    """Go back to a whole line, or in a single line to a whole word."""
    if not text or text.endswith("\n"):
        return text
    kept, newline, _ = text.rpartition("\n")
    if newline and kept.strip():
        return kept
    end = len(text)
    while end and (text[end - 1].isalnum() or text[end - 1] == "_"):
        end -= 1
    if not text[:end].strip():
        return Dropped("The answer was cut off before its first word was whole.")
    return text[:end]


def trim_blanks(text: str, scene: Scene) -> str | Dropped:
    """Take out blanks at the ends of lines and blank lines at the end."""
    place = place_of(scene.snapshot)
    lines = text.split("\n")
    trimmed = [line.rstrip(" \t") for line in lines[:-1]]
    if not trimmed and place.tail and place.line_after[0] not in _NO_BLANK_BEFORE:
        # The blank stands between two words.
        return text
    return "\n".join([*trimmed, lines[-1]]).rstrip()


def drop_worthless(text: str, scene: Scene) -> str | Dropped:
    """Drop what nobody would insert."""
    place = place_of(scene.snapshot)
    stripped = text.strip()
    if not stripped:
        return Dropped("The answer is blank.")
    if len(stripped) == 1 and stripped in ")]}>\"'`" and "\n" not in text:
        return Dropped("The answer is one closing character, which the editor adds by itself.")
    before, after = place.line_before[-1:], place.line_after[:1]
    if _is_word(text[-1]) and _is_word(after):
        if _is_word(before):
            return Dropped("The cursor stands inside a word.")
        return Dropped("The answer would run into the word right of the cursor.")
    if place.tail and "\n" not in text and CLOSING.issuperset(stripped) and place.tail == stripped:
        return Dropped("The same text follows the cursor already.")
    return text


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
