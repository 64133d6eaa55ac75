"""Reads cases: whole documents in ``fixtures/``, first a sentence, then sections.

A section is a line ``-- name --`` and what follows, byte for byte, up to the line end before the
next one. ``█`` is the cursor, ``├…┤`` what is inserted, text up to ``╣`` is replaced by it.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent.parent / "fixtures"
CURSOR = "█"
_HEADING = re.compile(r"^-- (?P<name>\S+) --(?P<end>\r?\n|\Z)", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One file of ``fixtures/``."""

    path: Path
    sentence: str
    sections: Mapping[str, str]

    @functools.cached_property
    def options(self) -> Mapping[str, Any]:
        """The section ``options``, which is TOML."""
        return tomllib.loads(self.sections.get("options", "").replace("\r\n", "\n"))

    @property
    def document(self) -> tuple[str, str]:
        """Name and text of the first section, the document."""
        return next(iter(self.sections.items()))


@functools.cache  # each is read by several tests; what ``rewrite`` changes are its last sections
def load(path: Path) -> Case:
    """Read a case."""
    text = path.read_bytes().decode()
    headings = list(_HEADING.finditer(text))
    assert headings, f"{path} has no sections"
    sections = {}
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        body = text[heading.end() : following.start() if following else len(text)]
        name = heading["name"]
        assert name not in sections, f"{path} has two sections {name}"
        sections[name] = body.removesuffix("\n").removesuffix("\r")
    return Case(path, text[: headings[0].start()].strip(), sections)


def rewrite(case: Case, expected: Mapping[str, str]) -> None:
    """Replace a case's expectations, which are its last sections."""
    text = case.path.read_bytes().decode()
    end = "\r\n" if "\r\n" in text else "\n"
    kept = text[: _first_expectation(text)]
    parts = [f"-- {name} --{end}{body}{end}" for name, body in expected.items()]
    case.path.write_bytes((kept + "".join(parts)).encode())


def _first_expectation(text: str) -> int:
    for heading in _HEADING.finditer(text):
        if heading["name"] in ("expect", "nothing"):
            return heading.start()
    return len(text)


def folder(name: str) -> list[Path]:
    """All cases below ``fixtures/name``."""
    return sorted((FIXTURES / name).rglob("*.txt"))


def case_id(path: Path) -> str:
    """A short name for a test's report."""
    return f"{path.parent.name}/{path.stem}"
