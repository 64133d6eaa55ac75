"""A real Neovim with our plugin, driven by keys; what it shows is read from its screen's state.

``--embed`` makes Neovim's main loop read keys from ``nvim_input``, so insert mode and its
autocommands are the real ones; neither a terminal nor an attached UI is needed.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pynvim  # type: ignore[import-untyped]  # it has no types

from tests.real.launch import REPOSITORY, SERVER, fetched

PLUGIN = REPOSITORY / "editors" / "neovim"
# Generous: a loaded machine starts Python in seconds. A hang is a defect either way.
WAIT_S = 20.0
_LOOK_EVERY_S = 0.002

_GHOST = """
local ns = vim.api.nvim_get_namespaces()['nvim.lsp.inline_completion']
local mark = ns and vim.api.nvim_buf_get_extmarks(0, ns, 0, -1, {details = true})[1]
if not mark then return vim.NIL end
local function text(chunks)
  return table.concat(vim.tbl_map(function(chunk) return chunk[1] end, chunks or {}))
end
local lines = { text(mark[4].virt_text) }
for _, line in ipairs(mark[4].virt_lines or {}) do lines[#lines + 1] = text(line) end
return { mark[2], mark[3], table.concat(lines, '\\n') }
"""
_ATTACHED = """
local client = vim.lsp.get_clients({ bufnr = 0, name = 'codestral' })[1]
return client ~= nil and client.initialized == true
"""

# Neovim would start Python twice to look for a provider at the first Python file.
_OBSERVED = """
vim.g.loaded_python3_provider = 0
vim.g.answers = 0
vim.api.nvim_create_autocmd('LspRequest', { callback = function(event)
  local request = event.data.request
  if request.type == 'complete' and request.method == 'textDocument/inlineCompletion' then
    vim.g.answers = vim.g.answers + 1
  end
end })
"""

Value = TypeVar("Value")


def executable() -> str:
    """A Neovim 0.12 or newer, fetched once into a cache. Raises Unavailable."""
    return fetched("get_nvim.sh")


@dataclass(frozen=True, slots=True)
class Ghost:
    """The suggestion on the screen."""

    row: int
    col: int
    """In bytes, as Neovim counts."""
    text: str


class Neovim:
    """One editor process of a user whose ``init.lua`` is given."""

    def __init__(
        self, program: str, home: Path, init: str, environment: Mapping[str, str] | None = None
    ) -> None:
        config = home / ".config" / "nvim"
        config.mkdir(parents=True, exist_ok=True)
        (config / "init.lua").write_text(_OBSERVED + init)
        variables = {
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "PYTHONPATH": str(REPOSITORY),
            **(environment or {}),
        }
        with _environment(variables):
            self.nvim: Any = pynvim.attach(
                "child", argv=[program, "--embed", "--headless", "-n", "-i", "NONE"]
            )

        # While init.lua waits for something, Neovim would already take our requests.
        self.wait(lambda: self.nvim.vvars["vim_did_enter"])

    def close(self) -> None:
        """End the process, its servers too."""
        # The connection breaks while the command is under way: that is the end wanted.
        with contextlib.suppress(OSError, EOFError):
            self.nvim.command("qall!")
        self.nvim.close()

    def lua(self, code: str, *arguments: object) -> Any:
        """Run Lua code."""
        return self.nvim.exec_lua(code, *arguments)

    def command(self, line: str) -> str:
        """Run an Ex command; returns what it printed."""
        return str(self.nvim.command_output(line))

    def edit(self, path: Path) -> None:
        """Open a file and wait for the server."""
        self.nvim.command(f"edit {path}")
        self.wait(lambda: self.lua(_ATTACHED))

    def wait(self, look: Callable[[], Value], within_s: float = WAIT_S) -> Value:
        """The first true value that a look at the editor brings."""
        end = time.monotonic() + within_s
        while not (value := look()):
            if time.monotonic() > end:
                raise TimeoutError(f"not within {within_s} s; messages: {self.messages()}")
            time.sleep(_LOOK_EVERY_S)
        return value

    def keys(self, keys: str) -> float:
        """Press keys, in Neovim's notation; returns when, by ``time.monotonic``."""
        pressed_at = time.monotonic()
        while keys:
            keys = keys[self.nvim.input(keys) :]
        return pressed_at

    def type(self, text: str, interval_s: float = 0.0) -> float:
        """Type a text; returns when the last key was pressed."""
        start = last = time.monotonic()
        for number, character in enumerate(text):
            time.sleep(max(0.0, start + number * interval_s - time.monotonic()))
            last = self.keys({"<": "<lt>", "\n": "<CR>"}.get(character, character))
        return last

    def leave(self) -> None:
        """Back to normal mode, in one window."""
        self.keys("<C-\\><C-n>")
        self.wait(lambda: self.mode() in ("n", "nt"))
        self.nvim.command("silent! only!")

    @property
    def ghost(self) -> Ghost | None:
        """The suggestion on the screen."""
        found = self.lua(_GHOST)
        return Ghost(*found) if found else None

    @property
    def text(self) -> str:
        """The buffer."""
        return "\n".join(self.nvim.current.buffer[:])

    @property
    def cursor(self) -> tuple[int, int]:
        """Row and byte column, from 0."""
        row, col = self.nvim.current.window.cursor
        return row - 1, col

    @property
    def answers(self) -> int:
        """How many inline completion requests were answered, with whatever."""
        return int(self.nvim.vars["answers"])

    def mode(self) -> str:
        """``n``, ``i`` and so on."""
        return str(self.nvim.api.get_mode()["mode"])

    def messages(self) -> str:
        """What Neovim told its user."""
        return self.command("messages")

    def _ghost_saying(self, text: str) -> Ghost | None:
        ghost = self.ghost
        return ghost if ghost is not None and ghost.text == text else None

    def shown(self, text: str) -> Ghost:
        """Wait until exactly this text is suggested."""
        try:
            ghost = self.wait(lambda: self._ghost_saying(text))
        except TimeoutError as error:
            raise AssertionError(f"{text!r} is not suggested, but {self.ghost}") from error
        assert ghost is not None
        return ghost

    def gone(self) -> None:
        """Wait until nothing is suggested."""
        self.wait(lambda: self.ghost is None)

    def has_text(self, text: str) -> None:
        """Wait until the buffer is this text."""
        try:
            self.wait(lambda: self.text == text)
        except TimeoutError:
            assert self.text == text


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Any:
    """pynvim starts its child with this process's environment."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def lua_list(words: Sequence[str]) -> str:
    """Words as a Lua table."""
    return "{ " + ", ".join(f"[==[{word}]==]" for word in words) + " }"


def init_lua(options: str = "") -> str:
    """An ``init.lua`` that starts our server from this checkout, with further options."""
    return (
        f"vim.opt.runtimepath:append([==[{PLUGIN}]==])\n"
        f"require('codestral').setup({{ cmd = {lua_list(SERVER)}, {options} }})\n"
    )
