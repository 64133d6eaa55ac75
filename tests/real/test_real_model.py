"""A small real model behind the server: what is shown of its raw answers can be inserted.

The model knows nothing of what follows the cursor, repeats itself, fences and explains. It is asked
here and now; the fake endpoint, which speaks Mistral's wire format, hands the server what it said.
That differs from machine to machine, so these are statements about every answer; for figures see
``tests/benchmarks/real_model``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.benchmarks import real_model, small_model
from tests.benchmarks.packages import PACKAGES, Unavailable
from tests.benchmarks.small_model import Answer, Place
from tests.fakes.endpoint import Endpoint
from tests.real.launch import or_skipped

pytestmark = pytest.mark.real

PLACES_PER_LANGUAGE = 2
N_FILES = 4
# Half a second each for reading and for writing, on a core that is free.
PROMPT_CHARS = 400
MAX_TOKENS = 24
# Marks of a chat, and of models' own alphabets.
FOREIGN = re.compile(r"```|<\|\w+\|>|<(?:file_sep|filename|repo_name|jupyter_\w+)>")

Shown = tuple[Place, Answer, real_model.Inserted | None]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The model's address."""
    log = tmp_path_factory.mktemp("log") / "log"
    with or_skipped("a small real model could not be fetched"), small_model.served(log) as url:
        yield url


@pytest.fixture(scope="module")
def shown(model: str) -> dict[str, list[Shown]]:
    """What the model says and the server shows at some places of each language at hand."""
    results: dict[str, list[Shown]] = {}
    with (
        Endpoint() as endpoint,
        real_model.replaying(endpoint, editor="neovim", explicit=False) as replay,
    ):
        for language_id in PACKAGES:
            try:
                places = small_model.places(language_id, PLACES_PER_LANGUAGE, n_files=N_FILES)
            except Unavailable:
                continue
            # Asked first: on a busy core the model answers later than the server waits.
            answers = [
                small_model.ask(model, place.prompt[-PROMPT_CHARS:], MAX_TOKENS) for place in places
            ]
            results[language_id] = [
                (place, answer, replay.shown(place, answer))
                for place, answer in zip(places, answers, strict=True)
            ]
    return results


@pytest.mark.parametrize("language_id", PACKAGES)
def test_a_real_model_is_asked_in_every_language(
    shown: dict[str, list[Shown]], language_id: str
) -> None:
    if language_id not in shown:
        pytest.skip(f"NOT PROVED: packages with {language_id} could not be fetched")
    assert any(answer.text.strip() for _, answer, _ in shown[language_id])


def test_something_of_its_answers_is_shown(shown: dict[str, list[Shown]]) -> None:
    assert any(inserted for found in shown.values() for _, _, inserted in found)


def test_nothing_of_a_chat_or_a_model_s_alphabet_is_shown(shown: dict[str, list[Shown]]) -> None:
    foreign = [
        mark
        for found in shown.values()
        for place, _, inserted in found
        if inserted is not None
        for mark in FOREIGN.findall(inserted.text)
        if mark not in place.file.text
    ]
    assert foreign == []


def test_what_is_shown_leaves_files_better_than_what_was_said(
    shown: dict[str, list[Shown]],
) -> None:
    broken = {"said": 0, "shown": 0}
    for place, answer, inserted in (result for found in shown.values() for result in found):
        raw = real_model.raw(place, answer)
        broken["said"] += raw is not None and real_model.is_broken(place, raw)
        broken["shown"] += inserted is not None and real_model.is_broken(place, inserted)
    assert broken["shown"] < max(2, broken["said"])
