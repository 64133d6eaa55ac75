"""What the tests of all faults look at."""

from __future__ import annotations

from codestral_ls.model import Nothing, Suggestion
from tests.faults.answers import SUGGESTED
from tests.faults.editor import NO_LIMIT_MS, Editor
from tests.faults.fault import Fault

TIMEOUT_MS = 150
"""For what only the time limit ends."""


def timeout_for(fault: Fault) -> int:
    return TIMEOUT_MS if fault.stalls else NO_LIMIT_MS


def check_seen(outcome: Suggestion | Nothing, fault: Fault, host: str, **places: str) -> None:
    if not fault.sees:
        assert isinstance(outcome, Suggestion), outcome
        assert outcome.text == fault.suggests
        return
    assert isinstance(outcome, Nothing), outcome
    assert outcome.reason == fault.said_of(host, TIMEOUT_MS / 1000, **places)


def check_told(editor: Editor, fault: Fault, host: str) -> None:
    expected = [fault.said_of(host, TIMEOUT_MS / 1000)] if fault.message else []
    assert [notice.text for notice in editor.told] == expected


async def check_well(editor: Editor) -> None:
    outcome = await editor.ask()
    assert isinstance(outcome, Suggestion), outcome
    assert outcome.text == SUGGESTED
