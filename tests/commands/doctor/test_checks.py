"""What findings mean: which check fails, and with which remedy."""

from __future__ import annotations

import pytest

from codestral_ls.backends.base import (
    AccessBlocked,
    AuthError,
    BackendError,
    BackendTimeout,
    BadRequest,
    Loading,
    ModelError,
    NetworkFailure,
    NoAllowance,
    Overloaded,
    PromptTooLong,
    ProtocolViolation,
    RateLimited,
    Replaced,
    ServerFailure,
)
from codestral_ls.commands.doctor.checks import all_well, checks
from codestral_ls.commands.doctor.trial import Trial
from codestral_ls.commands.doctor.verdict import Status
from codestral_ls.session.choice import EMBEDDED, Choice
from tests.commands.doctor.findings import (
    CHAT,
    CODESTRAL,
    RETIRING,
    check_failed,
    found,
    line_of,
)


def test_a_server_that_takes_markers_for_text_is_told_as_that() -> None:
    error = ModelError("llm.example reads the markers of template codestral as ordinary text.")
    check_failed(found(host="llm.example", facts_error=error, error=error), "model", "markers")


@pytest.mark.parametrize(
    ("error", "name", "words"),
    [
        (AuthError("It refused the key (401)."), "key", "codestral.mistral.ai"),
        (AccessBlocked("A filter (403)."), "completion", "without a network"),
        (ModelError("It cannot complete with it (400)."), "model", "codestral-2508"),
        (PromptTooLong("Too long."), "completion", "max_prefix_chars"),
        (BadRequest("It did not accept it (422)."), "completion", "Check provider"),
        (RateLimited("Fewer."), "completion", "requests_per_minute"),
        (NoAllowance("None."), "completion", "plan"),
        (Overloaded("Full."), "completion", "again"),
        (Loading("It loads."), "completion", "until the model is loaded"),
        (ServerFailure("Broken."), "completion", "again"),
        (NetworkFailure("Not reached."), "completion", "proxy"),
        (BackendTimeout("Silent."), "completion", "timeout_ms"),
        (Replaced("It was upgraded."), "completion", "Restart"),
        (ProtocolViolation("HTML."), "completion", "not a completion server"),
    ],
    ids=lambda value: value.kind if isinstance(value, BackendError) else None,
)
def test_every_kind_of_failure_fails_one_check_with_a_remedy(
    error: BackendError, name: str, words: str
) -> None:
    check_failed(found(error=error), name, words)


def test_every_kind_of_failure_is_in_the_table_above() -> None:
    (mark,) = test_every_kind_of_failure_fails_one_check_with_a_remedy.pytestmark  # type: ignore[attr-defined]
    assert {type(row[0]) for row in mark.args[1]} == set(BackendError.__subclasses__())


@pytest.mark.parametrize("kind", [NetworkFailure, BackendTimeout, BadRequest, ProtocolViolation])
def test_where_the_list_of_models_failed_too_the_address_is_to_blame(
    kind: type[BackendError],
) -> None:
    findings = found(facts_error=ServerFailure("No list."), error=kind("No completion."))
    check_failed(findings, "endpoint", "No completion")
    assert line_of(findings, "completion").status is Status.SKIPPED


def test_an_unreached_host_is_not_waited_for_twice() -> None:
    findings = found(facts_error=NetworkFailure("Not found."), trial=None)
    check_failed(findings, "endpoint", "Not found")
    assert line_of(findings, "completion").status is Status.SKIPPED


def test_a_list_of_models_that_fails_matters_to_nobody_who_can_complete() -> None:
    assert all_well(checks(found(facts_error=AuthError("The list is not for this key."))))


def test_a_retiring_model_names_its_successor() -> None:
    check_failed(
        found(models=[RETIRING, CODESTRAL], model="codestral-2405"),
        "model", "2026-12-31", 'model = "codestral-2508"',
    )  # fmt: skip


def test_a_model_without_fim_names_one_with_it() -> None:
    findings = found(
        models=[CHAT, CODESTRAL],
        model="mistral-small-latest",
        error=ModelError("FIM is not enabled for this model (400)."),
    )
    check_failed(findings, "model", "cannot fill in the middle", 'model = "codestral-2508"')


def test_a_model_that_answers_though_it_is_not_listed_is_fine() -> None:
    assert all_well(checks(found(models=[CHAT], model="fine-tuned")))


def test_a_server_that_was_asked_for_no_list_needs_none() -> None:
    findings = found(models=None, facts_error=None)
    findings.models = None
    assert all_well(checks(findings))
    assert line_of(findings, "model").text == "codestral-latest answers"


@pytest.mark.parametrize("marker", ["[PREFIX]", "<|fim_middle|>", "<fim_suffix>", "<｜fim▁end｜>"])
def test_a_marker_in_the_answer_is_recognized(marker: str) -> None:
    check_failed(found(text=f"a + {marker}"), "template", marker, "fim_template")


def test_a_server_without_key_that_wants_one_is_told_how_to_get_it() -> None:
    choice = Choice("mistral", "https://llm.example", "llm.example", "m", None)
    findings = found(
        host="llm.example", choice=choice, error=AuthError("It refused the key (401).")
    )
    check_failed(findings, "key", "needs a key", "CODESTRAL_LS_API_KEY")


def test_the_keys_of_other_servers_are_not_made_at_mistral() -> None:
    findings = found(host="llm.example", error=AuthError("It refused the key (401)."))
    assert "mistral.ai" not in line_of(findings, "key").remedy


def test_an_embedded_provider_that_does_not_run_is_a_failure() -> None:
    trial = Trial(error=ServerFailure("The embedded completer could not be started."))
    check_failed(found(choice=EMBEDDED, trial=trial), "learning", "could not be started")


def test_what_a_server_says_reaches_the_page_as_text() -> None:
    hostile = {"id": "codestral-9\x1b[2J\u202e", "aliases": ["codestral-latest"]}
    shown = "".join(line.text + line.remedy for line in checks(found(models=[hostile])))
    assert "codestral-9" in shown
    assert shown.isprintable()
