"""A real Emacs in a terminal, driven by keys.

What it suggests is written to a file by lsp-mode's own hook; what it inserts is read from the saved
file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from tests.real.launch import REPOSITORY, fetched
from tests.real.terminal import Terminal

# Emacs compiles nothing here, but loads lsp-mode from its sources: seconds on a busy machine.
WAIT_S = 40.0

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


def executable() -> str:
    """Emacs 30 with lsp-mode 10, fetched once into a cache. Raises Unavailable."""
    return fetched("get_emacs.sh")


def documented_init() -> str:
    """The configuration that our README tells users to copy."""
    readme = (REPOSITORY / "editors" / "emacs" / "README.md").read_text()
    (block,) = re.findall(r"```elisp\n(.*?)```", readme, re.DOTALL)
    return str(block)


class Emacs(Terminal):
    """One Emacs process of a user whose ``init.el`` is given."""

    def __init__(self, program: str, home: Path, init: str, environment: Mapping[str, str]) -> None:
        self._observed = home / "observed"
        self._observed.touch()
        start = home / "init.el"
        start.write_text(_OBSERVED + init)
        command = [program, "-Q", "-nw", "-l", str(start)]
        super().__init__(command, home=home, environment=environment, wait_s=WAIT_S)

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

    def observed(self, kind: str) -> list[str]:
        """All texts that were shown or accepted so far, or paths that were opened."""
        lines = self._observed.read_text().splitlines()
        return [text for seen, text in map(json.loads, lines) if seen == kind]
