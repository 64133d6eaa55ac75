"""The same code about another thing: ``parcel = load_parcel(path)``, ``order = load_█``.

Two stretches of tokens are aligned backwards from the cursor. Where they differ by a word for a
word, always the same for the same, the difference is a renaming, and what follows there is
renamed before it is suggested here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codestral_ls.workspace.completer.learner import N_LINE_ENDS, UNKNOWN
from codestral_ls.workspace.tokens import is_word, subwords

_REACH = 24
"""Tokens to look back: two or three lines. Names that differ further up say nothing."""
_MAX_NAMES = 3
"""If more names differ, it is other code."""


@dataclass(frozen=True, slots=True)
class Renaming:
    """Which word stands for which, there to here."""

    words: Mapping[str, str]

    def apply(self, token: str) -> str:
        """The token as it would be called here, blanks kept."""
        word = token.lstrip(" \t")
        blanks = token[: len(token) - len(word)]
        if word in self.words:
            return blanks + self.words[word]
        for there, here in self.words.items():
            renamed = _replace_part(word, *_differing_part(there, here))
            if renamed != word:
                return blanks + renamed
        return token


def align(
    ids: str, position: int, context: str, length: int, texts: Sequence[str]
) -> tuple[Renaming | None, int]:
    """The renaming under which the tokens before ``position`` agree with the context's end.

    ``length`` tokens are known to agree as they are. Also returns how many agree in all; the
    renaming is None where there is none.
    """
    words: dict[str, str] = {}
    reach = min(_REACH, len(context), position)
    agreed = length
    for back in range(length, reach):
        there, here = ord(ids[position - 1 - back]), ord(context[-1 - back])
        if there != here:
            if min(there, here) <= UNKNOWN:
                break
            old, new = texts[there], texts[here]
            if not (is_word(old) and is_word(new)):
                break
            if ids[position - 1 - back] in ids[position - length : position]:
                break  # nearer the cursor this name stands for itself
            old, new = old.strip(), new.strip()
            if words.setdefault(old, new) != new or len(words) > _MAX_NAMES:
                words = {name: words[name] for name in list(words)[:_MAX_NAMES]}
                break
        elif there > N_LINE_ENDS and words and texts[there].strip() in words:
            break  # the same name stands for itself here: not consistent
        agreed = back + 1
    # A renaming needs something beyond the differing names that agrees.
    if not words or agreed - length <= len(words):
        return None, length
    return Renaming(words), agreed


def _differing_part(there: str, here: str) -> tuple[str, str]:
    """What differs between two names: ``load_parcel``, ``load_order`` give ``parcel``, ``order``.

    Whole parts only; empty strings where nothing sensible is left.
    """
    old, new = subwords(there), subwords(here)
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return "".join(old[start : len(old) - end]), "".join(new[start : len(new) - end])


def _replace_part(word: str, old: str, new: str) -> str:
    if len(old) < 3 or not new or old.lower() not in word.lower():
        return word
    parts = subwords(word)
    forms = ((old, new), (old.capitalize(), new.capitalize()), (old.lower(), new.lower()),
             (old.upper(), new.upper()))  # fmt: skip
    for form, replacement in forms:
        size = len(subwords(form))
        for at in range(len(parts) - size + 1):
            if "".join(parts[at : at + size]) == form:
                return "".join((*parts[:at], replacement, *parts[at + size :]))
    return word
