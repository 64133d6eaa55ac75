"""Outlines of languages without an installed grammar, by patterns for their lines. Pure.

A definition is a line that begins with one of the words that most languages define things by, or,
in the C family, one that looks like the head of a function. What it belongs to follows from the
indentation. Long lines are skipped: they are data, and patterns are slow on them.
"""

from __future__ import annotations

import re

from codestral_ls.workspace.index.definition import Definition
from codestral_ls.workspace.index.grammars import family

_MAX_LINE = 240
_MAX_LINES = 6  # of a signature that goes on over several lines
_MODIFIERS = (
    r"(?:(?:export|default|public|private|protected|internal|static|abstract|final|async|inline|"
    r"virtual|override|pub(?:\([\w ]+\))?|unsafe|open|suspend|data|sealed|declare|local|const)\s+)*"
)
_TYPES = "class|interface|struct|enum|trait|module|object|protocol|record|union|contract|impl"
_DEFINITION = re.compile(
    rf"(?P<indent>[ \t]*){_MODIFIERS}"
    rf"(?:(?P<type>{_TYPES})|defp?|defmodule|defmacro|function|func|fun|fn|type|sub|proc|macro)\s+"
    r"(?:\([^()]*\)\s*|self\.)?(?P<name>[A-Za-z_$][\w$.:]*[?!]?)"
)
_C_FUNCTION = re.compile(
    r"(?P<indent>[ \t]*)(?!return\b|else\b|throw\b|new\b|typedef\b)"
    r"[A-Za-z_][\w:<>,\[\]]*(?:[ \t*&]+[\w:<>,\[\]]+){0,6}[ \t*&]+(?P<name>[A-Za-z_]\w*)"
    r"[ \t]*\([^;=]*$"
)
_ASSIGNED_FUNCTION = re.compile(
    r"(?P<indent>[ \t]*)(?:local[ \t]+|const[ \t]+|let[ \t]+|var[ \t]+|export[ \t]+)*"
    r"(?:[A-Za-z_$][\w$]*[.:]){0,4}(?P<name>[A-Za-z_$][\w$]*)[ \t]*[:=][ \t]*(?:async[ \t]+)?"
    r"(?:function\b|fn\b|lambda\b|\([^()=]*\)[ \t]*(?:=>|->))"
)
_SHELL_FUNCTION = re.compile(r"(?P<indent>[ \t]*)(?P<name>[A-Za-z_][\w-]*)[ \t]*\(\)")
_WITH_C_FUNCTIONS = frozenset(map(family, ("c", "java", "csharp", "dart", "php")))


def outline(text: str, language_id: str) -> list[Definition]:
    """The definitions of a text, in order."""
    patterns = [_DEFINITION, _ASSIGNED_FUNCTION]
    if family(language_id) in _WITH_C_FUNCTIONS:
        patterns.append(_C_FUNCTION)
    if language_id == "shellscript":
        patterns.append(_SHELL_FUNCTION)
    lines = text.split("\n")
    found: list[Definition] = []
    owners: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        if len(line) > _MAX_LINE or not ("(" in line or " " in line):
            continue
        match = next(filter(None, (pattern.match(line) for pattern in patterns)), None)
        if match is None:
            continue
        indent = len(match["indent"].expandtabs(4))
        while owners and owners[-1][0] >= indent:
            owners.pop()
        is_type = bool(match.groupdict().get("type"))
        name = re.split(r"[.:]+", match["name"].rstrip(".:"))[-1]
        found.append(
            Definition(
                name, owners[-1][1] if owners else "", number, _signature(lines, number), is_type
            )
        )
        if is_type:
            owners.append((indent, name))
    return found


def _signature(lines: list[str], number: int) -> str:
    """The line, and those after it up to the bracket that closes its parameters."""
    taken: list[str] = []
    depth = 0
    for line in lines[number : number + _MAX_LINES]:
        taken.append(line[:_MAX_LINE])
        depth += line.count("(") - line.count(")")
        if depth <= 0:
            break
    return "\n".join(taken).strip().rstrip("{ ")
