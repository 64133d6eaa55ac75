"""The real process over stdio against the fake endpoint, as editors drive it."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fakes.behaviour import Behaviour
from tests.fakes.endpoint import Endpoint
from tests.fakes.fim_server import Exchange
from tests.server.raw import (
    REPOSITORY,
    ForkedClient,
    Message,
    RawClient,
    clean_environment,
    eventually,
    running,
)

URI = "file:///project/a.py"
CLIENTS = REPOSITORY / "fixtures" / "clients"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as endpoint:
        yield endpoint


def started(client: RawClient, name: str | None, workspace: Path) -> Message:
    """Initialized as a captured editor does it, or as one without capabilities.

    The captured workspace is another machine's, and here it may be any folder.
    """
    if name is None:
        return client.initialize()
    captured = json.loads((CLIENTS / f"{name}.json").read_text(encoding="utf-8"))
    here: Message = {"processId": None}
    if captured["rootUri"]:
        here |= {"rootPath": str(workspace), "rootUri": workspace.as_uri()}
        here["workspaceFolders"] = [{"uri": workspace.as_uri(), "name": workspace.name}]
    return client.initialize(**captured | here)


@contextlib.contextmanager
def editing(endpoint: Endpoint, home: Path, text: str, **initialize: object) -> Iterator[RawClient]:
    """An editor without capabilities that has opened a file with this text."""
    with running(clean_environment(home, **endpoint.environment)) as client:
        client.initialize(**initialize)
        client.open(URI, text)
        yield client


def items(client: RawClient, request: int) -> list[Message]:
    result = client.reply(request)["result"]
    assert result is not None
    found: list[Message] = result["items"]
    return found


def status(client: RawClient) -> Message:
    found: Message = client.ask("workspace/executeCommand", {"command": "codestral-ls.status"})
    return found


@pytest.mark.parametrize("name", [None, "neovim-0.12", "vscode-1.139"])
def test_an_editors_start_typing_and_end(
    endpoint: Endpoint, tmp_path: Path, name: str | None
) -> None:
    endpoint.intends("total = price * count\n")
    (workspace := tmp_path / "project").mkdir()
    environ = clean_environment(tmp_path, **endpoint.environment)
    # One of them in a new interpreter, as editors start it.
    with running(environ, kind=ForkedClient if name else RawClient) as client:
        capabilities = started(client, name, workspace)["capabilities"]
        assert capabilities["inlineCompletionProvider"] == {}
        assert capabilities["textDocumentSync"]["change"] == 2
        client.open(URI, "total =\n")
        client.insert(URI, 2, 0, 7, " ")
        (item,) = items(client, client.complete(URI, 0, 8))
        place = {"line": 0, "character": 8}
        assert item["insertText"] == "price * count"
        assert item["range"] == {"start": place, "end": place}
        assert set(item) == {"insertText", "range", "command"}

        client.insert(URI, 3, 0, 8, "p")
        (rest,) = items(client, client.complete(URI, 0, 9))
        assert rest["insertText"] == "rice * count"
        client.insert(URI, 4, 0, 9, "rice * count")
        client.ask("workspace/executeCommand", rest["command"])
        counters = status(client)["counters"]
        assert (counters["requests"], counters["accepted"]) == (1, 1)
        assert counters["acceptedChars"] == len("rice * count")
        assert status(client)["today"] == "Today: 1 shown, 1 taken (100%), 12 characters"
        assert client.sent("window/showMessage") == []
        assert client.end() == 0
        assert client.stderr == b""
    # The counts outlive the process, and the text does not.
    (kept,) = tmp_path.rglob("statistics/*.jsonl")
    assert kept.read_text().startswith('["python","codestral-latest",1,0,1,1,')
    assert "count" not in kept.read_text()


@pytest.mark.parametrize(
    ("encoding", "character"), [("utf-8", 15), ("utf-16", 12), ("utf-32", 11), (None, 12)]
)
def test_positions_are_right_in_every_encoding(
    endpoint: Endpoint, tmp_path: Path, encoding: str | None, character: int
) -> None:
    line = "s = '😀é' + "
    endpoint.intends(line + "suffix\n")
    general = {"general": {"positionEncodings": [encoding]}} if encoding else {}
    with running(clean_environment(tmp_path, **endpoint.environment)) as client:
        agreed = client.initialize(capabilities=general)["capabilities"].get("positionEncoding")
        assert agreed == (encoding or "utf-16")
        client.open(URI, line + "\n")
        (item,) = items(client, client.complete(URI, 0, character))
        assert item["insertText"] == "suffix"
        assert item["range"]["end"] == {"line": 0, "character": character}
        assert client.end() == 0


@contextmanager
def going_on(endpoint: Endpoint, home: Path, first: str, then: str) -> Iterator[RawClient]:
    """A server whose model goes on for 20 s and longer.

    These tests wait for less, so that only a request that was stopped early is over by then. A
    model that came to its end sooner would do so before a busy machine stops it.
    """
    endpoint.fake.answer = lambda prompt, suffix: first + then * 4_000
    endpoint.fake.default = Behaviour(pace_s=0.005)
    patient = {"CODESTRAL_LS_TIMEOUT_MS": "60000", "CODESTRAL_LS_MAX_TOKENS": "4000"}
    with running(clean_environment(home, **endpoint.environment, **patient)) as client:
        yield client


def test_a_model_that_goes_on_is_cut_after_the_first_line(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    with going_on(endpoint, tmp_path, "price * count\n", "more = more\n") as client:
        client.initialize()
        client.open(URI, "total = \n")
        (item,) = items(client, client.complete(URI, 0, 8))
        assert item["insertText"] == "price * count"
        (exchange,) = endpoint.fake.requests
        eventually(lambda: exchange.disconnected_at is not None)


def test_a_block_is_given_whole_and_what_follows_is_cut(endpoint: Endpoint, tmp_path: Path) -> None:
    block = "if ready:\n        go()\n        return True\n"
    with going_on(endpoint, tmp_path, block + "    return False\n\n", "x = 1\n") as client:
        client.initialize()
        client.open(URI, "def f(ready):\n    \n")
        (item,) = items(client, client.complete(URI, 1, 4, kind=1))
        assert item["insertText"].startswith("if ready:\n        go()\n        return True")
        assert "x = 1" not in item["insertText"]
        (exchange,) = endpoint.fake.requests
        eventually(lambda: exchange.disconnected_at is not None)


def test_a_second_request_joins_the_first_and_the_first_is_answered_null(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    endpoint.intends("total = price * count\n", delay_s=0.5)
    with editing(endpoint, tmp_path, "total = \n") as client:
        first = client.complete(URI, 0, 8)
        eventually(lambda: endpoint.fake.requests)
        client.insert(URI, 2, 0, 8, "p")
        second = client.complete(URI, 0, 9)
        assert client.reply(first)["result"] is None
        assert items(client, second)[0]["insertText"] == "rice * count"
        assert len(endpoint.fake.requests) == 1
        assert status(client)["counters"]["joined"] == 1


def test_a_request_that_an_edit_overtakes_is_about_the_text_that_it_was_sent_for(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    """Both come in one packet, so the edit is applied when the request's handler starts."""
    endpoint.intends("total = price * count\n", delay_s=0.2)
    with editing(endpoint, tmp_path, "total = \n") as client:
        first = client.complete(URI, 0, 8)
        eventually(lambda: endpoint.fake.requests)
        with client.in_one_packet():
            client.insert(URI, 2, 0, 8, "p")
            second = client.complete(URI, 0, 9)
            client.insert(URI, 3, 0, 9, "r")
            third = client.complete(URI, 0, 10)
        assert items(client, third)[0]["insertText"] == "ice * count"
        assert client.reply(first)["result"] is None
        assert client.reply(second)["result"] is None
        assert len(endpoint.fake.requests) == 1


