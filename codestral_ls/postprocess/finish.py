"""Ends a text well: whole where it was cut, without blanks, or not at all."""

from __future__ import annotations

from codestral_ls.postprocess.measure import opens_block, width_of
from codestral_ls.postprocess.overlap import CLOSING
from codestral_ls.postprocess.place import Place, place_of
from codestral_ls.postprocess.scene import Dropped, Scene

# Thai to Tibetan, Myanmar, Khmer, Kana to Han, Hangul, and the supplementary ideographs.
_UNSPACED_SCRIPTS = (
    ("\u0e00", "\u0fff"),
    ("\u1000", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\u3005", "\u9fff"),
    ("\uac00", "\ud7af"),
    ("\uf900", "\ufaff"),
    ("\uff66", "\uff9f"),
    ("\U00020000", "\U0003ffff"),
)
_NO_BLANK_BEFORE = " \t;,.)]>:"
_QUOTES = "\"'`"


def go_back_to_whole(text: str, scene: Scene) -> str | Dropped:
    """Go back to a whole line, or in a single line to a whole word, and from a comma that nothing
    may stand behind."""
    place = place_of(scene)
    kept = _whole_part(text, place)
    if isinstance(kept, Dropped) or not kept.endswith(",") or place.language.trailing_commas:
        return kept
    following = place.tail or (place.below[0].strip() if place.below else "")
    return kept[:-1] if following[:1] in (")", "]", "}") and following else kept


def _whole_part(text: str, place: Place) -> str | Dropped:
    if not text or text.endswith("\n"):
        return text
    kept, newline, last = text.rpartition("\n")
    if newline and kept.strip():
        return _without_bare_head(kept, last, place)
    end = len(text)
    while end and (text[end - 1].isalnum() or text[end - 1] == "_"):
        end -= 1
    if not text[:end].strip():
        return Dropped("The answer was cut off before its first word was whole.")
    return text[:end]


def _without_bare_head(text: str, cut: str, place: Place) -> str:
    """The text less lines at its end that went on in the line which was cut off."""
    language = place.language
    if language.prose or language.data or place.inside is not None:
        return text
    lines = text.split("\n")
    while len(lines) > 1 and lines[-1].strip() and not opens_block(lines[-1], language):
        if not cut.strip() or width_of(cut) <= width_of(lines[-1]):
            break
        cut = lines.pop()
    return "\n".join(lines)


def trim_blanks(text: str, scene: Scene) -> str | Dropped:
    """Take out blanks at the ends of lines and blank lines at the end."""
    place = place_of(scene)
    lines = text.split("\n")
    if place.pair and len(lines) > 1:
        # Where what closes the pair goes is another filter's business.
        return text
    trimmed = [line.rstrip(" \t") for line in lines[:-1]]
    if not trimmed and place.tail and place.inside is not None and not place.inside.comment:
        # In a string a blank is content.
        return text
    if not trimmed and place.tail and not _joins_what_is_before(place):
        # The blank stands between two words.
        return text
    return "\n".join([*trimmed, lines[-1]]).rstrip()


def _joins_what_is_before(place: Place) -> bool:
    """What stands right of the cursor has no blank before it as a rule."""
    character = place.line_after[0]
    if character in _QUOTES and place.language.quotes and place.inside is None:
        # It opens a string.
        return False
    return character in _NO_BLANK_BEFORE or character in _QUOTES


def drop_worthless(text: str, scene: Scene) -> str | Dropped:
    """Drop what nobody would insert."""
    place = place_of(scene)
    stripped = text.strip()
    if not stripped:
        return Dropped("The answer is blank.")
    if len(stripped) == 1 and stripped in ")]}>\"'`" and "\n" not in text:
        return Dropped("The answer is one closing character, which the editor adds by itself.")
    before, after = place.line_before[-1:], place.line_after[:1]
    if _is_word(text[-1]) and _is_word(after) and not _is_unspaced(text[-1] + after):
        if _is_word(before):
            return Dropped("The cursor stands inside a word.")
        return Dropped("The answer would run into the word right of the cursor.")
    if place.tail and "\n" not in text and CLOSING.issuperset(stripped) and place.tail == stripped:
        return Dropped("The same text follows the cursor already.")
    return text


def _is_unspaced(characters: str) -> bool:
    """Some character is of a script that puts no blanks between words, or affixes to them."""
    return any(
        low <= character <= high for character in characters for low, high in _UNSPACED_SCRIPTS
    )


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
