"""Fills the index bit by bit, between questions: what is open and near first, then the rest.

Which files those are is ``workspace.files``' decision. Of a file that did not change since the
last run, the outline comes from the cache. Of the files beside the cursor's the text is kept too.
"""

from __future__ import annotations

import stat
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from posixpath import basename, dirname

from codestral_ls.text.languages import language_of
from codestral_ls.workspace.files import Bounds, Entry, FileSelection, distance, read_text
from codestral_ls.workspace.index.cache import Cache
from codestral_ls.workspace.index.grammars import family
from codestral_ls.workspace.index.outline import outline
from codestral_ls.workspace.index.store import Index, Outline, pack
from codestral_ls.workspace.index.texts import Texts

NEIGHBOURS = 8
"""Files beside the cursor's whose texts are kept."""
FIRST_FILES = 200
"""Files that are read while the tree is still being walked: a package and its neighbours."""
SAVE_EVERY_S = 120.0
_NO_CODE = frozenset(
    (
        *("plaintext", "markdown", "json", "jsonc", "yaml", "toml", "xml", "html"),
        *("css", "scss", "less", "dockerfile", "makefile", "sql"),
    )
)


class DefinitionIndexer:
    """The work that is left. ``step`` does one piece of it: a directory listed or a file read."""

    def __init__(
        self,
        index: Index,
        roots: Sequence[str],
        exclude: Sequence[str] = (),
        *,
        clock: Callable[[], float],
        cache: Cache | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self.selection = FileSelection(roots, exclude)
        self.texts = Texts()
        self.n_found = 0
        """Files to index that were met so far."""
        self.n_left_out = 0
        """Files that exceeded the bounds."""
        self.walk_was_cut = False
        """Not the whole tree was looked at."""
        self._exclude = exclude
        self._index = index
        self._clock = clock
        self._cache = cache
        self._bounds = bounds or Bounds()
        self._known: dict[str, Outline] | None = None
        """What the cache has and the walk has not met yet; None before it was loaded."""
        self._focus = ""
        self._urgent: OrderedDict[str, None] = OrderedDict()
        """Open or changed files, to be looked at before all others."""
        self._beside: list[str] = []
        self._pending: list[Entry] = []
        self._is_sorted = True
        self._walks: list[tuple[float, Iterator[list[Entry]]]] | None = None
        self._seen: set[str] = set()
        self._n_bytes = 0
        self._n_read = 0
        self._is_saved = True
        self._saved_at = clock()

    @property
    def is_done(self) -> bool:
        """Nothing is left to do."""
        has_walked = self._walks is not None and not self._walks
        return has_walked and not (self._pending or self._urgent or self._beside)

    @property
    def n_pending(self) -> int:
        """Files that wait."""
        return len(self._pending) + len(self._urgent)

    def focus_on(self, path: str) -> None:
        """Questions come from this file: what is near it comes next."""
        directory = dirname(path)
        if directory != self._focus and self._is_inside(path):
            self._focus = directory
            self._is_sorted = False
            self._beside = self._neighbours(path)

    def update(self, path: str, text: str) -> None:
        """The text of an open document, as far as it may be used."""
        if len(text) > self._bounds.file_bytes or not self._allows(path):
            self._forget(path)
            return
        self.texts.update(path, text)
        self._urgent[path] = None

    def close(self, path: str) -> None:
        """The document was closed: what is on disk counts."""
        self.texts.forget(path)
        self.changed(path)

    def changed(self, path: str) -> None:
        """Something happened to a file or directory on disk."""
        if path.endswith("/.gitignore"):
            self.selection.changed_rules()
            self._urgent.update(dict.fromkeys(self._index.outlines))
            self._walks = None
            self._seen.clear()
        self.texts.outdate(path)
        self._urgent[path] = None

    def step(self) -> bool:
        """Do one piece of work. False where there is none."""
        if self._urgent:
            self._look_again(self._urgent.popitem(last=False)[0])
        elif self._walks is None:
            self._start_walks()
        elif self._beside:
            self._keep_text(self._beside.pop())
        elif self._pending and (not self._walks or self._n_read < FIRST_FILES):
            self._read(self._next())
        elif self._walks:
            self._walk_on()
        else:
            return self._save(everything_known=True)
        self._save(everything_known=False)
        return True

    def _start_walks(self) -> None:
        if self._known is None:
            self._known = self._cache.load() if self._cache else {}
        now = self._clock()
        self._walks = [
            (now, self.selection.walk(root, self._start(root), self._bounds, self._clock))
            for root in self.selection.roots
        ]

    def _start(self, root: str) -> str:
        focus = self._focus
        return focus if focus and self.selection.root_of(focus + "/") == root else root

    def _walk_on(self) -> None:
        assert self._walks
        started, walk = self._walks[-1]
        found = next(walk, None)
        if found is None:
            self._walks.pop()
            self.walk_was_cut |= self._clock() - started >= self._bounds.walk_s
            return
        for entry in found:
            if entry.path not in self._seen and _is_code(entry.path):
                self._seen.add(entry.path)
                if self._is_current(entry):
                    continue
                self.n_found += 1
                self._pending.append(entry)
        self._is_sorted = False

    def _is_current(self, entry: Entry) -> bool:
        outline = self._index.outlines.get(entry.path)
        return outline is not None and (outline.mtime, outline.size) == (entry.mtime, entry.size)

    def _next(self) -> Entry:
        if not self._is_sorted:
            focus = self._focus or next(iter(self.selection.roots), "/")
            self._pending.sort(key=lambda entry: (-distance(entry.path, focus), entry.mtime))
            self._is_sorted = True
        return self._pending.pop()

    def _read(self, entry: Entry) -> None:
        assert self._known is not None
        if entry.path in self.texts.documents:
            return
        is_full = (
            len(self._index.outlines) >= self._bounds.files
            or self._n_bytes + entry.size > self._bounds.total_bytes
        )
        if is_full:
            self.n_left_out += 1
            return
        self._n_read += 1
        self._n_bytes += entry.size
        known = self._known.pop(entry.path, None)
        if known is not None and (known.mtime, known.size) == (entry.mtime, entry.size):
            try:
                self.n_left_out += not self._index.put(entry.path, known)
            except ValueError:
                known = None
            else:
                return
        self._is_saved = False
        text = read_text(entry.path, self._bounds.file_bytes)
        if text is not None:
            self._put(entry.path, text, entry.mtime, entry.size)

    def _put(self, path: str, text: str, mtime: float, size: int) -> None:
        packed = pack(outline(text, language_of(basename(path))))
        self.n_left_out += not self._index.put(path, Outline(packed, mtime, size))

    def _look_again(self, path: str) -> None:
        """Index an open document, or a file that changed on disk, or forget what is gone."""
        text = self.texts.documents.get(path)
        if text is not None:
            if _is_code(path):
                self._put(path, text, 0.0, len(text))
            return
        entry = _entry(path) if self._is_inside(path) and self._allows(path) else None
        if entry is None:
            self._forget_all_in(path)
        elif _is_code(path) and not self._is_current(entry):
            self._is_saved = False
            self._index.remove(path)
            text = read_text(path, self._bounds.file_bytes)
            if text is not None and len(self._index.outlines) < self._bounds.files:
                self._put(path, text, entry.mtime, entry.size)

    def _allows(self, path: str) -> bool:
        """Whether a text may be used; outside of the workspace its own repository's rules hold."""
        if self.selection.root_of(path) is not None:
            return self.selection.allows(path)
        return FileSelection([dirname(path)], self._exclude).allows(path)

    def _is_inside(self, path: str) -> bool:
        """Under a root, and not by way of a symbolic link."""
        root = self.selection.root_of(path)
        if root is None:
            return False
        directory = Path(dirname(path))
        try:
            return directory.resolve() == Path(root).resolve() / directory.relative_to(root)
        except (OSError, ValueError, RuntimeError):  # a loop, a name that is none
            return False

    def _forget_all_in(self, path: str) -> None:
        gone = [path] if path in self._index.outlines else []
        if not gone:  # a directory, perhaps
            gone = [each for each in self._index.outlines if each.startswith(path + "/")]
        for each in gone:
            if each not in self.texts.documents:
                self._forget(each)

    def _forget(self, path: str) -> None:
        self._is_saved = False
        self._index.remove(path)
        self.texts.forget(path)

    def _neighbours(self, path: str) -> list[str]:
        """The files beside a path in its language that changed last."""
        root = self.selection.root_of(path)
        assert root is not None  # it was found to be inside
        kind = family(language_of(basename(path)))
        # The first directory that a walk yields is where it starts.
        walk = self.selection.walk(root, dirname(path), self._bounds, self._clock)
        beside = [
            entry
            for entry in next(walk, [])
            if dirname(entry.path) == dirname(path)
            and entry.path != path
            and family(language_of(basename(entry.path))) == kind
        ]
        beside.sort(key=lambda entry: entry.mtime)
        return [entry.path for entry in beside[-NEIGHBOURS:]]

    def _keep_text(self, path: str) -> None:
        if self.texts.get(path) is None:
            text = read_text(path, self._bounds.file_bytes)
            if text is not None:
                self.texts.keep(path, text)
                self.texts.windows(path)

    def _save(self, *, everything_known: bool) -> bool:
        """Write the cache when all is done, or now and then. False where there was no need."""
        # What the walk has not met by its end is gone, or may not be used any more.
        if everything_known and self._known:
            self._known.clear()
            self._is_saved = False
        is_due = everything_known or self._clock() - self._saved_at > SAVE_EVERY_S
        if self._cache is None or self._is_saved or not is_due or not self._walks_are_over:
            return False
        self._cache.save(self._index.outlines)
        self._is_saved, self._saved_at = True, self._clock()
        return True

    @property
    def _walks_are_over(self) -> bool:
        return self._walks is not None and not self._walks


def _is_code(path: str) -> bool:
    return language_of(basename(path)) not in _NO_CODE


def _entry(path: str) -> Entry | None:
    """A regular file as the walk would report it."""
    try:
        info = Path(path).lstat()
    except (OSError, ValueError):
        return None
    return Entry(path, info.st_size, info.st_mtime) if stat.S_ISREG(info.st_mode) else None
