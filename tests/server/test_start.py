"""What the server does not load before it answers ``initialize``."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.server.raw import REPOSITORY, TIMEOUT_S

# Together they take a tenth of a second and more; the session imports them after ``initialized``.
LATER = {
    "httpx",
    "h11",
    "codestral_ls.bridge",
    "tree_sitter",
    "keyring",
    "codestral_ls.engine.engine",
    "codestral_ls.privacy.secrets",
    "codestral_ls.text.syntax",
}
SCRIPT = (
    "import json, sys, codestral_ls.commands.cli, codestral_ls.server.handlers, "
    "codestral_ls.server.transport; print(json.dumps(list(sys.modules)))"
)


def test_what_the_first_request_needs_is_not_loaded_at_the_start() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        cwd=REPOSITORY,
        check=True,
    )
    loaded = set(json.loads(done.stdout))
    assert "pygls" in loaded
    assert loaded & LATER == set()
