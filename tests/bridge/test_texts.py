"""The requests of one document are recognized by their text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codestral_ls.bridge.texts import KnownTexts
from codestral_ls.bridge.wanted import ClientPassage, WantedCompletion
from codestral_ls.engine.answers import Typed, typed_since
from codestral_ls.model import WINDOW_BEFORE, Snapshot

LINES = [f"value_{number} = load({number})\n" for number in range(600)]


def seen(texts: KnownTexts, before: str, after: str = "\n", **fields: object) -> Snapshot:
    return texts.snapshot(WantedCompletion(before, after, **fields))  # type: ignore[arg-type]  # a test's own fields


@pytest.fixture
def texts(tmp_path: Path) -> KnownTexts:
    return KnownTexts(tmp_path)


def test_typing_is_seen_as_such_from_the_first_character_on(texts: KnownTexts) -> None:
    former = seen(texts, "")
    for length in range(1, 30):
        now = seen(texts, "def area(radius):\n    return x"[:length])
        typed = typed_since(former, now)
        assert now.uri == former.uri
        assert typed is not None
        assert len(typed.text) == 1
        former = now


def test_a_window_of_whole_lines_that_slides_hides_no_typing(texts: KnownTexts) -> None:
    """llama.vim sends the last 256 lines before the cursor."""
    former = seen(texts, "".join(LINES[:256]), "".join(LINES[500:564]))
    first = former
    for number in range(256, 290):
        window = "".join(LINES[number - 255 : number + 1])
        now = seen(texts, window, "".join(LINES[500:564]))
        assert now.uri == former.uri
        assert typed_since(former, now) == Typed(LINES[number])
        former = now
    assert typed_since(first, former) == Typed("".join(LINES[256:290]))


def test_coming_back_up_the_places_have_their_old_lines(texts: KnownTexts) -> None:
    there = seen(texts, "".join(LINES[100:356]), "".join(LINES[356:420]))
    seen(texts, "".join(LINES[60:316]), "".join(LINES[316:380]))
    back = seen(texts, "".join(LINES[100:356]), "".join(LINES[356:420]))
    assert (back.uri, back.line) == (there.uri, there.line)


def test_two_documents_do_not_share_a_memory(texts: KnownTexts) -> None:
    one = seen(texts, "".join(LINES[:40]))
    other = seen(texts, "".join(LINES[300:340]))
    assert one.uri != other.uri
    assert seen(texts, "".join(LINES[:40]) + "x = ").uri == one.uri
    assert seen(texts, "".join(LINES[300:340]) + "x = ").uri == other.uri


def test_the_oldest_document_is_forgotten(texts: KnownTexts) -> None:
    first = seen(texts, "".join(LINES[:10]))
    for start in range(10, 400, 10):
        seen(texts, "".join(LINES[start : start + 10]))
    assert seen(texts, "".join(LINES[:10])).uri != first.uri


def test_a_passage_of_the_document_tells_its_name_and_language(
    texts: KnownTexts, tmp_path: Path
) -> None:
    (tmp_path / "own.py").write_text("".join(LINES), encoding="utf-8")
    own = ClientPassage("own.py", "".join(LINES[10:40]))
    other = ClientPassage("other.js", "let a = 1\nlet b = 2\nlet c = 3\nlet d = 4\n")
    texts.note([own, other])  # as a request for nothing but readiness does
    now = seen(texts, "".join(LINES[:60]), passages=(other,))
    assert now.path == str(tmp_path / "own.py")
    assert now.language_id == "python"
    assert now.uri == (tmp_path / "own.py").as_uri()


def test_without_a_name_there_is_no_path_and_no_language(texts: KnownTexts, tmp_path: Path) -> None:
    now = seen(texts, "".join(LINES[:60]), passages=(ClientPassage("x.py", "import os\n"),))
    assert (now.path, now.language_id) == (None, "")
    assert now.uri.startswith(tmp_path.as_uri())


def test_a_name_of_no_file_here_gives_a_language_and_no_path(texts: KnownTexts) -> None:
    now = seen(texts, "x = ", name="elsewhere/a.py")
    assert (now.path, now.language_id) == (None, "python")
    assert now.uri.endswith("/elsewhere/a.py")


@pytest.mark.parametrize(
    "name", ["a\0b.py", "a\nb.py", "\ud800.py", "x" * 5000, "../../a.py", "~", "//"]
)
def test_odd_names_do_no_harm(texts: KnownTexts, name: str) -> None:
    assert seen(texts, "x = ", name=name).path is None


def test_line_ends_and_halves_of_characters_are_mended(texts: KnownTexts) -> None:
    now = seen(texts, "a\r\nb\rc\ud83d", "\ude00\r\n\ud800")
    assert (now.before, now.after, now.line) == ("a\nb\nc\ufffd", "\ufffd\n\ufffd", 2)


def test_a_huge_text_is_cut_to_the_window(texts: KnownTexts) -> None:
    now = seen(texts, "x = 1\n" * 200_000, "y\n" * 200_000)
    assert len(now.before) == WINDOW_BEFORE
    assert (now.at_document_start, now.at_document_end) == (False, False)


some_text = st.text(st.sampled_from("ab =(\n\r\t\u2028\ud800\udc00"), max_size=40)


@given(st.lists(st.tuples(some_text, some_text), max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_any_texts_in_any_order_make_snapshots(
    tmp_path: Path, requests: list[tuple[str, str]]
) -> None:
    texts = KnownTexts(tmp_path)
    for before, after in requests:
        now = seen(texts, before, after)
        assert "\r" not in now.before + now.after
        (now.before + now.after).encode()