def test_an_edit_is_answered_before_the_editor_asks(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.intends("total = price * count\n")
    with editing(endpoint, tmp_path, "total\n") as client:
        client.reply(client.complete(URI, 0, 5))
        known = len(endpoint.fake.requests)
        client.insert(URI, 2, 0, 5, ",")
        eventually(lambda: len(endpoint.fake.requests) > known)
        assert endpoint.fake.requests[-1].body["prompt"] == "total,"


def test_vs_code_is_answered_before_it_stops_listening(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.intends("total = price * count\n", delay_s=1.5)
    with editing(
        endpoint,
        tmp_path,
        "total = \n",
        clientInfo={"name": "Visual Studio Code", "version": "1.139.0"},
    ) as client:
        assert items(client, client.complete(URI, 0, 8)) == []
        eventually(lambda: status(client)["state"] != "busy")
        assert items(client, client.complete(URI, 0, 8))[0]["insertText"] == "price * count"
        assert len(endpoint.fake.requests) == 1


def test_a_cancelled_request_is_answered_at_once_and_its_generation_serves_the_next(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    endpoint.intends("total = price * count\n", delay_s=0.5)
    with editing(endpoint, tmp_path, "total = \n") as client:
        request = client.complete(URI, 0, 8)
        eventually(lambda: endpoint.fake.requests)
        client.notify("$/cancelRequest", {"id": request})
        assert client.reply(request)["error"]["code"] == -32800
        assert items(client, client.complete(URI, 0, 8))[0]["insertText"] == "price * count"
        assert len(endpoint.fake.requests) == 1


def refused(exchange: Exchange) -> Behaviour:
    del exchange
    return Behaviour(status=401, body=b'{"message":"Unauthorized","request_id":"c61f"}')


def test_a_refused_key_is_told_once_and_never_shown(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.fake.script = refused
    environ = clean_environment(tmp_path, **endpoint.environment)
    environ["MISTRAL_API_KEY"] = "canary-key"
    with running(environ) as client:
        client.initialize()
        client.open(URI, "total = \n")
        for version in range(2, 6):
            assert items(client, client.complete(URI, 0, 6 + version)) == []
            client.insert(URI, version, 0, 6 + version, "(")
        (told,) = client.sent("window/showMessage")
        assert told["params"]["type"] == 1
        assert "MISTRAL_API_KEY" in told["params"]["message"]
        assert "127.0.0.1" in told["params"]["message"]
        assert status(client)["state"] == "unauthorized"
        assert client.end() == 0
        assert "canary" not in str(client.received) + client.stderr.decode()


def test_nothing_is_asked_before_the_client_has_told_its_settings(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    endpoint.intends("total = price * count\n")
    with editing(
        endpoint, tmp_path, "total = \n", capabilities={"workspace": {"configuration": True}}
    ) as client:
        request = client.complete(URI, 0, 8)
        asked = client.wait_for("workspace/configuration")
        assert asked["params"]["items"][0]["section"] == "codestral"
        assert items(client, request)[0]["insertText"] == "price * count"


def test_settings_of_the_client_count_and_odd_ones_are_reported_once(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    with editing(
        endpoint, tmp_path, "total = \n", initializationOptions={"enabled": False, "maxTokns": 3}
    ) as client:
        assert items(client, client.complete(URI, 0, 8)) == []
        (told,) = client.sent("window/showMessage")
        assert told["params"]["type"] == 2
        assert "did you mean codestral.maxTokens?" in told["params"]["message"]
        assert endpoint.fake.requests == []
        (record,) = client.ask("workspace/executeCommand", {"command": "codestral-ls.explain"})
        assert "turned off" in record["reason"]


EVIL = {"endpoint": "http://evil.example", "provider": "mistral"}


def listening_proxy(endpoint: Endpoint, home: Path, **variables: str) -> dict[str, str]:
    """A fresh environment in which any attempt to reach another host is seen by the endpoint."""
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), endpoint.url)
    return clean_environment(home, **proxies, **variables)


@pytest.mark.parametrize(
    "channel", ["initializationOptions", "didChangeConfiguration", "configuration", "repository"]
)
def test_a_planted_endpoint_gets_nothing_through_any_channel(
    endpoint: Endpoint, tmp_path: Path, channel: str
) -> None:
    root = tmp_path / "project"
    root.mkdir()
    if channel == "repository":
        lines = [f'{name} = "{value}"' for name, value in EVIL.items()]
        (root / ".codestral.toml").write_text("\n".join(lines))
    environ = listening_proxy(endpoint, tmp_path, CODESTRAL_LS_API_KEY="canary-key")
    with running(environ) as client:
        client.settings = EVIL if channel == "configuration" else None
        client.initialize(
            rootUri=root.as_uri(),
            capabilities={"workspace": {"configuration": channel == "configuration"}},
            initializationOptions=EVIL if channel == "initializationOptions" else None,
        )
        if channel == "didChangeConfiguration":
            settings = {"settings": {"codestral": EVIL}}
            client.notify("workspace/didChangeConfiguration", settings)
        if channel == "repository":
            # What the user chose is asked then, and is not there; that is none of the plant's.
            client.notify(
                "workspace/didChangeConfiguration", {"settings": {"provider": "workspace"}}
            )
        client.open(URI, "total = canary_source(\n")
        for kind in (2, 1, 1):
            client.reply(client.complete(URI, 0, 22, kind))
        told = [message["params"]["message"] for message in client.sent("window/showMessage")]
        if channel == "repository":
            (line,) = told
            assert line.count("cannot be set by a repository") == len(EVIL)
        else:
            (line,) = told
            assert "evil.example" in line
            assert "CODESTRAL_LS_ENDPOINT=http://evil.example" in line
        assert client.end() == 0
    assert endpoint.fake.requests == []
    assert endpoint.fake.others == []
    assert endpoint.fake.connections == 0


def test_the_same_endpoint_works_when_the_user_names_it(endpoint: Endpoint, tmp_path: Path) -> None:
    environ = listening_proxy(endpoint, tmp_path, CODESTRAL_LS_ENDPOINT="http://evil.example")
    environ["CODESTRAL_LS_PROVIDER"] = "mistral"
    with running(environ) as client:
        client.initialize()
        client.open(URI, "total = \n")
        client.reply(client.complete(URI, 0, 8, 1))
        eventually(lambda: endpoint.fake.connections)
        assert client.end() == 0


def test_an_editor_without_inline_completion_gets_one_modest_popup_entry(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    endpoint.intends("total = price * count\n")
    with running(clean_environment(tmp_path, **endpoint.environment)) as client:
        capabilities = client.initialize()["capabilities"]
        assert "completionProvider" in capabilities
        client.open(URI, "total = pri\n")
        params = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 11}}
        answer: Message = {"items": []}
        deadline = time.monotonic() + 10
        while not answer["items"] and time.monotonic() < deadline:
            answer = client.ask("textDocument/completion", params)
        (item,) = answer["items"]
        assert answer["isIncomplete"] is True
        assert item["textEdit"]["newText"] == "ce * count"
        assert item["filterText"] == "pri"
        assert item.get("preselect") in (None, False)


def test_an_editor_with_inline_completion_gets_no_popup_entries(tmp_path: Path) -> None:
    inline = {"textDocument": {"inlineCompletion": {"dynamicRegistration": False}}}
    with running(clean_environment(tmp_path)) as client:
        capabilities = client.initialize(capabilities=inline)["capabilities"]
        assert "completionProvider" not in capabilities


def test_a_client_that_wants_the_status_gets_it(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.intends("total = price * count\n")
    with editing(
        endpoint, tmp_path, "total = \n", initializationOptions={"statusNotifications": True}
    ) as client:
        client.reply(client.complete(URI, 0, 8))
        told = client.wait_for("codestral/status")["params"]
        assert told["provider"] == "mistral"
        assert told["host"] == "127.0.0.1"


def test_a_client_that_wants_it_is_told_that_a_suggestion_grows_and_asks_again(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    block = "first = one()\n    second = two()\n    third = three()\n    return third\n"
    endpoint.intends("def go():\n    " + block, pace_s=0.03)
    with editing(
        endpoint, tmp_path, "def go():\n    \n", initializationOptions={"moreNotifications": True}
    ) as client:
        texts = [items(client, client.complete(URI, 1, 4))[0]["insertText"]]
        assert texts == ["first = one()"]
        told = client.wait_for("codestral/more")["params"]
        assert told["textDocument"] == {"uri": URI}
        assert (told["ready"], told["done"]) == (False, False)
        while not (sent := client.sent("codestral/more"))[-1]["params"]["done"]:
            client.next_of("codestral/more")
            texts.append(items(client, client.complete(URI, 1, 4))[0]["insertText"])
        assert all(longer.startswith(text) for text, longer in itertools.pairwise(texts))
        assert texts[-1] == block.rstrip()
        assert {message["params"]["id"] for message in sent} == {told["id"]}
        assert len(endpoint.fake.requests) == 1


def test_the_embedded_provider_learns_what_is_typed_in_other_documents(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    with running(clean_environment(tmp_path)) as client:
        client.initialize(rootUri=root.as_uri())
        for number in range(4):
            text = (
                f"def load_{number}(path):\n    with open_ledger(path, mode='strict') as ledger:\n"
            )
            client.open((root / f"m{number}.py").as_uri(), text)
        new = (root / "new.py").as_uri()
        client.open(new, "def other(path):\n    with open_le\n")
        (item,) = items(client, client.complete(new, 1, 16, kind=1))
        assert item["insertText"] == "dger(path, mode='strict') as ledger:"


def test_the_prompt_shows_what_is_called_from_another_file(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    root = tmp_path / "project"
    root.mkdir()
    definition = 'def price_of(article, currency):\n    """What it costs today."""\n    return 1\n'
    (root / "prices.py").write_text(definition)
    endpoint.intends("total = price_of(article)\n")
    with running(clean_environment(tmp_path, **endpoint.environment)) as client:
        client.initialize(rootUri=root.as_uri())
        uri = (root / "shop.py").as_uri()
        prompt = ""
        for version in range(1, 100):
            text = f"from prices import price_of\n\n# {version}\ntotal = price_of(\n"
            client.open(uri, text)
            client.reply(client.complete(uri, 3, 17, 1))
            prompt = endpoint.fake.requests[-1].body["prompt"]
            if "+++++ prices.py" in prompt:
                break
            client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
            time.sleep(0.1)
        assert "def price_of(article, currency):" in prompt
        assert prompt.endswith("total = price_of(")
        assert "+++++ shop.py\n" in prompt
        (record, *_) = client.ask("workspace/executeCommand", {"command": "codestral-ls.explain"})
        assert record["snippets"][0]["file"] == "prices.py"
        assert record["snippets"][0]["why"]


def test_an_editor_that_watches_files_is_asked_to_tell(endpoint: Endpoint, tmp_path: Path) -> None:
    watching = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
    with running(clean_environment(tmp_path, **endpoint.environment)) as client:
        client.initialize(capabilities=watching)
        asked = client.wait_for("client/registerCapability")["params"]["registrations"]
        assert [entry["method"] for entry in asked] == ["workspace/didChangeWatchedFiles"]
        change = {"uri": URI, "type": 2}
        client.notify("workspace/didChangeWatchedFiles", {"changes": [change]})
        assert status(client)["state"] == "ready"
        assert client.end() == 0


def test_a_slow_backend_never_holds_up_edits(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.intends("total = price * count\n", delay_s=3.0)
    with editing(endpoint, tmp_path, "total = \n") as client:
        client.complete(URI, 0, 8)
        started_at = time.monotonic()
        for version in range(2, 200):
            client.insert(URI, version, 0, 0, "x")
        status(client)
        assert time.monotonic() - started_at < 3.0
