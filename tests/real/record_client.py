"""Writes what a real editor sends as ``initialize``, for ``fixtures/clients``.

``python -m tests.real.record_client neovim > fixtures/clients/neovim-0.12.json``
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.real import emacs, helix, neovim
from tests.real.launch import shim, teed_command

HOME = "/home/user"
"""Stands for the machine's own paths in the recording."""
PROCESS_ID = 4242


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


def _open_in_helix(home: Path, file: Path, environment: Mapping[str, str]) -> None:
    editor = helix.Helix(helix.executable(), home, file, environment)
    try:
        editor.wait((home / "messages.jsonl").exists)
        editor.wait(lambda: "initialized" in (home / "messages.jsonl").read_text())
    finally:
        editor.close()


_OPEN: Mapping[str, Callable[[Path, Path, Mapping[str, str]], None]] = {
    "neovim": _open_in_neovim,
    "emacs": _open_in_emacs,
    "helix": _open_in_helix,
}

if __name__ == "__main__":
    json.dump(initialize_params(sys.argv[1]), sys.stdout, indent=2, sort_keys=True)
    sys.stdout.write("\n")
