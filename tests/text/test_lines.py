"""Lines against a model that knows nothing but a string and LSP's definition of a position."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codestral_ls.text import lines
from codestral_ls.text.lines import Encoding, Lines, PlacedEdit, Window

# Line ends, what str.splitlines takes for line ends, and characters of one to four bytes.
PIECES = [
    *("a", "b ", "(", "\n", "\n", "\r", "\r\n", "\t", "\0"),
    *("\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"),
    *("é", "e\u0301", "中", "😀", "👩\u200d💻", "\U0010ffff"),
]
texts = st.lists(st.sampled_from(PIECES), max_size=16).map("".join) | st.text(max_size=12)
long_texts = st.builds(lambda text, times: text * times, texts, st.integers(1, 80))
encodings = st.sampled_from(("utf-8", "utf-16", "utf-32"))
numbers = st.integers(0, 12) | st.just(2**31 - 1)
places = st.tuples(numbers, numbers)
Script = list[tuple[tuple[int, int], tuple[int, int], str]]
scripts = st.lists(st.tuples(places, places, texts), max_size=12)


def spans(text: str) -> list[tuple[int, int]]:
    """Start and end, without the terminator, of every line."""
    found, start, at = [], 0, 0
    while at < len(text):
        if text[at] in "\r\n":
            found.append((start, at))
            at += text.startswith("\r\n", at)
            start = at + 1
        at += 1
    return [*found, (start, len(text))]


def units(character: str, encoding: Encoding) -> int:
    """How many units a client counts for the character."""
    code = ord(character)
    if encoding == "utf-8":
        return 1 + (code >= 0x80) + (code >= 0x800) + (code >= 0x10000)
    return 2 if encoding == "utf-16" and code >= 0x10000 else 1


def offset(text: str, place: tuple[int, int], encoding: Encoding) -> int:
    """Where in the string a client's position is, rounded down and clamped."""
    line, unit = place
    if line >= len(spans(text)):
        return len(text)
    at, end = spans(text)[line]
    while at < end and units(text[at], encoding) <= unit:
        unit -= units(text[at], encoding)
        at += 1
    return at


def location(text: str, at: int) -> tuple[int, int]:
    """Line and column of an offset; between ``\\r`` and ``\\n`` it is the end of the line."""
    line = max(i for i, (start, _) in enumerate(spans(text)) if start <= at)
    start, end = spans(text)[line]
    return line, min(at, end) - start


def with_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def check_script(text: str, script: Script) -> None:
    """Run the edits in every encoding, comparing text, lines and the description of each edit."""
    encodings_in_use: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")
    for encoding in encodings_in_use:
        expected, lines = text, Lines(text)
        for one, other, new_text in script:
            start, end = sorted(offset(expected, place, encoding) for place in (one, other))
            old = expected
            expected = old[:start] + new_text + old[end:]
            edit = lines.edit(*one, *other, new_text, encoding)
            assert lines.text == expected
            assert lines.lines == Lines(expected).lines
            assert edit == PlacedEdit(
                with_newlines(new_text),
                len(with_newlines(old[start:end])),
                True,
                *location(old, start),
                *location(expected, start + len(new_text)),
            )


def check_window(text: str, at: int, max_before: int, max_after: int) -> None:
    line, column = location(text, at)
    at = spans(text)[line][0] + column
    before, after = with_newlines(text[:at]), with_newlines(text[at:])
    assert Lines(text).window(line, column, max_before, max_after) == Window(
        before=before[max(0, len(before) - max_before) :],
        after=after[:max_after],
        at_start=len(before) <= max_before,
        at_end=len(after) <= max_after,
    )


@given(texts, scripts)
@settings(max_examples=400, deadline=None)
def test_any_edits_leave_the_text_that_a_plain_string_would_have(text: str, script: Script) -> None:
    check_script(text, script)


@pytest.mark.long
@given(texts, scripts)
@settings(max_examples=5_000, deadline=None)
def test_thousands_of_edit_scripts_stay_in_step(text: str, script: Script) -> None:
    check_script(text, script)


@given(long_texts, st.data())
@settings(max_examples=400, deadline=None)
def test_a_window_holds_exactly_the_characters_next_to_the_cursor(
    text: str, data: st.DataObject
) -> None:
    limits = st.integers(0, 10) | st.integers(0, len(text) + 2)
    at = data.draw(st.integers(0, len(text)))
    check_window(text, at, data.draw(limits), data.draw(limits))


@pytest.mark.long
@given(long_texts, st.data())
@settings(max_examples=5_000, deadline=None)
def test_thousands_of_windows_are_exact(text: str, data: st.DataObject) -> None:
    limits = st.integers(0, 10) | st.integers(0, len(text) + 2)
    at = data.draw(st.integers(0, len(text)))
    check_window(text, at, data.draw(limits), data.draw(limits))


@given(long_texts)
@settings(max_examples=300, deadline=None)
def test_a_text_is_split_at_the_three_line_ends_of_lsp_alone(text: str) -> None:
    lines = Lines(text)
    starts = [start for start, _ in spans(text)]
    ends = [*starts[1:], len(text)]
    assert list(lines.lines) == [text[a:b] for a, b in zip(starts, ends, strict=True)]
    assert [lines.width(line) for line in range(lines.n_lines)] == [b - a for a, b in spans(text)]
    assert lines.text == text


