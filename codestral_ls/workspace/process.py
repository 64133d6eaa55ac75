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

A reader thread hands lines over, as pipes cannot be polled on every platform. The main thread
learns one file or lists one directory at a time and looks for a question after each, so a
question waits a few milliseconds. Only a process that has just started makes its first
questions wait until the files near them were learnt, for ``FIRST_ANSWER_S`` at most.

Ends when stdin is closed. Nothing is ever written to stderr: it is the editor's log.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO

from codestral_ls.workspace.files import slashed
from codestral_ls.workspace.indexing import Indexer
from codestral_ls.workspace.learner import Learner
from codestral_ls.workspace.predict import Question, predict

FIRST_ANSWER_S = 1.2
"""With the start of two interpreters this keeps ``complete`` within two seconds."""
NICENESS = 5
"""Learning gives way to the editor, and still gets a core that nobody else wants."""
_SWITCH_S = 0.001  # the reader thread gets its turn within a millisecond, not five

Line = bytes | None


class Conversation:
    """Answers one line after another, and learns."""

    def __init__(self, indexer: Indexer, learner: Learner, *, clock: Callable[[], float]) -> None:
        self._indexer = indexer
        self._learner = learner
        self._clock = clock
        self._patience_ends = clock() + FIRST_ANSWER_S

    def answer(self, line: bytes) -> bytes | None:
        """The line to send back; None where the question wants none or makes no sense."""
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            return None
        if not isinstance(message, dict):
            return None
        operation = self._operations().get(str(message.get("op")))
        if operation is None:
            return None
        try:
            answer = operation(message)
        except (KeyError, TypeError, ValueError, OverflowError):
            answer = {"text": "", "reason": "The question was not understood.", "confidence": 0.0}
        if "id" not in message or answer is None:
            return None
        # ASCII: a lone surrogate in a text must not break the pipe.
        return json.dumps({"id": message["id"], **answer}).encode("ascii") + b"\n"

    def learn(self) -> bool:
        """Learn a little. False where nothing is left to learn."""
        return self._indexer.step()

    def _operations(self) -> Mapping[str, Callable[[dict[str, Any]], dict[str, Any] | None]]:
        return {
            "complete": self._complete,
            "update": self._update,
            "close": self._close,
            "status": self._status,
        }

    def _complete(self, message: dict[str, Any]) -> dict[str, Any]:
        path = slashed(_text(message, "path", ""))
        question = Question(
            path=path,
            before=_text(message, "before"),
            after=_text(message, "after"),
            max_tokens=int(message.get("max_tokens", 64)),
            multiline=bool(message.get("multiline", False)),
        )
        if path:
            self._indexer.focus_on(path)
        while not self._indexer.knows_near_files and self._clock() < self._patience_ends:
            self._indexer.step()
        prediction = predict(self._learner, question)
        return {
            "text": prediction.text,
            "reason": prediction.reason,
            "confidence": prediction.confidence,
        }

    def _update(self, message: dict[str, Any]) -> None:
        self._indexer.update(slashed(_text(message, "path")), _text(message, "text"))

    def _close(self, message: dict[str, Any]) -> None:
        self._indexer.close(slashed(_text(message, "path")))

    def _status(self, _message: dict[str, Any]) -> dict[str, Any]:
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
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(NICENESS)
    sys.setswitchinterval(_SWITCH_S)
    learner = Learner()
    indexer = Indexer(learner, options.roots, options.exclude, clock=time.monotonic)
    conversation = Conversation(indexer, learner, clock=time.monotonic)
    lines: queue.SimpleQueue[Line] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin.buffer, lines), daemon=True).start()
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        _serve(conversation, lines, sys.stdout.buffer)
    # Without the interpreter's tidying up: freeing what was learnt takes longer than the parent
    # waits, and flushing a broken stdout would complain on stderr.
    os._exit(0)


def _serve(conversation: Conversation, lines: queue.SimpleQueue[Line], out: BinaryIO) -> None:
    # A process that was just started was started by a question, which names the directory to
    # begin with; so the first line is awaited before anything is learnt.
    idle = True
    while True:
        try:
            line = lines.get(block=idle)
        except queue.Empty:
            idle = not conversation.learn()
            continue
        if line is None:
            return
        answer = conversation.answer(line)
        if answer is not None:
            out.write(answer)
            out.flush()
        idle = False


def _read(source: BinaryIO, lines: queue.SimpleQueue[Line]) -> None:
    with contextlib.suppress(OSError, ValueError):
        for line in source:
            lines.put(line)
    lines.put(None)


def _text(message: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = message[name] if default is None else message.get(name) or default
    if not isinstance(value, str):
        raise TypeError(name)
    return value
