"""A client that speaks raw frames to the real process, so that it can also misbehave."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import forked
from tests.forked import Process

# Starting takes half a second alone and several on a busy machine; a hang is a defect either way.
TIMEOUT_S = 30.0
REPOSITORY = Path(__file__).parent.parent.parent

Message = dict[str, Any]


def clean_environment(home: Path, **variables: str) -> dict[str, str]:
    """The environment of a fresh user: nothing of the machine's settings or keys."""
    # What measures coverage goes along too, and is set by nothing else.
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in {"PATH", "SYSTEMROOT"} or name.startswith("COVERAGE_")
    }
    own = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        # Nobody's real keyring is asked by a test.
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    return {**kept, **own, **variables}


class RawClient:
    """The process, what it sent, and what is still expected of it."""

    def __init__(self, environ: Mapping[str, str], arguments: Sequence[str] = ()) -> None:
        self.process = self.start(environ, arguments)
        self.settings: object = None
        """What ``workspace/configuration`` is answered with."""
        self.received: list[Message] = []
        self.stderr = b""
        self._arrived: queue.Queue[Message | None] = queue.Queue()
        self._last_id = 0
        self._packet: list[bytes] | None = None
        self._readers = [
            threading.Thread(target=self._read_messages, daemon=True),
            threading.Thread(target=self._read_stderr, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def start(self, environ: Mapping[str, str], arguments: Sequence[str]) -> Process:
        """A new interpreter, as an editor starts it."""
        return subprocess.Popen(
            [*self.command(), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environ),
            cwd=REPOSITORY,
        )

    def command(self) -> list[str]:
        """What is started; a benchmark's yardstick is something else."""
        return [sys.executable, "-m", "codestral_ls"]

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message: object) -> None:
        body = json.dumps(message).encode()
        frame = b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        if self._packet is None:
            self.write(frame)
        else:
            self._packet.append(frame)

    @contextmanager
    def in_one_packet(self) -> Iterator[None]:
        """What is sent meanwhile leaves together."""
        self._packet = []
        yield
        frames, self._packet = self._packet, None
        self.write(b"".join(frames))

    def notify(self, method: str, params: object) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def request(self, method: str, params: object) -> int:
        self._last_id += 1
        self.send({"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params})
        return self._last_id

    def reply(self, request_id: int) -> Message:
        """The reply to a request; other messages that come first are kept in ``received``."""
        for message in self.received:
            if message.get("id") == request_id and "method" not in message:
                return message
        return self._next(lambda m: m.get("id") == request_id and "method" not in m)

    def ask(self, method: str, params: object) -> Any:
        """Send a request and return its result."""
        reply = self.reply(self.request(method, params))
        assert "error" not in reply, reply
        return reply.get("result")

    def wait_for(self, method: str) -> Message:
        """The next request or notification of the server with this method."""
        for message in self.received:
            if message.get("method") == method:
                return message
        return self._next(lambda m: m.get("method") == method)

    def next_of(self, method: str) -> Message:
        """The next one with this method that has not been taken in yet."""
        return self._next(lambda m: m.get("method") == method)

    def sent(self, method: str) -> list[Message]:
        """What the server sent of a method so far."""
        return [message for message in self.received if message.get("method") == method]

    def initialize(self, **params: object) -> Message:
        """The usual start; capabilities as of an editor without any, unless given."""
        defaults: Message = {"processId": None, "rootUri": None, "capabilities": {}}
        result: Message = self.ask("initialize", {**defaults, **params})
        self.notify("initialized", {})
        return result

    def open(self, uri: str, text: str, language: str = "python") -> None:
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def complete(self, uri: str, line: int, character: int, kind: int = 2) -> int:
        """Ask for an inline completion; returns the request's id."""
        return self.request(
            "textDocument/inlineCompletion",
            {
                "textDocument": {"uri": uri},
                "position": {"line": line, "character": character},
                "context": {"triggerKind": kind},
            },
        )

    def insert(self, uri: str, version: int, line: int, character: int, text: str) -> None:
        place = {"line": line, "character": character}
        self.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri, "version": version},
                "contentChanges": [{"range": {"start": place, "end": place}, "text": text}],
            },
        )

    def end(self) -> int:
        """shutdown, exit, and the exit status."""
        self.ask("shutdown", None)
        self.notify("exit", None)
        return self.exit_status()

    def exit_status(self) -> int:
        status = self.process.wait(TIMEOUT_S)
        for reader in self._readers:
            reader.join(TIMEOUT_S)
        return status

    def read_rest(self) -> None:
        """Take in what the server sent before it ended."""
        while (message := self._arrived.get(timeout=TIMEOUT_S)) is not None:
            self.received.append(message)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            try:
                stream.close()
            except OSError:
                continue

    def _next(self, wanted: Any) -> Message:
        while True:
            message = self._arrived.get(timeout=TIMEOUT_S)
            if message is None:
                raise EOFError(f"the server is gone: {self.stderr.decode()}")
            self.received.append(message)
            if message.get("method") == "workspace/configuration":
                self.send({"jsonrpc": "2.0", "id": message["id"], "result": [self.settings]})
            if wanted(message):
                return message

    def _read_messages(self) -> None:
        stdout = self.process.stdout
        assert stdout is not None
        length = 0
        while header := stdout.readline():
            if header.lower().startswith(b"content-length:"):
                length = int(header.partition(b":")[2])
            elif not header.strip() and length:
                self._arrived.put(json.loads(stdout.read(length)))
                length = 0
        self._arrived.put(None)

    def _read_stderr(self) -> None:
        assert self.process.stderr is not None
        self.stderr = self.process.stderr.read()


class ForkedClient(RawClient):
    """With the real process too, forked from one that has its modules loaded."""

    def start(self, environ: Mapping[str, str], arguments: Sequence[str]) -> Process:
        return forked.start(arguments, environ, REPOSITORY)


def eventually(condition: Callable[[], Any], timeout_s: float = 10.0) -> None:
    """Wait for what another thread or process is about to do."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


@contextmanager
def running(
    environ: Mapping[str, str], *arguments: str, kind: type[RawClient] = ForkedClient
) -> Iterator[RawClient]:
    """A server process for the length of a block; killed at its end if it is still there."""
    client = kind(environ, arguments)
    try:
        yield client
    finally:
        client.kill()
