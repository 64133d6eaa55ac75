"""Why there is no suggestion at the cursor: one answer in plain words, and what led to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from codestral_ls.config.settings import Settings
from codestral_ls.engine.history import Record
from codestral_ls.engine.triggers import reason_not_to_ask
from codestral_ls.model import Seen, Snapshot, Timings
from codestral_ls.session.advice import NEOVIM, SHELL, VSCODE, Advice
from codestral_ls.session.why import why

NOW = datetime(2026, 11, 1, tzinfo=UTC)
URI = "file:///a.py"


def here(before: str) -> Snapshot:
    return Snapshot(
        URI,
        "/a.py",
        "python",
        None,
        before,
        "\n",
        before.count("\n"),
        at_document_start=True,
        at_document_end=True,
    )


def record(line: int, character: int, outcome: str, reason: str, **more: Any) -> Record:
    return Record(NOW, URI, line, character, outcome, reason, None, Timings(), **more)


def status(state: str = "ready", message: str = "Ready.", *remedies: str) -> dict[str, object]:
    return {"state": state, "message": message, "until": "later", "remedies": list(remedies)}


def answer(
    *records: Record,
    before: str = "total = ",
    now: dict[str, object] | None = None,
    not_asked: str | None = None,
    advice: Advice = SHELL,
) -> dict[str, Any]:
    found: dict[str, Any] = why(
        here(before), records, now or status(), not_asked=not_asked, advice=advice
    )
    return found


def test_the_answer_is_about_the_cursor_and_not_about_the_last_request() -> None:
    found = answer(
        record(3, 0, "nothing", "The line has only closing brackets so far."),
        record(0, 8, "nothing", "Provider mistral had nothing certain enough to add here."),
    )
    assert found["answer"] == "Provider mistral had nothing certain enough to add here."
    assert found["record"]["line"] == 0


def test_what_was_overtaken_answers_nothing_and_is_one_row() -> None:
    overtaken = [record(0, 8, "superseded", "A newer one.") for _ in range(3)]
    cancelled = record(0, 7, "cancelled", "The editor cancelled the request.")
    found = answer(*overtaken, cancelled, record(0, 8, "nothing", "Nothing came."))
    assert found["answer"] == "Nothing came."
    assert [(row["outcome"], row.get("count")) for row in found["earlier"]] == [
        ("superseded", 4),
        ("nothing", None),
    ]
    assert found["earlier"][0]["reason"] == "4 requests were overtaken by later ones."


def test_a_single_overtaken_request_keeps_its_own_words() -> None:
    found = answer(record(0, 8, "superseded", "A newer one."))
    assert found["earlier"][0]["reason"] == "A newer one."


def test_present_trouble_is_told_in_the_words_of_the_status_with_its_remedies() -> None:
    trouble = status("offline", "api.test could not be reached.", "run-doctor")
    failed = record(0, 8, "failed", "It did not answer.", failure="network")
    for found in (answer(now=trouble), answer(failed, now=trouble)):
        assert found["answer"] == "api.test could not be reached."
        assert found["until"] == "later"
        assert found["remedies"] == ["run-doctor"]


@pytest.mark.parametrize(
    ("failure", "first"), [("auth", "set-key"), ("model", "open-settings"), ("rate", "run-doctor")]
)
def test_each_kind_of_failure_leads_to_its_remedy(failure: str, first: str) -> None:
    assert answer(record(0, 8, "failed", "No.", failure=failure))["remedies"][0] == first


def test_what_is_never_asked_here_is_said_before_anything_was_asked() -> None:
    found = answer(not_asked="Automatic suggestions are turned off.")
    assert found["answer"] == "Automatic suggestions are turned off."
    assert found["remedies"] == ["open-settings"]


def test_an_explicit_request_that_was_answered_outweighs_the_switch() -> None:
    given = record(0, 8, "suggestion", "A new request was answered.")
    found = answer(given, not_asked="Automatic suggestions are turned off.")
    assert found["answer"].startswith("There was a suggestion for this place.")


def test_a_request_elsewhere_on_the_line_is_named_with_its_column() -> None:
    found = answer(record(0, 5, "nothing", "The cursor is inside a word."))
    assert found["answer"] == (
        "Nothing was asked at the cursor; at column 6: The cursor is inside a word."
    )


@pytest.mark.parametrize(
    ("advice", "words"), [(VSCODE, "Alt+\\"), (NEOVIM, "<M-\\>"), (SHELL, "your editor")]
)
def test_where_nothing_was_asked_the_editor_s_own_way_to_ask_is_named(
    advice: Advice, words: str
) -> None:
    assert words in answer(advice=advice)["answer"]


@pytest.mark.parametrize(
    "before", ["tot", ")"], ids=["inside a word", "behind nothing but closers"]
)
def test_where_only_the_place_is_against_it_an_explicit_request_is_what_helps(before: str) -> None:
    place = replace(here(before), after="al\n" if before[-1].isalpha() else "\n")
    reason = reason_not_to_ask(place, Settings())
    assert reason is not None
    for given in ([], [record(0, len(before), "nothing", reason)]):
        found = answer(*given, before=before, not_asked=reason, advice=VSCODE)
        assert found["answer"] == f"{reason} Press Alt+\\ to ask for one."
        assert found["remedies"] == []


def test_what_the_model_saw_is_there_in_sizes_and_names() -> None:
    seen = Seen("mistral", 1200, 300, 800, 697, (("shop.py", "defines total_of"),))
    found = answer(record(0, 8, "nothing", "Nothing came.", seen=seen))
    assert found["seen"] == [
        "Provider mistral saw 1,200 characters before the cursor, 300 after it, 800 of other "
        "places in the workspace: about 697 tokens.",
        "shop.py: defines total_of",
    ]


def test_what_was_sent_before_a_connection_broke_is_told() -> None:
    seen = Seen("mistral", 1200, 300, 0, 697, ())
    found = answer(record(0, 8, "failed", "It broke.", seen=seen, failure="network"))
    assert found["seen"] == [
        "Provider mistral saw 1,200 characters before the cursor, 300 after it: about 697 tokens."
    ]


def test_a_servers_and_a_repositorys_words_act_on_no_editor() -> None:
    evil = "Down.\x1b[31m [x](command:evil)"
    seen = Seen("mistral", 1, 1, 1, 1, (("a\u202e.py", evil),))
    found = answer(record(0, 8, "nothing", evil, seen=seen), not_asked=evil)
    for text in (found["answer"], *found["seen"]):
        assert "](command" not in text
        assert not set("\x1b\u202e") & set(text)
