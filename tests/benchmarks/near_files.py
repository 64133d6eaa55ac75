"""How soon the files near a document are known in a large repository.

    python -m tests.benchmarks.near_files [LAYOUT …] [--files N] [--times N] [--warm]

Real sources are copied until a git repository holds 10 000 files: the standard library of Python
(``python``), packages of npm as a repository of many packages whose ``node_modules`` git ignores
(``javascript``), Go packages of Debian (``go``). In each, documents are opened: one in a deep
directory, one whose directory holds 2 000 files, one with 100 imports. Printed are medians:

- *at start*: from the start of the index's process, which is told of the document at once, to its
  answer with all near files known
- *later*: the same in a process that has been reading the repository for a second
- *CPU*: what the process that answers has used of it *later*
- *whole at 300 ms*: how often all were known when a question had waited so long in a process that
  had just started

Known are near files that were outlined, and those that define nothing that the place wants.

``--warm`` lets the index read everything first, and keeps its cache.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import statistics
import sysconfig
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from codestral_ls.workspace.index.client import IndexClient
from tests.benchmarks.index_speed import used
from tests.benchmarks.packages import PACKAGES, Package, Unavailable, is_written, unpacked

LAYOUTS = ("python", "javascript", "go")
GOAL_S = 0.3
_SIBLINGS = 2_000
_IMPORTS = 100
_PATIENCE_S = 30.0
_LATER_S = 1.0
_LIBRARY = Package("npm", "rxjs", "7.8.1")  # fills node_modules
_INDEXED = re.compile(r"\.(?:py|[cm]?[jt]sx?|go)$")


@dataclass(frozen=True, slots=True)
class Opened:
    """A document of a layout."""

    what: str
    path: Path
    text: str


def copied(sources: Sequence[tuple[Path, Path]], root: Path, n_files: int, folder: str) -> None:
    """Copies of all sources, in ``folder`` with a number each, until there are so many files."""
    number = count = 0
    while count < n_files:
        for source, relative in sources[: n_files - count]:
            target = root / f"{folder}_{number}" / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        count += len(sources)
        number += 1


def flat(sources: Sequence[tuple[Path, Path]], directory: Path, ending: str) -> None:
    """2 000 files in one directory."""
    directory.mkdir(parents=True)
    for number in range(_SIBLINGS):
        source, relative = sources[number % len(sources)]
        shutil.copyfile(source, directory / f"{relative.stem}_{number}{ending}")


def sources_of(folder: Path, ending: str) -> list[tuple[Path, Path]]:
    """The files of a folder, with their paths in it."""
    return [
        (path, relative)
        for path in sorted(folder.rglob(f"*{ending}"))
        if is_written(relative := path.relative_to(folder)) and path.is_file()
    ]


def of_packages(language: str, *, named: bool) -> list[tuple[Path, Path]]:
    """The sources of a language's packages."""
    ending, packages = PACKAGES[language]
    found = []
    for package in packages:
        for path, relative in sources_of(unpacked(package), ending):
            found.append((path, Path(package.name, relative) if named else relative))
    return found


def python(root: Path, n_files: int) -> list[Opened]:
    """The standard library, time and again."""
    library = Path(sysconfig.get_path("stdlib"))
    sources = [
        (path, relative)
        for path, relative in sources_of(library, ".py")
        if not {"site-packages", "dist-packages", "idlelib"} & set(relative.parts)
    ]
    copied(sources, root, n_files - _SIBLINGS, "area")
    flat(sources, root / "flat" / "inner", ".py")
    modules = [relative for _, relative in sources if len(relative.parts) == 1][:_IMPORTS]
    many = "".join(f"import {module.stem}\n" for module in modules)
    return [
        existing("a deep file", root / "area_3/email/mime/multipart.py"),
        existing("a long file", root / "area_5/asyncio/base_events.py"),
        Opened("100 imports", root / "area_4/new.py", many + "\nvalue = os.path.join("),
        existing("2 000 beside", sorted((root / "flat" / "inner").iterdir())[1000]),
    ]


def javascript(root: Path, n_files: int) -> list[Opened]:
    """A repository of packages, with what they use in ``node_modules``."""
    sources = of_packages("javascript", named=True)
    copied(sources, root / "packages", n_files - _SIBLINGS, "group")
    flat(sources, root / "packages" / "flat" / "src", ".js")
    copied(sources_of(unpacked(_LIBRARY), ".ts"), root / "node_modules", 5_000, "library")
    (root / ".gitignore").write_text("node_modules\n/packages/*/dist\n*.log\n")
    group = root / "packages" / "group_3"
    base = group / "eslint/package/lib/rules"
    rules = sorted(base.glob("*.js"))[:_IMPORTS]
    many = "".join(f'const rule{n} = require("./{rule.stem}");\n' for n, rule in enumerate(rules))
    return [
        existing("a deep file", group / "eslint/package/lib/rules/utils/ast-utils.js"),
        existing("a long file", group / "eslint/package/lib/linter/linter.js"),
        Opened("100 imports", base / "new.js", many + "\nmodule.exports = rule1.create("),
        existing("2 000 beside", sorted((root / "packages/flat/src").iterdir())[1000]),
    ]


