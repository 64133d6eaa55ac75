"""A command that asks once waits for a model that is being loaded; leaving may end the loading."""

from __future__ import annotations

import pytest

from codestral_ls.commands.loading import loaded
from codestral_ls.model import Nothing, Outcome, Source, Suggestion
from tests.virtual_time import run

LOADING = Nothing("llm.example is loading codestral:22b.", failure="loading")
FOUND = Suggestion("1", "price", Source.REQUEST)


async def asked(outcomes: list[Outcome], loading: list[bool]) -> Outcome:
    left, states = iter(outcomes), iter(loading)

    async def ask() -> Outcome:
        return next(left)

    return await loaded(ask, is_loading=lambda: next(states, False))


def test_it_waits_while_the_server_loads_and_says_so_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    outcome = run(asked([LOADING, LOADING, FOUND], [True] * 40))
    assert outcome is FOUND
    told = capsys.readouterr().err
    assert told.count("llm.example is loading codestral:22b.") == 1
    assert "10 minutes at most" in told


def test_it_waits_for_ten_minutes_at_most(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(asked([LOADING, LOADING], [True] * 10_000)) is LOADING
    assert capsys.readouterr().err


def test_another_failure_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    failed = Nothing("It refused the key.", failure="auth")
    assert run(asked([failed], [])) is failed
    assert capsys.readouterr().err == ""
