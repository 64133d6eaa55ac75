"""How an editor is told what the user must know: as a message, or with remedies to offer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.raw import RawClient, clean_environment, running

URI = "file:///project/a.py"
BAD = {"provider": "mistral", "maxTokns": 3}


def start(client: RawClient, options: object) -> None:
    client.initialize(initializationOptions=options)
    client.open(URI, "total = \n")
    client.reply(client.complete(URI, 0, 8))


def test_a_client_that_takes_notices_gets_them_with_remedies_and_no_messages(
    tmp_path: Path,
) -> None:
    with running(clean_environment(tmp_path)) as client:
        start(client, {**BAD, "notices": True})
        misspelt, keyless = (notice["params"] for notice in client.sent("codestral/notice"))
        assert client.sent("window/showMessage") == []
        assert client.end() == 0
    assert misspelt["remedies"] == ["open-settings"]
    assert "did you mean codestral.maxTokens?" in misspelt["message"]
    assert keyless["remedies"] == ["set-key", "open-settings"]
    assert "MISTRAL_API_KEY" in keyless["message"]
    for notice in (misspelt, keyless):
        assert notice["type"] == 2
        assert set(notice) == {"type", "message", "remedies"}


@pytest.mark.parametrize("more", [{}, {"notices": False}, {"notices": "yes"}])
def test_any_other_client_gets_the_same_as_messages(
    tmp_path: Path, more: dict[str, object]
) -> None:
    with running(clean_environment(tmp_path)) as client:
        start(client, {**BAD, **more})
        told = [message["params"] for message in client.sent("window/showMessage")]
        assert client.sent("codestral/notice") == []
        assert client.end() == 0
    assert [message["type"] for message in told] == [2, 2]
    assert "maxTokens" in told[0]["message"]
    assert "MISTRAL_API_KEY" in told[1]["message"]
