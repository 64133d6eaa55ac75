"""No child outlives its server, however that ends."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from codestral_ls.workspace.process.interpreter import command

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and parents are those of POSIX")

PATIENT_S = 60.0
SERVER = """
import asyncio, sys
from codestral_ls.workspace.process.parent import Child

async def main():
    child = await Child.start(sys.argv[1], ["--", *sys.argv[2:]], name="", on_message=print)
    await child.ask({"op": "status"})
    print(child.pid, flush=True)
    await asyncio.sleep(3600)

asyncio.run(main())
"""
HOLDER = """
import os, subprocess, sys
# As a server, whose pipe to the child another process holds open too.
child = subprocess.Popen(
    [*eval(sys.argv[1])], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
)
child.stdin.write(b'{"id": 1, "op": "status"}\\n')
child.stdout.readline()
subprocess.Popen(
    ["sleep", "3600"], pass_fds=[child.stdin.fileno()], stdout=subprocess.DEVNULL
)
print(child.pid, flush=True)
child.wait()
"""


def is_gone(pid: int) -> bool:
    """Within a generous time."""
    if not hasattr(os, "pidfd_open"):
        deadline = time.monotonic() + PATIENT_S
        while time.monotonic() < deadline:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return True
        return False
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with os.fdopen(descriptor) as ended:
        return bool(select.select([ended], [], [], PATIENT_S)[0])


MODULES = ["codestral_ls.workspace.index.process", "codestral_ls.workspace.completer.process"]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("has_bomb", [False, True])
def test_a_server_that_was_killed_takes_its_children_with_it(
    tmp_path: Path, module: str, has_bomb: bool
) -> None:
    if has_bomb:
        (tmp_path / "a.java").write_text("x=>x=>x=>x=>\n" * 1250)
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, module, str(tmp_path)], stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        pid = int(server.stdout.readline())
        server.kill()
        assert is_gone(pid)


def test_also_where_another_process_holds_the_pipe_open(tmp_path: Path) -> None:
    holder = [sys.executable, "-c", HOLDER, repr([*command(MODULES[0]), str(tmp_path)])]
    with subprocess.Popen(holder, stdout=subprocess.PIPE, start_new_session=True) as server:
        assert server.stdout is not None
        pid = int(server.stdout.readline())
        server.kill()
        try:
            assert is_gone(pid)
        finally:
            os.killpg(server.pid, signal.SIGKILL)
