"""The child process: JSON lines in, JSON lines out, learning in between.

====================================================  ==========================================
question                                              answer
====================================================  ==========================================
``{"id", "op": "complete", "path", "before",          ``{"id", "text", "reason", "confidence"}``
"after", "max_tokens", "multiline"}``
``{"id", "op": "status"}``                            ``{"id", "files", "tokens", "done",
                                                      "left_out"}``
``{"op": "update", "path", "text"}``                  none: the text of an open document
``{"op": "close", "path"}``                           none: what is on disk counts again
====================================================  ==========================================

One file is learnt or one directory listed at a time, with a look for a question after each
(``children.child``), so a question waits a few milliseconds. Only a process that has just started
makes its first questions wait until the files near them were learnt, for ``FIRST_ANSWER_S`` at
most.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence

from codestral_ls.workspace.completer.indexing import CompleterIndexer
from codestral_ls.workspace.completer.learner import Learner
from codestral_ls.workspace.completer.predict import CompletionPlace, predict
from codestral_ls.workspace.files import slashed
from codestral_ls.workspace.process import child
from codestral_ls.workspace.process.child import Message, text

FIRST_ANSWER_S = 1.2
"""With the start of two interpreters this keeps ``complete`` within two seconds."""
NICENESS = 5
"""Learning gives way to the editor, and still gets a core that nobody else wants."""


class CompleterConversation:
    """Answers one line after another, and learns."""

    def __init__(
        self, indexer: CompleterIndexer, learner: Learner, *, clock: Callable[[], float]
    ) -> None:
        self._indexer = indexer
        self._learner = learner
        self._clock = clock
        self._patience_ends = clock() + FIRST_ANSWER_S
        self._operations = {
            "complete": self._complete,
            "update": self._update,
            "close": self._close,
            "status": self._status,
        }

    def answer(self, line: bytes) -> bytes | None:
        """The line to send back; None where the question wants none or makes no sense."""
        return child.answer(line, self._operations)

    def work(self) -> bool:
        """Learn a little. False where nothing is left to learn."""
        return self._indexer.step()

    def news(self) -> None:
        """Nothing is said unasked."""

    def _complete(self, message: Message) -> Message:
        try:
            question = _question(message)
        except (KeyError, TypeError, ValueError, OverflowError):
            return {"text": "", "reason": "The question was not understood.", "confidence": 0.0}
        if question.path:
            self._indexer.focus_on(question.path)
        while not self._indexer.knows_near_files and self._clock() < self._patience_ends:
            self._indexer.step()
        prediction = predict(self._learner, question)
        return {
            "text": prediction.text,
            "reason": prediction.reason,
            "confidence": prediction.confidence,
        }

    def _update(self, message: Message) -> None:
        self._indexer.update(slashed(text(message, "path")), text(message, "text"))

    def _close(self, message: Message) -> None:
        self._indexer.close(slashed(text(message, "path")))

    def _status(self, _message: Message) -> Message:
        n_left_out = self._indexer.n_left_out
        return {
            "files": len(self._learner.files),
            "tokens": self._learner.n_tokens,
            "done": self._indexer.done,
            "left_out": f"{n_left_out} files exceed what is learnt." if n_left_out else "",
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve one parent until it closes stdin."""
    parser = ArgumentParser(prog="python -m codestral_ls.workspace")
    parser.add_argument("--exclude", action="append", default=[])
    parser.add_argument("roots", nargs="*")
    options = parser.parse_args(arguments)
    learner = Learner()
    indexer = CompleterIndexer(learner, options.roots, options.exclude, clock=time.monotonic)
    conversation = CompleterConversation(indexer, learner, clock=time.monotonic)
    child.run(conversation, niceness=NICENESS)
    return 0


def _question(message: Message) -> CompletionPlace:
    return CompletionPlace(
        path=slashed(text(message, "path", "")),
        before=text(message, "before"),
        after=text(message, "after"),
        max_tokens=int(message.get("max_tokens", 64)),
        multiline=bool(message.get("multiline", False)),
    )
