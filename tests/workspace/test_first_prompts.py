"""The first prompts of a session, as a model gets them from the real process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.endpoint import Endpoint
from tests.server.raw import RawClient, clean_environment, running
from tests.workspace.index.shop import PARCEL

MAIN = "from shop.parcel import Parcel, load_parcel\n\n\ndef main() -> None:\n    "
LINE = "found = load_parcel(path)\n    "
LINES, LINES_MORE = 100, 5
DEFINITION = "def load_parcel(path: str, *, strict: bool = False)"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "shop").mkdir(parents=True)
    (root / "shop" / "parcel.py").write_text(PARCEL)
    for number in range(60):
        (root / "shop" / f"m{number}.py").write_text(f"def f_{number}(): ...\n" * 20)
    return root


class Typing:
    """Lines typed into one document without a pause, each with a request at its end."""

    def __init__(self, client: RawClient, root: Path, kind: int) -> None:
        self._client = client
        self._uri = (root / "main.py").as_uri()
        self._kind = kind
        self._text = MAIN
        self._version = 1
        client.open(self._uri, MAIN)

    def type(self, text: str) -> None:
        line, column = self._place()
        self._version += 1
        self._client.insert(self._uri, self._version, line, column, text)
        self._text += text
        self._client.reply(self._client.complete(self._uri, *self._place(), self._kind))

    def _place(self) -> tuple[int, int]:
        return self._text.count("\n"), len(self._text) - self._text.rfind("\n") - 1


@pytest.mark.parametrize("kind", [1, 2], ids=["explicit", "automatic"])
def test_typing_on_from_the_start_prompts_show_what_the_document_imports(
    root: Path, tmp_path: Path, kind: int
) -> None:
    """Nobody pauses or jumps: what an index that has just started did not know yet joins."""

    with Endpoint() as endpoint:
        environ = clean_environment(tmp_path, **endpoint.environment)

        def prompts() -> list[str]:
            return [exchange.body["prompt"] for exchange in endpoint.fake.requests]

        with running(environ) as client:
            client.initialize(rootUri=root.as_uri())
            typing = Typing(client, root, kind)
            left = LINES
            while left:
                typing.type(LINE)
                left -= 1
                if any(DEFINITION in prompt for prompt in prompts()):
                    left = min(left, LINES_MORE)
        shown = [DEFINITION in prompt for prompt in prompts()]
    assert any(shown), f"none of {len(shown)} prompts"
    # Once known it stays.
    assert all(shown[shown.index(True) :])
