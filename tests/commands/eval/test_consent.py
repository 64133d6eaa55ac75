"""What is said and asked before anything is sent."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from codestral_ls.backends.prices import Price
from codestral_ls.commands.eval import consent
from codestral_ls.commands.eval.rounds import Material
from codestral_ls.commands.eval.sources import TaskTree
from codestral_ls.commands.eval.tasks import Task, digest_of
from codestral_ls.config import Settings
from codestral_ls.session.choice import Choice

TEXT = "x" * 3_000 + "hole" + "y" * 3_000
MISTRAL = Choice("mistral", "https://api.mistral.ai", "api.mistral.ai", "codestral-latest")


class Stream(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def material(tmp_path: Path) -> Material:
    task = Task("a.py", "python", "line", 3_000, "hole", digest_of(TEXT))
    return Material((task,) * 10, {("a.py", ""): TEXT}, TaskTree(tmp_path, tmp_path), ())


def asked(monkeypatch: pytest.MonkeyPatch, material: Material, answer: str, **options: bool) -> str:
    told = Stream()
    monkeypatch.setattr("sys.stdin", Stream(answer))
    monkeypatch.setattr("sys.stderr", told)
    sent = consent.sending("x", MISTRAL, Price(0.3, 0.03, 0.9), Settings(), material, **options)
    consent.ask([sent], yes=False)
    return told.getvalue()


def test_the_question_names_tasks_tokens_host_and_cost(
    monkeypatch: pytest.MonkeyPatch, material: Material
) -> None:
    told = asked(monkeypatch, material, "y\n")
    # 3000 characters before, 2000 after, 4000 of other files; 3.3 characters to a token.
    assert "10 tasks, about 27,273 tokens of your code" in told
    assert "to api.mistral.ai (codestral-latest)" in told
    # At most one token for every two bytes, and 128 tokens for every answer.
    assert f"${(45_000 * 0.3 + 1_280 * 0.9) / 1e6:.4f} at most" in told
    assert told.endswith("Send it? [y/N] ")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://127.0.0.1:8080", "free of charge where it is a model server of your own"),
        ("https://llm.example", "at a price that is not known"),
    ],
)
def test_an_unknown_server_on_this_machine_is_likely_the_users_own(
    material: Material, address: str, expected: str
) -> None:
    choice = replace(MISTRAL, provider="auto", base_url=address)
    assert expected in consent.sending("x", choice, None, Settings(), material).line()


def test_a_batch_costs_half_and_is_said_to_be_stored(
    monkeypatch: pytest.MonkeyPatch, material: Material
) -> None:
    told = asked(monkeypatch, material, "yes\n", is_batch=True)
    assert f"${(45_000 * 0.3 + 1_280 * 0.9) / 2e6:.4f} at most" in told
    assert "zero data retention does not cover it" in told


@pytest.mark.parametrize("answer", ["", "\n", "n\n", "maybe\n"])
def test_anything_but_yes_sends_nothing(
    monkeypatch: pytest.MonkeyPatch, material: Material, answer: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        asked(monkeypatch, material, answer)
    assert ended.value.code == 1
