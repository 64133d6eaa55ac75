"""Which files lie near a document: those it imports, found without listing the workspace.

Paths are tried one by one, the likeliest places first; whether a file that exists may be read is
decided by whoever reads it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from posixpath import basename, dirname, normpath

from codestral_ls.text.languages import language_of
from codestral_ls.workspace.index.imports import ImportRules, rules_of, targets

_MOST_FILES = 60
"""Near files of one document. What imports more is a list of everything."""
_MOST_LOOKS = 6_000
"""Paths that are tried for one document, 2 µs each."""
_OF_A_DIRECTORY = 40
_DEPTH = 2
"""A module that passes on what another one does may itself be passed on."""
_DOCUMENTS = 64


def imported_files(targets: Sequence[str], path: str, root: str, rules: ImportRules) -> list[str]:
    """The files that a document's import ``targets`` name; at most 60, each once.

    ``root`` is the workspace root that holds the document.
    """
    return _Search(path, root, rules).files_of_all(targets)


class _Search:
    """Tries paths for one document."""

    def __init__(self, path: str, root: str, rules: ImportRules) -> None:
        self.looks_left = _MOST_LOOKS
        self._rules = rules
        self._path = path
        self._root = root.rstrip("/")
        self._here = dirname(path)
        self._known: dict[str, int] = {}
        """Modes of paths that were tried; 0 where there is nothing."""
        self._bases = list(self._upward())

    def files_of_all(self, targets: Sequence[str]) -> list[str]:
        """The files that targets name; at most 60, each once."""
        found: dict[str, None] = {}
        for target in targets:
            for file in self._files_of(target):
                if file != self._path:
                    found[file] = None
            if len(found) >= _MOST_FILES or self.looks_left <= 0:
                break
        return list(found)[:_MOST_FILES]

    def _files_of(self, target: str) -> Iterator[str]:
        """The files that a target names, at the first place that has any."""
        if target.startswith("."):
            yield from self._at(normpath(f"{self._here}/{target}"))
            return
        first, _, rest = target.partition("/")
        for base in self._bases:
            at_start = f"{base}/{first}"
            if rest and not (self._is_inside(at_start) and self._is_directory(at_start)):
                continue
            found = list(self._at(f"{base}/{target}"))
            if found:
                yield from found
                return

    def _upward(self) -> Iterator[str]:
        directory = self._here
        while directory == self._root or directory.startswith(self._root + "/"):
            yield directory
            for below in self._rules.below:
                if self._is_directory(f"{directory}/{below}"):
                    yield f"{directory}/{below}"
            if directory == self._root:
                break
            directory = dirname(directory)
        # Where the root is itself a package, imports begin with its name.
        yield dirname(self._root)

    def _at(self, stem: str) -> Iterator[str]:
        if not self._is_inside(stem):
            return
        if self._rules.whole_directory:
            if self._is_directory(stem):
                yield from _files_in(stem)
            return
        for ending in self._rules.endings:
            if stat.S_ISREG(self._mode(stem + ending)):
                yield stem + ending
        if self._rules.indexes and self._is_directory(stem):
            for index in self._rules.indexes:
                if stat.S_ISREG(self._mode(f"{stem}/{index}")):
                    yield f"{stem}/{index}"
                    return

    def _is_inside(self, path: str) -> bool:
        return (path + "/").startswith(self._root + "/")

    def _is_directory(self, path: str) -> bool:
        return stat.S_ISDIR(self._mode(path))

    def _mode(self, path: str) -> int:
        known = self._known.get(path)
        if known is not None:
            return known
        if self.looks_left <= 0:
            return 0
        self.looks_left -= 1
        try:
            mode = os.lstat(path).st_mode
        except (OSError, ValueError):
            mode = 0
        self._known[path] = mode
        return mode


def _files_in(directory: str) -> list[str]:
    """Some files of a directory."""
    try:
        with os.scandir(directory) as entries:
            names = [entry.name for _, entry in zip(range(2000), entries, strict=False)]
    except OSError:
        return []
    # Tests beside the code define nothing that others use.
    names = [name for name in sorted(names) if "_test." not in name and not name.startswith(".")]
    return [f"{directory}/{name}" for name in names[:_OF_A_DIRECTORY]]


class NearFiles:
    """What is left to read near the documents; the latest one's first."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        """Of documents with imports to look for."""
        self._targets: dict[str, tuple[str, ...]] = {}
        """What documents import, where all of it was looked for."""
        self._files: dict[str, dict[str, None]] = {}
        """Near files, by document."""
        self._waiting: dict[str, tuple[int, str]] = {}
        """Files to read, the most wanted last, with how far to follow what they pass on, and the
        document that wants them."""
        self._wanted: dict[str, Sequence[str]] = {}
        """Names that the place wants that was asked about last, by document."""
        self._preferred: dict[str, dict[str, None]] = {}
        """Names of packages all of whose files were looked for, the latest last, of documents that
        import more than is near."""
        self._document = ""
        """The one whose file was given out last."""

    @property
    def waits(self) -> bool:
        """Whether there is something to do."""
        return bool(self._texts or self._waiting)

    def wants_imports_of(self, path: str, text: str, wanted: Sequence[str] = ()) -> None:
        """What this document imports is near. Where that is too much, all files of a package are
        that has one of the ``wanted`` names; without these, the former ones count.

        Nothing is looked for or read again where the imports are as before and no other package
        is wanted."""
        rules = rules_of(language_of(basename(path)))
        if rules is None:
            self._files.setdefault(path, {})
            return
        if wanted:
            self._wanted[path] = wanted
        found = targets(text, basename(path), rules)
        if self._targets.get(path) != found:
            self._targets.pop(path, None)
        elif self._newly_preferred(path, found) is None:
            return
        self._texts.pop(path, None)
        self._texts[path] = text
        for each in list(self._files)[:-_DOCUMENTS]:
            if each != path:
                self.forget(each)

    def forget(self, path: str) -> None:
        """The document was closed."""
        self._texts.pop(path, None)
        self._targets.pop(path, None)
        self._files.pop(path, None)
        self._wanted.pop(path, None)
        self._preferred.pop(path, None)

    def progress(self, path: str) -> tuple[int, int]:
        """How many of a document's near files were read, and of how many. A package that is still
        to be looked for counts as one file."""
        files = self._files.get(path)
        is_open = path in self._texts
        if files is None or (is_open and path not in self._targets):
            return 0, 1
        n_waiting = sum(file in self._waiting for file in files)
        return len(files) - n_waiting, len(files) + is_open

    def files_of(self, path: str) -> frozenset[str]:
        """A document's near files."""
        return frozenset(self._files.get(path, ()))

    def next_document(self) -> str | None:
        """A document whose imports are to be found."""
        return next(reversed(self._texts), None)

    def find_imports(self, path: str, root: str, language_id: str) -> None:
        """Find what the document imports, under the workspace root that holds it."""
        rules = rules_of(language_id)
        text = self._texts.pop(path, None)
        if rules is None or text is None:
            return
        found = targets(text, basename(path), rules)
        search = _Search(path, root, rules)
        known = self._files.pop(path, {})
        if path in self._targets:
            self._files[path] = known
            self._find_preferred(path, found, search)
            return
        self._targets[path] = found
        names = self._preferred_names(path, found) if rules.whole_directory else ()
        files = dict.fromkeys(search.files_of_all((*_called(names[:1], found), *found)))
        self._preferred.pop(path, None)
        if rules.whole_directory and len(files) >= _MOST_FILES:
            self._preferred[path] = dict.fromkeys(reversed(names))
            # What was wanted earlier stays near, so that it need not be read again.
            for name in names[1:]:
                files.update(dict.fromkeys(search.files_of_all(_called([name], found))))
        self._files[path] = files
        for file in reversed(files):
            if file not in known:
                self._wait_for(file, _DEPTH, path)

    def _find_preferred(self, path: str, found: Sequence[str], search: _Search) -> None:
        """Find the files of a package that is wanted now, besides those that are known."""
        name = self._newly_preferred(path, found)
        if name is None:
            return
        self._preferred[path][name] = None
        files = self._files[path]
        for file in reversed(search.files_of_all(_called([name], found))):
            if file not in files or file in self._waiting:
                files[file] = None
                self._wait_for(file, _DEPTH, path)

    def _preferred_names(self, path: str, found: Sequence[str]) -> tuple[str, ...]:
        """The names of packages that were wanted, the latest first."""
        name = self._most_wanted(path, found)
        latest = () if name is None else (name,)
        return tuple(dict.fromkeys((*latest, *reversed(self._preferred.get(path, {})))))

    def _newly_preferred(self, path: str, found: Sequence[str]) -> str | None:
        """The name of a package that is wanted and was not looked for."""
        preferred = self._preferred.get(path)
        if preferred is None:
            return None
        name = self._most_wanted(path, found)
        return None if name in preferred else name

    def _most_wanted(self, path: str, found: Sequence[str]) -> str | None:
        """The most wanted name that is a target's; None where the place names no package."""
        called = {basename(target) for target in found}
        return next((name for name in self._wanted.get(path, ()) if name in called), None)

    def finds_none(self, path: str) -> None:
        """The document lies in no workspace, so that its imports name no files of one."""
        text = self._texts.pop(path, "")
        rules = rules_of(language_of(basename(path)))
        if rules is not None:
            self._targets[path] = targets(text, basename(path), rules)
        self._files[path] = {}

    def next_file(self) -> tuple[str, int]:
        """A file to read, and how far to follow what it passes on."""
        path, (depth, document) = self._waiting.popitem()
        self._document = document
        return path, depth

    def follow(self, path: str, text: str, root: str, language_id: str, depth: int) -> None:
        """A file that was read passes on what others define: those are near too."""
        rules = rules_of(language_id)
        files = self._files.get(self._document)
        if rules is None or files is None:
            return
        for file in imported_files(targets(text, basename(path), rules), path, root, rules):
            if file not in files:
                files[file] = None
                self._wait_for(file, depth, self._document)

    def _wait_for(self, file: str, depth: int, document: str) -> None:
        self._waiting.pop(file, None)
        self._waiting[file] = depth, document


def _called(names: Sequence[str], found: Sequence[str]) -> tuple[str, ...]:
    """The targets with one of the names."""
    return tuple(target for target in found if basename(target) in names)
