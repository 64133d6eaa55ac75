"""What filters ask about brackets; the reading itself is ``text.scan``'s."""

from __future__ import annotations

from codestral_ls.text.language import Language
from codestral_ls.text.scan import CLOSERS, PAIRS, Bracket, Open, brackets, code_part, scan

__all__ = ["CLOSERS", "PAIRS", "Bracket", "Open", "brackets", "code_part", "survey"]


def survey(
    text: str, language: Language, start: int = 0
) -> tuple[tuple[Bracket, ...], Open | None]:
    """The brackets left open at the end of a text, outermost first, and the string or comment
    that it ends in."""
    found = scan(text, language, start)
    return tuple(entry for entry in found.stack if isinstance(entry, Bracket)), found.inside
