"""Keys and source text stay where they belong: whatever happens, nothing that the process writes
shows them, but for the answers that an editor asked for.

Everything that must not show has ``canary`` in it, and no path or name in these tests has.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import forked
from tests.fakes.behaviour import Behaviour
from tests.fakes.endpoint import Endpoint
from tests.fakes.fim_server import Exchange
from tests.server.raw import TIMEOUT_S, Message, RawClient, clean_environment, running

KEY = "canary-key-5d0f1e77"
LINE = "canary_total = canary_source(canary_price, 4711)"
SOURCE = f"import os\n\n{LINE}\nprint(canary_total)\n"
ANSWER = "canary_answer(canary_price)\n"
URI = "file:///project/a.py"


def shows(written: bytes) -> bool:
    """Whether something that was written shows a key or source text, plainly or in base64."""
    word = b"canary"
    encoded = {base64.b64encode(b" " * shift + word)[4 * (shift > 0) : -4] for shift in range(3)}
    return word in written.lower() or any(piece and piece in written for piece in encoded)


def check_files(home: Path) -> None:
    """No file of the user's shows anything: log, state, cache, whatever there is."""
    for path in home.rglob("*"):
        if path.is_file() and path.name != "config.toml":
            assert not shows(path.read_bytes()), path


def echo(exchange: Exchange, status: int, form: str = "%s", **fields: object) -> Behaviour:
    """A server that repeats the request, headers and all, in its answer."""
    body = (form % json.dumps(seen(exchange))).encode()
    return dataclasses.replace(Behaviour(status=status, body=body), **fields)  # type: ignore[arg-type]


def seen(exchange: Exchange) -> str:
    """A request in the words of a server that explains what it did not like."""
    headers, body = exchange.request.headers, exchange.body or {}
    told = [headers["authorization"], headers["x-team"], body.get("prompt", ""), dict(headers)]
    return f"{KEY} {' '.join(map(str, told))} {exchange.request.content.decode()}"


MESSAGE = '{"object":"error","message":%s,"type":"invalid","code":"1"}'
DETAIL = '{"detail":[{"loc":["body","prompt"],"msg":%s,"type":"value_error"}]}'
EVENTS = 'data: {"error":{"message":%s}}\n\ndata: [DONE]\n\n'
STREAM = "text/event-stream"

