"""Fills the index bit by bit, between requests, and keeps the texts that passages come from.

What the documents import and what lies beside them comes first, then the rest. All of that is
skimmed at first, and those files are outlined before the others that define what is wanted at the
cursor. Of a file that did not change since the last run, the outline comes from the cache. Of the
files beside the cursor's the text is kept too.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from posixpath import basename

from codestral_ls.text.languages import language_of
from codestral_ls.workspace.files import Bounds, Entry, read_text
from codestral_ls.workspace.index.cache import Cache
from codestral_ls.workspace.index.grammars import family
from codestral_ls.workspace.index.imports import passed_on
from codestral_ls.workspace.index.near import NearFiles
from codestral_ls.workspace.index.outline import outline
from codestral_ls.workspace.index.skimming import Skimmed, seems_to_define
from codestral_ls.workspace.index.store import Index, Outline, pack
from codestral_ls.workspace.index.texts import Texts
from codestral_ls.workspace.process.limits import WorkLimit
from codestral_ls.workspace.worklist import Worklist

_NEIGHBOURS = 8
"""Files beside the cursor's whose texts are kept."""
_SAVE_EVERY_S = 120.0
_NO_CODE = frozenset(
    (
        *("plaintext", "markdown", "json", "jsonc", "yaml", "toml", "xml", "html"),
        *("css", "scss", "less", "dockerfile", "makefile", "sql"),
    )
)


def is_code(path: str) -> bool:
    """Whether a file of this name may define what other code uses."""
    return language_of(basename(path)) not in _NO_CODE


