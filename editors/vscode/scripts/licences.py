"""Writes ``THIRD-PARTY-LICENCES.txt``: what the extension bundles, with the licence of each part.

    python3 editors/vscode/scripts/licences.py

Read from what is bundled: the metadata of the wheels in ``server/``, and the packages of
``package-lock.json`` that ``dist/extension.js`` is built from. Exits with 1 if the licence of one
of them is not known.
"""

from __future__ import annotations

import json
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
WRITTEN = "THIRD-PARTY-LICENCES.txt"
OWN = "codestral-ls"

_TEXT = re.compile(r"(licen[cs]e|copying|notice)[^/]*$", re.IGNORECASE)
# What older metadata says only by a classifier, in the words of SPDX.
_CLASSIFIED = {
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: BSD License": "BSD",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
}


class Unknown(Exception):
    """A part does not say what its licence is; the message names it."""


@dataclass(frozen=True, slots=True)
class Bundled:
    """A part of somebody else, and under which terms it is passed on."""

    name: str
    version: str
    licence: str
    home: str
    texts: tuple[str, ...]
    """The licence files that came with it."""


def of_wheels(server: Path) -> Iterator[Bundled]:
    """The packages of the server, each once, though there is a wheel for each version of Python."""
    found = {}
    for wheel in server.glob("*.whl"):
        part = _of_wheel(wheel)
        if part.name.replace("_", "-") != OWN:
            found[part.name.lower()] = part
    for _, part in sorted(found.items()):
        yield part


def _of_wheel(wheel: Path) -> Bundled:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" in name]
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        head = BytesParser().parsebytes(archive.read(metadata), headersonly=True)
        texts = [name for name in names if _TEXT.search(name)]
        return Bundled(
            name=str(head["Name"]),
            version=str(head["Version"]),
            licence=_named(head) or _unknown(wheel.name),
            home=f"https://pypi.org/project/{head['Name']}/{head['Version']}/",
            texts=tuple(archive.read(name).decode("utf-8", "replace") for name in texts),
        )


def _named(head: Message) -> str | None:
    if head["License-Expression"]:
        return str(head["License-Expression"])
    # This field may also hold the whole text.
    stated = str(head["License"] or "").strip()
    if stated and "\n" not in stated and len(stated) < 80:
        return stated
    classifiers = map(str, head.get_all("Classifier", []))
    return next((_CLASSIFIED[line] for line in classifiers if line in _CLASSIFIED), None)


def of_npm(extension: Path) -> Iterator[Bundled]:
    """The packages that the extension is built from, those for development left out."""
    lock = json.loads((extension / "package-lock.json").read_text(encoding="utf-8"))
    for place, entry in sorted(lock["packages"].items()):
        if not place or entry.get("dev"):
            continue
        name = place.rpartition("node_modules/")[2]
        files = sorted((extension / place).glob("*"))
        if not files:
            raise Unknown(f"{place} is not there: run npm ci")
        yield Bundled(
            name=name,
            version=entry["version"],
            licence=entry.get("license") or _unknown(name),
            home=f"https://www.npmjs.com/package/{name}/v/{entry['version']}",
            texts=tuple(f.read_text("utf-8") for f in files if _TEXT.search(f.name)),
        )


def _unknown(name: str) -> str:
    raise Unknown(f"{name} does not say what its licence is")


def page(parts: list[Bundled]) -> str:
    """The list, and then the texts."""
    lines = ["This extension contains the following, each under its own licence.", ""]
    lines += [f"{part.name} {part.version}: {part.licence} ({part.home})" for part in parts]
    for part in parts:
        lines += ["", "-" * 79, f"{part.name} {part.version}", ""]
        lines += [text.strip() for text in part.texts] or [f"Licence: {part.licence}"]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the file."""
    try:
        parts = [*of_wheels(HERE / "server"), *of_npm(HERE)]
    except Unknown as unknown:
        sys.stderr.write(f"licences.py: {unknown}\n")
        return 1
    (HERE / WRITTEN).write_text(page(parts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
