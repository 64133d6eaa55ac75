"""The process that reads the whole workspace for the index, at low priority.

It walks once, from a given file's directory outwards (``start`` of what it is told first, where
``pass_over`` names texts to leave out, and files called as one of the ``names`` is are read before
all else), writes a line for each file, and ends:
``{"path", "size", "mtime", "packed", "found", "left"}`` with the outline in base64, and at the end
``{"end", "left_out", "cut"}``. A line that it is sent later has ``start`` and ``names`` too, for
where to go on. It alone uses the cache on disk.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from posixpath import basename
from typing import BinaryIO

from codestral_ls.text.languages import language_of
from codestral_ls.workspace.files import Entry, read_text
from codestral_ls.workspace.index.cache import Cache
from codestral_ls.workspace.index.imports import rules_of, targets
from codestral_ls.workspace.index.indexing import DefinitionIndexer
from codestral_ls.workspace.index.likely import is_likely
from codestral_ls.workspace.index.near import imported_files
from codestral_ls.workspace.index.store import Index, Outline
from codestral_ls.workspace.pathnames import distance, slashed
from codestral_ls.workspace.process import child
from codestral_ls.workspace.process.limits import WorkLimit

_LISTED_FIRST = 3_000
"""Files that are listed before any but likely ones are read: some hundred directories."""
_MOST_LIKELY = 40
_MOST_IMPORTS = 12
"""Of a likely file."""


class _Outlines(Index):
    """Keeps outlines for the cache, and knows which are new."""

    def __init__(self) -> None:
        super().__init__()
        self.new: list[tuple[str, Outline]] = []

    def put(self, path: str, outline: Outline) -> bool:
        is_kept = super().put(path, outline)
        if is_kept:
            self.new.append((path, outline))
        return is_kept


class Surveyor(DefinitionIndexer):
    """Reads everything, and first what a document likely speaks of."""

    _names: frozenset[str] = frozenset()
    _likely: tuple[Entry, ...] = ()
    """Files to read first, the nearest last. They stay among the others, where they are passed
    over when they were read."""

    def prefer(self, names: Sequence[str]) -> None:
        """Read the files that are called so next."""
        self._names = frozenset(names)
        self._likely = ()
        self._note_likely(self._order)

    def step(self) -> bool:
        """Do one piece of work. False where there is none."""
        if self._unchecked or not self._names:
            return super().step()
        self.limit.begin()
        if self._likely:
            *rest, entry = self._likely
            self._likely = tuple(rest)
            self._read(entry)
            self._note_imports(entry.path)
        elif self._walks is None:
            self._start_walks()
        elif self._walks and self.n_found < _LISTED_FIRST:
            return self._walk_on()
        else:
            return super().step()
        return True

    def _collect(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        new = super()._collect(entries)
        self._note_likely(new)
        return new

    def _note_imports(self, path: str) -> None:
        """What a likely file imports comes after all likely ones: it may inherit from that."""
        if self.passes_over(path):
            return
        self.limit.begin(path)
        language_id = language_of(basename(path))
        rules, root = rules_of(language_id), self.selection.root_of(path)
        is_named = is_likely(path, self._names)
        text = read_text(path, self._bounds.file_bytes) if is_named and rules and root else None
        if text is None or rules is None or root is None:
            return
        imported = imported_files(targets(text, basename(path), rules), path, root, rules)
        found = [self.entry_of(each) for each in imported[:_MOST_IMPORTS]]
        new = [each for each in found if each is not None and each.path not in self._taken]
        self._likely = (*new, *self._likely)[-_MOST_LIKELY:]

    def _note_likely(self, entries: Iterable[Entry]) -> None:
        found = [entry for entry in entries if is_likely(entry.path, self._names)]
        if found:
            focus = self._order.focus or "/"
            found = sorted(
                {*self._likely, *found}, key=lambda each: (-distance(each.path, focus), each.path)
            )
            self._likely = tuple(found[-_MOST_LIKELY:])


def main(arguments: Sequence[str] | None = None) -> int:
    """Read everything once; returns the exit status."""
    parser = child.parser("codestral-ls index, the whole workspace")
    parser.add_argument("--cache", help="directory for outlines between two runs")
    options = child.options(parser, arguments)
    roots = [slashed(root) for root in options.roots]
    cache = Cache(options.cache, [*roots, *options.exclude]) if options.cache and roots else None
    outlines = _Outlines()
    indexer = Surveyor(
        outlines,
        roots,
        options.exclude,
        clock=time.monotonic,
        cache=cache,
        limit=WorkLimit(options.note),
    )
    indexer.pass_over(options.told.get("pass_over", []))
    told: queue.SimpleQueue[child.Message] = queue.SimpleQueue()
    _go_on(indexer, options.told)
    threading.Thread(target=_read_told, args=(sys.stdin.buffer, told), daemon=True).start()
    # A broken pipe: whom it was for is gone.
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        _read_all(indexer, outlines, told, sys.stdout.buffer)
    os._exit(0)


def _read_all(
    indexer: Surveyor,
    outlines: _Outlines,
    told: queue.SimpleQueue[child.Message],
    out: BinaryIO,
) -> None:
    parent = child.parent_number()
    while indexer.step() and child.parent_number() == parent:
        with contextlib.suppress(queue.Empty):
            _go_on(indexer, told.get_nowait())
        # The reader takes its time, which is none of the work's.
        indexer.limit.end()
        if outlines.new:
            out.writelines(_line(indexer, path, outline) for path, outline in outlines.new)
            out.flush()
            outlines.new.clear()
    cut = indexer.walk_was_cut
    out.write(child.encoded({"end": True, "left_out": indexer.n_left_out, "cut": cut}))
    out.flush()


def _go_on(indexer: Surveyor, told: child.Message) -> None:
    if start := told.get("start"):
        indexer.begin_at(start)
    indexer.prefer(told.get("names", ()))


def _read_told(source: BinaryIO, told: queue.SimpleQueue[child.Message]) -> None:
    with contextlib.suppress(OSError, ValueError):
        for line in source:
            told.put(json.loads(line))


def _line(indexer: DefinitionIndexer, path: str, outline: Outline) -> bytes:
    return child.encoded(
        {
            "path": path,
            "size": outline.size,
            "mtime": outline.mtime,
            "packed": base64.b64encode(outline.packed).decode("ascii"),
            "found": indexer.n_found,
            "left": indexer.n_pending,
        }
    )
