"""Reading streams: the same events however the network cuts the bytes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.backends.http.sse import MAX_EVENT_CHARS, EventReader, LineReader, OversizedEvent
from tests.fakes.behaviour import FIXTURES

STREAMS = [path.read_bytes() for path in sorted((FIXTURES / "mistral").glob("stream*.txt"))]


def read(reader: EventReader | LineReader, *portions: bytes) -> list[str]:
    events = [event for portion in portions for event in reader.feed(portion)]
    last = reader.close()
    return events if last is None else [*events, last]


def check_events(stream: str, *expected: str) -> None:
    assert read(EventReader(), stream.encode()) == list(expected)


def portions_of(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    return [data[start:end] for start, end in itertools.pairwise(places)]


def test_there_are_recorded_streams() -> None:
    assert len(STREAMS) >= 2


@given(
    stream=st.sampled_from(STREAMS),
    line_end=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    cuts=st.lists(st.integers(0, 1500)),
)
def test_recorded_streams_read_the_same_in_any_portions_and_with_any_line_ends(
    stream: bytes, line_end: bytes, cuts: list[int]
) -> None:
    expected = read(EventReader(), stream)
    portions = portions_of(stream.replace(b"\n", line_end), cuts)
    assert read(EventReader(), *portions) == expected
    assert expected[-1] == "[DONE]"


@given(data=st.binary(max_size=300), cuts=st.lists(st.integers(0, 300)))
def test_any_bytes_read_the_same_in_any_portions(data: bytes, cuts: list[int]) -> None:
    assert read(EventReader(), *portions_of(data, cuts)) == read(EventReader(), data)


@given(text=st.text(st.sampled_from("ad:t \r\n\ufeff\u2028")), cuts=st.lists(st.integers(0, 300)))
def test_any_mixture_of_line_ends_reads_the_same_in_any_portions(
    text: str, cuts: list[int]
) -> None:
    data = text.replace("t", "data:").encode()
    assert read(EventReader(), *portions_of(data, cuts)) == read(EventReader(), data)


def test_an_event_is_given_as_soon_as_its_blank_line_is_there() -> None:
    reader = EventReader()
    assert reader.feed(b"data: a\r\n") == []
    assert reader.feed(b"\r") == ["a"]
    assert reader.feed(b"\ndata: b\r\r") == ["b"]


def test_separators_that_only_python_takes_for_line_ends_stay_in_the_text() -> None:
    check_events(
        "data: a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg\n\n", "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg"
    )


def test_several_data_lines_are_one_event_of_several_lines() -> None:
    check_events("data: a\ndata:b\ndata\ndata:  c\n\n", "a\nb\n\n c")


def test_comments_other_fields_and_events_without_data_are_ignored() -> None:
    check_events(": hello\n\n:\nevent: x\nid: 1\nretry: 5\n\nevent: y\ndata: a\n\n\n\n", "a")


def test_the_last_event_needs_no_blank_line() -> None:
    check_events("data: a\n\ndata: b", "a", "b")


def test_a_byte_order_mark_at_the_start_is_skipped() -> None:
    check_events("\ufeffdata: \ufeffa\n\n", "\ufeffa")


def test_bytes_that_are_not_utf8_are_replaced() -> None:
    assert read(EventReader(), b"data: a\xff\xc3", b"b\n\n") == ["a\ufffd\ufffdb"]


@pytest.mark.parametrize("line_end", [b"", b"\n"])
def test_an_endless_event_is_given_up(line_end: bytes) -> None:
    portion = b"data: " + b"x" * 5000 + line_end
    with pytest.raises(OversizedEvent):
        read(EventReader(), *[portion] * (MAX_EVENT_CHARS // 5000 + 1))


def test_many_events_may_be_larger_than_the_largest_one() -> None:
    reader = EventReader()
    event = b"data: " + b"x" * (MAX_EVENT_CHARS // 2) + b"\n\n"
    assert sum(len(reader.feed(event)) for _ in range(5)) == 5


@given(cuts=st.lists(st.integers(0, 60)))
def test_lines_of_json_read_the_same_in_any_portions(cuts: list[int]) -> None:
    data = '{"a":"\u2028 é"}\r\n\n{"b":1}\n{"c"'.encode()
    lines = ['{"a":"\u2028 é"}\r', '{"b":1}', '{"c"']
    assert read(LineReader(), *portions_of(data, cuts)) == lines


def test_an_endless_line_of_json_is_given_up() -> None:
    with pytest.raises(OversizedEvent):
        read(LineReader(), *[b"x" * 5000] * (MAX_EVENT_CHARS // 5000 + 1))
