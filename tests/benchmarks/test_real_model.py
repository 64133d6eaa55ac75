"""The real model's benchmark judges what is inserted, keeps answers, and replays them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks import packages, real_model, small_model
from tests.benchmarks.files import File, Hole
from tests.benchmarks.real_model import Inserted
from tests.benchmarks.small_model import Answer, Place
from tests.benchmarks.trees import breaks, n_errors
from tests.fakes.endpoint import Endpoint

TEXT = """\
def total(items):
    amount = 0
    for item in items:
        amount += item.price
    return amount
"""
TRUTH = "amount += item.price"
PLACE = Place(
    File("python", TEXT, "shop:shop/total.py"),
    Hole("statement", TEXT.index(TRUTH), TEXT.index(TRUTH) + len(TRUTH)),
)


def inserted(text: str) -> Inserted:
    return Inserted(PLACE.before, text, PLACE.after)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TRUTH, False),
        ("amount += (item.price", True),
        ("```python", True),
        # Its body is what is typed next.
        ("if item.price:", False),
        ("if item.price", True),
    ],
)
def test_a_suggestion_is_broken_when_the_file_has_more_errors(text: str, expected: bool) -> None:
    assert real_model.is_broken(PLACE, inserted(text)) == expected


def test_an_open_brace_is_an_error_unless_heads_are_allowed() -> None:
    parts = ("int f(void) {\n}\n", "int f(void) {\n", "  if (x) {\n", "}\n", "c")
    assert not breaks(*parts)
    assert breaks(*parts, heads=":")


def test_errors_are_counted_and_none_without_a_grammar() -> None:
    assert n_errors("x = 1\n", "python") == 0
    assert n_errors("x = = 1\n", "python") > 0
    assert n_errors("x = = 1\n", "plaintext") == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TRUTH, False),
        (f"{TRUTH}\n    return amount", True),
        ("return amount", True),
    ],
)
def test_a_suggestion_repeats_what_stands_below(text: str, expected: bool) -> None:
    assert real_model.repeats(PLACE, inserted(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount += item.cost", True),
        ("  amount += item.price\n    more()", True),
        ("amount = 3", False),
        ("", False),
    ],
)
def test_an_answer_begins_right_with_its_first_characters_or_line(
    text: str, expected: bool
) -> None:
    assert real_model.begins_right(PLACE, text) == expected


def test_raw_inserts_all_and_first_line_the_first_with_text() -> None:
    answer = Answer("\n  total()\nmore()\n", "length")
    whole, line = real_model.raw(PLACE, answer), real_model.first_line(PLACE, answer)
    assert whole is not None
    assert whole.text == answer.text
    assert line is not None
    assert line.text == "\n  total()"
    assert real_model.raw(PLACE, Answer(" \n", "stop")) is None
    assert real_model.first_line(PLACE, Answer(" \n", "stop")) is None


def test_answers_are_replayed_through_the_real_process(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = Answer(f"{TRUTH}\n    return amount\n", "stop")
    silent = Answer("", "stop")
    with (
        Endpoint() as endpoint,
        real_model.replaying(endpoint, editor="neovim", explicit=False) as replay,
    ):
        shown = replay.shown(PLACE, answer)
        nothing = replay.shown(PLACE, silent)
    assert shown is not None
    assert shown.before + shown.text + shown.after == TEXT
    assert nothing is None
    real_model.print_table({"shown": [(PLACE, answer, shown), (PLACE, silent, nothing)]})
    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("shown"))
    assert row.split() == ["shown", "2", "1", "0.0%", "0.0%", "100.0%", "100.0%"]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that is there already, with one file, and a place for answers."""
    shop = packages.Package("pypi", "shop", "1.0")
    monkeypatch.setattr(packages, "PACKAGES", {"python": (".py", (shop,))})
    monkeypatch.setattr(packages, "PACKAGES_FOLDER", tmp_path)
    monkeypatch.setattr(small_model, "ANSWERS", tmp_path / "answers" / "answers.jsonl")
    source = tmp_path / "pypi-shop-1.0" / "files" / "shop" / "total.py"
    source.parent.mkdir(parents=True)
    (tmp_path / "pypi-shop-1.0" / "complete").touch()
    source.write_text("\n\n".join(TEXT for _ in range(20)), encoding="utf-8")
    return source


def test_only_answers_and_places_are_kept_and_each_place_is_asked_once(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask(url: str, prompt: str) -> Answer:
        asked.append(prompt)
        return Answer("pass\n", "stop")

    monkeypatch.setattr(small_model, "ask", ask)
    places = small_model.places("python", 3)
    assert len(places) == 3
    assert list(small_model.record("nowhere", places)) == places
    assert list(small_model.record("nowhere", places)) == []
    assert len(asked) == 3
    assert all(place.before.endswith(prompt) for place, prompt in zip(places, asked, strict=True))
    lines = small_model.ANSWERS.read_text(encoding="utf-8").splitlines()
    assert set(json.loads(lines[0])) == {
        "language", "file", "digest", "kind", "start", "end", "text", "finish",
    }  # fmt: skip
    assert list(small_model.recorded()) == [(place, Answer("pass\n", "stop")) for place in places]


def test_an_answer_at_a_file_that_changed_is_left_out(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small_model, "ask", lambda *_: Answer("pass\n", "stop"))
    assert len(list(small_model.record("nowhere", small_model.places("python", 2)))) == 2
    package.write_text(package.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    assert list(small_model.recorded()) == []


def test_a_package_that_cannot_be_had_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(packages, "PACKAGES_FOLDER", tmp_path)
    monkeypatch.setattr(packages, "_fetch", lambda *_: None)
    assert real_model.wanted_places(["go"], 3) == []
    assert "go is not measured: golang-github-gorilla-mux-dev could not be fetched" in (
        capsys.readouterr().out
    )
