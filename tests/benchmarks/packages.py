"""Packages that the registries ship, by name and version, unpacked outside the checkout.

Each is fetched once, by its registry's own client: ``pip download``, ``npm pack``,
``apt-get download``. Nothing of a package is installed or run.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from codestral_ls.model import WINDOW_BEFORE
from tests.benchmarks.files import PACKAGES_FOLDER, File, readable

_TIMEOUT_S = 300.0
_MAX_LINES = 6000
_LONG_CHARS = WINDOW_BEFORE + 4_000
_NOT_FOR_USE = frozenset(
    ("test", "tests", "__tests__", "spec", "benchmarks", "fixtures", "dist", "bundles")
)


class Unavailable(Exception):
    """A package cannot be had here; the message says which, and why."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package of a registry. Debian serves one version at a time, so none is named there."""

    registry: Literal["pypi", "npm", "debian"]
    name: str
    version: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


def _pypi(*names: str) -> tuple[Package, ...]:
    return tuple(Package("pypi", *name.split("==")) for name in names)


def _npm(*names: str) -> tuple[Package, ...]:
    return tuple(Package("npm", *name.rsplit("@", 1)) for name in names)


def _debian(*names: str) -> tuple[Package, ...]:
    return tuple(Package("debian", name) for name in names)


PACKAGES: Mapping[str, tuple[str, tuple[Package, ...]]] = MappingProxyType(
    {
        "python": (
            ".py",
            _pypi("flask==3.1.0", "click==8.1.8", "rich==13.9.4", "requests==2.32.3"),
        ),
        "javascript": (
            ".js",
            _npm("express@4.21.2", "commander@12.1.0", "backbone@1.6.0", "eslint@9.17.0"),
        ),
        "typescript": (".ts", _npm("zod@3.25.76", "rxjs@7.8.1")),
        "go": (
            ".go",
            _debian(
                "golang-github-gorilla-mux-dev",
                "golang-github-spf13-cobra-dev",
                "golang-github-spf13-viper-dev",
            ),
        ),
        "rust": (".rs", _debian("librust-regex-dev", "librust-clap-dev")),
        "java": (".java", _npm("@capacitor/android@6.2.0", "cordova-android@13.0.0")),
        "c": (".c", _npm("usb@2.14.0", "tree-sitter@0.22.4")),
    }
)
"""For each language the end of its files' names, and packages that hold such files."""


def unpacked(package: Package) -> Path:
    """The folder of a package's files, fetched if it is not there. Raises Unavailable."""
    name = f"{package.registry}-{package.name}-{package.version}".replace("/", "+").strip("-")
    folder = PACKAGES_FOLDER / name
    if (folder / "complete").exists():
        return folder / "files"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "archive").mkdir(parents=True)
    try:
        _fetch(package, folder / "archive")
        _unpack(next((folder / "archive").iterdir()), folder / "files")
    except (OSError, subprocess.SubprocessError, StopIteration) as error:
        raise Unavailable(f"{package} could not be fetched ({_reason(error)})") from error
    shutil.rmtree(folder / "archive")
    (folder / "complete").touch()
    return folder / "files"


def package_files(language_id: str, wanted: int, seed: random.Random) -> list[File]:
    """Files of a language's packages, from each package about as many. Raises Unavailable."""
    ending, packages = PACKAGES[language_id]
    found: list[File] = []
    for number, package in enumerate(packages):
        root = unpacked(package)
        paths = sorted(
            path for path in root.rglob(f"*{ending}") if is_written(path.relative_to(root))
        )
        seed.shuffle(paths)
        share = -(-(wanted - len(found)) // (len(packages) - number))
        usable = [
            File(language_id, text, f"{package.name}:{path.relative_to(root)}")
            for path in paths
            if (text := readable(path, max_lines=_MAX_LINES)) is not None
        ]
        # Few files are longer than the window that the stages see; those are wanted too.
        long = [file for file in usable if len(file.text) > _LONG_CHARS][: share // 3]
        found += (long + [file for file in usable if file not in long])[:share]
    return found


def file_named(language_id: str, name: str) -> File | None:
    """A file by the name that ``package_files`` gave it; None if it is there no more. Raises
    Unavailable."""
    package_name, _, path = name.partition(":")
    packages = [known for known in PACKAGES[language_id][1] if known.name == package_name]
    text = readable(unpacked(packages[0]) / path, max_lines=_MAX_LINES) if packages else None
    return None if text is None else File(language_id, text, name)


def is_written(path: Path) -> bool:
    """By a person, for use: no test, nothing bundled, no declarations."""
    name = path.name
    generated = (
        ".min." in name or "-min." in name or name.endswith((".d.ts", "_test.go", ".test.ts"))
    )
    return not generated and not set(path.parts[:-1]) & set(_NOT_FOR_USE)


def _fetch(package: Package, folder: Path) -> None:
    named = package.name
    match package.registry:
        case "pypi":
            command = [
                sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                "--only-binary", ":all:", "--dest", ".", f"{named}=={package.version}",
            ]  # fmt: skip
        case "npm":
            command = ["npm", "pack", "--silent", f"{named}@{package.version}"]
        case "debian":
            command = ["apt-get", "download", "-q", named]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=_TIMEOUT_S)


def _unpack(archive: Path, folder: Path) -> None:
    match archive.suffix:
        case ".whl":
            with zipfile.ZipFile(archive) as wheel:
                wheel.extractall(folder)
        case ".tgz":
            with tarfile.open(archive) as tarball:
                tarball.extractall(folder, filter="data")
        case _:
            subprocess.run(
                ["dpkg-deb", "-x", str(archive), str(folder)], check=True, capture_output=True
            )


def _reason(error: BaseException) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        lines = (error.stderr or b"").decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"exit status {error.returncode}"
    return str(error) or type(error).__name__