@given(texts, st.tuples(st.integers(-3, 12), st.integers(-3, 12)), encodings)
@settings(max_examples=300, deadline=None)
def test_every_position_is_brought_inside_the_text(
    text: str, place: tuple[int, int], encoding: Encoding
) -> None:
    line, unit = place
    within = (0, 0) if line < 0 else (line, max(0, unit))
    assert Lines(text).locate(line, unit, encoding) == location(
        text, offset(text, within, encoding)
    )


@pytest.mark.parametrize(
    ("encoding", "columns"),
    [
        ("utf-8", [0, 0, 1, 1, 1, 1, 2, 3, 3]),
        ("utf-16", [0, 1, 1, 2, 3, 3]),
        ("utf-32", [0, 1, 2, 3, 3]),
    ],
)
def test_a_position_inside_a_character_is_its_start(encoding: Encoding, columns: list[int]) -> None:
    lines = Lines("é😀x\r\n")
    assert [lines.locate(0, unit, encoding)[1] for unit in range(len(columns))] == columns


@pytest.mark.parametrize(
    ("text", "edit", "expected"),
    [
        ("x\rabc\ny", (1, 0, 1, 3, ""), ("x\r\n", "y")),
        ("x\ny", (0, 1, 0, 1, "\r"), ("x\r\n", "y")),
        ("x\ry", (1, 0, 1, 0, "\n"), ("x\r\n", "y")),
        ("x\r\ny", (0, 1, 0, 1, "\n"), ("x\n", "\r\n", "y")),
        ("x\r", (1, 0, 1, 0, "\n"), ("x\r\n", "")),
        ("x\r\r", (1, 0, 2, 0, "\n\n"), ("x\r\n", "\n", "")),
    ],
    ids=["deletion", "cr-typed", "lf-typed", "lf-before-crlf", "at-the-end", "replacement"],
)
def test_a_cr_and_an_lf_brought_together_are_one_line_end(
    text: str, edit: tuple[int, int, int, int, str], expected: tuple[str, ...]
) -> None:
    lines = Lines(text)
    start_line, start, end_line, end, new_text = edit
    done = lines.edit(start_line, start, end_line, end, new_text, "utf-16")
    assert lines.lines == expected
    assert done.end_column <= lines.width(done.end_line)


def test_a_window_does_not_begin_with_half_a_line_end() -> None:
    lines = Lines("a\r\nb")
    assert lines.window(1, 1, 2, 0) == Window("\nb", "", at_start=False, at_end=True)
    assert lines.window(0, 0, 0, 2) == Window("", "a\n", at_start=True, at_end=False)


def test_a_window_can_be_encoded_whatever_a_client_sent() -> None:
    lines = Lines("\ud83d😀\ude00")
    assert lines.locate(0, 3, "utf-16") == (0, 2)
    lines.edit(0, 1, 0, 3, "", "utf-16")
    assert lines.window(0, 2, 9, 9) == Window("😀", "", at_start=True, at_end=True)
    assert lines.window(0, 1, 9, 9) == Window("\ufffd", "\ufffd", at_start=True, at_end=True)


def test_edits_that_follow_each_other_are_one_edit() -> None:
    lines = Lines("ab\ncd")
    first = lines.edit(0, 1, 1, 1, "x\n", "utf-8")
    second = lines.edit(1, 0, 1, 1, "yz", "utf-8")
    assert first.then(second) == PlacedEdit("x\nyz", 4, True, 0, 1, 1, 2)
    assert lines.text == "ax\nyz"


def test_edits_in_two_places_are_not_one_edit() -> None:
    lines = Lines("ab\ncd")
    first = lines.edit(1, 0, 1, 0, "#", "utf-8")
    second = lines.edit(0, 0, 0, 0, "#", "utf-8")
    third = lines.edit(0, 1, 0, 1, " ", "utf-8")
    assert not first.then(second).single
    assert not first.then(second).then(third).single


HALVES = st.lists(st.sampled_from(["a", "é", "中", "😀", "\ud83d", "\ude00"]), max_size=40)


@settings(max_examples=300)
@given(HALVES.map("".join), st.integers(0, 90), encodings)
def test_halves_of_characters_are_counted_as_what_they_are(
    text: str, unit: int, encoding: Encoding
) -> None:
    assert Lines(text).locate(0, unit, encoding) == (0, offset(text, (0, unit), encoding))


@pytest.mark.parametrize("piece", ["\ud83d", "😀", "é😀\ude00"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_place_in_a_long_line_is_found_by_reading_it_a_few_times(
    piece: str, encoding: Encoding, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_read = 0
    count = lines._n_units

    def counted(text: str, encoding: Encoding) -> int:
        nonlocal n_read
        n_read += len(text)
        return count(text, encoding)

    monkeypatch.setattr(lines, "_n_units", counted)
    text = piece * 20_000
    unit = 20_001 * units("😀", encoding) // 2
    assert Lines(text).locate(0, unit, encoding) == (0, offset(text, (0, unit), encoding))
    assert n_read <= 3 * len(text)


def test_halves_of_characters_take_no_handler_of_errors() -> None:
    called = 0

    def counted(error: UnicodeError) -> tuple[str, int]:
        nonlocal called
        called += 1
        return codecs.lookup_error("ignore")(error)  # type: ignore[return-value]  # as replace

    handlers = {name: codecs.lookup_error(name) for name in ("replace", "surrogatepass")}
    try:
        for name in handlers:
            codecs.register_error(name, counted)
        document = Lines("\ud83d" * 100)
        document.edit(0, 60, 0, 60, "x", "utf-16")
        assert document.window(0, 60, 50, 50).before == "\ufffd" * 50
    finally:
        for name, handler in handlers.items():
            codecs.register_error(name, handler)
    assert called == 0
