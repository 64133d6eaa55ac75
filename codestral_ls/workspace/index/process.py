"""The index's child process: JSON lines in, JSON lines out, indexing in between.

====================================================  ==========================================
request                                               answer
====================================================  ==========================================
``{"id", "op": "snippets", "path", "before",          ``{"id", "snippets": [{"key", "path",
"after", "language_id", "max_chars"}``                "text", "why"}]}``
``{"id", "op": "status"}``                            ``{"id", "files", "names", "found", "done",
                                                      "left_out"}``
====================================================  ==========================================

The rest is in ``process.child``. Unasked, while much is left to do, comes
``{"progress": {"done", "found", "finished"}}``. Paths in answers are as prompts show them, and
texts have secrets masked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

from codestral_ls.workspace.files import shown_path, slashed
from codestral_ls.workspace.index.cache import Cache
from codestral_ls.workspace.index.indexing import DefinitionIndexer
from codestral_ls.workspace.index.query import IndexQuery, snippets
from codestral_ls.workspace.index.store import Index
from codestral_ls.workspace.process import child
from codestral_ls.workspace.process.child import Conversation, Message, text
from codestral_ls.workspace.process.limits import WorkLimit

_NICENESS = 10
"""Indexing gives way to the editor and the server, and still gets an idle core."""
QUIET_S = 1.0
"""Work that ends sooner needs no progress bar."""
PROGRESS_EVERY_S = 0.25


class IndexConversation(Conversation):
    """Answers, and indexes in between."""

    def __init__(
        self, indexer: DefinitionIndexer, index: Index, *, clock: Callable[[], float]
    ) -> None:
        super().__init__(indexer, {"snippets": self._snippets})
        self._indexer = indexer
        self._index = index
        self._clock = clock
        self._busy_since: float | None = None
        self._reported_at: float | None = None

    def figures(self) -> Message:
        """How much is indexed, of how much."""
        return {
            "files": len(self._index.outlines),
            "names": self._index.n_names,
            "found": self._indexer.n_found,
        }

    def work(self) -> bool:
        """Index a little. False where nothing is left."""
        if self._busy_since is None:
            self._busy_since = self._clock()
        has_worked = super().work()
        if not has_worked:
            self._busy_since = None
        return has_worked

    def news(self) -> bytes | None:
        """How far indexing is, where it takes long, and that it is over."""
        now = self._clock()
        if self._busy_since is None:
            if self._reported_at is None:
                return None
            self._reported_at = None
            return self._progress(finished=True)
        if now - self._busy_since < QUIET_S or now - (self._reported_at or 0.0) < PROGRESS_EVERY_S:
            return None
        self._reported_at = now
        return self._progress(finished=False)

    def _progress(self, *, finished: bool) -> bytes:
        found = self._indexer.n_found
        done = found - self._indexer.n_pending
        progress = {"done": max(0, done), "found": found, "finished": finished}
        return child.encoded({"progress": progress})

    def _snippets(self, message: Message) -> Message:
        query = IndexQuery(
            path=slashed(text(message, "path", "")),
            before=text(message, "before"),
            after=text(message, "after"),
            language_id=text(message, "language_id", ""),
            max_chars=int(message["max_chars"]),
        )
        if query.path:
            self._indexer.focus_on(query.path)
        roots = self._indexer.selection.roots
        found = snippets(self._index, self._indexer.texts, query)
        if self._indexer.is_checking_rules:
            found = [each for each in found if self._indexer.selection.allows_text(each.path)]
        return {
            "snippets": [asdict(replace(each, path=shown_path(each.path, roots))) for each in found]
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve one parent until it closes stdin."""
    parser = child.parser("codestral-ls index")
    parser.add_argument("--cache", help="directory for outlines between two runs")
    options = child.options(parser, arguments)
    roots = [slashed(root) for root in options.roots]
    cache = Cache(options.cache, [*roots, *options.exclude]) if options.cache and roots else None
    index = Index()
    indexer = DefinitionIndexer(
        index,
        roots,
        options.exclude,
        clock=time.monotonic,
        cache=cache,
        limit=WorkLimit(options.note),
    )
    child.run(IndexConversation(indexer, index, clock=time.monotonic), niceness=_NICENESS)
    return 0
