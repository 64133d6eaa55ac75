"""Which definitions the text at the cursor wants, judged by names alone. Pure.

A name counts by how near the cursor it stands; the call whose arguments are being written counts
most. Where many files define a name, what the document imports, the receiver and the distance in
the tree decide which is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from codestral_ls.text.calls import MAX_RECEIVER, RECEIVER, calls
from codestral_ls.workspace.tokens import subwords

_NAMES_LOOKED_UP = 120
"""Of the names near the cursor, those with the most weight; looking one up takes 20 µs."""
_LINES_BEFORE = 40
_LINES_AFTER = 12
_NAME = re.compile(r"(?P<link>(?:\.|->|::|\?\.)\s*)?(?P<name>[A-Za-z_$][\w$]*)")
_IMPORT = re.compile(
    r"^[ \t]*(?:from\b[^\n(]*\([^)]{0,2000}\)|(?:import|export)\b[^\n;{]*\{[^}]{0,2000}\}[^\n]*"
    r"|import\s*\([^)]{0,2000}\)"
    r"|(?:import|from|use|using|package|\#[ \t]*include|require|(?:const|let|var)\b.*\brequire\()"
    r"[^\n]*)",
    re.MULTILINE,
)
_MODULE = re.compile(r"""["']([^"'\n]{1,300})["']""")
_ENCLOSING = re.compile(
    r"^[ \t]*(?:[\w@]+[ \t]+){0,4}(?:class|impl(?:<[^>\n]*>)?|interface|trait|extension)[ \t]+"
    r"(\w[\w:<>, ]*)(?:\(([^)\n]*)\)|[ \t]+extends[ \t]+([\w.]+))?",
    re.MULTILINE,
)
_ALIAS = re.compile(r"\b([A-Za-z_]\w*)(?:\s+as\s+|\s*:\s*)([A-Za-z_]\w*)\b")
_TYPES_WITHIN = 8000  # characters before the cursor
_IMPORTS_WITHIN = 20_000  # characters at a document's start
_CALL_WEIGHTS = (8.0, 4.0, 3.0)
_LINE_WEIGHT = 3.0
_FADING = 0.93  # a line
_AFTER_WEIGHT = 1.0
_IMPORTED_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A name that the surroundings of the cursor use."""

    weight: float
    why: str
    receiver: str = ""
    """What stands before its dot."""
    is_member: bool = False
    """It was written after a dot."""
    types: frozenset[str] = frozenset()
    """What the text says that the receiver may be."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The text at the cursor, taken apart."""

    wanted: Mapping[str, _Wanted]
    imported: frozenset[str]
    """All words of the document's import statements."""
    words: frozenset[str]
    """All identifiers of the text round the cursor, imports included."""


def surroundings(before: str, after: str, document: str = "") -> Surroundings:
    """``document``: its whole text where that is known, for its import statements."""
    head = document or before
    imports = "\n".join(_IMPORT.findall(head[:_IMPORTS_WITHIN]))
    modules = (_stem(path) for path in _MODULE.findall(imports))
    imported = frozenset((*re.findall(r"[A-Za-z_]\w*", imports), *modules))
    wanted: dict[str, _Wanted] = {}
    for name, found in _all(before, after, imported):
        known = wanted.get(name)
        if known is None or found.weight > known.weight:
            wanted[name] = found
    # What is imported under another name is defined under its own.
    for own, alias in _ALIAS.findall(imports):
        if alias in wanted and own not in wanted:
            wanted[own] = wanted[alias]
    heaviest = sorted(wanted.items(), key=lambda item: -item[1].weight)[:_NAMES_LOOKED_UP]
    words = frozenset(re.findall(r"[A-Za-z_]\w*", before[-6000:] + after[:2000])) | imported
    return Surroundings(dict(heaviest), imported, words)


def _all(before: str, after: str, imported: frozenset[str]) -> Iterator[tuple[str, _Wanted]]:
    for call, weight in zip(calls(before), _CALL_WEIGHTS, strict=False):
        types = receiver_types(before, call.receiver)
        why = "called at the cursor"
        yield call.callee, _Wanted(weight, why, call.receiver, call.is_member, types)
    weight = _LINE_WEIGHT
    for line in reversed(before.split("\n")[-_LINES_BEFORE:]):
        yield from _names(line, weight)
        weight *= _FADING
    weight = _AFTER_WEIGHT
    for line in after.split("\n", _LINES_AFTER)[:_LINES_AFTER]:
        yield from _names(line, weight)
        weight *= _FADING
    for name in sorted(imported):
        yield name, _Wanted(_IMPORTED_WEIGHT, "imported by this file")


