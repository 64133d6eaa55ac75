"""What the first prompt after a cold start shows: part of ``context_value``, run by ``--cold``.

In packages of the registries a call's arguments are hidden, where another file of the package, and
no second one, defines the callee. A real server is started without any cache, the file is opened,
and a second later the editor asks for the first time, as VS Code does. Counted is whether the
prompt that reaches the model shows the head of the definition, from the file that has it.

``--whole`` counts instead where the definition is among the snippets of an index that has read all.

Definitions and calls are found by patterns of this module, not by what the index finds.
"""

from __future__ import annotations

import asyncio
import random
import re
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from codestral_ls.workspace.files import read_text
from codestral_ls.workspace.index.client import IndexClient
from codestral_ls.workspace.index.indexing import DefinitionIndexer
from codestral_ls.workspace.index.query import IndexQuery, snippets
from codestral_ls.workspace.index.store import Index
from tests.benchmarks.packages import PACKAGES, Package, Unavailable, unpacked
from tests.fakes.endpoint import Endpoint
from tests.server.raw import RawClient, clean_environment, running

LANGUAGES = ("python", "javascript", "go")
OPENED_BEFORE_S = 1.0
_YARDSTICK_S = 0.05
_FROM_THE_SAME_FILE = 2
_NAME = r"[A-Za-z_$][\w$]*"
_TESTS = re.compile(
    r"(?:^|/)(?:tests?|__tests__|spec|examples?|testdata|dist|build)/|_test\.|\.min\."
)
_COMMENT = re.compile(r"^\s*(?:#|//|\*|/\*)")
_CALL = re.compile(rf"(?P<head>[^\n]*?)(?P<dot>\.\s*)?(?<![\w$])(?P<name>{_NAME})\((?=[^)\s])")

DEFINITIONS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "python": [r"^[ \t]*(?:async[ \t]+)?def[ \t]+NAME\b", r"^[ \t]*class[ \t]+NAME\b"],
        "javascript": [
            r"\bfunction\s*\*?\s+NAME\s*\(",
            r"\bclass\s+NAME\b",
            r"[\w$.]\.NAME\s*=\s*(?:async\s+)?(?:function\b|\([^()\n]*\)\s*=>|[\w$]+\s*=>)",
            r"\b(?:const|let|var)\s+NAME\s*=\s*(?:async\s+)?"
            r"(?:function\b|\([^()\n]*\)\s*=>|[\w$]+\s*=>|class\b)",
            r"^[ \t]+(?:static\s+|async\s+|get\s+|set\s+|\*\s*)*#?NAME\s*\([^\n;]*\)\s*\{\s*$",
            r"^[ \t]+NAME\s*:\s*(?:async\s+)?(?:function\b|\([^()\n]*\)\s*=>)",
        ],
        "typescript": [
            r"\bfunction\s+NAME\s*[<(]",
            r"\b(?:class|interface|type)\s+NAME\b",
            r"\b(?:const|let|var)\s+NAME\s*(?::[^=\n]+)?=\s*(?:async\s+)?(?:function\b|\(|<)",
            r"^[ \t]+(?:(?:public|private|protected|static|async)\s+)*NAME\s*(?:<[^\n]*>)?"
            r"\([^\n;]*\{\s*$",
        ],
        "go": [r"^func\s+(?:\([^)\n]*\)\s*)?NAME\s*[(\[]", r"^type\s+NAME\b"],
        "rust": [r"\bfn\s+NAME\s*[<(]", r"\b(?:struct|enum|trait|macro_rules!)\s+NAME\b"],
        "java": [
            r"\b(?:class|interface|enum|record)\s+NAME\b",
            r"^[ \t]+(?:[\w@<>\[\], ?.]+\s)NAME\s*\([^\n;]*\)?\s*(?:throws[^\n]*)?\{?\s*$",
        ],
    }
)
"""Heads of definitions; NAME stands for the name."""

# Members that every object of the language's own library has.
_MEMBERS_OF_THE_LANGUAGE = (
    "push pop shift map filter forEach join slice splice split replace test exec call apply bind "
    "toString keys values entries get set has add delete then catch finally concat indexOf "
    "includes some every find findIndex reduce sort reverse trim match search charAt charCodeAt "
    "substr substring startsWith endsWith padEnd padStart repeat assign create freeze "
    "defineProperty hasOwnProperty log error warn next on once emit end write read close open "
    "append extend update format strip items copy count index insert remove clear setdefault "
    "encode decode lower upper isdigit if for while switch catch function return typeof super "
    "require import Error String Len Close Read Write Print Printf Println Sprintf Errorf make "
    "append len new panic print range define string invoke status"
)
_OF_THE_LANGUAGE = frozenset(_MEMBERS_OF_THE_LANGUAGE.split())


