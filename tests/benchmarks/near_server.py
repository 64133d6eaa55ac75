"""How soon a real server that has just started knows the files near a document.

    python -m tests.benchmarks.near_server [LAYOUT …] [--files N] [--times N]

Makes a git repository of 10 000 files: a package under ``src`` (``python``), modules under
``internal`` (``go``), packages that import each other by name (``typescript``), crates (``rust``).
Directories hold 10 to 50 files, files import 5 to 30 others. Then a server is started over stdio,
without any cache, and is sent ``initialize``, ``initialized`` and, at once, ``didOpen`` of a file
that calls what the last of its imports defines. Printed are, over several starts, each with another
file:

- *known*: from ``didOpen`` until an answer of the index says that all near files are known; with
  the computing of the process that answers, from its start on
- *after 0.3 s*, *after 1 s*: how often the first prompt, asked for so long after ``didOpen``, shows
  the definition
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.index_speed import GO, PYTHON, RUST, SCRIPT, WORDS
from tests.fakes.endpoint import Endpoint
from tests.server.raw import RawClient, clean_environment, running

ASKED_AFTER_S = (0.3, 1.0)
_PATIENCE_S = 20.0
_NOTE = "NEAR_SERVER_NOTE"
_PROBE = """
import json, os, sys, time
plain, note = json.loads, os.environ["NEAR_SERVER_NOTE"]
def loads(text, **options):
    found = plain(text, **options)
    if isinstance(found, dict) and "near" in found and found["near"][0] >= found["near"][1]:
        now, computed = time.monotonic(), 0
        for pid in open(f"/proc/self/task/{os.getpid()}/children").read().split():
            if b"index.process" in open(f"/proc/{pid}/cmdline", "rb").read():
                computed = int(open(f"/proc/{pid}/schedstat").read().split()[0]) / 1e6
        with open(note, "a") as file:
            file.write(f"{now} {computed}\\n")
    return found
json.loads = loads
from codestral_ls.commands.cli import main
sys.exit(main())
"""
"""The server, which notes when it reads that near files are known."""


class ProbedClient(RawClient):
    """A client of a server with the probe."""

    def command(self) -> list[str]:
        return [sys.executable, "-c", _PROBE]


@dataclass(frozen=True, slots=True)
class NearDocument:
    """A file to open, with the cursor at its end."""

    path: Path
    text: str
    wanted: str
    """In the head of the definition."""


def body(template: str, choose: random.Random, number: int) -> str:
    """A file's definitions; each name once in the repository."""
    parts = []
    for part in range(choose.randint(3, 12)):
        name, other, verb = choose.sample(WORDS, 3)
        parts.append(
            template.format(
                name=name, Name=name.title(), other=other, Other=other.title(),
                verb=verb, Verb=verb.title(), number=number * 100 + part,
            )
        )  # fmt: skip
    return "".join(parts)


class Repository:
    """Files in directories, and documents that import some of them."""

    def __init__(self, root: Path, n_files: int) -> None:
        self.root = root
        self.choose = random.Random(3)
        self.places: list[tuple[str, str, int]] = []
        """Area, package and number of each file."""
        number = package = 0
        while number < n_files:
            count = self.choose.randint(10, 50)
            for each in range(number, min(number + count, n_files)):
                self.places.append((f"area{package % 20}", f"part{package}", each))
            number += count
            package += 1

    def imports(self) -> list[tuple[str, str, int]]:
        """What one file imports."""
        return self.choose.sample(self.places, self.choose.randint(5, 30))

    def write(self, path: str, text: str) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target


def python(made: Repository) -> Callable[[int], NearDocument]:
    def head() -> tuple[str, int]:
        chosen = made.imports()
        lines = [f"from company.{a}.{p}.unit{n} import load_unit{n}\n" for a, p, n in chosen]
        return "".join(lines) + "\n\n", chosen[-1][2]

    for area, part, number in made.places:
        text = head()[0] + body(PYTHON, made.choose, number)
        text += f"def load_unit{number}(path: str, *, strict_{number}: bool = False) -> str:\n"
        made.write(f"src/company/{area}/{part}/unit{number}.py", text + "    return path\n")
        made.write(f"src/company/{area}/{part}/__init__.py", "")

    def document(at: int) -> NearDocument:
        area, part, number = made.places[at]
        text, wanted = head()
        text += f"def main() -> None:\n    load_unit{wanted}("
        path = made.write(f"src/company/{area}/{part}/unit{number}.py", text)
        return NearDocument(path, text, f"strict_{wanted}")

    return document


def go(made: Repository) -> Callable[[int], NearDocument]:
    made.write("go.mod", "module example.com/company\n\ngo 1.22\n")

    def head(part: str) -> tuple[str, tuple[str, str, int]]:
        chosen = made.imports()
        lines = {f'\t"example.com/company/internal/{a}/{p}"\n' for a, p, _ in chosen}
        return f"package {part}\n\nimport (\n{''.join(sorted(lines))})\n\n", chosen[-1]

    for area, part, number in made.places:
        text = head(part)[0] + body(GO, made.choose, number)
        text += f"func LoadUnit{number}(path string, strict{number} bool) string {{\n"
        made.write(f"internal/{area}/{part}/unit{number}.go", text + "\treturn path\n}\n")

    def document(at: int) -> NearDocument:
        area, part, number = made.places[at]
        text, (_, package, wanted) = head(part)
        text += f"func run() {{\n\t{package}.LoadUnit{wanted}("
        path = made.write(f"internal/{area}/{part}/unit{number}.go", text)
        return NearDocument(path, text, f"strict{wanted}")

    return document


