"""The shape of the code, held by tests: who may know what, and which way imports point."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "codestral_ls"
MODULES = sorted(PACKAGE.rglob("*.py"))

# From the outside in. A module imports from its own row or from rows below; within a row only the
# listed exceptions know each other.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"__main__"}),
    frozenset({"cli"}),
    frozenset({"complete", "doctor", "login", "server"}),
    frozenset({"session"}),
    frozenset({"status", "assembly"}),
    frozenset({"engine", "providers", "keychain"}),
    frozenset({"keys"}),
    frozenset({"dispatch"}),
    frozenset({"shelving"}),
    frozenset({"tracks", "generation", "ledger", "manners"}),
    frozenset({"recall", "acceptance", "journal", "sources"}),
    frozenset({"documents", "triggers", "context", "prompt", "cache", "postprocess", "index"}),
    frozenset({"workspace"}),
    frozenset({"backends", "syntax"}),
    frozenset({"templates", "snippets", "children", "languages", "lines", "config", "privacy"}),
    frozenset({"model", "exits"}),
)
KNOWN_WITHIN_A_FLOOR = {
    ("prompt", "context"): "the context is what a prompt is rendered from; only its type is used",
    ("tracks", "generation"): "a track holds the live generation",
}
ONLY_HERE = {
    "pygls": {"server", "documents"},
    "lsprotocol": {"server", "documents"},
    "httpx": {"backends"},
    "asyncio": {
        "server", "engine", "dispatch", "generation", "tracks", "session", "status", "keys",
        "keychain", "complete", "doctor", "login", "backends", "children", "index",
    },
    "keyring": {"keys"},
    "tree_sitter": {"syntax", "index"},
}  # fmt: skip


def room(path: Path) -> str:
    """The module or package, directly under codestral_ls, that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floor(name: str) -> int:
    return next(index for index, rooms in enumerate(FLOORS) if name in rooms)


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_one_way(path: Path) -> None:
    here = room(path)
    if here == "__init__":
        return
    for module in imported(path):
        package, _, rest = module.partition(".")
        there = rest.partition(".")[0]
        if package != "codestral_ls" or not there or there.startswith("__") or there == here:
            continue
        allowed = floor(there) > floor(here) or (here, there) in KNOWN_WITHIN_A_FLOOR
        assert allowed, f"{here} must not import {there}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_library_is_known_to_its_layer_alone(path: Path) -> None:
    for module in imported(path):
        owners = ONLY_HERE.get(module.partition(".")[0])
        assert owners is None or room(path) in owners, f"{module} in {name_of(path)}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{name_of(path)} has no docstring"
