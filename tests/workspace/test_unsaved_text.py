"""What a model sees of other files while the editor holds text of theirs that is not saved.

The real server is driven as an editor drives it, with its real child processes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.endpoint import Endpoint
from tests.server.raw import TIMEOUT_S, RawClient, clean_environment, running

CALL = "from prices import price_of, name_of\n\nprint(name_of())\ntotal = price_of("
CHANGED = 2


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    return root


def function(name: str, parameter: str) -> str:
    return f"def {name}({parameter}):\n    return 1\n"


def changed_on_disk(client: RawClient, *files: Path) -> None:
    changes = [{"uri": file.as_uri(), "type": CHANGED} for file in files]
    client.notify("workspace/didChangeWatchedFiles", {"changes": changes})


def close(client: RawClient, file: Path) -> None:
    client.notify("textDocument/didClose", {"textDocument": {"uri": file.as_uri()}})


class Prompts:
    """Prompts for documents that call ``price_of`` and ``name_of``, each opened for the purpose:
    the first request in a document is the one that chooses snippets anew."""

    def __init__(self, client: RawClient, endpoint: Endpoint, directory: Path) -> None:
        self._client = client
        self._endpoint = endpoint
        self._directory = directory
        self._n_asked = 0

    def next(self) -> str:
        self._n_asked += 1
        file = self._directory / f"shop_{self._n_asked}.py"
        self._client.open(file.as_uri(), f"{CALL}\n")
        place = (CALL.count("\n"), len(CALL.rpartition("\n")[2]))
        self._client.reply(self._client.complete(file.as_uri(), *place, 1))
        close(self._client, file)
        prompt: str = self._endpoint.fake.requests[-1].body["prompt"]
        return prompt

    def first_with(self, text: str) -> str:
        """The first that contains a text; indexing takes its time."""
        deadline = time.monotonic() + TIMEOUT_S
        while text not in (prompt := self.next()):
            assert time.monotonic() < deadline, prompt
        return prompt


def test_a_file_event_leaves_the_unsaved_text_of_an_open_document_in_prompts(
    endpoint: Endpoint, tmp_path: Path, root: Path
) -> None:
    prices, names = root / "prices.py", root / "names.py"
    prices.write_text(function("price_of", "saved"))
    names.write_text(function("name_of", "earlier"))
    with running(clean_environment(tmp_path, **endpoint.environment)) as client:
        client.initialize(rootUri=root.as_uri())
        client.open(prices.as_uri(), function("price_of", "unsaved"))
        prompts = Prompts(client, endpoint, root)
        assert "price_of(unsaved)" in prompts.first_with("name_of(earlier)")
        prices.write_text(function("price_of", "pulled"))
        names.write_text(function("name_of", "later_on"))
        # Changes are read in their order, so the second tells when the first was heeded.
        changed_on_disk(client, prices, names)
        prompt = prompts.first_with("name_of(later_on)")
        assert "price_of(unsaved)" in prompt
        assert "price_of(pulled)" not in prompt
        close(client, prices)
        assert "price_of(unsaved)" not in prompts.first_with("price_of(pulled)")
        assert client.end() == 0


def test_a_file_event_leaves_the_unsaved_text_of_open_documents_to_the_embedded_provider(
    tmp_path: Path, root: Path
) -> None:
    new = root / "new.py"

    def completed(client: RawClient) -> list[str]:
        reply: Any = client.reply(client.complete(new.as_uri(), 1, 16, 1))
        return [item["insertText"] for item in reply["result"]["items"]]

    with running(clean_environment(tmp_path)) as client:
        client.initialize(rootUri=root.as_uri())
        files = [root / f"m{number}.py" for number in range(4)]
        for file in files:
            file.write_text("# nothing yet\n")
            client.open(
                file.as_uri(), f"def {file.stem}(path):\n    with open_ledger(path) as it:\n"
            )
        client.open(new.as_uri(), "def other(path):\n    with open_le\n")
        assert completed(client) == ["dger(path) as it:"]
        changed_on_disk(client, *files)
        client.ask("workspace/executeCommand", {"command": "codestral-ls.clearCache"})
        assert completed(client) == ["dger(path) as it:"]
        for file in files:
            close(client, file)
        client.ask("workspace/executeCommand", {"command": "codestral-ls.clearCache"})
        assert completed(client) == []
        assert client.end() == 0


def test_with_several_roots_all_paths_in_a_prompt_are_of_one_form(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for root in (one, two):
        root.mkdir()
    (one / "prices.py").write_text(function("price_of", "article"))
    folders = [{"uri": root.as_uri(), "name": root.name} for root in (one, two)]
    with running(clean_environment(tmp_path, **endpoint.environment)) as client:
        client.initialize(workspaceFolders=folders)
        prompt = Prompts(client, endpoint, two).first_with("price_of(article)")
        headers = [line for line in prompt.split("\n") if line.startswith("+++++ ")]
        assert headers[0] == "+++++ one/prices.py"
        assert headers[-1].startswith("+++++ two/shop_")
        assert client.end() == 0
