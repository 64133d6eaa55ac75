"""What holds for every filter and every text, however broken."""

from __future__ import annotations

import functools
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codestral_ls.model import Snapshot
from codestral_ls.postprocess import (
    CUTS,
    FILTERS,
    Dropped,
    Filter,
    Scene,
    Shaped,
    below,
    enough,
    run,
)
from codestral_ls.postprocess.place import place_of
from codestral_ls.postprocess.whole import whole_statements
from codestral_ls.text import languages, scan
from codestral_ls.text.syntax import SyntaxStore, parse
from tests.cases import case_id, folder, load
from tests.postprocess.test_cases import CASES, completion_of, scene_of

# Pieces that filters look for, so that chance finds their corners.
PIECES = st.sampled_from(
    ["\n", "\n", "    ", "\t", " ", "(", ")", "[", "]", "{", "}", '"', "'", "`", '"""', "/*", "*/",
     "#", "//", "--", ";", ",", ":", "if x:", "else:", "end", "fi", "return 1", "def f(a):", "x",
     "</div>", "<div>", "```", "[SUFFIX]", "```py", "case a)", "{\n", "}\n", "foo(bar)", "é", "😀"]
)  # fmt: skip
TEXTS = st.one_of(st.lists(PIECES, max_size=25).map("".join), st.text(max_size=40))
LANGUAGE = st.sampled_from([*languages.LANGUAGES, "unknown"])
SETTINGS = settings(max_examples=300, deadline=None)


def scene(before: str, after: str, language_id: str, *, cut: bool = False) -> Scene:
    """A scene in a document of two halves."""
    snapshot = Snapshot(
        uri="file:///x",
        path="/x",
        language_id=language_id,
        version=1,
        before=before,
        after=after,
        line=before.count("\n"),
        at_document_start=True,
        at_document_end=True,
    )
    return Scene(snapshot, cut=cut, tree=parse(before + after, language_id))


@SETTINGS
@given(language_id=LANGUAGE, before=TEXTS, after=TEXTS, raw=TEXTS, cut=st.booleans())
def test_no_text_makes_a_filter_fail(
    language_id: str, before: str, after: str, raw: str, cut: bool
) -> None:
    place = scene(before, after, language_id, cut=cut)
    for apply in FILTERS:
        assert isinstance(apply(raw, place), str | Dropped)
    for start in CUTS:
        assert 0 <= start(raw, place) <= len(raw)
    enough(raw, place)


@SETTINGS
@given(language_id=LANGUAGE, before=TEXTS, after=TEXTS, raw=TEXTS)
def test_running_the_pipeline_again_changes_nothing(
    language_id: str, before: str, after: str, raw: str
) -> None:
    place = scene(before, after, language_id)
    once = run(raw, place)
    if isinstance(once, Shaped):
        # The result does not show any more that the model put the closer behind it.
        assert run(once.text, replace(place, closes_behind=True)) == once


@SETTINGS
@given(before=TEXTS, after=TEXTS, raw=TEXTS)
def test_a_suggestion_can_be_inserted_anywhere(before: str, after: str, raw: str) -> None:
    shaped = run(raw, scene(before, after, "javascript"))
    if isinstance(shaped, Shaped):
        assert shaped.text.strip()
        assert "\r" not in shaped.text
        assert shaped.multiline == ("\n" in shaped.text)
        assert shaped.text.startswith(after[: shaped.covers]) or shaped.covers == 0
    else:
        assert shaped.reason.endswith(".")


@functools.cache
def right_texts() -> list[tuple[str, str, Scene]]:
    """What is shown in each case, with the case's name and the place it is shown at."""
    found = []
    for path in CASES:
        case = load(path)
        place = scene_of(case)
        right = run(completion_of(case), place)
        if isinstance(right, Shaped) and not place.cut:
            found.append((case_id(path), right.text, replace(place, closes_behind=True)))
    return found


@pytest.mark.parametrize("apply", FILTERS, ids=lambda apply: apply.__name__)
def test_a_filter_leaves_right_text_as_it_is(apply: Filter) -> None:
    assert right_texts()
    for name, text, place in right_texts():
        assert apply(text, place) == text, name


def test_the_languages_of_the_issue_have_cases() -> None:
    wanted = {
        "python", "javascript", "typescript", "typescriptreact", "go", "rust", "java", "c", "cpp",
        "csharp", "ruby", "sql", "html", "css", "json", "yaml", "shellscript", "markdown",
    }  # fmt: skip
    there = {languages.language_of(load(path).document[0]) for path in folder("postprocess")}
    assert wanted <= there


def test_a_tree_that_was_kept_equals_one_made_anew() -> None:
    chance = random.Random(5)
    pieces = ["\n", "    ", "x = 1\n", "def f():\n", "é", "(", ")", '"', "😀", "return x"]
    store = SyntaxStore()
    text = "def f(a):\n    return a\n"
    for _ in range(300):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice([0, 0, 1, 5]))
        text = text[:start] + chance.choice(pieces) + text[end:]
        kept, anew = store.tree("u", "python", text), parse(text, "python")
        assert kept is not None
        assert anew is not None
        assert str(kept) == str(anew)


# Each is sent by a server, and stands before the cursor.
HOSTILE = (
    "\n",
    "\n\n",
    "\r",
    "\\\n",
    "+\n",
    "#\n",
    ";\n",
    "a,\n",
    "(",
    "[",
    "}",
    "({",
    '"',
    "<a>\n",
)


@pytest.mark.parametrize("language_id", ["python", "java", "ruby"])
@pytest.mark.parametrize("piece", HOSTILE)
def test_what_is_read_of_an_endless_answer_is_a_multiple_of_a_long_one(
    piece: str, language_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_scanned = n_compared = 0
    scanned, stands_below = scan.scan, below._stands_below

    def scanning(text: str, *rest: object) -> object:
        nonlocal n_scanned
        n_scanned += len(text)
        return scanned(text, *rest)  # type: ignore[arg-type]  # passed on as they came

    def comparing(line: str, following: list[str], *rest: object) -> bool:
        nonlocal n_compared
        n_compared += len(following)
        return stands_below(line, following, *rest)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr("codestral_ls.postprocess.reader.scan", scanning)
    monkeypatch.setattr(below, "_stands_below", comparing)
    place = scene("def f(a):\n    return g(", ")\n\nx = 1\n", language_id)
    raw = "x = (\n" + piece * (200_000 // len(piece))
    assert enough(raw, place)
    run(raw, place)
    assert len(whole_statements(raw, place)) <= 16_384
    assert n_scanned <= 16 * 16_384
    assert n_compared <= 16 * 512 * 30


@pytest.mark.parametrize("piece", ["(", "[", ")", "}", "({", "(\n", "[[1,2],\n"])
def test_of_a_document_of_brackets_the_nearest_are_read(piece: str) -> None:
    before = piece * (32_768 // len(piece))
    found = place_of(scene(before, "", "python"))
    assert len(found.brackets) <= 6_000
    assert found.snapshot.before == before


def test_a_list_of_lists_near_the_cursor_is_read_whole() -> None:
    before = "def f():\n    pass\n\nTABLE = [\n" + "    [1, 2],\n" * 300 + "    [3, "
    found = place_of(scene(before, "", "python"))
    assert [bracket.character for bracket in found.open_brackets] == ["[", "["]
