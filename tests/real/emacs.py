"""A real Emacs in a terminal of its own (a pty), driven by keys.

What it suggests is written to a file by lsp-mode's own hook; what it inserts is read from the saved
file.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent.parent
# Emacs compiles nothing here, but loads lsp-mode from its sources: seconds on a busy machine.
WAIT_S = 40.0
_LOOK_EVERY_S = 0.02

_OBSERVED = r"""
(setq native-comp-jit-compilation nil inhibit-startup-screen t make-backup-files nil
      lsp-auto-guess-root t lsp-session-file (expand-file-name "session" "~")
      lsp-enable-suggest-server-download nil lsp-enable-snippet nil)
;; As the installation of a package would leave it.
(dolist (directory load-path)
  (let ((autoloads (directory-files directory t "-autoloads\\.el$")))
    (mapc (lambda (file) (load file nil t)) autoloads)))
(defun observe (kind text)
  (write-region (concat (json-encode (list kind (substring-no-properties text))) "\n")
                nil "~/observed" t 'silent))
(with-eval-after-load 'lsp-inline-completion
  (add-hook 'lsp-inline-completion-shown-hook
            (lambda ()
              (observe 'shown
                       (concat (overlay-get lsp-inline-completion--overlay 'display)
                               (overlay-get lsp-inline-completion--overlay 'after-string)))))
  (add-hook 'lsp-inline-completion-accepted-functions
            (lambda (text &rest _) (observe 'accepted text))))
(with-eval-after-load 'lsp-mode
  (add-hook 'lsp-after-open-hook (lambda () (observe 'opened (buffer-file-name)))))
"""


class Unavailable(Exception):
    """There is no Emacs to be had; the message says why."""


def executable() -> str:
    """Emacs 30 with lsp-mode 10, fetched once into a cache. Raises Unavailable."""
    result = subprocess.run(
        [str(Path(__file__).parent / "get_emacs.sh")], capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise Unavailable((result.stderr.strip().splitlines() or ["no reason given"])[-1])
    return result.stdout.strip()


def documented_init() -> str:
    """The configuration that our README tells users to copy."""
    readme = (REPOSITORY / "editors" / "emacs" / "README.md").read_text()
    (block,) = re.findall(r"```elisp\n(.*?)```", readme, re.DOTALL)
    return str(block)


class Emacs:
    """One Emacs process of a user whose ``init.el`` is given."""

    def __init__(
        self, program: str, home: Path, init: str, environment: Mapping[str, str]
    ) -> None:
        self._observed = home / "observed"
        self._observed.touch()
        start = home / "init.el"
        start.write_text(_OBSERVED + init)
        variables = {**os.environ, "HOME": str(home), "TERM": "xterm", **environment}
        self._terminal, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, 80))
        self._process = subprocess.Popen(
            [program, "-Q", "-nw", "-l", str(start)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=variables,
            start_new_session=True,
            # Emacs opens /dev/tty: the terminal has to be the session's own.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            cwd=home,
        )
        os.close(theirs)
        self.screen = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def close(self) -> None:
        """End the process; its server ends with it."""
        self._process.terminate()
        self._process.wait()
        os.close(self._terminal)
        self._reader.join()

    def edit(self, path: Path) -> None:
        """Open a file and wait until the server knows it."""
        # C-x C-f, and the directory that Emacs proposes is replaced.
        self.keys(f"\x18\x06\x01\x0b{path}\r")
        self.wait(lambda: str(path) in self.observed("opened"))

    def shown(self, text: str) -> None:
        """Wait until a suggestion ends with this text; Emacs draws the character before it too."""
        self.wait(lambda: any(shown.endswith(text) for shown in self.observed("shown")))

    def save(self) -> None:
        """Press C-x C-s."""
        self.keys("\x18\x13")

    def keys(self, text: str) -> None:
        """Type; control characters are themselves."""
        os.write(self._terminal, text.encode())

    def observed(self, kind: str) -> list[str]:
        """All texts that were shown or accepted so far."""
        lines = self._observed.read_text().splitlines()
        return [text for seen, text in map(json.loads, lines) if seen == kind]

    def wait(self, look: Callable[[], object]) -> None:
        """Wait for something to become true."""
        end = time.monotonic() + WAIT_S
        while not look():
            if time.monotonic() > end:
                raise TimeoutError(f"observed {self._observed.read_text()!r}, {self.screen!r}")
            time.sleep(_LOOK_EVERY_S)

    def _read(self) -> None:
        try:
            while portion := os.read(self._terminal, 65536):
                self.screen += portion
        except OSError:  # the terminal closes with the process
            return
