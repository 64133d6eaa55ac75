"""The index's child process: JSON lines in, JSON lines out.

It answers at ordinary priority and reads only what is near the documents. The rest is read by a
process of its own, at low priority (``survey``).

====================================================  ==========================================
request                                               answer
====================================================  ==========================================
``{"id", "op": "snippets", "path", "before",          ``{"id", "snippets": [{"key", "path",
"after", "language_id", "max_chars", "wait_ms"}``     "text", "why"}], "near": [known, of how
                                                      many], "done"}``
``{"id", "op": "status"}``                            ``{"id", "files", "names", "found", "done",
                                                      "left_out"}``
====================================================  ==========================================

A question waits for those files near its document that define what is wanted at its place,
``wait_ms`` at most; what is known by then is the answer, which says how much of them that is, and
whether all of the workspace is known.

The rest is in ``process.child``. Unasked, while much is left to do, comes
``{"progress": {"done", "found", "finished"}}``. Paths in answers are as prompts show them, and
texts have secrets masked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import NamedTuple

from codestral_ls.workspace.index.indexing import DefinitionIndexer
from codestral_ls.workspace.index.query import IndexQuery, snippets
from codestral_ls.workspace.index.ranking import surroundings
from codestral_ls.workspace.index.store import Index
from codestral_ls.workspace.index.survey import Survey
from codestral_ls.workspace.index.surveyed import SurveyedIndexer
from codestral_ls.workspace.looking import ChangeLook
from codestral_ls.workspace.pathnames import shown_path, slashed
from codestral_ls.workspace.process import child
from codestral_ls.workspace.process.child import Conversation, Message, text
from codestral_ls.workspace.process.limits import WorkLimit

QUIET_S = 1.0
"""Work that ends sooner needs no progress bar."""
PROGRESS_EVERY_S = 0.25
_MOST_WANTED = 40
"""Names that a question waits for; the definitions of fewer fill a prompt."""


class _Question(NamedTuple):
    """A question about a place, and the names that are wanted there, the most wanted first."""

    message: Message
    path: str
    wanted: Sequence[str]


class IndexConversation(Conversation):
    """Answers, and indexes in between."""

    def __init__(
        self,
        indexer: DefinitionIndexer,
        index: Index,
        *,
        clock: Callable[[], float],
        notices_changes: bool = False,
    ) -> None:
        look = ChangeLook(indexer, clock) if notices_changes else None
        super().__init__(indexer, {"snippets": self._snippets}, look)
        self._indexer = indexer
        self._index = index
        self._clock = clock
        self._busy_since: float | None = None
        self._reported_at: float | None = None
        self._waiting: list[tuple[float, _Question]] = []
        """Questions whose near files are being read, with the times to answer them by."""

    def figures(self) -> Message:
        """How much is indexed, of how much."""
        return {
            "files": len(self._index.outlines),
            "names": self._index.n_names,
            "found": self._indexer.progress[1],
        }

    def work(self) -> bool:
        """Index a little. False where there is nothing to do at the moment."""
        if self._busy_since is None:
            self._busy_since = self._clock()
        has_worked = super().work()
        if not has_worked and self._indexer.is_done:
            self._busy_since = None
        return has_worked

    def news(self) -> bytes | None:
        """Answers that were waited for; how far indexing is, where it takes long; its end."""
        answers = b"".join(self._answers_due())
        return answers + (self._progress_due() or b"") or None

    def _answers_due(self) -> Iterator[bytes]:
        waiting, self._waiting = self._waiting, []
        for answer_by, question in waiting:
            if self._knows_near(question) or self._clock() >= answer_by:
                self.limit.begin(question.path)
                yield child.encoded({"id": question.message["id"], **self._found(question)})
                self.limit.end()
            else:
                self._waiting.append((answer_by, question))

    def _progress_due(self) -> bytes | None:
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
        done, found = self._indexer.progress
        progress = {"done": done, "found": found, "finished": finished}
        return child.encoded({"progress": progress})

    def _snippets(self, message: Message) -> Message | None:
        path = slashed(text(message, "path", ""))
        before = text(message, "before")
        question = _Question(message, path, ())
        wait_s = int(message.get("wait_ms", 0)) / 1000
        if path:
            document = self._indexer.texts.documents.get(path, "")
            around = surroundings(before, text(message, "after"), document)
            question = question._replace(wanted=tuple(around.wanted)[:_MOST_WANTED])
            self._indexer.focus_on(path, before, question.wanted)
        if wait_s > 0 and not self._knows_near(question):
            self._waiting.append((self._clock() + wait_s, question))
            raise child.AnsweredLater
        return self._found(question)

    def _knows_near(self, question: _Question) -> bool:
        known, n_all = self._indexer.near(question.path, question.wanted)
        return known >= n_all

    def _found(self, question: _Question) -> Message:
        message = question.message
        query = IndexQuery(
            path=question.path,
            before=text(message, "before"),
            after=text(message, "after"),
            language_id=text(message, "language_id", ""),
            max_chars=int(message["max_chars"]),
            near=self._indexer.imported_by(question.path),
        )
        roots = self._indexer.selection.roots
        found = snippets(self._index, self._indexer.texts, query)
        if self._indexer.is_checking_rules:
            found = [each for each in found if self._indexer.selection.allows_text(each.path)]
        return {
            "snippets": [
                asdict(replace(each, path=shown_path(each.path, roots))) for each in found
            ],
            "near": self._indexer.near(query.path, question.wanted),
            "done": self._indexer.is_done,
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve one parent until it closes stdin."""
    parser = child.parser("codestral-ls index")
    parser.add_argument("--cache", help="directory for outlines between two runs")
    options = child.options(parser, arguments)
    roots = [slashed(root) for root in options.roots]
    index = Index()
    lines = child.LinesIn()
    indexer = SurveyedIndexer(
        index,
        roots,
        options.exclude,
        clock=time.monotonic,
        survey=Survey(roots, options.exclude, options.cache, lines.wake),
        limit=WorkLimit(options.note),
    )
    conversation = IndexConversation(
        indexer, index, clock=time.monotonic, notices_changes=options.notice_changes
    )
    child.run(conversation, lines)
    return 0
