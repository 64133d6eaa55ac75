"""Trees are made within a bounded time, and no text makes that raise."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codestral_ls.text import nesting, parsing, syntax
from codestral_ls.text.syntax import SyntaxStore, parse
from tests.text.bombs import BY_GRAMMAR, PIECES

BOMB = "x=>" * 3_000
LONG = "def f(a):\n    return [a, 1]\n\n\n" * 2_000
languages = st.sampled_from([*BY_GRAMMAR.values()])
pieces = st.sampled_from(
    [*PIECES, "\n", "    ", "x = 1\n", ")", "]", "}", ">", ";", '"', "'", "é", "😀", "\0", "\ud83d"]
)
texts = st.lists(pieces, max_size=40).map("".join) | st.text(max_size=60)
all_texts = texts | st.builds(lambda text, times: text * times, texts, st.integers(1, 100))


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the clock takes a fifth of a millisecond."""
    looks = itertools.count()
    clock = SimpleNamespace(thread_time=lambda: next(looks) / 5000)
    monkeypatch.setattr(parsing, "time", clock)


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The texts whose first parse was begun."""
    begun: list[bytes] = []

    class Recorded(parsing.Parse):
        def __init__(self, parser: object, source: bytes) -> None:
            begun.append(source)
            super().__init__(parser, source)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(syntax, "Parse", Recorded)
    return begun


@given(languages, all_texts, all_texts, st.integers(0, 200))
@settings(max_examples=150, deadline=None)
def test_no_text_makes_parsing_raise(language_id: str, text: str, other: str, at: int) -> None:
    store = SyntaxStore()
    for now in (text, text[:at] + other + text[at:], other):
        tree = store.tree("u", language_id, now)
        if tree is not None:
            tree.locate(0, now[:at].partition("\n")[0])
            tree.literal_at(min(at, len(now.encode(errors="replace"))))
            tree.in_markup_text(at)
            tree.errors_with(0, at, other)
            assert isinstance(tree.quick, bool)


def test_a_document_that_nests_too_deeply_has_no_tree() -> None:
    assert parse(BOMB, "java") is None
    assert SyntaxStore().tree("u", "java", BOMB) is None


def test_a_document_without_a_tree_is_not_tried_at_every_key(parses: list[bytes]) -> None:
    store = SyntaxStore()
    for n_keys in range(100):
        assert store.tree("u", "java", BOMB + "x" * n_keys) is None
    assert len(parses) == 1


def test_a_document_is_tried_again_when_much_of_it_has_changed(parses: list[bytes]) -> None:
    store = SyntaxStore()
    store.tree("u", "java", BOMB)
    assert store.tree("u", "java", "class A { int x; }\n") is not None
    assert len(parses) == 2


def test_a_document_is_tried_again_in_another_language() -> None:
    store = SyntaxStore()
    assert store.tree("u", "java", BOMB) is None
    assert store.tree("u", "python", "x = 1\n") is not None


def test_documents_that_were_cut_are_forgotten_when_they_are_closed(parses: list[bytes]) -> None:
    store = SyntaxStore()
    for _ in range(2):
        store.tree("u", "java", BOMB)
        store.close("u")
    assert len(parses) == 2


def test_an_answer_that_nests_too_deeply_fits_nowhere() -> None:
    tree = parse("class A { int x; }\n", "java")
    assert tree is not None
    assert tree.quick
    n_errors = tree.errors_with(10, 0, "int y = ;;")
    assert tree.errors_with(10, 0, BOMB) > n_errors > 0
    assert not tree.quick


def test_a_document_keeps_its_tree_while_a_bomb_is_in_it() -> None:
    store = SyntaxStore()
    text = "class A { int x; }\n" * 50
    store.tree("u", "java", text)
    with_bomb = store.tree("u", "java", BOMB + text)
    assert with_bomb is not None
    assert with_bomb.literal_at(5) is None
    healed = store.tree("u", "java", text)
    assert healed is not None
    assert healed.quick
    assert str(healed) == str(parse(text, "java"))


@pytest.mark.usefixtures("slow")
def test_a_long_document_is_parsed_in_slices() -> None:
    store = SyntaxStore()
    assert store.tree("u", "python", LONG) is None
    n_slices = 1
    while store.go_on("u"):
        n_slices += 1
    assert n_slices > 3
    tree = store.tree("u", "python", LONG + "x = 1\n")
    assert tree is not None
    assert str(tree).count("function_definition") == 2_000


@pytest.mark.usefixtures("slow")
def test_other_documents_are_parsed_between_the_slices_of_one() -> None:
    store = SyntaxStore()
    assert store.tree("u", "python", LONG) is None
    assert str(store.tree("v", "python", "x = 1\n")) == str(parse("x = 1\n", "python"))
    while store.go_on("u"):
        pass
    tree = store.tree("u", "python", LONG)
    assert str(tree).count("function_definition") == 2_000


@pytest.mark.usefixtures("slow")
def test_a_cut_parse_leaves_nothing_behind_for_the_next_text() -> None:
    parser = syntax.parser_for("python")
    assert parser is not None
    assert parsing.parse_within(parser, LONG.encode()) is None
    tree = parsing.parse_within(parser, b"x = 1\n")
    assert tree is not None
    assert tree.root_node.end_byte == 6


def test_the_standard_library_does_not_nest_too_deeply() -> None:
    sources = sorted(Path(json.__file__).parent.parent.glob("*.py"))
    assert sources
    assert [path for path in sources if nesting.is_too_deep(path.read_bytes())] == []
