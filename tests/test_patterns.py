"""Regular expressions mean the same in every Python that we support."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import codestral_ls

PACKAGE = Path(codestral_ls.__file__).parent
# Atomic groups, and possessive ones, match wrongly before Python 3.11.5 where what they hold tries
# several ways (gh-106052). A possessive set of characters has one way only and is right.
_WRONG = re.compile(r"\)(?:[*+?]|\{\d*,?\d*\})\+|\(\?>")
_SET = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_WRONG_AFTER_A_VALUE = re.compile(r"(?:[*+?]|\{\d*,?\d*\})\+")


def wrong_patterns(source: str) -> list[int]:
    """The lines of the texts with such a group; a value put into an f-string may be a group."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            if _WRONG.search(_SET.sub("[]", text)):
                found.append(node.lineno)
        if isinstance(node, ast.JoinedStr):
            for before, after in zip(node.values, node.values[1:], strict=False):
                follows = after.value if isinstance(after, ast.Constant) else ""
                if isinstance(before, ast.FormattedValue) and _WRONG_AFTER_A_VALUE.match(
                    str(follows)
                ):
                    found.append(after.lineno)
    return found


@pytest.mark.parametrize(
    ("source", "is_wrong"),
    [
        ('r"(?:a|ab)*+"', True), ('rb"(?:a|ab){2,}+"', True), ('r"(?>a*)"', True),
        ('rf"{PART}++"', True), ('r"[a-z]*+x"', False), ('r"[a-z]{2,}+x"', False),
        ('rf"{PART}+x"', False), ('"c++"', False), ('r"[()*+,]*"', False),
    ],
)  # fmt: skip
def test_such_a_group_is_seen(source: str, is_wrong: bool) -> None:
    assert bool(wrong_patterns(source)) is is_wrong


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_no_pattern_depends_on_the_python_it_runs_in(path: Path) -> None:
    assert wrong_patterns(path.read_text(encoding="utf-8")) == []