class DefinitionIndexer(Worklist):
    """The files that are left to index."""

    def __init__(
        self,
        index: Index,
        roots: Sequence[str],
        exclude: Sequence[str] = (),
        *,
        clock: Callable[[], float],
        cache: Cache | None = None,
        bounds: Bounds | None = None,
        limit: WorkLimit | None = None,
    ) -> None:
        super().__init__(roots, exclude, clock=clock, bounds=bounds, limit=limit)
        self.texts = Texts()
        self._index = index
        self._cache = cache
        self._cached: dict[str, Outline] | None = None
        """Outlines of the last run that were not asked for yet; None before they were loaded."""
        self._edited: OrderedDict[str, None] = OrderedDict()
        """Open documents whose outlines are out of date."""
        self._neighbours: list[str] = []
        """Files whose texts are wanted."""
        self._near = NearFiles()
        self._skimmed = Skimmed()
        self._asked_in = ""
        self._is_saved = True
        self._saved_at = clock()

    @property
    def is_done(self) -> bool:
        """Nothing is left to do."""
        return super().is_done and not (self._edited or self._neighbours or self._near.waits)

    @property
    def n_pending(self) -> int:
        """Files that wait."""
        return super().n_pending + len(self._skimmed)

    @property
    def progress(self) -> tuple[int, int]:
        """How many files are done, of how many that were found so far."""
        # What changed may not have been found by a walk.
        return max(0, self.n_found - self.n_pending), self.n_found

    @property
    def is_full(self) -> bool:
        """No further file's outline is kept."""
        return len(self._index.outlines) >= self._bounds.files

    def wants(self, path: str) -> bool:
        """Whether it is code, by its name."""
        return is_code(path)

    def focus_on(self, path: str, text: str | None = None, wanted: Sequence[str] = ()) -> None:
        """Requests come from this file: index what it imports next, then its directory, then what
        is near; of that first what defines one of the ``wanted`` names, in their order.
        ``text``: its beginning, where it is no open document."""
        former = self._order.focus
        self.begin_at(path)
        if self._order.focus != former:
            self._neighbours = self._latest_beside(path)
        self._asked_in = path
        self._skimmed.want(wanted)
        text = self.texts.documents.get(path, text)
        if text is not None:
            self._near.wants_imports_of(path, text, wanted)

    def begin_at(self, path: str) -> None:
        """Index the directory of this file first, then outwards."""
        super().focus_on(path)

    def near(self, path: str, wanted: Sequence[str] | None = None) -> tuple[int, int]:
        """How many of the files near a document are known, and of how many.

        Near are those that it imports, and those of its directory where it is the one that was
        asked about last. Files that may not or cannot be read count as known, and so do those
        that define none of the ``wanted`` names, if there are such.
        """
        known, n_all = self._near.progress(path)
        n_left = len(self._skimmed if wanted is None else self._skimmed.files_for(wanted))
        if path == self._asked_in:
            n_left += self._order.n_beside + len(self._neighbours) + len(self._edited)
        return known, n_all + n_left

    def changed(self, path: str) -> None:
        """Something happened to a file or directory on disk."""
        super().changed(path)
        if self.texts.outdate(path):
            self._neighbours.append(path)

    def imported_by(self, path: str) -> frozenset[str]:
        """The files that a document imports, as far as they were found, and what these pass on."""
        return self._near.files_of(path)

    def step(self) -> bool:
        """Do one piece of work. False where there is none."""
        # What may not be used any more goes first.
        if self._unchecked:
            super().step()
        elif self._near.waits:
            self._step_near()
        # Only who is asked about a place has files to prefer.
        elif self._asked_in and self._order.n_beside:
            self._skim(self._order.take_beside())
        elif (wanted := self._skimmed.take_wanted()) is not None:
            self._read_skimmed(wanted)
        elif self._edited:
            path, _ = self._edited.popitem(last=False)
            text = self.texts.documents.get(path)
            if text is not None:
                self.limit.begin(path)
                self._put(path, text, 0.0, len(text))
        elif self._neighbours and not (self._changes or self._order.n_beside):
            self._keep_text(self._neighbours.pop())
        # A question may wait for texts, and those for what changed, but not for unwanted files.
        elif self._skimmed and not self._changes:
            self._read_skimmed(self._skimmed.take())
        elif not super().step():
            return self._save(everything_known=True)
        self._save(everything_known=False)
        return True

    def also_known(self) -> Iterable[str]:
        """The texts kept beside the cursor's file."""
        return self.texts.files

    def remembers(self, entry: Entry) -> bool:
        """Whether the cache has the outline of the file in this state."""
        known = self._outlines_of_last_run().pop(entry.path, None)
        self.limit.begin(entry.path)
        if known is None or (known.mtime, known.size) != (entry.mtime, entry.size):
            return False
        try:
            return self._index.put(entry.path, known)
        except ValueError:
            return False

    def take(self, entry: Entry, text: str) -> bool:
        """Index a file. False where there is no room for it."""
        self._is_saved = False
        return self._put(entry.path, text, entry.mtime, entry.size)

    def take_document(self, path: str, text: str) -> None:
        """Keep the text of an open document; its outline follows with the next steps."""
        self.texts.update(path, text)
        if self.wants(path):
            self._edited[path] = None
            self._near.wants_imports_of(path, text)

    def closed(self, path: str) -> None:
        """The document was closed: what is on disk counts."""
        self._near.forget(path)
        super().closed(path)

    def forget(self, path: str) -> None:
        """Forget a file or document."""
        self._is_saved &= path not in self._index.outlines
        self._index.remove(path)
        self._skimmed.forget(path)
        self.texts.forget(path)

    def _step_near(self) -> None:
        """Find what a document imports, or read one such file."""
        document = self._near.next_document()
        self.limit.begin(document or "")
        if document is not None:
            root = self.selection.root_of(document)
            if root is not None and self._is_inside(document):
                self._near.find_imports(document, root, language_of(basename(document)))
            else:
                self._near.finds_none(document)
            return
        path, depth = self._near.next_file()
        entry = self.entry_of(path)
        text = None if entry is None else self._skim(entry, is_wanted=depth > 0)
        root = self.selection.root_of(path)
        passed = passed_on(text, basename(path)) if depth and text is not None else ""
        if passed and root is not None:
            self._near.follow(path, passed, root, language_of(basename(path)), depth - 1)

    def _skim(self, entry: Entry, *, is_wanted: bool = False) -> str | None:
        """Look over a file that is to be outlined; its text, where there is need to read it or it
        ``is_wanted`` anyway."""
        path = entry.path
        if self.passes_over(path):
            return None
        self.limit.begin(path)
        is_known = self._taken.get(path) == entry or path in self._open
        if is_known and not is_wanted:
            return None
        text = read_text(path, self._bounds.file_bytes)
        if text is not None and not is_known:
            self._note_found(path)
            self._skimmed.add(path, seems_to_define(text, language_of(basename(path))))
        return text

    def _note_found(self, path: str) -> None:
        """The walk need not list this file any more."""
        if path not in self._seen:
            self._seen.add(path)
            self.n_found += path not in self._taken

    def _take_new_rules(self) -> None:
        super()._take_new_rules()
        # These are held against the rules when they are read.
        self._seen.update(self._skimmed)

    def _read_skimmed(self, path: str) -> None:
        # What may be read, and the file, may have changed since.
        entry = self.entry_of(path)
        if entry is not None:
            self._read(entry)

    def _put(self, path: str, text: str, mtime: float, size: int) -> bool:
        packed = pack(outline(text, language_of(basename(path))))
        return self._index.put(path, Outline(packed, mtime, size))

    def _latest_beside(self, path: str) -> list[str]:
        """The files beside a path in its language that changed last."""
        kind = family(language_of(basename(path)))
        beside = [
            entry
            for entry in self._focus_files
            if entry.path != path and family(language_of(basename(entry.path))) == kind
        ]
        beside.sort(key=lambda entry: (entry.mtime, entry.path))
        return [entry.path for entry in beside[-_NEIGHBOURS:]]

    def _keep_text(self, path: str) -> None:
        if self.texts.get(path) is None and self.entry_of(path) is not None:
            text = read_text(path, self._bounds.file_bytes)
            if text is not None:
                self.limit.begin(path)
                self.texts.keep(path, text)
                self.texts.windows(path)

    def _outlines_of_last_run(self) -> dict[str, Outline]:
        if self._cached is None:
            self.limit.begin()
            self._cached = self._cache.load() if self._cache else {}
        return self._cached

    def _save(self, *, everything_known: bool) -> bool:
        """Write the cache when all is done, or now and then. False where there was no need."""
        if self._cache is None or not self.has_walked:
            return False
        # What the walk has not met by its end is gone, or may not be used any more.
        if everything_known and self._outlines_of_last_run():
            self._outlines_of_last_run().clear()
            self._is_saved = False
        is_due = everything_known or self._clock() - self._saved_at > _SAVE_EVERY_S
        if self._is_saved or not is_due:
            return False
        self.limit.begin()
        self._cache.save(self._index.outlines)
        self._is_saved, self._saved_at = True, self._clock()
        return True
