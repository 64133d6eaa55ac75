"""Short texts that keep a parser busy for seconds to hours."""

from __future__ import annotations

from codestral_ls.text.languages import LANGUAGES

PIECES = (
    *("x=>", "a<", "a<b,", "A<B<", "f(", "a[", "((", "[[", "{{", "<<", "(a*)", "<a>", "- ", "- \n"),
    *("else ", "a(b)", "x=x?", "`${"),
)
SIZES = (3_000, 20_000)

BY_GRAMMAR = {row.grammar: language_id for language_id, row in LANGUAGES.items() if row.grammar}
"""A language for each grammar."""


def bombs() -> list[str]:
    """Each piece repeated: a shorter text alone, a longer one with an end that fits nothing."""
    shorter, longer = ([piece * (size // len(piece)) for piece in PIECES] for size in SIZES)
    return [*shorter, *(f"class A {{ void f() {{ {text} ) }} ;\n x" for text in longer)]