def go(root: Path, n_files: int) -> list[Opened]:
    """Packages under their import paths, time and again."""
    at = "usr/share/gocode/src"
    sources = [
        (path, relative.relative_to(at))
        for path, relative in of_packages("go", named=False)
        if relative.is_relative_to(at)
    ]
    copied(sources, root, n_files - _SIBLINGS, "module")
    flat(sources, root / "flat" / "inner", ".go")
    module = root / "module_3/github.com/spf13"
    for number in range(_IMPORTS):
        directory = module / f"parts/part{number}"
        directory.mkdir(parents=True)
        source, relative = sources[number % len(sources)]
        shutil.copyfile(source, directory / relative.name)
    lines = "".join(f'\t"github.com/spf13/parts/part{n}"\n' for n in range(_IMPORTS))
    many = f"package cobra\n\nimport (\n{lines})\n\nfunc all() {{\n\tpart1.New("
    (module / "many").mkdir()
    return [
        existing("a deep file", module / "viper/internal/encoding/yaml/codec.go"),
        existing("a long file", module / "viper/viper.go"),
        Opened("100 imports", module / "many/new.go", many),
        existing("2 000 beside", sorted((root / "flat" / "inner").iterdir())[1000]),
    ]


def existing(what: str, path: Path) -> Opened:
    return Opened(what, path, path.read_text())


async def known_after(client: IndexClient, document: Opened, wait_s: float) -> tuple[float, bool]:
    """Milliseconds until the answer, and whether it knows all near files."""
    began = time.perf_counter()
    path, text = str(document.path), document.text
    client.opened(path, text)
    cursor = text.rfind("(") + 1
    language = {".py": "python", ".js": "javascript", ".go": "go"}[document.path.suffix]
    found = await client.snippets(
        path, text[:cursor], text[cursor:], language, max_chars=4000, wait_s=wait_s
    )
    assert found is not None, "the index's process has ended"
    return (time.perf_counter() - began) * 1000, found.knows_near


async def at_start(root: Path, cache: Path, document: Opened, wait_s: float) -> tuple[float, bool]:
    client = IndexClient(roots=[str(root)], cache_directory=str(cache))
    client.start()
    took = await known_after(client, document, wait_s)
    await client.aclose()
    return took


async def later(root: Path, cache: Path, document: Opened) -> tuple[float, float]:
    """Milliseconds, and those of computing."""
    client = IndexClient(roots=[str(root)], cache_directory=str(cache))
    await client.status()
    await asyncio.sleep(_LATER_S)
    child = client._child.running
    assert child is not None
    before, _ = used(child.pid)
    took_ms, _ = await known_after(client, document, _PATIENCE_S)
    cpu_ms = (used(child.pid)[0] - before) * 1000
    await client.aclose()
    return took_ms, cpu_ms


async def read_all(root: Path, cache: Path) -> None:
    """Leave a cache of the whole repository."""
    client = IndexClient(roots=[str(root)], cache_directory=str(cache))
    while not (await client.status())["done"]:  # noqa: ASYNC110  # it is a process's state
        await asyncio.sleep(0.2)
    await client.aclose()


async def measure(root: Path, cache: Path, documents: Iterable[Opened], times: int) -> None:
    print(f"  {'':14}{'at start':>10}{'later':>10}{'CPU':>10}{'whole at 300 ms':>18}")
    for document in documents:
        starts, waits, computed, whole = [], [], [], 0
        for _ in range(times):
            starts.append((await at_start(root, cache, document, _PATIENCE_S))[0])
            whole += (await at_start(root, cache, document, GOAL_S))[1]
            took_ms, cpu_ms = await later(root, cache, document)
            waits.append(took_ms)
            computed.append(cpu_ms)
        cells = (f"{statistics.median(each):7.0f} ms" for each in (starts, waits, computed))
        print(f"  {document.what:14}{''.join(cells)}{whole:11} of {times}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="How soon near files are known.")
    parser.add_argument("layouts", nargs="*", metavar="LAYOUT")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--warm", action="store_true")
    given = parser.parse_args()
    make = {"python": python, "javascript": javascript, "go": go}
    for name in given.layouts or LAYOUTS:
        with tempfile.TemporaryDirectory() as directory:
            root, cache = Path(directory, "repository"), Path(directory, "cache")
            (root / ".git").mkdir(parents=True)
            (root / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
            try:
                documents = make[name](root, given.files)
            except Unavailable as error:
                print(error)
                continue
            n_files = sum(bool(_INDEXED.search(path.name)) for path in root.rglob("*"))
            load = os.getloadavg()[0]
            print(f"{name}: {n_files} files, {os.cpu_count()} cores, load {load:.1f}")
            if given.warm:
                asyncio.run(read_all(root, cache))
            asyncio.run(measure(root, cache, documents, given.times))


if __name__ == "__main__":
    main()
