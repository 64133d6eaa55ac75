"""The backend in front of the child process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from codestral_ls.backends.base import Chunk, Finish, Replaced, ServerFailure
from codestral_ls.backends.embedded import EmbeddedBackend
from codestral_ls.backends.options import BackendOptions
from codestral_ls.model import Usage
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.workspace.process.parent import MAX_RESTARTS, Child

LINE = "    with open_ledger(path, mode='strict') as ledger:\n"
REST = "dger(path, mode='strict') as ledger:"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("one", "two", "three", "four"):
        (tmp_path / f"{name}.py").write_text(f"def {name}(path):\n{LINE}        {name}(ledger)\n")
    return tmp_path


@pytest.fixture
async def backend(root: Path) -> AsyncIterator[EmbeddedBackend]:
    backend = EmbeddedBackend(BackendOptions(roots=[str(root)]))
    yield backend
    await backend.aclose()


def generation(root: Path, before: str = "def f(path):\n    with open_le") -> Prompt:
    return Prompt(
        prefix=before,
        suffix="",
        max_tokens=64,
        temperature=0,
        stop=("\n",),
        path=str(root / "five.py"),
    )


async def ask(backend: EmbeddedBackend, question: Prompt) -> list[Chunk]:
    return [chunk async for chunk in backend.stream(question)]


async def kill(backend: EmbeddedBackend) -> None:
    child = backend._child.running
    assert child is not None
    os.kill(child.pid, signal.SIGKILL)
    while child.is_alive:  # noqa: ASYNC110  # it is a process's state
        await asyncio.sleep(0)


async def test_one_finished_chunk_without_cost_is_the_answer(
    backend: EmbeddedBackend, root: Path
) -> None:
    expected = Chunk(text=REST, finish=Finish.STOP, usage=Usage())
    assert await ask(backend, generation(root)) == [expected]


async def test_nothing_to_suggest_is_an_empty_finished_chunk(
    backend: EmbeddedBackend, root: Path
) -> None:
    [chunk] = await ask(backend, generation(root, "unheard_of = "))
    assert (chunk.text, chunk.finish) == ("", Finish.STOP)


async def test_many_questions_at_once_get_their_own_answers(
    backend: EmbeddedBackend, root: Path
) -> None:
    begun = ["def f(path):\n    with open_ledger"[:-size] for size in range(1, 6)]
    answers = await asyncio.gather(*(ask(backend, generation(root, text)) for text in begun))
    whole = LINE.strip()
    assert [text.strip() + chunk.text for text, [chunk] in zip(begun, answers, strict=True)] == [
        f"def f(path):\n    {whole}"
    ] * 5


async def test_a_cancelled_question_leaves_the_next_one_its_own_answer(
    backend: EmbeddedBackend, root: Path
) -> None:
    await ask(backend, generation(root))
    for _ in range(20):
        asked = asyncio.create_task(ask(backend, generation(root, "unheard_of = ")))
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    [chunk] = await ask(backend, generation(root))
    assert chunk.text == REST


async def test_cancelling_while_the_child_starts_does_not_start_another(
    backend: EmbeddedBackend, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = []
    start = Child.start

    async def counted(module: str, arguments: list[str], **options: Any) -> Child:
        starts.append(arguments)
        return await start(module, arguments, **options)

    monkeypatch.setattr(Child, "start", counted)
    for _ in range(10):
        asked = asyncio.create_task(ask(backend, generation(root)))
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    [chunk] = await ask(backend, generation(root))
    assert chunk.text == REST
    assert len(starts) == 1


async def test_a_child_that_was_killed_is_started_again_thrice_and_then_given_up(
    backend: EmbeddedBackend, root: Path
) -> None:
    for _ in range(MAX_RESTARTS + 1):
        [chunk] = await ask(backend, generation(root))
        assert chunk.text == REST
        await kill(backend)
    for _ in range(2):
        with pytest.raises(ServerFailure, match="switched off"):
            await ask(backend, generation(root))
    await backend.warm()


@pytest.mark.parametrize("is_replaced", [True, False])
async def test_a_child_that_cannot_start_after_an_upgrade_is_told_with_restart(
    backend: EmbeddedBackend, root: Path, monkeypatch: pytest.MonkeyPatch, is_replaced: bool
) -> None:
    monkeypatch.setattr(sys, "executable", str(root / "gone" / "python"))
    monkeypatch.setattr("codestral_ls.backends.embedded.is_replaced", lambda: is_replaced)
    for _ in range(MAX_RESTARTS + 2):
        with pytest.raises(Replaced if is_replaced else ServerFailure, match=r"restart|started"):
            await ask(backend, generation(root))


async def test_a_question_that_the_child_dies_over_is_asked_again(
    backend: EmbeddedBackend, root: Path
) -> None:
    await backend.warm()
    child = backend._child.running
    assert child is not None
    os.kill(child.pid, signal.SIGSTOP)
    asked = asyncio.create_task(ask(backend, generation(root)))
    await asyncio.sleep(0)
    await kill(backend)
    [chunk] = await asked
    assert chunk.text == REST


async def test_open_documents_are_learnt_also_by_a_child_that_is_started_later(
    tmp_path: Path,
) -> None:
    backend = EmbeddedBackend(BackendOptions(roots=[str(tmp_path)]))
    for number in range(4):
        backend.opened(str(tmp_path / f"{number}.py"), f"def f(path):\n{LINE}        g{number}()\n")
    [first] = await ask(backend, generation(tmp_path))
    await kill(backend)
    [second] = await ask(backend, generation(tmp_path))
    for number in range(4):
        backend.closed(str(tmp_path / f"{number}.py"))
    [third] = await ask(backend, generation(tmp_path))
    await backend.aclose()
    assert [first.text, second.text, third.text] == [REST, REST, ""]


async def test_excluded_files_are_not_learnt(root: Path) -> None:
    backend = EmbeddedBackend(BackendOptions(roots=[str(root)], exclude=["*.py"]))
    [chunk] = await ask(backend, generation(root))
    await backend.aclose()
    assert chunk.text == ""


async def test_a_hanging_child_is_killed_on_close(root: Path) -> None:
    backend = EmbeddedBackend(BackendOptions(roots=[str(root)]))
    await backend.warm()
    child = backend._child.running
    assert child is not None
    os.kill(child.pid, signal.SIGSTOP)
    await backend.aclose()
    assert child._process.returncode == -signal.SIGKILL
    await backend.aclose()


async def test_closing_before_any_question_and_asking_afterwards_are_harmless(root: Path) -> None:
    backend = EmbeddedBackend(BackendOptions(roots=[str(root)]))
    await backend.aclose()
    backend.opened(str(root / "a.py"), "x")
    [chunk] = await ask(backend, generation(root))
    assert chunk.text == ""


async def test_modules_in_the_current_directory_are_not_imported(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "json.py").write_text("raise SystemExit(9)\n")
    (root / "codestral_ls.py").write_text("raise SystemExit(9)\n")
    monkeypatch.chdir(root)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    backend = EmbeddedBackend(BackendOptions(roots=[str(root)]))
    [chunk] = await ask(backend, generation(root))
    await backend.aclose()
    assert chunk.text == REST
