"""How often the definition that a call needs is in the prompt, and what showing it costs.

    python -m tests.benchmarks.context_value [SITES]
    python -m tests.benchmarks.context_value --cold [SITES [LANGUAGE …]] [--misses | --whole]

In real packages of several files the arguments of a call are hidden, with the cursor after the
opening bracket, where the callee is defined in the package without doubt: imported by name from a
module of it, or a method's name that only one place defines. Counted is whether the prompt holds
the callee's head from the file that defines it:

- ``window``: nothing but the text round the cursor;
- ``open``: also snippets of four open documents: this one and three that it imports from;
- ``index``: also snippets of the whole package, as the index gives them;
- ``earlier``: the same, chosen when the cursor stood 25 lines further up, as the snippets of a
  prompt mostly are, since they change at epochs only;
- ``callee``: those, and the callee's definition added when its bracket was typed: what prompts
  have.

Characters are the mean of a whole prompt: prefix, suffix and snippets with their headers.

With ``--cold`` the first prompts of real servers are looked at instead (``cold_context``), for so
many sites in each package; ``--misses`` lists those that lack the definition.
"""

from __future__ import annotations

import ast
import importlib.util
import random
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codestral_ls.config.settings import Settings
from codestral_ls.model import WINDOW_AFTER, WINDOW_BEFORE, Snapshot
from codestral_ls.prompt.snippets import FoundSnippets, Selection, Snippet, choose_anew, with_callee
from codestral_ls.prompt.window import gather
from codestral_ls.workspace.index.indexing import DefinitionIndexer
from codestral_ls.workspace.index.query import IndexQuery, snippets
from codestral_ls.workspace.index.store import Index
from tests.benchmarks import cold_context

PACKAGES = (
    *("asyncio", "email", "multiprocessing", "importlib", "unittest"),
    *("httpx", "pygls", "_pytest", "hypothesis", "cattrs"),
)
LINES_EARLIER = 25
ROOM = Settings().max_context_chars
VARIANTS = ("window", "open", "index", "earlier", "callee")


@dataclass(frozen=True)
class Site:
    """A call whose arguments are hidden."""

    path: Path
    before: str
    after: str
    callee: str
    defined_in: Path


@dataclass
class Package:
    """A package's files, what they define, and their index."""

    files: dict[Path, str]
    trees: dict[Path, ast.Module]
    definers: dict[str, set[Path]]
    indexer: DefinitionIndexer
    index: Index


