"""The process that reads the whole workspace for the index, at low priority.

It walks once, from a given file's directory outwards (``start`` of what it is told first, where
``pass_over`` names texts to leave out), writes a line for each file, and ends:
``{"path", "size", "mtime", "packed", "found", "left"}`` with the outline in base64, and at the end
``{"end", "left_out", "cut"}``. A line that it is sent is the path of another file to go on beside.
It alone uses the cache on disk.
"""

from __future__ import annotations

import base64
import contextlib
import os
import queue
import sys
import threading
import time
from collections.abc import Sequence
from typing import BinaryIO

from codestral_ls.workspace.files import slashed
from codestral_ls.workspace.index.cache import Cache
from codestral_ls.workspace.index.indexing import DefinitionIndexer
from codestral_ls.workspace.index.store import Index, Outline
from codestral_ls.workspace.process import child
from codestral_ls.workspace.process.limits import WorkLimit

_NICENESS = 10
"""Reading gives way to the editor, the server and the questions, and still gets an idle core."""


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


def main(arguments: Sequence[str] | None = None) -> int:
    """Read everything once; returns the exit status."""
    parser = child.parser("codestral-ls index, the whole workspace")
    parser.add_argument("--cache", help="directory for outlines between two runs")
    options = child.options(parser, arguments)
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(_NICENESS)
    roots = [slashed(root) for root in options.roots]
    cache = Cache(options.cache, [*roots, *options.exclude]) if options.cache and roots else None
    outlines = _Outlines()
    indexer = DefinitionIndexer(
        outlines,
        roots,
        options.exclude,
        clock=time.monotonic,
        cache=cache,
        limit=WorkLimit(options.note),
    )
    indexer.pass_over(options.told.get("pass_over", []))
    paths: queue.SimpleQueue[str] = queue.SimpleQueue()
    if start := options.told.get("start"):
        indexer.begin_at(start)
    threading.Thread(target=_read_paths, args=(sys.stdin.buffer, paths), daemon=True).start()
    # A broken pipe: whom it was for is gone.
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        _read_all(indexer, outlines, paths, sys.stdout.buffer)
    os._exit(0)


def _read_all(
    indexer: DefinitionIndexer,
    outlines: _Outlines,
    paths: queue.SimpleQueue[str],
    out: BinaryIO,
) -> None:
    parent = child.parent_number()
    while indexer.step() and child.parent_number() == parent:
        with contextlib.suppress(queue.Empty):
            indexer.begin_at(paths.get_nowait())
        # The reader takes its time, which is none of the work's.
        indexer.limit.end()
        if outlines.new:
            out.writelines(_line(indexer, path, outline) for path, outline in outlines.new)
            out.flush()
            outlines.new.clear()
    cut = indexer.walk_was_cut
    out.write(child.encoded({"end": True, "left_out": indexer.n_left_out, "cut": cut}))
    out.flush()


def _read_paths(source: BinaryIO, paths: queue.SimpleQueue[str]) -> None:
    with contextlib.suppress(OSError, ValueError):
        for line in source:
            paths.put(os.fsdecode(line.rstrip(b"\n")))


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
