"""The embedded provider's child process: JSON lines in, JSON lines out, learning in between.

====================================================  ==========================================
request                                               answer
====================================================  ==========================================
``{"id", "op": "complete", "path", "before",          ``{"id", "text"}``; the text is empty where
"after", "max_tokens", "multiline"}``                 nothing is sure enough
``{"id", "op": "status"}``                            ``{"id", "files", "tokens", "done",
                                                      "left_out"}``
====================================================  ==========================================

The rest is in ``process.child``. One file is learnt or one directory listed at a time, so a
request waits a few milliseconds. Only a process that has just started makes its first requests
wait until the files near them were learnt, for ``_FIRST_ANSWER_S`` at most.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from codestral_ls.workspace.completer.indexing import CompleterIndexer
from codestral_ls.workspace.completer.learner import Learner
from codestral_ls.workspace.completer.predict import CompletionPlace, predict
from codestral_ls.workspace.pathnames import slashed
from codestral_ls.workspace.process import child
from codestral_ls.workspace.process.child import Conversation, Message, text
from codestral_ls.workspace.process.limits import WorkLimit

_FIRST_ANSWER_S = 1.2
"""Together with the start of two interpreters, ``complete`` stays within two seconds."""
_CHECKING_S = 0.5
"""So long a request waits for what is known to be held against new rules of git."""
_NICENESS = 5
"""Learning gives way to the editor, and still gets an idle core."""


class CompleterConversation(Conversation):
    """Completes, and learns in between."""

    def __init__(
        self, indexer: CompleterIndexer, learner: Learner, *, clock: Callable[[], float]
    ) -> None:
        super().__init__(indexer, {"complete": self._complete})
        self._indexer = indexer
        self._learner = learner
        self._clock = clock
        self._patience_ends = clock() + _FIRST_ANSWER_S

    def figures(self) -> Message:
        """How much was learnt."""
        return {"files": len(self._learner.files), "tokens": self._learner.n_tokens}

    def _complete(self, message: Message) -> Message:
        place = CompletionPlace(
            path=slashed(text(message, "path", "")),
            before=text(message, "before"),
            after=text(message, "after"),
            max_tokens=int(message.get("max_tokens", 64)),
            multiline=bool(message.get("multiline", False)),
        )
        if place.path:
            self._indexer.focus_on(place.path)
        patience_ends = self._clock() + _CHECKING_S
        while self._indexer.is_checking_rules and self._clock() < patience_ends:
            self._indexer.step()
        if self._indexer.is_checking_rules:
            return {"text": ""}
        while not self._indexer.has_read_near_files and self._clock() < self._patience_ends:
            self._indexer.step()
        self.limit.begin(place.path)
        return {"text": predict(self._learner, place)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve one parent until it closes stdin."""
    options = child.options(child.parser("codestral-ls completer"), arguments)
    learner = Learner()
    indexer = CompleterIndexer(
        learner,
        options.roots,
        options.exclude,
        clock=time.monotonic,
        limit=WorkLimit(options.note),
    )
    conversation = CompleterConversation(indexer, learner, clock=time.monotonic)
    child.run(conversation, child.LinesIn(), niceness=_NICENESS)
    return 0
