"""When to ask, and when better not."""

from __future__ import annotations

import pytest

from codestral_ls.config.settings import Settings
from codestral_ls.engine.triggers import pause_s, reason_not_to_ask, typing_pause_s
from tests.engine.test_answers import seen


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = ", "\n"),
        ("", ""),
        ("def f(", ")\n"),
        ("    ", "\n"),
        ("tot", "\n"),
        ("f()", "\n"),
        ("# \u7d2f\u52a0", "\u6240\u6709\u4ef7\u683c\n"),
        ("# \u5024\u306e", "\u5408\u8a08\n"),
        ("# \u0e23\u0e32", "\u0e04\u0e32\n"),
        ("# \ud569\uacc4", "\ub97c\n"),
    ],
)
def test_ordinary_places_are_asked_about(before: str, after: str) -> None:
    assert reason_not_to_ask(seen(before, after), Settings()) is None


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("to", "tal\n", "inside a word"),
        ("    })", "\n", "closing"),
        ("});", "\n", "closing"),
        ('password = "hunt', '"\n', "secret"),
        ("na\u00ef", "ve\n", "inside a word"),
    ],
)
def test_other_places_are_left_alone_and_it_says_why(before: str, after: str, words: str) -> None:
    assert words in (reason_not_to_ask(seen(before, after), Settings()) or "")


def test_switches_are_obeyed() -> None:
    place = seen("x = ", "\n")
    assert "turned off" in (reason_not_to_ask(place, Settings(enabled=False)) or "")
    off = Settings(disabled_languages=("python",))
    assert "python" in (reason_not_to_ask(place, off) or "")


@pytest.mark.parametrize("before", ["", "    ", "x = ", "f(", "a,", "x.", "if a:\n        "])
def test_where_people_pause_there_is_no_wait(before: str) -> None:
    assert pause_s(seen(before), [], Settings()) == 0


def test_in_a_word_the_typists_own_rhythm_decides() -> None:
    fast, slow = [0.08] * 10, [0.2] * 10
    assert pause_s(seen("tot"), fast, Settings()) < pause_s(seen("tot"), slow, Settings())


def test_pauses_are_not_taken_for_rhythm() -> None:
    assert typing_pause_s([0.1] * 10) == typing_pause_s([0.1] * 10 + [4.0, 9.0, 30.0])


def test_a_fixed_debounce_holds_everywhere() -> None:
    for before in ("tot", "x = "):
        assert pause_s(seen(before), [], Settings(debounce_ms=75)) == 0.075