@dataclass(frozen=True, slots=True)
class ColdSite:
    """A call whose arguments are hidden."""

    path: Path
    text: str
    """The file without the arguments."""
    at: int
    """The cursor, behind the opening bracket."""
    callee: str
    defined_in: Path

    @property
    def position(self) -> tuple[int, int]:
        before = self.text[: self.at]
        return before.count("\n"), self.at - (before.rfind("\n") + 1)


def _pattern(language: str, name: str) -> re.Pattern[str]:
    parts = [each.replace("NAME", name) for each in DEFINITIONS[language]]
    return re.compile("|".join(f"(?:{part})" for part in parts), re.MULTILINE)


def definers(language: str, files: Mapping[Path, str]) -> dict[str, set[Path]]:
    """The files that define a name."""
    found: dict[str, set[Path]] = defaultdict(set)
    pattern = [
        re.compile(each.replace("NAME", f"({_NAME})"), re.MULTILINE)
        for each in DEFINITIONS[language]
    ]
    for path, text in files.items():
        for each in pattern:
            for name in each.findall(text):
                found[name].add(path)
    return found


def sites(language: str, files: Mapping[Path, str]) -> Iterator[ColdSite]:
    """Calls of what exactly one other file defines."""
    known = definers(language, files)
    for path, text in files.items():
        line_start = 0
        own = [re.compile(each.replace("NAME", _NAME)) for each in DEFINITIONS[language]]
        for line in text.splitlines(keepends=True):
            is_code = not _COMMENT.match(line) and not any(each.search(line) for each in own)
            for call in _CALL.finditer(line) if is_code else ():
                name = call["name"]
                where = known.get(name, set())
                if len(where) != 1 or path in where or name in _OF_THE_LANGUAGE or len(name) < 3:
                    continue
                if call["head"].count('"') % 2 or call["head"].count("'") % 2:
                    continue
                start = line_start + call.end()
                end = _closing(text, start)
                if end is not None:
                    cut = text[:start] + text[end:]
                    yield ColdSite(path, cut, start, name, next(iter(where)))
            line_start += len(line)


def _closing(text: str, start: int) -> int | None:
    """Where the bracket that was opened before ``start`` is closed."""
    depth = 0
    for at in range(start, min(len(text), start + 2000)):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth < 0:
            return at
    return None


def package_sources(package: Package, ending: str) -> tuple[Path, dict[Path, str]]:
    """The folder of a package, and the sources that its users run."""
    root = unpacked(package)
    files = {}
    for path in sorted(root.rglob(f"*{ending}")):
        shown = str(path.relative_to(root))
        is_left_out = _TESTS.search("/" + shown) or shown.endswith(".d.ts")
        text = None if is_left_out else read_text(str(path))
        if text is not None:
            files[path] = text
    return root, files


def chosen(language: str, files: Mapping[Path, str], count: int) -> list[ColdSite]:
    """Some sites, of many files and callees."""
    choose = random.Random(5)
    everything = list(sites(language, files))
    choose.shuffle(everything)
    n_of: dict[object, int] = defaultdict(int)
    found = []
    for site in everything:
        if n_of[site.path] < _FROM_THE_SAME_FILE and n_of[site.callee] < _FROM_THE_SAME_FILE:
            n_of[site.path] += 1
            n_of[site.callee] += 1
            found.append(site)
    return found[:count]


def shows(language: str, site: ColdSite, root: Path, prompt: str) -> bool:
    """Whether a prompt for Codestral shows the definition from its file."""
    wanted = site.defined_in.relative_to(root).as_posix()
    for part in re.split(r"^\+{5} ", prompt, flags=re.MULTILINE):
        path, _, text = part.partition("\n")
        if path == wanted and _defines(language, site.callee, text):
            return True
    return False


def _defines(language: str, name: str, text: str) -> bool:
    """A method is shown without the bodies that some of the patterns look for."""
    escaped = re.escape(name)
    return bool(
        _pattern(language, escaped).search(text) or re.search(rf"\b{escaped}\b\s*[(=:<]", text)
    )


