"""What becomes a notice, what it offers, and that a condition is told once."""

from __future__ import annotations

import pytest

from codestral_ls.config.resolve import Level, Origin, Problem
from codestral_ls.model import Nothing
from codestral_ls.privacy.hosts import Key
from codestral_ls.session.choice import Choice
from codestral_ls.session.failures import notice_of, text_of
from codestral_ls.session.notices import Notice, Notices, Urgency, of_problems

KEY = Key("canary-key", "mistral", "MISTRAL_API_KEY")


def at(host: str, key: Key | None = KEY) -> Choice:
    return Choice("mistral", f"https://{host}", host, "codestral-latest", key)


def test_a_condition_is_told_once_whatever_its_words() -> None:
    told: list[Notice] = []
    notices = Notices(told.append)
    for number in range(3):
        text = f"It refused request {number}."
        notices.tell(Notice(Urgency.WARNING, text, condition="model at host"))
        notices.tell(Notice(Urgency.WARNING, "No condition but the text."))
        notices.tell(Notice(Urgency.WARNING, text))
    assert [notice.text for notice in told] == [
        "It refused request 0.",
        "No condition but the text.",
        "It refused request 0.",
        "It refused request 1.",
        "It refused request 2.",
    ]


@pytest.mark.parametrize(
    ("kind", "urgency", "remedy"),
    [
        ("auth", Urgency.ERROR, "set-key"),
        ("model", Urgency.WARNING, "open-settings"),
        ("no_allowance", Urgency.WARNING, "set-key"),
        ("bad_request", Urgency.WARNING, "open-settings"),
        ("protocol", Urgency.WARNING, "open-settings"),
        ("budget", Urgency.WARNING, "open-settings"),
    ],
)
def test_a_failure_that_waiting_does_not_mend_is_told_with_its_remedy(
    kind: str, urgency: Urgency, remedy: str
) -> None:
    notice = notice_of(Nothing("It said no.", failure=kind), at("api.mistral.ai"))
    assert notice is not None
    assert (notice.urgency, notice.remedies[0]) == (urgency, remedy)


@pytest.mark.parametrize("kind", ["network", "timeout", "rate", "overload", "server", "too_long"])
def test_a_failure_that_passes_by_itself_is_not_told(kind: str) -> None:
    assert notice_of(Nothing("Not now.", failure=kind), at("api.mistral.ai")) is None


def test_a_refused_key_is_told_with_its_source_and_the_other_host() -> None:
    failure = Nothing("api.mistral.ai refused the key (401).", failure="auth")
    text = text_of(failure, at("api.mistral.ai"))
    assert "MISTRAL_API_KEY" in text
    assert "https://codestral.mistral.ai" in text
    assert "canary" not in text
    assert "https://" not in text_of(failure, at("llm.example"))
    none = Nothing("llm.example wants a key, and none was sent (401).", failure="auth")
    assert "Set CODESTRAL_LS_API_KEY" in text_of(none, at("llm.example", key=None))


def test_a_key_that_was_tried_at_both_hosts_is_not_sent_to_the_other() -> None:
    failure = Nothing("codestral.mistral.ai refused the key (401).", failure="auth")
    tried = at("api.mistral.ai", Key("canary-key", "mistral", "CODESTRAL_API_KEY"))
    assert "https://" not in text_of(failure, tried)


def problems(*complaints: str, name: str = "config.toml") -> list[Problem]:
    origin = Origin(Level.USER_FILE, name)
    return [Problem(origin, "max_tokens", complaint) for complaint in complaints]


def told_of(found: list[Problem]) -> str:
    return of_problems(found[0].origin, found).text


def test_a_bad_value_is_told_in_a_sentence_with_the_way_to_the_settings() -> None:
    found = problems("must be at least 1")
    assert of_problems(found[0].origin, found) == Notice(
        Urgency.WARNING, "config.toml: max_tokens must be at least 1.", ("open-settings",)
    )


def test_of_many_problems_in_a_file_three_are_told_and_the_rest_counted() -> None:
    text = told_of(problems(*(f"is wrong {number}" for number in range(15_000))))
    assert text == (
        "config.toml: max_tokens is wrong 0; max_tokens is wrong 1; max_tokens is wrong 2; "
        "and 14,997 more problems."
    )


def test_problems_too_long_for_one_message_are_counted_too() -> None:
    text = told_of(problems(*["is wrong " + "in many words " * 9] * 4))
    assert len(text) <= 300
    assert text.endswith("and 3 more problems.")


def test_a_folders_name_acts_on_no_editor_and_no_terminal() -> None:
    hostile = "/w/[Repair](command:evil)\x1b[31m\u202e<a href='x'>/.codestral.toml"
    text = told_of(problems("is wrong", name=hostile))
    assert not set("[]()<>'\x1b\u202e") & set(text)
    assert text.endswith("/.codestral.toml: max_tokens is wrong.")


def test_every_notice_passes_the_gate() -> None:
    told: list[Notice] = []
    Notices(told.append).tell(Notice(Urgency.ERROR, "It\nsaid [x](command:y)\a" + "z" * 500))
    assert told[0].text.startswith("It said [x] (command:y)zzz")
    assert len(told[0].text) == 300


def test_the_advice_survives_a_servers_long_sentence() -> None:
    failure = Nothing("It said " + "no " * 300, failure="auth")
    text = text_of(failure, at("api.mistral.ai"))
    assert len(text) <= 300
    assert text.endswith("set endpoint to https://codestral.mistral.ai.")
