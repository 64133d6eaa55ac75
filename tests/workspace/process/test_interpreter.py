"""A child runs nothing of the workspace, and knows nothing that it does not need."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from codestral_ls.backends.embedded import EmbeddedBackend
from codestral_ls.backends.options import BackendOptions
from codestral_ls.workspace.index.client import IndexClient
from codestral_ls.workspace.process import interpreter
from codestral_ls.workspace.process.parent import Child, Message

PLANTED = ("types", "json", "enum", "codestral_ls", "sitecustomize", "usercustomize", "tree_sitter")
KEYS = ("MISTRAL_API_KEY", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "CODESTRAL_LS_MODEL")


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with modules that leave a mark when they are run; it is the current directory."""
    root = tmp_path / "workspace"
    root.mkdir()
    for name in PLANTED:
        (root / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    monkeypatch.chdir(root)
    return root


async def index(root: Path) -> Message:
    client = IndexClient(roots=[str(root)])
    try:
        while not (status := await client.status()).get("done", True):  # noqa: ASYNC110  # a process's state
            await asyncio.sleep(0.01)  # the process needs the processor more
        return status
    finally:
        await client.aclose()


async def completer(root: Path) -> Message:
    backend = EmbeddedBackend(BackendOptions(roots=[str(root)]))
    try:
        while not (status := await backend.status()).get("done", True):  # noqa: ASYNC110  # a process's state
            await asyncio.sleep(0.01)  # the process needs the processor more
        return status
    finally:
        await backend.aclose()


@pytest.mark.parametrize("child", [index, completer])
@pytest.mark.parametrize("python_path", [":", "", ".", ".:/nowhere", "{root}", None])
async def test_modules_of_the_workspace_are_not_run(
    hostile: Path,
    monkeypatch: pytest.MonkeyPatch,
    child: Callable[[Path], Awaitable[Message]],
    python_path: str | None,
) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    if python_path is not None:
        python_path = python_path.replace("{root}", str(hostile)).replace(":", os.pathsep)
        monkeypatch.setenv("PYTHONPATH", python_path)
        # What the server's own path has then.
        monkeypatch.setattr(sys, "path", ["", str(hostile), *sys.path])
    assert (await child(hostile))["files"] == len(PLANTED)
    assert not (hostile.parent / "ran").exists()


@pytest.fixture
def proc() -> Path:
    proc = Path("/proc")
    if not (proc / "self" / "environ").exists():
        pytest.skip("the environment of another process is read from /proc")
    return proc


async def test_a_child_has_neither_keys_nor_settings_and_is_not_in_the_workspace(
    hostile: Path, proc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in KEYS:
        monkeypatch.setenv(name, "value-of-a-key")
    child = await Child.start(
        "codestral_ls.workspace.index.process", [], name="the child", on_message=lambda _: None
    )
    await child.ask({"op": "status"})
    environment = (proc / str(child.pid) / "environ").read_bytes()
    directory = (proc / str(child.pid) / "cwd").readlink()
    await child.aclose()
    assert b"value-of-a-key" not in environment
    assert b"CODESTRAL_LS_" not in environment
    assert not directory.is_relative_to(hostile)


def test_what_a_child_needs_is_handed_to_it() -> None:
    needed = {"PATH": "/bin", "LC_ALL": "C.UTF-8", "XDG_CONFIG_HOME": "/c", "SystemRoot": "C:/"}
    assert interpreter.environment({**needed, "GH_PAT": "k", "PYTHONPATH": ":"}) == needed


def test_the_path_of_modules_is_the_parents_without_the_workspace(tmp_path: Path) -> None:
    inside, outside = tmp_path / "w" / "lib", tmp_path / "packages"
    environment = str(Path(sys.prefix) / "lib")
    entries = ["", "lib", str(inside), str(outside), environment]
    refused = [tmp_path / "w", Path(sys.prefix).parent]
    path = interpreter.module_path(entries, refused)
    assert path[:-1] == [str(outside), environment]
    assert Path(path[-1], "codestral_ls", "__init__.py").exists()


@pytest.mark.skipif(not hasattr(os, "nice"), reason="priorities are a matter of POSIX")
def test_a_child_that_reads_the_workspace_gives_way_before_it_loads_anything() -> None:
    *command, start = interpreter.same_command("this", niceness=5)
    # Of the standard library, and prints what it was started with.
    start = start.replace("from this import main; sys.exit(main())", "print(os.nice(0))")
    found = subprocess.run([*command, start], capture_output=True, check=True, text=True)
    assert int(found.stdout) == min(19, os.nice(0) + 5)