def first_prompt(site: ColdSite, root: Path, language: str) -> str | None:
    """The first prompt that a server sends after a cold start; None if it sends none."""
    with tempfile.TemporaryDirectory() as home, Endpoint() as endpoint:
        environ = clean_environment(Path(home), **endpoint.environment)
        with running(environ) as client:
            client.initialize(rootUri=root.as_uri())
            ask_after_opening(client, site, language)
        prompts = [exchange.body["prompt"] for exchange in endpoint.fake.requests]
    return prompts[0] if prompts else None


def ask_after_opening(client: RawClient, site: ColdSite, language: str) -> None:
    uri = site.path.as_uri()
    client.open(uri, site.text, language)
    time.sleep(OPENED_BEFORE_S * slowness())
    client.reply(client.complete(uri, *site.position))


def slowness() -> float:
    """How many seconds a second of computing takes at the moment: more than one on a machine that
    others use too."""
    wall, used = time.perf_counter(), time.process_time()
    while time.process_time() - used < _YARDSTICK_S:
        pass
    return max(1.0, (time.perf_counter() - wall) / _YARDSTICK_S)


async def answer_times(sites_of: Sequence[ColdSite], root: Path, language: str) -> list[float]:
    """Milliseconds of the index's answers, each in a file that was opened a second before."""
    client = IndexClient(roots=[str(root)])
    times = []
    client.start()
    for site in sites_of:
        path = str(site.path)
        client.opened(path, site.text)
        await asyncio.sleep(OPENED_BEFORE_S * slowness())
        asked = time.perf_counter()
        await client.snippets(
            path, site.text[: site.at], site.text[site.at :], language, max_chars=4000, wait_s=0.1
        )
        times.append((time.perf_counter() - asked) * 1000)
        client.closed(path)
    await client.aclose()
    return times


def whole(count: int, languages: Sequence[str]) -> None:
    """Print how many definitions are among the snippets once the whole package is known."""
    for language in languages:
        ending, packages = PACKAGES[language]
        cells = []
        for package in packages:
            try:
                root, files = package_sources(package, ending)
            except Unavailable as error:
                print(error)
                continue
            some = chosen(language, files, count)
            index = Index()
            indexer = DefinitionIndexer(index, [str(root)], clock=time.monotonic)
            n_shown = sum(_finds(language, each, index, indexer) for each in some)
            cells.append(f"{package.name} {n_shown} of {len(some)}")
        print(f"{language:12}{', '.join(cells)}", flush=True)


def _finds(language: str, site: ColdSite, index: Index, indexer: DefinitionIndexer) -> bool:
    path, before, after = str(site.path), site.text[: site.at], site.text[site.at :]
    indexer.opened(path, site.text)
    indexer.focus_on(path)
    while indexer.step():
        pass
    near = indexer.imported_by(path)
    query = IndexQuery(path, before[-8000:], after[:3000], language, 4000, near)
    found = snippets(index, indexer.texts, query)
    indexer.closed(path)
    return any(
        each.path == str(site.defined_in) and _defines(language, site.callee, each.text)
        for each in found
    )


def main(count: int, languages: Sequence[str], *, verbose: bool = False) -> None:
    """Print the figures; ``count`` sites for each package."""
    print(f"{'language':12}{'sites':>6}{'shown':>8}{'answer p50':>12}{'p95':>8}   packages")
    for language in languages:
        ending, packages = PACKAGES[language]
        n_sites = n_shown = 0
        times: list[float] = []
        names = []
        for package in packages:
            try:
                root, files = package_sources(package, ending)
            except Unavailable as error:
                print(error)
                continue
            some = chosen(language, files, count)
            names.append(f"{package.name} {len(some)}")
            for site in some:
                prompt = first_prompt(site, root, language)
                is_shown = prompt is not None and shows(language, site, root, prompt)
                n_shown += is_shown
                if verbose and not is_shown:
                    line, column = site.position
                    place = f"{site.path.relative_to(root)}:{line + 1}:{column + 1}"
                    told = "no prompt" if prompt is None else f"{prompt.count('+++++ ')} snippets"
                    print(f"  {place} {site.callee} of {site.defined_in.relative_to(root)}: {told}")
            n_sites += len(some)
            times += asyncio.run(answer_times(some, root, language))
        if not times:
            continue
        times.sort()
        print(
            f"{language:12}{n_sites:6}{n_shown / n_sites:8.0%}{statistics.median(times):9.1f} ms"
            f"{times[int(len(times) * 0.95)]:5.1f} ms   {', '.join(names)}",
            flush=True,
        )