Treatment = Callable[[Exchange], Behaviour]
FAILURES: dict[str, Treatment] = {
    "refused key": lambda e: echo(e, 401, MESSAGE),
    "refused key in plain text": lambda e: echo(e, 401),
    "forbidden": lambda e: echo(e, 403, '{"error":%s}'),
    "bad request": lambda e: echo(e, 400, MESSAGE),
    "validation problems": lambda e: echo(e, 422, DETAIL),
    "validation problems with input": lambda e: echo(
        e, 422, '{"detail":[{"loc":["body"],"msg":"bad","input":%s}]}'
    ),
    "unknown model": lambda e: echo(e, 400, MESSAGE.replace('"1"', '"1500"')),
    "too long": lambda e: echo(e, 413, MESSAGE),
    "too many": lambda e: echo(e, 429, MESSAGE, headers={"Retry-After": "0"}),
    "no allowance": lambda e: echo(e, 402, MESSAGE),
    "overloaded": lambda e: echo(e, 503, MESSAGE, headers={"Retry-After": "0"}),
    "broken": lambda e: echo(e, 500, "<html><body>%s</body></html>", content_type="text/html"),
    "huge error": lambda e: Behaviour(status=500, body=f"{seen(e)}\n".encode() * 2_000),
    "deep error": lambda e: echo(e, 400, '{"a":' * 500 + "%s" + "}" * 500),
    "wrong place": lambda e: echo(e, 404, MESSAGE),
    "redirect": lambda e: Behaviour(
        status=307, body=b"", headers={"Location": f"http://127.0.0.1:9/{KEY}"}
    ),
    "error in a stream": lambda e: echo(e, 200, EVENTS, content_type=STREAM),
    "stream of garbage": lambda e: echo(e, 200, "data: %s\n\n", content_type=STREAM),
    "broken JSON in a stream": lambda e: echo(e, 200, "data: {%s\n\n", content_type=STREAM),
    "completion of another shape": lambda e: echo(e, 200, '{"text":%s}'),
    "page of a hotel": lambda e: echo(e, 200, "<html>%s</html>", content_type="text/html"),
    "not HTTP": lambda e: Behaviour(wire=f"{seen(e)}\r\n\r\n".encode()),
    "header that is none": lambda e: Behaviour(wire=f"HTTP/1.1 200\r\n{KEY}\r\n\r\n".encode()),
    "bad encoding": lambda e: Behaviour(
        body=KEY.encode(), headers={"Content-Encoding": "gzip"}, content_type=STREAM
    ),
    "talkative headers": lambda e: Behaviour(
        headers={
            "x-ratelimit-limit-req-minute": KEY,
            "Retry-After": KEY,
            "Set-Cookie": f"a={KEY}",
        }
    ),
    "hangs up": lambda e: Behaviour(hangs_up=True),
    "cut": lambda e: Behaviour(text=ANSWER, cut_in="event"),
    "fine": lambda e: Behaviour(text=ANSWER),
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Everything that belongs to the user."""
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as endpoint:
        endpoint.fake.key = KEY
        yield endpoint


def environment(home: Path, endpoint: Endpoint | None = None, **variables: str) -> dict[str, str]:
    """A user with a key, with secrets in other settings too, and some of them in wrong places."""
    config = home / "config.toml"
    config.write_text(f'api_key_command = "echo {KEY}"\nmax_tokens = "{KEY}"\n')
    reached = {} if endpoint is None else {**endpoint.environment, "MISTRAL_API_KEY": KEY}
    settings = {
        "CODESTRAL_LS_CONFIG": str(config),
        "CODESTRAL_LS_HEADERS": f"X-Team={KEY}",
        "CODESTRAL_LS_PROXY": f"http://me:{KEY}@127.0.0.1:9",
        "CODESTRAL_LS_TIMEOUT_MS": KEY,
        "CODESTRAL_LS_FIM_TEMPLATE": "auto",
        "CODESTRAL_LS_DEBOUNCE_MS": "0",
    }
    return clean_environment(home, **{**settings, **reached, **variables})


class Session:
    """A client that types, asks, and runs every command, and keeps what it was sent."""

    def __init__(self, client: RawClient) -> None:
        self.client = client
        self.asked: set[int] = set()
        self.version = 1

    def start(self) -> None:
        options = {"maxTokens": KEY, "statusNotifications": True, "temperature": [LINE]}
        self.client.initialize(initializationOptions=options, trace="verbose")
        self.client.open(URI, SOURCE)

    def ask(self, kind: int = 1) -> None:
        """Type a line and ask for its end; the answer is the editor's business."""
        self.version += 1
        typed = f"canary_number_{self.version} = \n"
        self.client.insert(URI, self.version, 2, 0, typed)
        request = self.client.complete(URI, 2, len(typed) - 1, kind)
        self.asked.add(request)
        self.client.reply(request)

    def run_commands(self) -> None:
        for command in ("status", "explain", "toggle", "toggle", "clearCache"):
            self.client.ask(
                "workspace/executeCommand",
                {"command": f"codestral-ls.{command}", "arguments": [LINE]},
            )
        for uri in ([], [URI]):
            params = {"command": "codestral-ls.explain", "arguments": uri}
            assert "canary" not in str(self.client.ask("workspace/executeCommand", params))
        params = {"command": "codestral-ls.didAccept", "arguments": [KEY]}
        self.client.ask("workspace/executeCommand", params)

    def check(self) -> None:
        """Nothing that came shows anything, but for the answers to completion requests."""
        others = [m for m in self.client.received if m.get("id") not in self.asked or "method" in m]
        for message in others:
            assert not shows(json.dumps(message).encode()), message
        assert not shows(self.client.stderr), self.client.stderr


def test_every_failure_of_a_server_that_repeats_what_it_was_sent(
    endpoint: Endpoint, home: Path
) -> None:
    treatment = FAILURES["fine"]
    endpoint.fake.script = lambda exchange: treatment(exchange)
    log = home / "server.log"
    with running(environment(home, endpoint), "--log-file", str(log)) as client:
        session = Session(client)
        session.start()
        for name, treatment in FAILURES.items():  # noqa: B007  # the script above reads it
            before = len(endpoint.fake.requests)
            session.ask()
            assert len(endpoint.fake.requests) > before, f"{name}: the server was not asked"
            session.run_commands()
        told = client.sent("window/showMessage")
        assert client.end() == 0
        session.check()
    assert len(told) > 3, "most of these failures are told"
    assert log.read_bytes(), "and the settings in wrong places are logged"
    check_files(home)


MALFORMED: list[bytes] = [
    b"{" + LINE.encode(),
    b"[]",
    json.dumps(LINE).encode(),
    json.dumps({"jsonrpc": "2.0", "method": "x/unknown", "params": [LINE]}).encode(),
    json.dumps(
        {"jsonrpc": "2.0", "id": 9001, "method": "x/unknown", "params": {"a": LINE}}
    ).encode(),
    json.dumps({"jsonrpc": "2.0", "id": LINE, "result": LINE}).encode(),
    json.dumps({"jsonrpc": "2.0", "id": 9002, "error": LINE}).encode(),
    json.dumps({"jsonrpc": "1.0", "id": {"a": LINE}, "method": "shutdown"}).encode(),
    json.dumps({"method": "textDocument/didChange", "params": {"text": LINE}}).encode(),
    b'{"jsonrpc":"2.0","method":"x","params":' + b"[" * 3000 + LINE.encode() + b"]" * 3000 + b"}",
]
PLACE = {"line": 0, "character": 0}
MISSHAPEN: list[tuple[str, object]] = [
    ("textDocument/didOpen", {"textDocument": {"uri": "file:///project/b.py", "text": [LINE]}}),
    ("textDocument/didOpen", {"textDocument": LINE}),
    ("textDocument/didChange", {"textDocument": {"uri": URI}, "contentChanges": LINE}),
    (
        "textDocument/didChange",
        {
            "textDocument": {"uri": URI, "version": 9},
            "contentChanges": [{"range": {"start": LINE, "end": PLACE}, "text": LINE}],
        },
    ),
    (
        "textDocument/didChange",
        {
            "textDocument": {"uri": URI, "version": 10},
            "contentChanges": [
                {
                    "range": {"start": {"line": 1 << 40, "character": -5}, "end": PLACE},
                    "text": LINE + "\ud800",
                }
            ],
        },
    ),
    ("textDocument/didClose", {"textDocument": {"uri": [LINE]}}),
    ("notebookDocument/didOpen", {"notebookDocument": {"cells": [LINE]}}),
    ("notebookDocument/didChange", {"change": {"cells": {"textContent": [{"text": LINE}]}}}),
    ("workspace/didChangeConfiguration", {"settings": {"codestral": {"endpoint": [KEY]}}}),
    ("workspace/didChangeConfiguration", {"settings": KEY}),
    ("workspace/didChangeWorkspaceFolders", {"event": LINE}),
    ("$/setTrace", {"value": LINE}),
    ("$/cancelRequest", {"id": LINE}),
    ("window/workDoneProgress/cancel", {"token": [LINE]}),
]  # fmt: skip
MISSHAPEN_REQUESTS: list[tuple[str, object]] = [
    ("textDocument/inlineCompletion", {"textDocument": {"uri": URI}, "position": LINE}),
    ("textDocument/inlineCompletion", LINE),
    (
        "textDocument/inlineCompletion",
        {
            "textDocument": {"uri": URI},
            "position": {"line": 2, "character": 1 << 40},
            "context": {
                "triggerKind": 1,
                "selectedCompletionInfo": {
                    "range": {"start": PLACE, "end": {"line": 9, "character": 9}},
                    "text": LINE,
                },
            },
        },
    ),
    ("workspace/executeCommand", {"command": "x.unknown", "arguments": [LINE]}),
    ("workspace/executeCommand", {"command": "codestral-ls.explain", "arguments": LINE}),
    ("textDocument/hover", {"textDocument": {"uri": URI}, "position": PLACE, "workDoneToken": KEY}),
    ("initialize", {"capabilities": LINE, "initializationOptions": KEY}),
]


@pytest.mark.parametrize("logged", [False, True], ids=["stderr", "file"])
def test_every_defect_that_malformed_messages_provoke(home: Path, logged: bool) -> None:
    log = home / "server.log"
    arguments = ("--log-file", str(log)) if logged else ()
    with running(environment(home, CODESTRAL_LS_PROVIDER="workspace"), *arguments) as client:
        session = Session(client)
        session.start()
        session.ask()
        for body in MALFORMED:
            client.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        client.write(b"Content-Length: canary\r\nX: canary\r\n\r\n")
        for method, params in MISSHAPEN:
            client.notify(method, params)
        for method, params in MISSHAPEN_REQUESTS:
            client.reply(client.request(method, params))
        session.run_commands()
        assert client.end() == 0
        session.check()
        written = log.read_bytes() if logged else client.stderr
    assert b"WARNING" in written, "defects are logged, without what provoked them"
    check_files(home)


@pytest.mark.skipif(sys.platform == "win32", reason="needs pgrep and SIGKILL")
def test_child_processes_that_are_killed(home: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "b.py").write_text(SOURCE)
    environ = environment(home, CODESTRAL_LS_PROVIDER="workspace")
    with running(environ) as client:
        client.initialize(rootUri=project.as_uri())
        session = Session(client)
        client.open(URI, SOURCE)
        n_killed = 0
        for _ in range(6):
            session.ask()
            for child in children_of(client.process.pid):
                os.kill(child, signal.SIGKILL)
                n_killed += 1
        session.run_commands()
        assert client.end() == 0
        session.check()
    assert n_killed >= 3
    assert b"WARNING" in client.stderr
    check_files(home)


def children_of(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, check=False)
    return [int(line) for line in found.stdout.split()]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_end_in_the_middle_of_a_request(
    endpoint: Endpoint, home: Path, number: signal.Signals
) -> None:
    endpoint.fake.default = Behaviour(hangs=True)
    with running(environment(home, endpoint)) as client:
        session = Session(client)
        session.start()
        session.asked.add(client.complete(URI, 2, len(LINE), 1))
        client.ask("workspace/executeCommand", {"command": "codestral-ls.status"})
        client.process.send_signal(number)
        assert client.exit_status() == 128 + number
        session.check()
    check_files(home)


def run(home: Path, environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    # Where the doctor has no index to make.
    (home / "empty").mkdir(exist_ok=True)
    done = forked.run(arguments, environ, home / "empty", TIMEOUT_S)
    assert "Traceback" not in done.stderr
    check_files(home)
    return done


COMMAND_LINE_FAILURES = sorted(FAILURES.keys() - {"fine", "cut", "talkative headers"})


@pytest.mark.parametrize("name", COMMAND_LINE_FAILURES[::3])
def test_a_completion_on_the_command_line_that_fails(
    endpoint: Endpoint, home: Path, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "a.py"
    file.write_text(SOURCE)
    endpoint.fake.script = FAILURES[name]
    place = f"{file}:3:{len(LINE) + 1}"
    done = run(home, environment(home, endpoint), "complete", place, "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["reason"]
    assert not shows((done.stdout + done.stderr).encode()), done
    assert endpoint.fake.requests


@pytest.mark.parametrize("name", [*COMMAND_LINE_FAILURES[1::3], "talkative headers"])
def test_a_visit_to_the_doctor(endpoint: Endpoint, home: Path, name: str) -> None:
    endpoint.fake.script = FAILURES[name]
    if name != "talkative headers":
        endpoint.fake._dialect.other = lambda request, key: (  # type: ignore[method-assign]
            FAILURES[name](Exchange(request, 1, 0.0))
        )
    arguments = ["doctor", "--settings", "--requests", "2"]
    for form in ([], ["--json"]):
        done = run(home, environment(home, endpoint), *arguments, *form)
        assert done.returncode == 1
        assert not shows((done.stdout + done.stderr).encode()), done


ODD_PLACES: dict[str, Treatment] = {
    "the value of a header set by the user": lambda e: Behaviour(
        status=500, body=json.dumps({"message": e.request.headers["x-team"]}).encode()
    ),
    "a key repeated as a date of retirement": lambda e: Behaviour(
        headers={"x-model-deprecation-timestamp": KEY}
    ),
    "a short line of source": lambda e: Behaviour(status=400, body=b'{"message":"pw = canary"}'),
}


@pytest.mark.parametrize("name", ODD_PLACES)
def test_what_a_server_repeats_in_odd_places(
    endpoint: Endpoint, home: Path, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "a.py"
    file.write_text("pw = canary\n" + SOURCE)
    endpoint.fake.script = ODD_PLACES[name]
    environ = environment(home, endpoint, CODESTRAL_LS_HEADERS="X-Team=canary-of-the-team")
    done = run(home, environ, "complete", f"{file}:4:{len(LINE) + 1}")
    assert endpoint.fake.requests
    assert not shows(done.stderr.encode())


def test_a_key_in_the_wrong_place_of_the_command_line(home: Path) -> None:
    environ = environment(home)
    for arguments in (
        ("doctor", f"--requests={KEY}"),
        ("login", KEY),
        ("logout", "--host", "api.mistral.ai", KEY),
        ("login", "--host", f"https://me:{KEY}@llm.example"),
    ):
        done = run(home, environ, *arguments)
        assert done.returncode == 2
        assert not shows((done.stdout + done.stderr).encode()), done


def test_the_search_finds_what_it_looks_for() -> None:
    assert shows(KEY.encode())
    assert shows(LINE.upper().encode())
    assert shows(base64.b64encode(f"Authorization: Bearer {KEY}".encode()))
    assert not shows(b"a completion failed by a defect")


def test_the_words_of_the_answer_do_reach_the_editor(endpoint: Endpoint, home: Path) -> None:
    endpoint.fake.default = Behaviour(text=ANSWER)
    with running(environment(home, endpoint)) as client:
        session = Session(client)
        session.start()
        session.ask()
        answers: list[Message] = [m for m in client.received if m.get("id") in session.asked]
        assert any("canary_answer" in str(answer.get("result")) for answer in answers)