def load(name: str, directory: Path) -> Package:
    """A package, copied: where it is installed it may be git-ignored."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.submodule_search_locations
    installed = Path(next(iter(spec.submodule_search_locations)))
    root = directory / name
    files, trees = {}, {}
    for source in sorted(installed.rglob("*.py")):
        text = source.read_text(encoding="utf-8-sig", errors="replace")
        if "test" not in source.parts and len(text) < 200_000:
            path = root / source.relative_to(installed)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            files[path], trees[path] = text, ast.parse(text)
    definers: dict[str, set[Path]] = defaultdict(set)
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                definers[node.name].add(path)
    index = Index()
    indexer = DefinitionIndexer(index, [str(root)], clock=time.monotonic)
    work(indexer)
    return Package(files, trees, definers, indexer, index)


def work(indexer: DefinitionIndexer) -> None:
    while indexer.step():
        pass


def imports(package: Package, path: Path) -> dict[str, Path]:
    """Names that a file imports from modules of its package, with those that define them."""
    found = {}
    for node in ast.walk(package.trees[path]):
        if isinstance(node, ast.ImportFrom) and node.module:
            stem = node.module.rpartition(".")[2]
            for alias in node.names:
                for definer in package.definers.get(alias.name, ()):
                    if definer.stem == stem:
                        found[alias.asname or alias.name] = definer
    return found


def sites(package: Package) -> Iterator[Site]:
    for path, tree in package.trees.items():
        text = package.files[path]
        starts = [0]
        for line in text.encode().split(b"\n"):
            starts.append(starts[-1] + len(line) + 1)
        imported = imports(package, path)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not (node.args or node.keywords):
                continue
            if isinstance(node.func, ast.Name):
                callee, definer = node.func.id, imported.get(node.func.id)
            elif isinstance(node.func, ast.Attribute):
                callee = node.func.attr
                known = package.definers.get(callee, set())
                definer = next(iter(known)) if len(known) == 1 else None
            else:
                continue
            assert node.end_lineno is not None
            assert node.end_col_offset is not None
            assert node.func.end_lineno is not None
            assert node.func.end_col_offset is not None
            source = text.encode()
            start = starts[node.func.end_lineno - 1] + node.func.end_col_offset
            end = starts[node.end_lineno - 1] + node.end_col_offset - 1
            if definer is not None and source[start : start + 1] == b"(":
                before = source[: start + 1].decode()
                yield Site(path, before, source[end:].decode(), callee, definer)


def snapshot(site: Site, before: str, after: str) -> Snapshot:
    return Snapshot(
        site.path.as_uri(), str(site.path), "python", 1, before[-WINDOW_BEFORE:],
        after[:WINDOW_AFTER], before.count("\n"), len(before) <= WINDOW_BEFORE,
        len(after) <= WINDOW_AFTER,
    )  # fmt: skip


def wanted(package: Package, site: Site, before: str, after: str) -> FoundSnippets:
    """What the index says for a place."""
    package.indexer.opened(str(site.path), before + after)
    package.indexer.focus_on(str(site.path))
    work(package.indexer)
    question = IndexQuery(str(site.path), before[-8000:], after[:3000], "python", ROOM)
    found = snippets(package.index, package.indexer.texts, question)
    package.indexer.closed(str(site.path))
    return FoundSnippets(tuple(found), knows_near=True, knows_all=True)


def chosen(package: Package, site: Site, before: str, after: str) -> Selection:
    """The snippets of a prompt, as at its first epoch."""
    return choose_anew(None, wanted(package, site, before, after), 0, 0.0, ROOM)


def only_open(package: Package, site: Site, choose: random.Random) -> Package:
    """The package as seen by who knows open documents alone."""
    index = Index()
    indexer = DefinitionIndexer(index, [], clock=time.monotonic)
    related = sorted(set(imports(package, site.path).values()) - {site.path})
    others = sorted(set(package.files) - {site.path, *related})
    choose.shuffle(related)
    for path in [*related, *choose.sample(others, min(3, len(others)))][:3]:
        indexer.opened(str(path), package.files[path])
    work(indexer)
    return Package(package.files, package.trees, package.definers, indexer, index)


def holds(site: Site, window: str, shown: Sequence[Snippet]) -> bool:
    head = re.compile(rf"\b(?:def|class)\s+{re.escape(site.callee)}\b")
    if site.defined_in == site.path and head.search(window):
        return True
    return any(
        snippet.path == str(site.defined_in) and head.search(snippet.text) for snippet in shown
    )


def measure(package: Package, n_sites: int) -> dict[str, tuple[float, float]]:
    """Share of sites with the definition, and mean characters, by variant."""
    choose = random.Random(11)
    all_sites = list(sites(package))
    some = choose.sample(all_sites, min(n_sites, len(all_sites)))
    settings = Settings()
    hits = dict.fromkeys(VARIANTS, 0)
    cost = dict.fromkeys(VARIANTS, 0)
    for site in some:
        context = gather(
            snapshot(site, site.before, site.after),
            max_prefix_chars=settings.max_prefix_chars,
            max_suffix_chars=settings.max_suffix_chars,
        )
        window = context.prefix + context.suffix
        lines = site.before.split("\n")
        above = "\n".join(lines[: max(1, len(lines) - LINES_EARLIER)])
        earlier = chosen(package, site, above, site.before[len(above) :] + site.after)
        here = (site, site.before, site.after)
        shown: dict[str, Sequence[Snippet]] = {
            "window": (),
            "open": chosen(only_open(package, site, choose), *here).snippets,
            "index": chosen(package, *here).snippets,
            "earlier": earlier.snippets,
            "callee": with_callee(earlier, wanted(package, *here), site.callee, 0.0, ROOM).snippets,
        }
        for variant, found in shown.items():
            hits[variant] += holds(site, window, found)
            cost[variant] += len(window) + sum(snippet.cost for snippet in found)
    return {each: (hits[each] / len(some), cost[each] / len(some)) for each in VARIANTS}


def main() -> None:
    arguments = sys.argv[1:]
    if "--cold" in arguments:
        rest = [each for each in arguments if not each.startswith("--")]
        languages = rest[1:] or cold_context.LANGUAGES
        if "--whole" in arguments:
            cold_context.whole(int(rest[0]) if rest else 10, languages)
            return
        is_verbose = "--misses" in arguments
        cold_context.main(int(rest[0]) if rest else 10, languages, verbose=is_verbose)
        return
    n_sites = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    print(f"{'package':18}" + "".join(f"{variant:>16}" for variant in VARIANTS))
    results = []
    for name in PACKAGES:
        with tempfile.TemporaryDirectory() as directory:
            found = measure(load(name, Path(directory)), n_sites)
        results.append(found)
        print(row(name, found), flush=True)
    mean = {
        each: tuple(sum(found[each][i] for found in results) / len(results) for i in (0, 1))
        for each in VARIANTS
    }
    print(row("mean", {each: (share, chars) for each, (share, chars) in mean.items()}))


def row(name: str, found: dict[str, tuple[float, float]]) -> str:
    cells = (f"{found[each][0]:7.0%}{found[each][1]:9.0f}" for each in VARIANTS)
    return f"{name:18}" + "".join(cells)


if __name__ == "__main__":
    main()
