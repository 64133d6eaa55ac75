"""Tokens: nothing is lost, whatever the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.workspace.tokens import split_partial, subwords, tokenise

CODE_LIKE = (
    st.text(alphabet=st.sampled_from("ab_A1 \t\n\r\f\v()=.>'\"é中😀\x00\x85\u2028")) | st.text()
)


@given(CODE_LIKE)
def test_tokens_joined_are_the_text(text: str) -> None:
    assert "".join(tokenise(text)) == text


@given(CODE_LIKE)
def test_the_split_before_the_cursor_loses_nothing(text: str) -> None:
    known, partial = split_partial(text)
    assert known + partial == text


@given(st.text())
def test_parts_of_a_name_are_the_name(word: str) -> None:
    assert "".join(subwords(word)) == word


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("x = f(a, 1)", ["x", " =", " f", "(", "a", ",", " 1", ")"]),
        ("if a:\n    b", ["if", " a", ":", "\n    ", "b"]),
        ("a \r\n\r\n\tb", ["a", " \r\n\r\n\t", "b"]),
        ("a->b != c...", ["a", "->", "b", " !=", " c", "..."]),
        ("f(())", ["f", "(", "(", ")", ")"]),
    ],
)
def test_a_token_carries_the_blanks_before_it_and_brackets_stand_alone(
    text: str, tokens: list[str]
) -> None:
    assert tokenise(text) == tokens


def test_a_long_run_of_letters_is_taken_in_pieces() -> None:
    assert max(map(len, tokenise("A" * 1000))) <= 64


@pytest.mark.parametrize(
    ("before", "partial"),
    [
        ("x = open_le", " open_le"),
        ("x = ", " "),
        ("x =", ""),
        ("f(a", "a"),
        ("def f():\n    ", ""),
        ("a\r\n\t", ""),
        ("", ""),
    ],
)
def test_the_begun_token_is_the_word_with_its_blanks_but_never_indentation(
    before: str, partial: str
) -> None:
    assert split_partial(before)[1] == partial


def test_subwords_of_both_naming_styles() -> None:
    assert subwords("load_parcelBox2") == ("load", "_", "parcel", "Box", "2")
    assert subwords("HTTPServer") == ("HTTP", "Server")
