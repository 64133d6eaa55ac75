"""In a long text without a grammar the whole text tells which literal a place is in."""

from __future__ import annotations

import pytest

from codestral_ls.model import WINDOW_AFTER, WINDOW_BEFORE, Snapshot
from codestral_ls.postprocess import Scene, Shaped, run
from codestral_ls.text.languages import facts
from codestral_ls.text.lexed import Lexed

PERL = "sub f {\n    my ($x) = @_;\n    return $x;\n}\n\n"
# Longer than the window before a cursor.
POD = "=head2 usage\n\n" + "Don't use it (it's odd).\n" * 2000
HEREDOC = "print <<'END';\n" + "Don't use it (it's odd).\n" * 2000 + "END\n\n"


def read(text: str, language: str) -> Lexed:
    """The literals of a text, read to its end."""
    literals = Lexed.of(text, facts(language))
    while literals.go_on():
        pass
    return literals


def mark_at(text: str, offset: int, literals: Lexed) -> str | None:
    """What the literal round a place begins with."""
    found = literals.literal_at(len(text[:offset].encode()))
    return None if found is None else found[1]


@pytest.mark.parametrize(
    ("text", "place", "begins"),
    [
        (PERL * 20 + POD, "odd).\n", "=head2 usage"),
        (PERL * 20 + HEREDOC + PERL * 900, "return", None),
        (HEREDOC + PERL, "odd).\n", "<<'END'"),
    ],
)
def test_the_literal_of_a_place_is_known_however_far_it_began(
    text: str, place: str, begins: str | None
) -> None:
    offset = text.rfind(place)
    found = mark_at(text, offset, read(text, "perl"))
    assert (found or "").startswith(begins or "")
    assert (found is None) == (begins is None)


def test_an_edit_is_taken_up_without_reading_the_text_anew() -> None:
    text = PERL * 1500
    literals = read(text, "perl")
    opened = PERL * 700 + "my $t = q|\n" + PERL * 800
    updated = literals.updated(opened)
    while updated.go_on():
        pass
    assert mark_at(opened, len(PERL * 600), updated) is None
    assert (mark_at(opened, len(PERL * 900), updated) or "").startswith("q|")
    back = updated.updated(text)
    while back.go_on():
        pass
    assert mark_at(text, len(PERL * 900), back) is None


def test_what_was_not_read_yet_is_not_guessed() -> None:
    text = PERL * 3000
    literals = Lexed.of(text, facts("perl"))
    assert literals.locate(text.count("\n") - 2, "") is None
    while literals.go_on():
        pass
    assert literals.locate(text.count("\n") - 2, "") is not None


def test_a_block_is_shaped_below_a_string_longer_than_the_window() -> None:
    before = HEREDOC + "sub g {\n    my ($y) = @_;\n    "
    after = "\n}\n"
    snapshot = Snapshot(
        uri="file:///a.pl",
        path="/a.pl",
        language_id="perl",
        version=1,
        before=before[-WINDOW_BEFORE:],
        after=after[:WINDOW_AFTER],
        line=before.count("\n"),
        at_document_start=False,
        at_document_end=True,
    )
    scene = Scene(snapshot, tree=read(before + after, "perl"))
    shaped = run("if ($y) {\n        return 1;\n    }\n    return 2;\n}\n", scene)
    assert isinstance(shaped, Shaped)
    assert shaped.text == "if ($y) {\n        return 1;\n    }\n    return 2;"
