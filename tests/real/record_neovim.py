"""Writes what a real Neovim sends as ``initialize``, for ``fixtures/clients``.

``python -m tests.real.record_neovim > fixtures/clients/neovim-0.12.json``
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.real.neovim import PLUGIN, SERVER, Neovim, executable, lua_list

PROJECT = "/home/user/project"
"""Stands for the machine's own path in the recording."""
PROCESS_ID = 4242
_TEE = Path(__file__).parent / "tee.py"


def initialize_params() -> Any:
    """The ``initialize`` parameters of the Neovim at hand, without what is this machine's."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name).resolve()
        log = home / "messages.jsonl"
        command = lua_list([sys.executable, str(_TEE), str(log), *SERVER])
        init = (
            f"vim.opt.runtimepath:append([==[{PLUGIN}]==])\n"
            f"require('codestral').setup({{ cmd = {command} }})\n"
        )
        project = home / "project"
        (project / ".git").mkdir(parents=True)
        (project / "main.py").write_text("x = 1\n")
        editor = Neovim(executable(), home, init)
        try:
            editor.edit(project / "main.py")
        finally:
            editor.close()
        first = json.loads(log.read_text().splitlines()[0])["message"]
    assert first["method"] == "initialize"
    text = json.dumps(first["params"], indent=2, sort_keys=True)
    params = json.loads(text.replace(str(project), PROJECT))
    params["processId"] = PROCESS_ID
    params["workDoneToken"] = "1"
    return params


if __name__ == "__main__":
    json.dump(initialize_params(), sys.stdout, indent=2, sort_keys=True)
    sys.stdout.write("\n")
