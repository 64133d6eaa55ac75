"""Texts that take for ever: the kernel ends the child, and the next one passes them over."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from codestral_ls.backends.embedded import EmbeddedBackend
from codestral_ls.backends.options import BackendOptions
from codestral_ls.workspace.index.client import IndexClient, IndexProgress
from codestral_ls.workspace.process import limits, parent
from codestral_ls.workspace.process.limits import WorkLimit, noted
from codestral_ls.workspace.process.parent import MAX_RESTARTS
from tests.workspace.index.shop import MAIN, PARCEL

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kernel timers are a matter of POSIX")

PATIENT_S = 120.0
"""For what is limited by the kernel to a few seconds of computing; a hang would be for good."""

BOMBS = {"a.java": "x=>" * 5000, "c.c": "x=>" * 5000}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "parcel.py").write_text(PARCEL)
    for name, line in BOMBS.items():
        # Not one long line, which no child would read.
        (tmp_path / name).write_text(
            "\n".join(line[at : at + 60] for at in range(0, len(line), 60))
        )
    return tmp_path


@pytest.fixture
async def client(root: Path) -> AsyncIterator[IndexClient]:
    client = IndexClient(roots=[str(root)])
    yield client
    await client.aclose()


async def indexed(client: IndexClient) -> None:
    async with asyncio.timeout(PATIENT_S):
        while not (await client.status()).get("done"):  # noqa: ASYNC110  # a process's state
            await asyncio.sleep(0.01)  # the process needs the processor more


async def test_files_that_no_parser_gets_through_do_not_stop_the_index(
    client: IndexClient, root: Path
) -> None:
    await indexed(client)
    found = await client.snippets(
        str(root / "main.py"), MAIN + "load_parcel(", "", "python", max_chars=4000
    )
    assert found
    assert found.snippets
    assert not client._child.has_given_up


async def test_they_do_not_stop_the_embedded_provider(root: Path) -> None:
    backend = EmbeddedBackend(BackendOptions(roots=[str(root)]))
    async with asyncio.timeout(PATIENT_S):
        while not (await backend.status())["done"]:  # noqa: ASYNC110  # a process's state
            await asyncio.sleep(0.01)  # the process needs the processor more
    await backend.aclose()


async def test_an_open_document_of_the_kind_does_not_either(
    client: IndexClient, root: Path
) -> None:
    path = str(root / "a.java")
    client.opened(path, (root / "a.java").read_text())
    (root / "c.c").unlink()
    await client.snippets(path, "x=>" * 500, "x=>" * 500, "java", max_chars=4000)
    await indexed(client)
    assert not client._child.has_given_up


HANG = """
import sys
from codestral_ls.workspace.process import limits, parent
limits.COMPUTING_S = 0.2
limit = limits.WorkLimit(int(sys.argv[1]))
limit.begin("/w/fine.py")
limit.end()
limit.begin("/w/caf\\udce9.py")
print("begun", flush=True)
# One call that holds the interpreter: no thread and no handler of Python's gets a turn.
pow(10, 10 ** 10)
"""


def test_the_kernel_ends_what_holds_the_interpreter_and_the_note_says_over_what(
    tmp_path: Path,
) -> None:
    with (tmp_path / "note").open("w+b") as note:
        process = subprocess.run(
            [sys.executable, "-c", HANG, str(note.fileno())],
            pass_fds=[note.fileno()],
            stdout=subprocess.PIPE,
            timeout=PATIENT_S,
        )
        assert process.stdout == b"begun\n"
        assert process.returncode == -signal.SIGPROF
        assert noted(note.fileno()) == "/w/caf\udce9.py"


def test_timers_that_the_parent_ignored_count_all_the_same(tmp_path: Path) -> None:
    def ignore() -> None:
        signal.signal(signal.SIGPROF, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGPROF])

    with (tmp_path / "note").open("w+b") as note:
        process = subprocess.run(
            [sys.executable, "-c", HANG, str(note.fileno())],
            pass_fds=[note.fileno()],
            stdout=subprocess.DEVNULL,
            preexec_fn=ignore,
            timeout=PATIENT_S,
        )
    assert process.returncode == -signal.SIGPROF


def test_without_a_place_for_notes_work_goes_on_unlimited() -> None:
    limit = WorkLimit()
    limit.begin("/a.py")
    limit.end()
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    assert noted(-1) == ""
    assert limits.COMPUTING_S > 0


async def killed_over(client: IndexClient, path: Path, number: signal.Signals) -> None:
    """End the child as if by a text, at a moment at which it is known to be idle."""
    await indexed(client)
    running = client._child.running
    assert running is not None
    assert running._note is not None
    os.pwrite(running._note.fileno(), os.fsencode(path) + b"\0", 0)
    os.kill(running.pid, number)
    await running.ended()


async def test_the_text_that_a_child_ended_over_is_passed_over_and_no_other(
    tmp_path: Path,
) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(PARCEL)
    client = IndexClient(roots=[str(tmp_path)])
    await indexed(client)
    assert (await client.status())["files"] == 2
    await killed_over(client, tmp_path / "a.py", signal.SIGPROF)
    await indexed(client)
    assert (await client.status())["files"] == 1
    # Opened, edited and asked about, it is still left alone; so are changes of its file.
    client.opened(str(tmp_path / "a.py"), PARCEL)
    client.changed_on_disk([str(tmp_path / "a.py")])
    await indexed(client)
    assert (await client.status())["files"] == 1
    # Somebody who kills the child does not mean the file that it reads at the time.
    await killed_over(client, tmp_path / "b.py", signal.SIGKILL)
    await indexed(client)
    assert (await client.status())["files"] == 1
    await client.aclose()


async def test_however_many_texts_end_it_a_child_is_given_up_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parent, "_MAX_PASSED_OVER", 2)
    told: list[IndexProgress] = []
    client = IndexClient(roots=[str(tmp_path)], when_progressed=told.append)
    number = 0
    while not client._child.has_given_up:
        await killed_over(client, tmp_path / f"{number}.py", signal.SIGSEGV)
        await client.status()
        number += 1
    assert number == 2 + MAX_RESTARTS + 1
    assert await client.status() == {}
    assert [progress.has_given_up for progress in told].count(True) == 1
    await client.aclose()
