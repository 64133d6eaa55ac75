"""Types in a real Neovim with llama.vim at the bridge, and writes down what the plugin asks.

``python -m tests.real.record_llama_vim CHECKOUT`` with a checkout of llama.vim, which is no part of
this project. It rewrites ``fixtures/bridge/llama-vim.json`` and prints what was on the screen.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cases import FIXTURES
from tests.fakes.endpoint import Endpoint
from tests.real.launch import REPOSITORY, SERVER
from tests.real.neovim import Neovim, executable
from tests.server.raw import clean_environment

TEXT = '''"""A ledger."""

from dataclasses import dataclass


@dataclass
class Entry:
    name: str
    amount: int


def total(entries: list[Entry]) -> int:
    """The sum of all amounts."""

'''
BODY = (
    "    result = 0\n    for entry in entries:\n        result += entry.amount\n    return result\n"
)
SCREEN = """
local ns, shown = vim.api.nvim_get_namespaces()['vt_fim'], {}
if not ns then return shown end
local function add(chunks)
  for _, chunk in ipairs(chunks or {}) do
    if chunk[2] == 'llama_hl_fim_hint' then shown[#shown + 1] = chunk[1] end
  end
end
for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, ns, 0, -1, { details = true })) do
  add(mark[4].virt_text)
  for _, line in ipairs(mark[4].virt_lines or {}) do add(line) end
end
return shown
"""
# The plugin looks for passages when a window has been entered, and a second later sends them.
_SETTLES_S = 2.5


class Recorder:
    """Stands between the plugin and the bridge."""

    def __init__(self, port: int) -> None:
        self.requests: list[str] = []
        self.port = 0
        self._bridge = port
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()
        assert self._ready.wait(10)

    def _run(self) -> None:
        self._loop.run_until_complete(self._listen())

    async def _listen(self) -> None:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await server.serve_forever()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)", head)
        assert length
        body = await reader.readexactly(int(length[1]))
        self.requests.append((head + body).decode())
        answers, bridge = await asyncio.open_connection("127.0.0.1", self._bridge)
        bridge.write(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) + body)
        writer.write(await answers.read())
        await writer.drain()
        writer.close()


@contextmanager
def bridge(project: Path, endpoint: Endpoint) -> Iterator[tuple[int, str]]:
    """The bridge's port and token."""
    process = subprocess.Popen(
        [*SERVER, "bridge", "--port", "0"],
        env={
            **clean_environment(project.parent, **endpoint.environment),
            "PYTHONPATH": str(REPOSITORY),
        },
        cwd=project,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        found = re.search(r"127\.0\.0\.1:(\d+)/([\w-]+)", process.stdout.readline())
        assert found
        yield int(found[1]), found[2]
    finally:
        process.kill()
        process.wait()


def record(checkout: Path, home: Path) -> list[str]:
    """What the plugin asked while somebody typed."""
    project = home / "project"
    (project / ".git").mkdir(parents=True)
    (project / "ledger.py").write_text(TEXT, encoding="utf-8")
    with Endpoint() as endpoint, bridge(project, endpoint) as (port, token):
        endpoint.intends(TEXT + BODY)
        recorder = Recorder(port)
        url = f"http://127.0.0.1:{recorder.port}/{token}/infill"
        editor = Neovim(
            executable(),
            home / "editor",
            f"vim.opt.runtimepath:append([==[{checkout}]==])\n"
            f"vim.g.llama_config = {{ endpoint_fim = [==[{url}]==] }}\n",
        )
        editor.nvim.command(f"cd {project}")
        editor.nvim.command("edit ledger.py")
        time.sleep(_SETTLES_S)
        editor.keys("Go")
        time.sleep(0.3)
        editor.type("    res", 0.15)
        print("shown:", editor.wait(lambda: editor.lua(SCREEN)))
        time.sleep(_SETTLES_S)
        editor.keys("<Tab>")
        time.sleep(_SETTLES_S)
        print("taken:", editor.text.removeprefix(TEXT))
        print("messages:", editor.messages() or "none")
        editor.close()
    plain = (request.replace(token, "TOKEN") for request in recorder.requests)
    return [request.replace(str(recorder.port), "8012", 1) for request in dict.fromkeys(plain)]


def main() -> None:
    """Record, and write the fixture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    checkout = parser.parse_args().checkout.absolute()
    with tempfile.TemporaryDirectory() as home:
        requests = record(checkout, Path(home))
    file = FIXTURES / "bridge" / "llama-vim.json"
    fixture = {**json.loads(file.read_text("utf-8")), "requests": requests}
    file.write_text(json.dumps(fixture, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
