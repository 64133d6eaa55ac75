"""Files that holes are cut into: those of this machine, and what one needs to know of a file."""

from __future__ import annotations

import os
import random
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from codestral_ls.text.lines import normalise

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codestral-ls-tests"
"""Where everything fetched for tests and benchmarks is kept."""
PACKAGES_FOLDER = CACHE / "packages"

_NODE = ("/usr/lib/node_modules", "/usr/local/lib/node_modules", str(Path.home() / ".cache"))
# Where files of a language may be found; roots that do not exist are passed over.
SOURCES: dict[str, tuple[str, tuple[str, ...]]] = {
    "python": ("*.py", (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"))),
    "javascript": ("*.js", _NODE),
    "typescript": ("*.ts", _NODE),
    "go": ("*.go", ("/usr/share", "/usr/lib/go", "/usr/local/go")),
    "c": ("*.c", (*_NODE, "/usr/share", "/usr/src", "/usr/lib")),
    "cpp": ("*.h", ("/usr/include/c++",)),
    "php": ("*.php", ("/usr/lib", "/usr/share")),
    "lua": ("*.lua", ("/usr/share", str(Path.home() / ".cache"))),
    "shellscript": ("*.sh", ("/usr/share", "/usr/lib", *_NODE)),
    "sql": ("*.sql", ("/usr/share",)),
    "html": ("*.html", ("/usr/share", *_NODE)),
    "css": ("*.css", ("/usr/share", *_NODE)),
    "json": ("*.json", ("/usr/share", *_NODE)),
    "yaml": ("*.y*ml", ("/usr/share", "/usr/lib", *_NODE)),
}


@dataclass(frozen=True)
class File:
    """A file that holes are cut into."""

    language_id: str
    text: str
    name: str = ""

    @property
    def lines(self) -> list[str]:
        """Its lines, without ends."""
        return self.text.split("\n")


@dataclass(frozen=True)
class Hole:
    """A piece cut out of a text."""

    kind: str
    start: int
    end: int


def files(language_id: str, wanted: int, seed: random.Random, max_lines: int = 5000) -> list[File]:
    """Files of this machine, as people write them."""
    pattern, roots = SOURCES[language_id]
    # Packages are measured by themselves; which of them are there depends on earlier runs.
    paths = sorted(
        path
        for root in roots
        if Path(root).is_dir()
        for path in Path(root).rglob(pattern)
        if PACKAGES_FOLDER not in path.parents
    )
    if language_id == "cpp":
        paths += sorted(path for root in _NODE for path in Path(root).rglob("*.cpp"))
    seed.shuffle(paths)
    found: list[File] = []
    for path in paths:
        if len(found) == wanted:
            break
        text = readable(path, max_lines=max_lines)
        if text is not None:
            found.append(File(language_id, text, str(path)))
    return found


def readable(path: Path, *, max_lines: int) -> str | None:
    """The text of a file as people write them: not tiny, not huge, not minified."""
    try:
        text = normalise(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    n_lines = text.count("\n") + 1
    fits = 1500 < len(text) < 200_000 and 40 < n_lines <= max_lines and len(text) / n_lines < 80
    return text if fits else None


def width(line: str) -> int:
    """Characters a line is indented by."""
    return len(line) - len(line.lstrip(" \t"))


def columns(line: str) -> int:
    """Columns a line is indented by, as a terminal shows them: some files have a tab for eight."""
    return width(line[: width(line)].expandtabs(8))
