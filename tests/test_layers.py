"""The shape of the code, held by tests: who may know what, and which way imports point."""

from __future__ import annotations

import ast
import functools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "codestral_ls"
MODULES = sorted(PACKAGE.rglob("*.py"))

# The folders, from the outside in. Each imports from rows below its own only.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"__main__"}),
    frozenset({"commands"}),
    frozenset({"server", "bridge"}),
    frozenset({"session"}),
    frozenset({"statistics"}),
    frozenset({"metrics"}),
    frozenset({"engine"}),
    frozenset({"backends"}),
    frozenset({"workspace"}),
    frozenset({"prompt", "postprocess"}),
    frozenset({"text"}),
    frozenset({"config", "privacy", "client_tokens"}),
    frozenset({"model", "paths", "installation", "whole_files"}),
)
# Libraries that one part of the code knows, and asyncio, which the pure parts do without.
ONLY_HERE = {
    "pygls": {"server"},
    "lsprotocol": {"server"},
    "httpx": {"backends"},
    "h11": {"bridge"},
    "asyncio": {
        "bridge",
        "commands",
        "server",
        "session",
        "statistics",
        "engine",
        "backends",
        "workspace",
    },
    "keyring": {"session"},
    "tree_sitter": {"text", "workspace"},
}


def name_of(path: Path) -> str:
    """The dotted name of a module below ``codestral_ls``; empty for the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path): path for path in MODULES}


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imported(path: Path) -> tuple[str, ...]:
    """What a module imports anywhere in it, also for types alone and inside functions."""
    return tuple(_imports(parsed(path)))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                is_module = inner.removeprefix("codestral_ls.") in NAMES
                yield inner if is_module else node.module


def own(path: Path) -> Iterator[str]:
    """The modules of this package that a module imports, named as in ``NAMES``."""
    for module in imported(path):
        package, _, rest = module.partition(".")
        if package == "codestral_ls" and rest:
            yield rest


def layer(folder: str) -> int:
    return next(index for index, folders in enumerate(LAYERS) if folder in folders)


def test_every_folder_is_in_the_table() -> None:
    folders = {name.partition(".")[0] for name in NAMES} - {""}
    assert folders == set().union(*LAYERS)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {""}))
def test_imports_point_down(name: str) -> None:
    here = name.partition(".")[0]
    for module in own(NAMES[name]):
        there = module.partition(".")[0]
        assert there == here or layer(there) > layer(here), f"{here} must not import {module}"


def test_there_are_no_circles() -> None:
    graph: Mapping[str, set[str]] = {name: set(own(path)) for name, path in NAMES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(error.args[1][::-1]))


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_library_is_known_to_its_folder_alone(name: str) -> None:
    for module in imported(NAMES[name]):
        owners = ONLY_HERE.get(module.partition(".")[0])
        assert owners is None or name.partition(".")[0] in owners, f"{module} in {name}"


def test_no_two_classes_share_a_name() -> None:
    places = defaultdict(list)
    for name, path in NAMES.items():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef):
                places[node.name.lstrip("_")].append(name)
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def public_names(path: Path) -> Iterator[str]:
    """What a module defines at its top level for others to use."""
    for node in parsed(path).body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                names = [name]
            case ast.AsyncFunctionDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                names = [name]
            case ast.Assign(targets=targets):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            case _:
                names = []
        yield from (name for name in names if not name.startswith("_"))


def test_a_name_that_one_file_uses_starts_with_an_underscore() -> None:
    tests = [path for path in Path(__file__).parent.rglob("*.py") if path != Path(__file__)]
    users = Counter[str]()
    for path in [*MODULES, *tests, PACKAGE.parent / "pyproject.toml"]:
        users.update(set(re.findall(r"\w+", path.read_text(encoding="utf-8"))))
    lonely = [
        f"{name}.{public}"
        for name, path in NAMES.items()
        for public in public_names(path)
        if users[public] == 1
    ]
    assert lonely == []


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_file_can_be_read_in_one_sitting(name: str) -> None:
    assert len(NAMES[name].read_text(encoding="utf-8").splitlines()) <= 350


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_module_says_what_it_is_for(name: str) -> None:
    assert ast.get_docstring(parsed(NAMES[name])), f"{name} has no docstring"
