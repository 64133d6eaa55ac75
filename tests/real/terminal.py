"""A program in a terminal of its own (a pty), driven by keys."""

from __future__ import annotations

import fcntl
import os
import pty
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_LOOK_EVERY_S = 0.02


class Terminal:
    """One process, and what it drew on its screen."""

    def __init__(
        self, command: Sequence[str], *, home: Path, environment: Mapping[str, str], wait_s: float
    ) -> None:
        """``wait_s``: how long ``wait`` waits before it fails."""
        self._wait_s = wait_s
        self._terminal, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, 80))
        self._process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "HOME": str(home), "TERM": "xterm", **environment},
            cwd=home,
            start_new_session=True,
            # Editors open /dev/tty: the terminal has to be the session's own.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)
        self.drawn = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def close(self) -> None:
        """End the process; its language server ends with it."""
        self._process.terminate()
        self._process.wait()
        os.close(self._terminal)
        self._reader.join()

    def keys(self, text: str) -> None:
        """Type; control characters are themselves."""
        os.write(self._terminal, text.encode())

    def wait(self, look: Callable[[], object]) -> None:
        """Wait for something to become true."""
        end = time.monotonic() + self._wait_s
        while not look():
            if time.monotonic() > end:
                raise TimeoutError(f"drawn at last: {self.drawn[-2000:]!r}")
            time.sleep(_LOOK_EVERY_S)

    def _read(self) -> None:
        try:
            while portion := os.read(self._terminal, 65536):
                self.drawn += portion
        except OSError:  # the terminal closes with the process
            return
