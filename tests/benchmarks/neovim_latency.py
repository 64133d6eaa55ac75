"""Milliseconds from the last key to a suggestion in a real Neovim, with a backend of 150 ms.

``python -m tests.benchmarks.neovim_latency [TIMES]``. Needs pynvim.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.fakes.endpoint import Endpoint
from tests.real.latency import last_key_to_ghost
from tests.real.neovim import Neovim, executable, init_lua


def main() -> None:
    """Measure each kind of place, ten times unless told otherwise."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as name, Endpoint() as endpoint:
        home = Path(name)
        editor = Neovim(executable(), home, init_lua(), endpoint.environment)
        try:
            for figures in last_key_to_ghost(editor, home, endpoint, times=times):
                print(figures)
        finally:
            editor.close()


if __name__ == "__main__":
    main()