def _names(line: str, weight: float) -> Iterator[tuple[str, _Wanted]]:
    line = line[-500:]
    for match in _NAME.finditer(line):
        found = _Wanted(weight, "used near the cursor")
        if match["link"]:
            end = match.start("name")
            receiver = RECEIVER.search(line, max(0, end - MAX_RECEIVER), end)
            name = receiver[1] if receiver else ""
            found = replace(found, receiver=name, is_member=True)
        yield match["name"], found


def receiver_types(before: str, receiver: str) -> frozenset[str]:
    """The types that the text before the cursor gives to a name: where it is declared, annotated
    or made, and of ``self`` and ``this`` the class around it. Some may be of another scope."""
    text = before[-_TYPES_WITHIN:]
    if receiver in {"self", "this", "cls", "super"}:
        found = _ENCLOSING.findall(text)
        return frozenset(re.findall(r"[A-Z]\w*", " ".join(found[-1]))) if found else frozenset()
    if not receiver:
        return frozenset()
    name = re.escape(receiver)
    # Annotated or made: ``name: Type``, ``name = Type(``, ``name := pkg.NewType(``, ``name *Type``.
    link = r"(?:\s*(?::=|[:=])\s*|\s+)"
    kind = r"((?:await |new |&|\*|mut |dyn )*[\w.:$\[<*&]{1,80})"
    after = re.findall(rf"(?<![\w$]){name}{link}{kind}", text)
    # Declared as in C: ``Type name``, ``List<Type> name``.
    kind = r"([A-Z][\w.]{0,60}(?:<[\w, <>?]{0,60}>)?)"
    ahead = re.findall(rf"{kind}[\s&*]+{name}(?![\w$(])", text)
    words = re.findall(r"[A-Za-z_]\w*", " ".join((*after, *ahead)))
    kinds = (word.removeprefix("New").removeprefix("new") for word in words)
    return frozenset(kind for kind in kinds if kind[:1].isupper())


def _stem(path: str) -> str:
    """The last name of a module's path, without its ending."""
    return path.rstrip("/").rpartition("/")[2].partition(".")[0]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A definition as far as its fitness is concerned."""

    name: str
    container: str
    stem: str
    """The file's name without its ending."""
    directory: str
    """The last part of its directory."""
    is_here: bool
    """In the document itself …"""
    is_beside: bool
    """… or in a file of its directory."""
    n_files: int
    """Files that define the name."""
    is_imported: bool = False
    """The document imports its file, by what its imports lead to."""


def fitness(candidate: Candidate, wanted: _Wanted, around: Surroundings) -> float:
    """How likely this definition is the one that is wanted, times how much it is."""
    score = wanted.weight
    is_linked = is_certain = False
    if candidate.is_imported or candidate.stem in around.imported:
        score *= 3.0
        is_linked = True
        is_certain = candidate.name in around.imported
    elif candidate.directory in around.imported:
        score *= 1.5
    if candidate.container:
        if candidate.container in around.words:
            score *= 2.0
            is_linked = True
        if candidate.container in wanted.types:
            score *= 6.0
            is_linked = is_certain = True
        elif wanted.receiver and _named_after(wanted.receiver, candidate.container):
            score *= 3.0
            is_linked = True
        if not wanted.is_member and candidate.container != candidate.name:
            score *= 0.3
    elif wanted.receiver and _plain(wanted.receiver) == _plain(candidate.stem):
        score *= 3.0
        is_linked = is_certain = True
    if candidate.name in around.imported:
        score *= 1.5
    if candidate.is_here:
        score *= 1.5
        is_linked = True
    elif candidate.is_beside:
        score *= 1.3
    if not is_certain:
        score /= 1 + 0.3 * (candidate.n_files - 1)
    # A name that many define and that nothing connects with this place is a guess.
    return score if is_linked or candidate.n_files <= 3 else score * 0.3


def _named_after(variable: str, kind: str) -> bool:
    """``order``, ``orders`` and ``last_order`` are probably an ``Order``."""
    if kind.lower() == variable.lower():
        return True
    parts = {part.lower() for part in subwords(variable)}
    parts |= {part.removesuffix("s") for part in parts}
    words = [word.lower() for word in subwords(kind)]
    return bool(words) and (words[-1] in parts or (len(words[0]) > 3 and words[0] in parts))


def _plain(name: str) -> str:
    """A name without what spellings differ in: ``astUtils`` and ``ast-utils`` are one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
