"""What a prompt should show of other files: ranked, within a budget, each with its reason."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from posixpath import basename, dirname
from typing import NamedTuple

from codestral_ls.prompt.snippets import Snippet
from codestral_ls.text.languages import language_of
from codestral_ls.workspace.index import passages
from codestral_ls.workspace.index.definition import Definition
from codestral_ls.workspace.index.grammars import family
from codestral_ls.workspace.index.ranking import Candidate, Surroundings, fitness, surroundings
from codestral_ls.workspace.index.store import Index
from codestral_ls.workspace.index.texts import Texts

_LEAST_FITNESS = 0.4
"""Most definitions below it are of something else with the same name."""
_DEFINITIONS_SHARE, _PASSAGES_SHARE = 0.65, 0.9
"""Of the budget: definitions take up to the first, passages fill up to the second, recently edited
places the rest; what is left goes to further definitions."""
_LOOKED_INTO = 80  # outlines unpacked for one query, 50 µs each
_FILES_OF_A_NAME = 12  # of many that define a name, the imported and the nearest
_MOST_DEFINITIONS = 60
_NAMESAKE = 0.5  # of the fittest definition's fitness, for another of the same name
_TOO_SMALL = 20  # characters that no snippet with its path fits into
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class IndexQuery:
    """The text at a cursor."""

    path: str
    before: str
    after: str
    language_id: str
    max_chars: int
    near: frozenset[str] = frozenset()
    """The files that the document imports."""


class _Chosen:
    """Snippets, as long as there is room."""

    def __init__(self) -> None:
        self.snippets: list[Snippet] = []
        self.room = 0
        self._keys: set[str] = set()

    def fill(self, snippets: Iterable[Snippet]) -> None:
        """Take those that fit, and skip the others."""
        for snippet in snippets:
            if self.room < _TOO_SMALL:
                return
            if snippet.cost <= self.room and snippet.key not in self._keys:
                self._keys.add(snippet.key)
                self.snippets.append(snippet)
                self.room -= snippet.cost


def snippets(index: Index, texts: Texts, query: IndexQuery) -> list[Snippet]:
    """Snippets for a place, the most wanted first; their paths are absolute."""
    shown = passages.lines(query.before) | passages.lines(query.after)
    around = surroundings(query.before, query.after, texts.documents.get(query.path, ""))
    definitions = list(_definitions(index, query, around, shown))
    chosen = _Chosen()
    chosen.room = int(query.max_chars * _DEFINITIONS_SHARE)
    chosen.fill(definitions)
    chosen.room += int(query.max_chars * (_PASSAGES_SHARE - _DEFINITIONS_SHARE))
    chosen.fill(_passages(texts, query, shown))
    chosen.room += query.max_chars - int(query.max_chars * _PASSAGES_SHARE)
    chosen.fill(_edited(texts, shown))
    chosen.fill(definitions)
    return chosen.snippets


class _Ranked(NamedTuple):
    """A definition with the reason to show it."""

    fitness: float
    path: str
    definition: Definition
    why: str


def _definitions(
    index: Index, query: IndexQuery, around: Surroundings, shown: frozenset[str]
) -> Iterator[Snippet]:
    ranked: list[_Ranked] = []
    looked_into: set[str] = set()
    for name in around.wanted:
        ranked += _namesakes(name, index, query, around, looked_into)
    ranked.sort(key=lambda row: (-row.fitness, row.path, row.definition.line))
    for _, path, definition, why in ranked[:_MOST_DEFINITIONS]:
        # The text around the cursor shows it already.
        if path == query.path and _naming_line(definition).strip() in shown:
            continue
        text = _in_its_container(definition, index.definitions(path))
        key = f"{path}:{definition.container}.{definition.name}"
        yield Snippet(key, path, text, f"defines {definition.name}, {why}")


def _namesakes(
    name: str, index: Index, query: IndexQuery, around: Surroundings, looked_into: set[str]
) -> Iterator[_Ranked]:
    """The definitions of a name that may be meant."""
    here = _place(query.path)
    language = family(query.language_id)
    files = [path for path in index.files_defining(name) if _place(path).family == language]
    n_files = len(files)
    # By path in the end: which file was read first is chance.
    files.sort(
        key=lambda path: (
            path not in query.near,
            _place(path).stem not in around.imported,
            _place(path).directory != here.directory,
            path,
        )
    )
    ranked = []
    wanted = around.wanted[name]
    for path in files[:_FILES_OF_A_NAME]:
        if len(looked_into) >= _LOOKED_INTO and path not in looked_into:
            continue
        looked_into.add(path)
        for definition in index.definitions(path):
            if definition.name == name:
                candidate = _candidate(definition, path, query, n_files)
                score = fitness(candidate, wanted, around)
                ranked.append(_Ranked(score, path, definition, wanted.why))
    best = max((row.fitness for row in ranked), default=0.0)
    yield from (row for row in ranked if row.fitness >= max(_LEAST_FITNESS, best * _NAMESAKE))


def _candidate(definition: Definition, path: str, query: IndexQuery, n_files: int) -> Candidate:
    place, here = _place(path), query.path
    return Candidate(
        name=definition.name,
        container=definition.container,
        stem=place.stem,
        directory=place.directory_name,
        is_here=path == here,
        is_beside=place.directory == _place(here).directory,
        n_files=n_files,
        is_imported=path in query.near,
    )


def _in_its_container(definition: Definition, others: Sequence[Definition]) -> str:
    """A member's text, under the head of what it is a member of."""
    if not definition.container or definition.container in definition.text:
        return definition.text
    for other in others:
        if other.is_type and other.name == definition.container:
            body = definition.text.replace("\n", "\n" + _INDENT)
            return f"{_naming_line(other)}\n{_INDENT}{body}"
    return definition.text


def _naming_line(definition: Definition) -> str:
    """The line of a definition that has its name; before it there may be decorators."""
    code = [line for line in definition.text.split("\n") if not line.startswith(("//", "#", "/*"))]
    return next((line for line in code if definition.name in line), definition.text)


def _passages(texts: Texts, query: IndexQuery, shown: frozenset[str]) -> Iterator[Snippet]:
    target = passages.target(query.before, query.after)
    language = family(query.language_id)
    found: list[tuple[float, str, passages.Passage]] = []
    for path in texts.all_paths():
        if _place(path).family != language:
            continue
        windows = texts.windows(path)
        if windows is not None:
            found += (
                (passage.similarity, path, passage)
                for passage in passages.alike(target, windows, shown)
            )
    found.sort(key=lambda row: (-row[0], row[1], row[2].line))
    for _, path, passage in found:
        key = f"{path}:{passage.line}"
        yield Snippet(key, path, passage.text, "resembles the text at the cursor")


def _edited(texts: Texts, shown: frozenset[str]) -> Iterator[Snippet]:
    for path, line in texts.edits.latest():
        text = texts.documents.get(path)
        passage = passages.around(text, line) if text is not None else None
        if passage is not None and not passages.stands_in(passage.text, shown):
            yield Snippet(f"{path}:{passage.line}", path, passage.text, "was edited lately")


class _QueryPlace(NamedTuple):
    """A path, taken apart."""

    family: str
    stem: str
    directory: str
    directory_name: str


@functools.lru_cache(maxsize=16_384)
def _place(path: str) -> _QueryPlace:
    name, directory = basename(path), dirname(path)
    stem = name.partition(".")[0]
    return _QueryPlace(family(language_of(name)), stem, directory, basename(directory))
