"""The index's cache, found in any state and on any disk."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import resource
import time
import zlib
from pathlib import Path

import pytest

from codestral_ls.workspace.index import cache as module
from codestral_ls.workspace.index.cache import Cache
from codestral_ls.workspace.index.client import IndexClient
from codestral_ls.workspace.index.definition import Definition
from codestral_ls.workspace.index.store import Outline, pack, unpack
from tests.workspace.index.shop import PARCEL

OUTLINES = {"/a.py": Outline(pack([Definition("load", "", 0, "def load():")]), 1.0, 10)}
PATIENT_S = 60.0


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """The file of a cache that is in order."""
    Cache(str(tmp_path / "cache"), ["/"]).save(OUTLINES)
    [file] = (tmp_path / "cache").iterdir()
    return file


def loaded(saved: Path) -> dict[str, Outline]:
    return Cache(str(saved.parent), ["/"]).load()


def written(file: Path, *lines: bytes) -> None:
    """A cache that matches its checksum, as somebody may write one."""
    body = b"".join(line + b"\n" for line in lines)
    checksum = hashlib.sha256(body).hexdigest().encode()
    file.write_bytes(module._FORMAT + checksum + b"\n" + body)


def test_a_cache_that_is_a_pipe_is_not_waited_for(saved: Path) -> None:
    saved.unlink()
    os.mkfifo(saved)
    assert loaded(saved) == {}


def test_a_cache_that_is_a_link_is_not_followed(saved: Path) -> None:
    saved.rename(saved.parent.parent / "elsewhere")
    saved.symlink_to(saved.parent.parent / "elsewhere")
    assert loaded(saved) == {}


def test_a_cache_that_is_too_large_is_not_read(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert loaded(saved) == OUTLINES
    monkeypatch.setattr(module, "_MAX_BYTES", 50)
    assert loaded(saved) == {}


@pytest.mark.parametrize(
    "head",
    [
        b'["/a", 1e999, 1]', b'["/a", 1, 1e999]', b"[" * 100_000, b'["/a"]', b"{}",
        b'["/a", 1, "x"]', b"[5, 1, 1]",
    ],
)  # fmt: skip
def test_lines_that_make_no_sense_count_for_nothing(saved: Path, head: bytes) -> None:
    written(saved, head + b"\t" + base64.b64encode(OUTLINES["/a.py"].packed))
    assert all(isinstance(outline, Outline) for outline in loaded(saved).values())


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777, 0o702])
@pytest.mark.skipif(os.name != "posix", reason="modes of directories are those of POSIX")
def test_a_directory_that_others_may_write_to_is_not_used(saved: Path, mode: int) -> None:
    before = saved.read_bytes()
    saved.parent.chmod(mode)
    assert loaded(saved) == {}
    Cache(str(saved.parent), ["/"]).save({})
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_a_draft_that_its_writer_left_behind_is_removed_after_a_while(saved: Path) -> None:
    old, new = saved.parent / "old.new", saved.parent / "new.new"
    for file in (old, new):
        file.touch()
    os.utime(old, (0, time.time() - 2 * module._DRAFT_S))
    Cache(str(saved.parent), ["/"]).save(OUTLINES)
    assert sorted(saved.parent.iterdir()) == sorted([saved, new])


def test_an_outline_that_unpacks_to_gigabytes_is_refused() -> None:
    packing = zlib.compressobj(3)
    bomb = b"".join(packing.compress(b" " * 1_000_000) for _ in range(200)) + packing.flush()
    with pytest.raises(ValueError, match="outline"):
        unpack(bomb)


async def indexed(client: IndexClient) -> int:
    """How many files a real child has indexed when it is done."""
    async with asyncio.timeout(PATIENT_S):
        while not (status := await client.status())["done"]:  # noqa: ASYNC110  # its state
            await asyncio.sleep(0.01)  # the process needs the processor more
    return int(status["files"])


def kept(cache: Path) -> list[Path]:
    """What is in the directory, which need not be there."""
    return sorted(cache.glob("*"))


async def start_and_end(root: Path, cache: Path) -> int:
    client = IndexClient(roots=[str(root)], cache_directory=str(cache))
    child = await client._child.started()
    n_files = await indexed(client)
    # Answered between two pieces of work, the last of which writes the cache.
    while not kept(cache):  # noqa: ASYNC110  # its state
        await asyncio.sleep(0.01)  # the process needs the processor more
    assert client._child.running is child
    await client.aclose()
    return n_files


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process")
async def test_a_full_disk_leaves_no_draft_and_the_index_at_work(tmp_path: Path) -> None:
    root, cache = tmp_path / "root", tmp_path / "cache"
    root.mkdir()
    for number in range(50):
        (root / f"m{number}.py").write_text(PARCEL.replace("parcel", f"parcel_{number}"))
    client = IndexClient(roots=[str(root)], cache_directory=str(cache))
    assert await indexed(client) == 50
    while not kept(cache):  # noqa: ASYNC110  # a process's state
        await asyncio.sleep(0.01)  # the process needs the processor more
    [before] = kept(cache)
    # Every module is loaded by now: what Python keeps of them must not be cut off.
    running = client._child.running
    assert running is not None
    resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (1000, 1000))
    new = root / "new.py"
    new.write_text(PARCEL.replace("parcel", "new"))
    changed = cache.stat().st_mtime_ns
    # Rules that changed have the whole workspace read again, by a process with the same limits.
    (root / ".gitignore").write_text("*.log\n")
    client.changed_on_disk([str(new), str(root / ".gitignore")])
    assert await indexed(client) == 51
    # A draft came and went.
    while cache.stat().st_mtime_ns == changed:  # noqa: ASYNC110  # a process's state
        await asyncio.sleep(0.01)  # the process needs the processor more
    assert await indexed(client) == 51
    assert client._child.running is running
    assert kept(cache) == [before]
    await client.aclose()


async def test_a_planted_cache_stops_no_child(tmp_path: Path) -> None:
    root, cache = tmp_path / "root", tmp_path / "cache"
    root.mkdir()
    file = root / "a.py"
    file.write_text(PARCEL)
    assert await start_and_end(root, cache) == 1
    [saved] = kept(cache)
    info = file.stat()
    packing = zlib.compressobj(3)
    bomb = b"".join(packing.compress(b"[" * 1_000_000) for _ in range(500)) + packing.flush()
    head = json.dumps([str(file), info.st_mtime, info.st_size]).encode()
    written(saved, head + b"\t" + base64.b64encode(bomb))
    assert await start_and_end(root, cache) == 1
    saved.unlink()
    os.mkfifo(saved)
    assert await start_and_end(root, cache) == 1
