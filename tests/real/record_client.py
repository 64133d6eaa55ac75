"""Writes what a real editor sends as ``initialize``, for ``fixtures/clients``.

``python -m tests.real.record_client neovim > fixtures/clients/neovim-0.12.json``
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.real import emacs, neovim

HOME = "/home/user"
"""Stands for the machine's own paths in the recording."""
PROCESS_ID = 4242
_TEE = Path(__file__).parent / "tee.py"


def teed_command(log: Path) -> list[str]:
    """The server's command, with every message written to ``log``."""
    return [sys.executable, str(_TEE), str(log), *neovim.SERVER]


def shim(directory: Path, command: list[str]) -> dict[str, str]:
    """A ``codestral-ls`` on the PATH that runs ``command``: the environment that finds it."""
    directory.mkdir(parents=True, exist_ok=True)
    program = directory / "codestral-ls"
    words = " ".join(f"'{word}'" for word in command)
    program.write_text(f"#!/bin/sh\nPYTHONPATH='{neovim.REPOSITORY}' exec {words} \"$@\"\n")
    program.chmod(0o755)
    return {"PATH": f"{directory}:{os.environ['PATH']}"}


def initialize_params(editor: str) -> Any:
    """The ``initialize`` parameters of the editor at hand, without what is this machine's."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name).resolve()
        log = home / "messages.jsonl"
        project = home / "project"
        (project / ".git").mkdir(parents=True)
        file = project / "main.py"
        file.write_text("x = 1\n")
        _OPEN[editor](home, file, shim(home / "bin", teed_command(log)))
        first = json.loads(log.read_text().splitlines()[0])["message"]
    assert first["method"] == "initialize"
    params = json.loads(json.dumps(first["params"]).replace(str(home), HOME))
    params["processId"] = PROCESS_ID
    if "workDoneToken" in params:
        params["workDoneToken"] = "1"
    return params


def _open_in_neovim(home: Path, file: Path, environment: Mapping[str, str]) -> None:
    init = f"vim.opt.runtimepath:append([==[{neovim.PLUGIN}]==])\nrequire('codestral').setup()\n"
    editor = neovim.Neovim(neovim.executable(), home, init, environment)
    try:
        editor.edit(file)
    finally:
        editor.close()


def _open_in_emacs(home: Path, file: Path, environment: Mapping[str, str]) -> None:
    editor = emacs.Emacs(emacs.executable(), home, emacs.documented_init(), environment)
    try:
        editor.edit(file)
    finally:
        editor.close()


_OPEN: Mapping[str, Callable[[Path, Path, Mapping[str, str]], None]] = {
    "neovim": _open_in_neovim,
    "emacs": _open_in_emacs,
}

if __name__ == "__main__":
    json.dump(initialize_params(sys.argv[1]), sys.stdout, indent=2, sort_keys=True)
    sys.stdout.write("\n")
