"""Puts the server and all it needs as wheels into ``server/``, where the extension finds them.

    python3 editors/vscode/scripts/wheels.py [--fetch-only]

What the server depends on, and what builds it, is fetched once into ``.wheels/`` and again when
``pyproject.toml`` asks for something else; apart from that no network is used. Parsers are
compiled: they are fetched for this platform and for each version of Python that a user may have,
and ``install.py`` takes those that fit. The server does without them where none does.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
ROOT = HERE.parents[1]
FETCHED = HERE / ".wheels"
SERVER = HERE / "server"
OLDEST, *NEWER = "3.11", "3.12", "3.13", "3.14"


def pip(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*command, *map(str, arguments)], check=True)  # noqa: S603  # our own arguments


def fetch() -> None:
    """Everything that the server needs, unless it is there already."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runs_on: list[str] = project["project"]["dependencies"]
    built_by: list[str] = project["build-system"]["requires"]
    stamp = FETCHED / hashlib.sha256(repr((runs_on, built_by)).encode()).hexdigest()
    if stamp.exists():
        return
    for file in [*FETCHED.glob("*"), *FETCHED.glob("*/*")]:
        if file.is_file():
            file.unlink()
    wheels = FETCHED / "server"
    binary = ["--dest", wheels, "--only-binary", ":all:", "--python-version"]
    pip("download", *binary, OLDEST, *runs_on)
    for wheel in list(wheels.glob("*-cp311-cp311-*")):
        name, version, *_ = wheel.name.split("-")
        for python in NEWER:
            pip("download", "--no-deps", *binary, python, f"{name}=={version}")
    pip("download", "--dest", FETCHED / "build", *built_by)
    stamp.touch()


def build() -> None:
    """The server's own wheel, from this checkout."""
    offline = ["--no-index", "--find-links", FETCHED / "build"]
    pip("wheel", "--no-deps", *offline, "--wheel-dir", SERVER, ROOT)


def main() -> None:
    """Fill ``server/``."""
    FETCHED.mkdir(exist_ok=True)
    try:
        fetch()
    except subprocess.CalledProcessError:
        sys.stderr.write("wheels.py: pip could not fetch what the server needs\n")
        sys.exit(3)
    if "--fetch-only" in sys.argv:
        return
    for wheel in SERVER.glob("*.whl"):
        wheel.unlink()
    build()
    for wheel in (FETCHED / "server").glob("*.whl"):
        (SERVER / wheel.name).write_bytes(wheel.read_bytes())


if __name__ == "__main__":
    main()
