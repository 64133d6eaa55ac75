"""The index in front of its child process, which may be slow, dead or absent."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from codestral_ls.prompt.snippets import Snippet
from codestral_ls.workspace.index.client import IndexClient, IndexProgress
from codestral_ls.workspace.process.parent import MAX_RESTARTS
from tests.workspace.index.shop import MAIN, PARCEL

# Generous: what is waited for is there in milliseconds, and a test must not depend on that.
PATIENT_S = 30.0
CALL = MAIN + "load_parcel("


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "parcel.py").write_text(PARCEL)
    return tmp_path


@pytest.fixture
async def client(root: Path) -> AsyncIterator[IndexClient]:
    client = IndexClient(roots=[str(root)])
    yield client
    await client.aclose()


async def indexed(client: IndexClient) -> None:
    while not (await client.status())["done"]:  # noqa: ASYNC110  # it is a process's state
        await asyncio.sleep(0.01)  # the process needs the processor more


async def ask(client: IndexClient, root: Path, before: str = CALL) -> list[Snippet] | None:
    found = await client.snippets(str(root / "main.py"), before, "\n", "python", max_chars=4000)
    return None if found is None else list(found.snippets)


async def first_text(client: IndexClient, root: Path) -> str:
    found = await ask(client, root)
    return found[0].text if found else ""


def kill(client: IndexClient, number: signal.Signals = signal.SIGKILL) -> None:
    assert client._child.running is not None
    os.kill(client._child.running.pid, number)


async def dead(client: IndexClient) -> None:
    kill(client)
    while client._child.running is not None:  # noqa: ASYNC110  # it is a process's state
        await asyncio.sleep(0.01)  # the process needs the processor more


async def test_snippets_come_with_paths_relative_to_the_workspace(
    client: IndexClient, root: Path
) -> None:
    await client.status()
    await indexed(client)
    found = await ask(client, root)
    assert found
    assert found[0].path == "shop/parcel.py"
    assert found[0].why == "defines load_parcel, called at the cursor"
    assert found[0].text.startswith("def load_parcel(path: str")


async def test_of_several_roots_paths_name_theirs(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    client = IndexClient(roots=[str(root / "shop"), str(other)])
    await client.status()
    await indexed(client)
    found = await client.snippets(str(other / "main.py"), CALL, "", "python", max_chars=4000)
    await client.aclose()
    assert found
    assert found.snippets[0].path == "shop/parcel.py"


async def test_documents_told_before_the_start_and_changes_after_it_are_known(
    client: IndexClient, root: Path
) -> None:
    file = root / "shop" / "parcel.py"
    path = str(file)
    client.opened(path, PARCEL.replace("strict", "checked"))
    await client.status()
    await indexed(client)
    assert "checked: bool" in await first_text(client, root)
    client.closed(path)
    await indexed(client)
    assert "strict: bool" in await first_text(client, root)
    file.write_text(PARCEL.replace("strict", "careful") + "\n")
    client.changed_on_disk([path])
    await indexed(client)
    assert "careful: bool" in await first_text(client, root)


async def test_what_a_document_imports_is_known_before_its_first_answer(
    client: IndexClient, root: Path
) -> None:
    client.opened(str(root / "main.py"), CALL)
    found = await client.snippets(
        str(root / "main.py"), CALL, "\n", "python", max_chars=4000, wait_s=PATIENT_S
    )
    assert found is not None
    assert found.knows_near
    assert found.snippets[0].text.startswith("def load_parcel(path: str")


async def test_an_answer_says_that_it_is_of_an_unfinished_index(
    client: IndexClient, root: Path
) -> None:
    found = await client.snippets(str(root / "main.py"), CALL, "\n", "python", max_chars=4000)
    assert found is not None
    assert (found.knows_near, found.knows_all) == (False, False)
    await indexed(client)
    found = await client.snippets(str(root / "main.py"), CALL, "\n", "python", max_chars=4000)
    assert found is not None
    assert (found.knows_near, found.knows_all) == (True, True)


async def test_a_killed_child_is_started_again_thrice_and_then_done_without(
    client: IndexClient, root: Path
) -> None:
    for _ in range(MAX_RESTARTS + 1):
        assert await ask(client, root) is not None
        await dead(client)
    assert await ask(client, root) is None
    assert await client.status() == {}
    client.opened(str(root / "a.py"), "x = 1\n")


async def test_a_child_that_cannot_be_started_is_done_without(
    client: IndexClient, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(root / "nothing"))
    await client.status()
    assert await ask(client, root) is None


async def test_closing_while_a_question_is_open_ends_both(client: IndexClient, root: Path) -> None:
    await client.status()
    kill(client, signal.SIGSTOP)
    path = str(root / "main.py")
    asking = asyncio.create_task(client.snippets(path, CALL, "", "python", max_chars=10))
    await asyncio.sleep(0.01)  # the process needs the processor more
    await client.aclose()
    assert await asking is None
    await client.aclose()
    assert client._child.running is None
    assert await ask(client, root) is None


async def test_progress_is_told_while_indexing_takes_long_and_at_its_end(root: Path) -> None:
    told: list[IndexProgress] = []
    client = IndexClient(roots=[str(root)], when_progressed=told.append)
    client._notice_progress({"progress": {"done": 3, "found": 9, "finished": False}})
    client._notice_progress({"progress": "nonsense"})
    client._notice_progress({"other": 1})
    assert told == [IndexProgress(done=3, found=9, finished=False)]
    await client.aclose()


async def test_a_second_client_starts_from_the_cache_of_the_first(
    root: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    for _ in range(2):
        client = IndexClient(roots=[str(root / "shop")], cache_directory=str(cache))
        await client.status()
        await indexed(client)
        assert "load_parcel" in await first_text(client, root)
        while not cache.exists():  # noqa: ASYNC110  # it is written after the last file
            await asyncio.sleep(0.01)  # the process needs the processor more
        await client.aclose()
    assert [file.suffix for file in cache.iterdir()] == [".index"]
