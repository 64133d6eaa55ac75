"""The index's side of the process that reads the whole workspace (``survey_process``).

Its lines are read by a thread and wait in a short queue, so that it goes on while questions are
answered and stops when nobody takes what it found.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from codestral_ls.workspace.process import interpreter
from codestral_ls.workspace.process.limits import ENDED_BY_OTHERS, noted

_MODULE = "codestral_ls.workspace.index.survey_process"
_NICENESS = 10
"""Reading gives way to the editor, the server and the questions, and still gets an idle core."""
_AHEAD = 256  # lines that wait
_MAX_PASSED_OVER = 32
"""So many texts may end the process without any blame on it."""
_MAX_RESTARTS = 3


class Survey:
    """Runs the process; starts it again, without the text it ended over, when it dies."""

    def __init__(
        self,
        roots: Sequence[str],
        exclude: Sequence[str],
        cache_directory: str | None,
        wake: Callable[[], None],
    ) -> None:
        """``wake`` is called from another thread when there is something to take again."""
        self._options = [] if cache_directory is None else [f"--cache={cache_directory}"]
        self._exclude = list(exclude)
        self._roots = list(roots)
        self._wake = wake
        self._run: _Run | None = None
        self._n_failures = 0
        self.culprits: list[str] = []
        """Texts that the process ended over."""

    def start(self, start: str, names: Sequence[str], passed_over: Iterable[str]) -> None:
        """Read everything, first the files that are called as one of the ``names`` is, then from
        the directory of the file ``start`` outwards; anew where that is under way. Raises
        OSError."""
        self.stop()
        pass_over = [*{*passed_over, *self.culprits}]
        told = {
            "exclude": self._exclude,
            "start": start,
            "names": list(names),
            "pass_over": pass_over,
        }
        self._run = _Run([*self._options, "--told", "--", *self._roots], told, self._wake)

    def begin_at(self, path: str, names: Sequence[str]) -> None:
        """Read next the files that are called as one of the ``names`` is, then what is near this
        file."""
        if self._run is not None:
            self._run.tell({"start": path, "names": list(names)})

    def stop(self) -> None:
        """Stop reading; what was found and not taken is dropped."""
        run, self._run = self._run, None
        if run is not None:
            run.stop()

    def take(self) -> dict[str, Any] | None:
        """The next thing that was found, in the order of finding; None if there is none yet.

        After the last comes ``{"end": …}``, also where the process could not get so far.
        """
        message = self._run.take() if self._run is not None else {"end": True}
        if message is not None and message.get("died"):
            return self._died(str(message["over"]))
        return message

    def _died(self, over: str) -> dict[str, Any]:
        self.stop()
        if over and over not in self.culprits and len(self.culprits) < _MAX_PASSED_OVER:
            self.culprits.append(over)
            return {"again": True}
        self._n_failures += 1
        return {"again": True} if self._n_failures <= _MAX_RESTARTS else {"end": True, "cut": True}


class _Run:
    """One run of the process."""

    def __init__(
        self, arguments: Sequence[str], told: Mapping[str, object], wake: Callable[[], None]
    ) -> None:
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue(_AHEAD)
        self._wake = wake
        self._is_awaited = False
        self._is_stopped = False
        # Without a name, so that nothing is left of it.
        self._note = tempfile.TemporaryFile(buffering=0) if os.name == "posix" else None  # noqa: SIM115
        descriptors = [self._note.fileno()] if self._note is not None else []
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own module, nothing of a shell
                [
                    *interpreter.same_command(_MODULE, niceness=_NICENESS),
                    *(f"--note={descriptor}" for descriptor in descriptors),
                    *arguments,
                ],
                pass_fds=descriptors,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=interpreter.environment(os.environ),
                cwd=interpreter.working_directory(),
                creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),
            )
        except BaseException:
            if self._note is not None:
                self._note.close()
            raise
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self.tell(told)

    def take(self) -> dict[str, Any] | None:
        """The next message, if there is one; ``wake`` is called when there is one later."""
        with contextlib.suppress(queue.Empty):
            return self._lines.get_nowait()
        self._is_awaited = True
        with contextlib.suppress(queue.Empty):
            return self._lines.get_nowait()
        return None

    def tell(self, message: Mapping[str, object]) -> None:
        """Where to go on, in the words of ``survey_process``."""
        self._write(json.dumps(message).encode("ascii") + b"\n")

    def _write(self, line: bytes) -> None:
        assert self._process.stdin is not None  # it was asked for
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def stop(self) -> None:
        """End the process."""
        self._is_stopped = True
        self._process.kill()
        while self._thread.is_alive():
            # The thread may wait for room.
            with contextlib.suppress(queue.Empty):
                self._lines.get(timeout=0.01)

    def _read(self) -> None:
        has_ended = False
        assert self._process.stdout is not None  # it was asked for
        with self._process.stdout as lines, contextlib.suppress(OSError, ValueError):
            for line in lines:
                message = json.loads(line)
                has_ended |= "end" in message
                self._put(message)
        status = self._process.wait()
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        if not has_ended and not self._is_stopped:
            is_its_own = self._note is not None and status not in ENDED_BY_OTHERS
            over = noted(self._note.fileno()) if is_its_own and self._note is not None else ""
            self._put({"died": True, "over": over})
        if self._note is not None:
            self._note.close()

    def _put(self, message: dict[str, Any]) -> None:
        if self._is_stopped:
            return
        self._lines.put(message)
        if self._is_awaited:
            self._is_awaited = False
            self._wake()
