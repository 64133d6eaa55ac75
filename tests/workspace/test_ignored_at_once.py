"""What becomes ignored leaves the children at once, told or not: tried with the real ones."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from codestral_ls.backends.embedded import EmbeddedBackend
from codestral_ls.backends.options import BackendOptions
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.workspace.index.client import IndexClient
from tests.workspace.index.shop import MAIN, PARCEL

LINE = "    with open_ledger(path, mode='strict') as ledger:\n"


class IndexChild:
    """Whether the index knows ``private.py``."""

    def __init__(self, root: Path) -> None:
        (root / "private.py").write_text(PARCEL)
        (root / "other.py").write_text("x = 1\n")
        self._path = str(root / "main.py")
        self.reader = IndexClient(roots=[str(root)])

    async def knows(self) -> bool:
        found = await self.reader.snippets(
            self._path, MAIN + "load_parcel(", "\n", "python", max_chars=4000
        )
        assert found is not None
        return any(snippet.path == "private.py" for snippet in found.snippets)


class CompleterChild:
    """Whether the embedded provider knows ``private.py``."""

    def __init__(self, root: Path) -> None:
        (root / "private.py").write_text(f"def one(path):\n{LINE}" * 4)
        self._path = str(root / "main.py")
        self.reader = EmbeddedBackend(BackendOptions(roots=[str(root)]))

    async def knows(self) -> bool:
        prompt = Prompt(
            prefix="def f(path):\n    with open_le",
            suffix="",
            max_tokens=64,
            temperature=0,
            stop=("\n",),
            path=self._path,
        )
        return any([chunk.text async for chunk in self.reader.stream(prompt)])


Kind = type[IndexChild] | type[CompleterChild]


@pytest.fixture(params=[IndexChild, CompleterChild])
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


async def done(child: IndexChild | CompleterChild) -> None:
    while not (await child.reader.status())["done"]:  # noqa: ASYNC110  # a process's state
        await asyncio.sleep(0.01)  # the process needs the processor more


def repository(root: Path) -> None:
    for name in ("objects", "refs", "info"):
        (root / ".git" / name).mkdir(parents=True)
    (root / ".git" / "HEAD").write_text("ref: refs/heads/main\n")


@pytest.mark.parametrize(
    "source", [".gitignore", ".git/info/exclude", "../home/.config/git/ignore"]
)
async def test_a_file_that_becomes_ignored_is_not_used_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind, source: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    (tmp_path / "home" / ".config" / "git").mkdir(parents=True)
    root = tmp_path / "root"
    repository(root)
    child = kind(root)
    await done(child)
    assert await child.knows()
    (root / source).write_text("private.py\n")
    assert not await child.knows()
    (root / source).write_text("")
    await done(child)
    assert await child.knows()
    await child.reader.aclose()


BOMBS = {
    "one pattern": b"*a" * 5000 + b"b\n",
    "many stars": b"\n".join(b"*a*" * n + b"b" for n in range(1, 300)),
    "as many stars as are searched for": b"\n".join(b"*a" * 97 + b"b%d" % n for n in range(200)),
    "many patterns": b"\n".join(b"a*%dx" % n for n in range(18_000)),
    "directories": b"**/a*/" * 300 + b"b\n",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=list(BOMBS))
async def test_no_file_of_rules_stops_a_child(tmp_path: Path, kind: Kind, bomb: bytes) -> None:
    child = kind(tmp_path)
    for number in range(60):
        (tmp_path / ("a" * 200 + f"{number}.py")).write_text(f"x = {number}\n")
    (tmp_path / ".gitignore").write_bytes(bomb)
    async with asyncio.timeout(20 * 3):
        await done(child)
    assert child.reader._child.running is not None
    await child.reader.aclose()
