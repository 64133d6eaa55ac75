"""What a repository puts into its settings decides nothing that is shown, and stops nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.behaviour import Behaviour
from tests.fakes.endpoint import Endpoint
from tests.server.raw import RawClient, clean_environment, running

LINK = '[Repair](command:workbench.action.terminal.sendSequence "Open settings")'


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    return root


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as endpoint:
        endpoint.intends("total = price\n")
        yield endpoint


def settings_file(root: Path, text: str) -> None:
    (root / ".codestral.toml").write_text(text, encoding="utf-8")


def start(client: RawClient, root: Path, **options: object) -> str:
    """Start the server for a repository and open a document; returns its URI."""
    client.initialize(rootUri=root.as_uri(), initializationOptions=options)
    uri = (root / "a.py").as_uri()
    client.open(uri, "total = \n")
    return uri


def suggested(client: RawClient, uri: str) -> list[str]:
    result = client.reply(client.complete(uri, 0, 8, kind=1))["result"]
    return [item["insertText"] for item in result["items"]]


def told(client: RawClient) -> list[str]:
    return [message["params"]["message"] for message in client.sent("window/showMessage")]


def explained(client: RawClient) -> str:
    command = {"command": "codestral-ls.explain", "arguments": []}
    reason: str = client.ask("workspace/executeCommand", command)[0]["reason"]
    return reason


def test_a_planted_key_becomes_no_link_and_thousands_become_one_message(
    tmp_path: Path, repository: Path, endpoint: Endpoint
) -> None:
    keys = [LINK, "\x1b]0;title\x07", "\u202egnp", *(f"unknown{number}" for number in range(150))]
    settings_file(repository, "".join(f"{json.dumps(key)} = 1\n" for key in keys))
    with running(clean_environment(tmp_path, **endpoint.environment)) as client:
        uri = start(client, repository, **{LINK: 1, "y" * 5000: 2})
        assert suggested(client, uri) == ["price"]
        of_file, of_client = sorted(told(client))
        assert client.end() == 0
        log = client.stderr.decode()
    assert of_file.endswith("has an unknown setting; and 150 more problems.")
    assert of_client.startswith("initializationOptions: has an unknown setting")
    for text in (of_file, of_client, log):
        assert "command:" not in text
        assert "\x1b" not in text


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(".".join(["a"] * 25_000) + " = 1", id="a key of 25,000 parts"),
        pytest.param(".".join(["a"] * 8_000) + " = 1", id="a key of 8,000 parts"),
        pytest.param(f"exclude = {json.dumps([f'{n}*' for n in range(18_000)])}", id="many globs"),
        pytest.param(f"max_tokens = {'9' * 5_000}", id="a long number"),
        pytest.param('exclude = ["\\ud800"]', id="half a surrogate pair"),
        pytest.param('exclude = ["secret/**"', id="half written"),
    ],
)
def test_nothing_is_sent_of_a_folder_with_a_settings_file_that_cannot_be_read(
    tmp_path: Path, repository: Path, endpoint: Endpoint, content: str
) -> None:
    settings_file(repository, content)
    with running(clean_environment(tmp_path, **endpoint.environment)) as client:
        uri = start(client, repository)
        assert suggested(client, uri) == []
        assert "cannot be read" in explained(client)
        (message,) = told(client)
        assert "Nothing of its folder is sent" in message
        elsewhere = (tmp_path / "b.py").as_uri()
        client.open(elsewhere, "total = \n")
        assert suggested(client, elsewhere) == ["price"]
        assert client.end() == 0
    assert len(endpoint.fake.requests) == 1


def test_a_glob_of_many_stars_is_matched_in_no_time(
    tmp_path: Path, repository: Path, endpoint: Endpoint
) -> None:
    settings_file(repository, f'exclude = ["{"*a" * 2000}b"]\n')
    with running(clean_environment(tmp_path, **endpoint.environment)) as client:
        client.initialize(rootUri=repository.as_uri())
        uri = (repository / ("a" * 200)).as_uri()
        client.open(uri, "total = \n")
        assert suggested(client, uri) == ["price"]
        assert client.end() == 0


def test_numbers_and_globs_of_a_client_end_nothing(
    tmp_path: Path, repository: Path, endpoint: Endpoint
) -> None:
    with running(clean_environment(tmp_path, **endpoint.environment)) as client:
        options = '{"maxTokens": %s, "temperature": %s, "exclude": ["\\ud800", "private/"]}'
        digits = "9" * 5000
        body = (
            '{"jsonrpc": "2.0", "id": 99, "method": "initialize", "params": {"processId": null, '
            f'"rootUri": "{repository.as_uri()}", "capabilities": {{}}, '
            f'"initializationOptions": {options % (digits, digits)}}}}}'
        ).encode()
        client.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        assert "result" in client.reply(99)
        client.notify("initialized", {})
        uri = (repository / "a.py").as_uri()
        client.open(uri, "total = \n")
        assert suggested(client, uri) == ["price"]
        (message,) = told(client)
        private = (repository / "private" / "a.py").as_uri()
        client.open(private, "total = \n")
        assert suggested(client, private) == []
        assert client.end() == 0
    for part in ("codestral.maxTokens must be at most 4096", "codestral.exclude must be"):
        assert part in message


@pytest.mark.parametrize(
    "address",
    [
        "git:{}/server.key?%7B%7D",
        "vscode-notebook-cell:{}/secrets.yaml#W0",
        "gitfs:{}/private/a.py?ref",
    ],
)
def test_a_file_is_itself_whatever_address_an_editor_shows_it_under(
    tmp_path: Path, repository: Path, endpoint: Endpoint, address: str
) -> None:
    settings_file(repository, 'exclude = ["private/"]\n')
    with running(clean_environment(tmp_path, **endpoint.environment)) as client:
        client.initialize(rootUri=repository.as_uri())
        uri = address.format(repository)
        client.open(uri, "total = \n")
        assert suggested(client, uri) == []
        assert client.end() == 0
    assert endpoint.fake.requests == []


def test_an_editors_settings_loosen_nothing_that_the_user_restricts(
    tmp_path: Path, repository: Path, endpoint: Endpoint
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('enabled = false\nmax_tokens = 9\nexclude = ["*.sql"]\n')
    environ = clean_environment(tmp_path, **endpoint.environment, CODESTRAL_LS_CONFIG=str(config))
    sent = {"enabled": True, "maxTokens": 500, "exclude": [], "apiKeyCommand": "touch /tmp/x"}
    with running(environ) as client:
        uri = start(client, repository, **sent)
        assert client.reply(client.complete(uri, 0, 8, kind=2))["result"]["items"] == []
        assert endpoint.fake.requests == []
        assert suggested(client, uri) == ["price"]
        (message,) = told(client)
        assert client.end() == 0
    (exchange,) = endpoint.fake.requests
    assert exchange.body["max_tokens"] <= 9
    assert "codestral.enabled cannot turn on what your config.toml turns off" in message


def test_what_a_server_says_is_no_link(
    tmp_path: Path, repository: Path, endpoint: Endpoint
) -> None:
    said = f"{LINK}\n\x1b[31m https://evil.example/ <a href='x'>" + "z" * 400
    endpoint.fake.default = Behaviour(status=401, body=json.dumps({"message": said}).encode())
    with running(clean_environment(tmp_path, **endpoint.environment)) as client:
        uri = start(client, repository)
        assert suggested(client, uri) == []
        status = client.ask(
            "workspace/executeCommand", {"command": "codestral-ls.status", "arguments": []}
        )
        texts = [*told(client), explained(client), status["lastError"]["message"]]
        assert client.end() == 0
    for text in texts:
        assert "Repair" in text
        assert len(text) <= 300
        for piece in ("](", "\x1b", "\n", "://", "<a"):
            assert piece not in text
