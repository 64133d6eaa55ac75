"""A completion ends before the first stop, however the network cuts the text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.backends.stops import StopCutter, all_stops, sent_stops
from codestral_ls.text.fim_templates import TEMPLATES

letters = st.text(st.sampled_from("ab<|>"), max_size=30)
stop_lists = st.lists(st.text(st.sampled_from("ab<|>"), min_size=1, max_size=5), max_size=4)


def run(stops: list[str], pieces: list[str]) -> tuple[str, bool]:
    cutter = StopCutter(stops)
    text = "".join(cutter.feed(piece) for piece in pieces)
    return text + cutter.rest(), cutter.stopped


@given(stops=stop_lists, text=letters, size=st.integers(1, 5))
def test_the_text_ends_before_a_stop_whatever_the_pieces(
    stops: list[str], text: str, size: int
) -> None:
    places = [text.find(stop) for stop in stops if stop in text]
    expected = text[: min(places)] if places else text
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    got, stopped = run(stops, pieces)
    assert stopped == bool(places)
    # Of two stops that overlap, pieces may show the later one whole before the earlier one.
    assert text.startswith(got)
    assert len(got) >= len(expected)
    assert not any(stop in got for stop in stops)


def test_only_what_may_begin_a_stop_is_held_back() -> None:
    cutter = StopCutter(["<|end|>"])
    assert cutter.feed("a < b <|e") == "a < b "
    assert cutter.feed("lse") == "<|else"
    assert cutter.rest() == ""


def test_the_callers_stops_come_first_and_each_is_sent_once() -> None:
    row = TEMPLATES[0]
    assert sent_stops(row, ("\n\n", "[PREFIX]")) == ["\n\n", "[PREFIX]", "[SUFFIX]", "[MIDDLE]"]
    assert all_stops(None, ("", "a")) == ("a",)