def typescript(made: Repository) -> Callable[[int], NearDocument]:
    made.write("pnpm-workspace.yaml", "packages:\n  - packages/*\n")

    def head(own: str) -> tuple[str, int]:
        chosen = made.imports()
        lines = []
        for _, part, number in chosen:
            module = f"./unit{number}" if part == own else f"@company/{part}/src/unit{number}"
            lines.append(f'import {{ loadUnit{number} }} from "{module}";\n')
        return "".join(lines) + "\n", chosen[-1][2]

    for _, part, number in made.places:
        text = head(part)[0] + body(SCRIPT, made.choose, number)
        text += (
            f"export function loadUnit{number}(path: string, strict{number} = false): string {{\n"
        )
        made.write(f"packages/{part}/src/unit{number}.ts", text + "  return path;\n}\n")
        made.write(f"packages/{part}/package.json", json.dumps({"name": f"@company/{part}"}))

    def document(at: int) -> NearDocument:
        _, part, number = made.places[at]
        text, wanted = head(part)
        text += f"export function run() {{\n  loadUnit{wanted}("
        path = made.write(f"packages/{part}/src/unit{number}.ts", text)
        return NearDocument(path, text, f"strict{wanted}")

    return document


def rust(made: Repository) -> Callable[[int], NearDocument]:
    made.write("Cargo.toml", '[workspace]\nmembers = ["crates/*"]\n')

    def head(own: str) -> tuple[str, int]:
        chosen = made.imports()
        lines = []
        for _, part, number in chosen:
            crate = "crate" if part == own else f"company_{part}"
            lines.append(f"use {crate}::unit{number}::load_unit{number};\n")
        return "".join(lines) + "\n", chosen[-1][2]

    modules: dict[str, str] = {}
    for _, part, number in made.places:
        text = head(part)[0] + body(RUST, made.choose, number)
        text += f"pub fn load_unit{number}(path: &str, strict_{number}: bool) -> String {{\n"
        made.write(f"crates/company-{part}/src/unit{number}.rs", text + "    path.into()\n}\n")
        modules[part] = modules.get(part, "") + f"pub mod unit{number};\n"
    for part, text in modules.items():
        made.write(f"crates/company-{part}/src/lib.rs", text)
        made.write(f"crates/company-{part}/Cargo.toml", f'[package]\nname = "company-{part}"\n')

    def document(at: int) -> NearDocument:
        _, part, number = made.places[at]
        text, wanted = head(part)
        text += f"pub fn run() {{\n    load_unit{wanted}("
        path = made.write(f"crates/company-{part}/src/unit{number}.rs", text)
        return NearDocument(path, text, f"strict_{wanted}")

    return document


LAYOUTS: Mapping[str, Callable[[Repository], Callable[[int], NearDocument]]] = {
    "python": python, "go": go, "typescript": typescript, "rust": rust,
}  # fmt: skip


def start(root: Path, language: str, document: NearDocument, asked_after_s: float | None) -> object:
    """Milliseconds until all near files were known, by the clock and of computing; or, asked so
    long after opening, whether the first prompt shows the definition."""
    with tempfile.TemporaryDirectory() as home, Endpoint() as endpoint:
        note = Path(home, "note")
        environ = clean_environment(Path(home), **endpoint.environment, **{_NOTE: str(note)})
        with running(environ, kind=ProbedClient) as client:
            client.initialize(rootUri=root.as_uri())
            opened = time.monotonic()
            client.open(document.path.as_uri(), document.text, language)
            if asked_after_s is not None:
                time.sleep(asked_after_s)
                before = document.text
                place = before.count("\n"), len(before) - before.rfind("\n") - 1
                client.reply(client.complete(document.path.as_uri(), *place))
                prompts = [exchange.body["prompt"] for exchange in endpoint.fake.requests]
                return bool(prompts) and document.wanted in prompts[0]
            while not note.exists() or not note.read_text().endswith("\n"):
                if time.monotonic() - opened > _PATIENCE_S:
                    return _PATIENCE_S * 1000, 0.0
                time.sleep(0.005)
        known_at, computed_ms = note.read_text().split("\n")[0].split()
        return (float(known_at) - opened) * 1000, float(computed_ms)


def spread(times: list[float]) -> str:
    times = sorted(times)
    return f"{statistics.median(times):5.0f} / {times[int(len(times) * 0.95)]:4.0f} ms"


def measure(name: str, root: Path, n_files: int, times: int) -> None:
    made = Repository(root, n_files)
    document = LAYOUTS[name](made)
    choose = random.Random(9)
    known, computed = [], []
    shown = dict.fromkeys(ASKED_AFTER_S, 0)
    for _ in range(times):
        opened = document(choose.randrange(n_files))
        took = start(root, name, opened, None)
        assert isinstance(took, tuple)
        known.append(took[0])
        computed.append(took[1])
        for after_s in ASKED_AFTER_S:
            shown[after_s] += bool(start(root, name, opened, after_s))
    shares = "".join(f"{shown[each]:8} of {times}" for each in ASKED_AFTER_S)
    load = os.getloadavg()[0]
    print(f"{name:12}{spread(known):>18}{spread(computed):>18}{shares}{load:8.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="How soon a new server knows near files.")
    parser.add_argument("layouts", nargs="*", metavar="LAYOUT")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=10)
    given = parser.parse_args()
    print(f"{given.files} files, {given.times} starts, {os.cpu_count()} cores; p50 / p95")
    print(f"{'':12}{'known':>18}{'of computing':>18}{'after 0.3 s':>13}{'after 1 s':>13}    load")
    for name in given.layouts or LAYOUTS:
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory, "repository")
            (root / ".git").mkdir(parents=True)
            (root / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
            measure(name, root, given.files, given.times)


if __name__ == "__main__":
    main()
