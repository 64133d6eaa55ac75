"""Kinds of file that people write, and where files of each are found: on this machine, or in
packages of the registries."""

from __future__ import annotations

import functools
import os
import random
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from codestral_ls.text.lines import normalise
from tests.benchmarks.files import CACHE, PACKAGES_FOLDER, File
from tests.benchmarks.packages import Package, Unavailable, is_written, unpacked

_ROOTS = ("/usr/share", "/usr/lib", "/usr/include", "/usr/local", "/etc")
# A unit of systemd has some twenty lines.
_MIN_LINES = 18
_MAX_LINES = 6000
_MAX_CHARS = 200_000
_MAX_LINE_CHARS = 120
_MAX_CANDIDATES = 400


@dataclass(frozen=True, slots=True)
class KindOfFile:
    """Where files of a kind are found."""

    patterns: tuple[str, ...]
    """Endings behind a star, or whole names."""
    packages: tuple[Package, ...] = ()
    """Empty for this machine's own files."""


def _here(*patterns: str) -> KindOfFile:
    return KindOfFile(patterns)


def _npm(name: str, *patterns: str) -> KindOfFile:
    return KindOfFile(patterns, (Package("npm", *name.rsplit("@", 1)),))


def _pypi(name: str, *patterns: str) -> KindOfFile:
    return KindOfFile(patterns, (Package("pypi", *name.split("==")),))


def _debian(name: str, *patterns: str) -> KindOfFile:
    return KindOfFile(patterns, (Package("debian", name),))


KINDS_OF_FILE: Mapping[str, KindOfFile] = MappingProxyType(
    {
        "python": _pypi("flask==3.1.0", "*.py"),
        "javascript": _npm("express@4.21.2", "*.js"),
        "typescript": _npm("rxjs@7.8.1", "*.ts"),
        "typescriptreact": _npm("react-native-screens@3.35.0", "*.tsx"),
        "go": _debian("golang-github-spf13-cobra-dev", "*.go"),
        "rust": _debian("librust-regex-dev", "*.rs"),
        "java": _npm("@capacitor/android@6.2.0", "*.java"),
        "c": _npm("tree-sitter@0.22.4", "*.c"),
        "cpp": _npm("react-native-screens@3.35.0", "*.cpp", "*.h"),
        "objective-cpp": _npm("react-native-screens@3.35.0", "*.mm"),
        "swift": _npm("@capacitor/ios@6.2.0", "*.swift"),
        "kotlin": _npm("react-native-screens@3.35.0", "*.kt"),
        "groovy": _here("*.gradle"),
        "php": _here("*.php"),
        "ruby": _debian("ruby-rack", "*.rb"),
        "perl": _here("*.pm"),
        "lua": _here("*.lua"),
        "tcl": _here("*.tcl"),
        "r": _debian("r-cran-littler", "*.r", "*.R"),
        "nim": _debian("nim", "*.nim"),
        "scheme": _debian("guile-library", "*.scm"),
        "emacs-lisp": _debian("elpa-company", "*.el"),
        "ocaml": _debian("ocaml", "*.ml"),
        "erlang": _debian("erlang-examples", "*.erl"),
        "vhdl": _debian("ghdl-common", "*.vhdl"),
        "shellscript": _here("*.sh"),
        "powershell": _pypi("ansible-core==2.17.7", "*.ps1", "*.psm1"),
        "awk": _here("*.awk"),
        "vim": _here("*.vim"),
        "makefile": _here("*.mk", "Makefile"),
        "cmake": _here("*.cmake"),
        "sql": _here("*.sql"),
        "proto": _pypi("googleapis-common-protos==1.66.0", "*.proto"),
        "yaml": _here("*.yaml", "*.yml"),
        "toml": _here("*.toml"),
        "ini": _here("*.ini", "*.cfg", "*.conf", "*.service"),
        "json": _here("*.json"),
        "xml": _here("*.xml"),
        "html": _here("*.html"),
        "django-html": _pypi("django==5.1.4", "*.html"),
        "po": _pypi("django==5.1.4", "*.po"),
        "css": _here("*.css"),
        "scss": _npm("bootstrap@5.3.3", "*.scss"),
        "vue": _npm("vue-multiselect@2.1.9", "*.vue"),
        "svelte": _npm("sveltestrap@5.11.3", "*.svelte"),
        "markdown": _here("*.md"),
        "restructuredtext": _here("*.rst"),
    }
)


def kind_files(language_id: str, wanted: int, seed: random.Random) -> list[File]:
    """Files of a kind. Raises Unavailable if none can be had."""
    kind = KINDS_OF_FILE[language_id]
    paths = sorted(_paths(kind))
    seed.shuffle(paths)
    found: list[File] = []
    for path in paths[:_MAX_CANDIDATES]:
        text = _readable(path)
        if text is not None:
            found.append(File(language_id, text, str(path)))
            if len(found) == wanted:
                break
    if not found:
        raise Unavailable("no file of the kind on this machine")
    return found


@functools.cache
def _machine_files() -> tuple[Path, ...]:
    """All files in the places where some are; a minute's walk the first time."""
    roots = [*_ROOTS, sysconfig.get_path("purelib"), str(CACHE.parent)]
    return tuple(
        Path(folder, name)
        for root in dict.fromkeys(roots)
        for folder, _, names in os.walk(root)
        # Which packages are there depends on earlier runs.
        if not folder.startswith(str(PACKAGES_FOLDER))
        for name in names
    )


def _paths(kind: KindOfFile) -> Iterator[Path]:
    if not kind.packages:
        yield from (path for path in _machine_files() if _is_of_kind(path, kind))
        return
    for package in kind.packages:
        root = unpacked(package)
        for path in root.rglob("*"):
            if _is_of_kind(path, kind) and is_written(path.relative_to(root)):
                yield path


def _is_of_kind(path: Path, kind: KindOfFile) -> bool:
    named = any(
        path.suffix == pattern[1:] if pattern[0] == "*" else path.name == pattern
        for pattern in kind.patterns
    )
    return named and path.is_file()


def _readable(path: Path) -> str | None:
    """The text of a file as people write them: not tiny, not huge, not generated."""
    try:
        text = normalise(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    n_lines = text.count("\n") + 1
    fits = len(text) < _MAX_CHARS and _MIN_LINES < n_lines <= _MAX_LINES
    generated = "generated" in text[:300].lower()
    return text if fits and not generated and len(text) / n_lines < _MAX_LINE_CHARS else None
