"""The real process over stdio, behind the same two methods as the completers of the replay."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from codestral_ls.model import Edit, Snapshot
from tests.benchmarks.typing import EditorName, Oracle
from tests.fakes.behaviour import Behaviour
from tests.fakes.fim_server import KEY, FakeFim
from tests.server.raw import clean_environment

CLIENTS = {"vscode": "Visual Studio Code", "neovim": "Neovim"}


class Remote:
    """A client of the server process; cancelling ``ask`` cancels the request."""

    def __init__(self, process: asyncio.subprocess.Process, uri: str) -> None:
        self._process = process
        self._uri = uri
        self._version = 1
        self._last_id = 0
        self._waiting: dict[int, asyncio.Future[Any]] = {}

    def edited(self, snapshot: Snapshot, edit: Edit) -> None:
        self._version += 1
        before = snapshot.before[: len(snapshot.before) - len(edit.inserted)]
        line = snapshot.line - edit.inserted.count("\n")
        place = {"line": line, "character": len(before) - before.rfind("\n") - 1}
        change = {"range": {"start": place, "end": place}, "text": edit.inserted}
        document = {"uri": self._uri, "version": self._version}
        self.notify(
            "textDocument/didChange", {"textDocument": document, "contentChanges": [change]}
        )

    async def ask(self, snapshot: Snapshot) -> str | None:
        position = {"line": snapshot.line, "character": len(snapshot.line_before)}
        params = {
            "textDocument": {"uri": self._uri},
            "position": position,
            "context": {"triggerKind": 2},
        }
        result = await self.request("textDocument/inlineCompletion", params)
        if result is None:
            return None
        return result["items"][0]["insertText"] if result["items"] else ""

    async def request(self, method: str, params: object) -> Any:
        self._last_id += 1
        request_id = self._last_id
        waiting = self._waiting[request_id] = asyncio.get_running_loop().create_future()
        self._send({"jsonrpc": "2.0", "id": request_id, "method": method, "params": params})
        try:
            return await waiting
        except asyncio.CancelledError:
            self.notify("$/cancelRequest", {"id": request_id})
            raise
        finally:
            self._waiting.pop(request_id, None)

    def notify(self, method: str, params: object) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    async def read(self) -> None:
        """Take the server's messages until it is gone."""
        stdout = self._process.stdout
        assert stdout is not None
        length = 0
        while header := await stdout.readline():
            if header.lower().startswith(b"content-length:"):
                length = int(header.partition(b":")[2])
            elif not header.strip() and length:
                message = json.loads(await stdout.readexactly(length))
                waiting = self._waiting.get(message.get("id", 0))
                if waiting is not None and not waiting.done():
                    waiting.set_result(message.get("result"))

    def _send(self, message: object) -> None:
        assert self._process.stdin is not None
        body = json.dumps(message).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))


@contextlib.asynccontextmanager
async def remote(oracle: Oracle, editor: EditorName, snapshot: Snapshot) -> AsyncIterator[Remote]:
    """A started server with the document open, backed by the oracle through the fake endpoint."""

    def answer(prompt: str, suffix: str) -> str:
        oracle.prompts.append(suffix + prompt)
        oracle.prompt_chars += len(suffix) + len(prompt)
        return oracle.continuation(prompt)

    pace = Behaviour(first_byte_delay_s=oracle.first_byte_s, pace_s=oracle.s_per_piece)
    with tempfile.TemporaryDirectory() as home:
        async with FakeFim(answer=answer, default=pace) as fake:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "codestral_ls",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=clean_environment(
                    Path(home),
                    CODESTRAL_LS_ENDPOINT=fake.url,
                    CODESTRAL_LS_PROVIDER="mistral",
                    MISTRAL_API_KEY=KEY,
                    PYTHONPATH=os.pathsep.join(sys.path),
                ),
            )  # fmt: skip
            client = Remote(process, snapshot.uri)
            reading = asyncio.create_task(client.read())
            await client.request(
                "initialize",
                {
                    "processId": None,
                    "rootUri": None,
                    "clientInfo": {"name": CLIENTS[editor]},
                    "capabilities": {"general": {"positionEncodings": ["utf-32"]}},
                },
            )
            client.notify("initialized", {})
            text = snapshot.before + snapshot.after
            document = {"uri": snapshot.uri, "languageId": "python", "version": 1, "text": text}
            client.notify("textDocument/didOpen", {"textDocument": document})
            await client.request("workspace/executeCommand", {"command": "codestral-ls.status"})
            yield client
            await client.request("shutdown", None)
            client.notify("exit", None)
            await process.wait()
            await reading
            for exchange in fake.requests:
                oracle.sent_chars += exchange.tokens_sent * 4
