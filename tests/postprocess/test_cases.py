"""Documents, what a model answered in them, and what is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from codestral_ls.model import Selected
from codestral_ls.postprocess import Dropped, Scene, Shaped, enough, run
from codestral_ls.text import languages
from codestral_ls.text.lines import normalise
from tests.cases import CURSOR, Case, case_id, folder, load, rewrite
from tests.scenes import scene_between

CASES = folder("postprocess")


def scene_of(case: Case) -> Scene:
    """The scene a case describes: its document at the cursor, and its options."""
    name, document = case.document
    options = case.options
    before, after = document.split(CURSOR)
    selected = Selected(**options["selected"]) if "selected" in options else None
    language = options.get("language", languages.language_of(name))
    scene = scene_between(
        before,
        after,
        language,
        name=name,
        indentation=options.get("indentation", ""),
        multiline=options.get("multiline", "auto"),
        selected=selected,
        covers_closers=options.get("covers_closers", False),
        with_tree=options.get("tree", True),
    )
    return replace(scene, cut=options.get("cut", False))


def completion_of(case: Case) -> str:
    """What the model answered; in the options where it has characters no editor shows."""
    text: str = case.options.get("completion", case.sections.get("completion", ""))
    return text


def shown(case: Case, shaped: Shaped | Dropped) -> dict[str, str]:
    """The expectation's section, as it is now."""
    if isinstance(shaped, Dropped):
        return {"nothing": shaped.reason}
    before, after = case.document[1].split(CURSOR)
    if selected := scene_of(case).selected:
        before = before[: len(before) - selected.replaced] + selected.text
    line_end = "\r\n" if "\r\n" in before + after else "\n"
    text = shaped.text.replace("\n", line_end)
    covered = after[: shaped.covers] + "╣" if shaped.covers else ""
    return {"expect": f"{before}├{text}┤{covered}{after[shaped.covers :]}"}


def acceptable(case: Case) -> list[str | None]:
    """Documents that are right after accepting, where several are; None for nothing shown."""
    found: list[str | None] = [
        normalise(text) for name, text in case.sections.items() if name.startswith("document")
    ]
    return [*found, None] if "silence" in case.sections else found


EXACT = [path for path in CASES if not acceptable(load(path))]
SEVERAL = [path for path in CASES if acceptable(load(path))]


def accepted(raw: str, scene: Scene) -> str | None:
    """The document after accepting what is shown; None where nothing is."""
    shaped = run(raw, scene)
    if isinstance(shaped, Dropped):
        return None
    return scene.snapshot.before + shaped.text + scene.snapshot.after[shaped.covers :]


@pytest.mark.parametrize("path", SEVERAL, ids=case_id)
@pytest.mark.parametrize("covers", [True, False], ids=["covers", "plain"])
def test_accepting_leaves_a_document_that_is_right(path: Path, covers: bool) -> None:
    case = load(path)
    scene, raw = replace(scene_of(case), covers_closers=covers), completion_of(case)
    cut_off = len(normalise(case.document[1].split(CURSOR)[0])) - len(scene.snapshot.before)
    wanted = [text if text is None else text[cut_off:] for text in acceptable(case)]
    assert accepted(raw, scene) in wanted, case.sentence
    stopped = next((raw[:n] for n in range(3, len(raw), 3) if enough(raw[:n], scene)), raw)
    assert accepted(stopped, scene) in wanted, f"stopped after {stopped!r}"


@pytest.mark.parametrize("path", EXACT, ids=case_id)
def test_what_is_shown_is_right_to_insert(path: Path, request: pytest.FixtureRequest) -> None:
    case = load(path)
    now = shown(case, run(completion_of(case), scene_of(case)))
    if request.config.getoption("--update-fixtures"):
        rewrite(case, now)
        return
    expected = {
        name: case.sections[name] for name in ("expect", "nothing") if name in case.sections
    }
    assert now == expected, case.sentence


@pytest.mark.parametrize("path", CASES, ids=case_id)
def test_running_the_filters_on_their_result_changes_nothing(path: Path) -> None:
    case = load(path)
    scene = scene_of(case)
    once = run(completion_of(case), scene)
    if isinstance(once, Shaped) and not scene.cut:
        # The result does not show any more that the model put the closer behind it.
        again = run(once.text, replace(scene, closes_behind=True))
        assert isinstance(again, Shaped)
        assert (again.text, again.covers) == (once.text, once.covers)


@pytest.mark.parametrize("path", CASES, ids=case_id)
def test_a_stream_is_stopped_only_when_nothing_of_the_suggestion_is_missing(path: Path) -> None:
    case = load(path)
    scene, raw = scene_of(case), completion_of(case)
    whole = run(raw, scene)
    for length in range(1, len(raw)):
        if enough(raw[:length], scene):
            assert run(raw[:length], scene) == whole, f"stopped after {raw[:length]!r}"
            break


def test_every_case_says_its_behaviour_in_a_sentence() -> None:
    sentences = [load(path).sentence for path in CASES]
    assert all(sentence.endswith(".") for sentence in sentences)
    assert len(set(sentences)) == len(sentences)
