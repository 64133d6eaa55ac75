"""Documents that a parser would work at for minutes: the process answers for other documents."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.raw import RawClient, clean_environment
from tests.text.bombs import BY_GRAMMAR, bombs

# Seconds of processor time, all bombs of a language together; then the kernel ends the process.
LIMIT_S = 20
CALM = "file:///calm/a.py"

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the limit is set by a POSIX shell's ulimit"
)


class LimitedClient(RawClient):
    """A process that the kernel ends when it has worked for too long."""

    def command(self) -> list[str]:
        return ["/bin/sh", "-c", f'ulimit -t {LIMIT_S} && exec "$@"', "sh", *super().command()]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[RawClient]:
    client = LimitedClient(clean_environment(tmp_path))
    try:
        client.initialize()
        client.open(CALM, "x = 1\n")
        yield client
        assert client.end() == 0
        assert b"Traceback" not in client.stderr
    finally:
        client.kill()


# One language a family of grammars every day; each takes seconds.
EVERY_DAY = ("java", "c", "python")
LANGUAGES = [
    language_id if language_id in EVERY_DAY else pytest.param(language_id, marks=pytest.mark.long)
    for language_id in BY_GRAMMAR.values()
]


@pytest.mark.parametrize("language_id", LANGUAGES)
def test_another_document_is_served_while_a_bomb_is_open(
    client: RawClient, language_id: str
) -> None:
    for number, text in enumerate(bombs()):
        uri = f"file:///bomb/{number}"
        client.open(uri, text, language_id)
        assert "result" in client.reply(client.complete(CALM, 0, 5))
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
