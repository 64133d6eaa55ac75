"""Puts the server and all it needs as wheels into ``server/``, where the extension finds them.

    python3 editors/vscode/scripts/wheels.py [--fetch-only]

What the server depends on, and what builds it, are the releases that ``.ci/constraints.txt`` pins.
They are fetched once into ``.wheels/``, each file held against its hash, and again when the pins
change; apart from that no network is used. Parsers are compiled: they are fetched for this platform
and for each version of Python that a user may have, and ``install.py`` takes those that fit. The
server does without them where none does.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
ROOT = HERE.parents[1]
FETCHED = HERE / ".wheels"
SERVER = HERE / "server"
OLDEST, *NEWER = "3.11", "3.12", "3.13", "3.14"

sys.path.insert(0, str(ROOT / ".ci"))
from pinned import entries, pinned  # noqa: E402  # beside the file that it reads


def pip(*arguments: str | Path, environ: Mapping[str, str] = os.environ) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*command, *map(str, arguments)], check=True, env=environ)  # noqa: S603  # our own arguments


def fetch_pinned(pins: str, folder: Path, *options: str) -> None:
    """The files of these pins, which name all that they need; fails on a hash that is another."""
    wanted = FETCHED / "wanted.txt"
    wanted.write_text(pins, encoding="utf-8")
    pip("download", "--require-hashes", "--no-deps", "--dest", folder, *options, "-r", wanted)


def fetch() -> None:
    """Everything that the server needs, unless it is there already."""
    server, builds = pinned("server"), pinned("build")
    stamp = FETCHED / hashlib.sha256((server + builds).encode()).hexdigest()
    if stamp.exists():
        return
    for file in [*FETCHED.glob("*"), *FETCHED.glob("*/*")]:
        if file.is_file():
            file.unlink()
    wheels = FETCHED / "server"
    binary = ["--only-binary", ":all:", "--python-version"]
    fetch_pinned(server, wheels, *binary, OLDEST)
    of_one_version = {w.name.partition("-")[0] for w in wheels.glob("*-cp311-cp311-*")}
    again = [pin for name, pin in entries(server) if name.replace("-", "_") in of_one_version]
    for python in NEWER if again else ():
        fetch_pinned("\n".join(again), wheels, *binary, python)
    fetch_pinned(builds, FETCHED / "build", "--only-binary", ":all:")
    stamp.touch()


def build() -> None:
    """The server's own wheel, from this checkout."""
    # From those files alone, whatever places a user's configuration of pip names.
    own = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    own |= {"PIP_CONFIG_FILE": os.devnull}
    offline = ["--no-index", "--find-links", FETCHED / "build"]
    pip("wheel", "--no-deps", *offline, "--wheel-dir", SERVER, ROOT, environ=own)


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
