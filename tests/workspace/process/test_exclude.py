"""What a child leaves out is told it through its pipe."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from codestral_ls.backends.embedded import EmbeddedBackend
from codestral_ls.backends.options import BackendOptions
from codestral_ls.workspace.index.client import IndexClient
from tests.workspace.index.shop import PARCEL

# More than Linux takes as one argument.
LONG = f"private/{'x/' * 70_000}**"


async def test_globs_too_long_for_a_command_line_are_obeyed(tmp_path: Path) -> None:
    (tmp_path / "shown.py").write_text(PARCEL)
    (tmp_path / "hidden.py").write_text(PARCEL)
    globs = [LONG, "hidden.py"]
    readers = (
        IndexClient(roots=[str(tmp_path)], exclude=globs),
        EmbeddedBackend(BackendOptions(roots=[str(tmp_path)], exclude=globs)),
    )
    for reader in readers:
        async with asyncio.timeout(60):
            while not (status := await reader.status())["done"]:  # noqa: ASYNC110  # a process's state
                await asyncio.sleep(0)
        assert status["files"] == 1
        await reader.aclose()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="arguments are read from /proc")
async def test_other_users_of_the_machine_cannot_read_what_is_left_out(tmp_path: Path) -> None:
    client = IndexClient(roots=[str(tmp_path)], exclude=["acquisition-of-rival/**"])
    assert "done" in await client.status()
    child = client._child.running
    assert child is not None
    arguments = await asyncio.to_thread(Path(f"/proc/{child.pid}/cmdline").read_bytes)
    assert b"rival" not in arguments
    await client.aclose()
