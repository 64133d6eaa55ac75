"""The texts that passages are taken from: open documents, and files beside the cursor's.

Secrets are masked in all of them.
"""

from __future__ import annotations

from cachetools import FIFOCache

from codestral_ls.privacy.secrets import mask
from codestral_ls.workspace.index.passages import Edits, Windows, windows

_TEXTS_KEPT = 24
"""Of files that are not open: 5 MB at most."""


class Texts:
    """Texts by path, the latest last."""

    def __init__(self) -> None:
        self.edits = Edits()
        self.documents: dict[str, str] = {}
        """Those open in the editor, as they are there."""
        self.files: FIFOCache[str, str] = FIFOCache(_TEXTS_KEPT)
        self._windows: FIFOCache[str, Windows] = FIFOCache(2 * _TEXTS_KEPT)

    def update(self, path: str, text: str) -> None:
        """An open document's text."""
        text = mask(text)
        former = self.documents.pop(path, None)
        if former is not None:
            self.edits.note(path, former, text)
        self.documents[path] = text
        self.files.pop(path, None)
        self._windows.pop(path, None)

    def keep(self, path: str, text: str) -> None:
        """A file's text, in place of the one kept longest where there are many."""
        self.files[path] = mask(text)
        self._windows.pop(path, None)

    def outdate(self, path: str) -> bool:
        """What is on disk is another text now. Whether the former was kept."""
        if self.files.pop(path, None) is None:
            return False
        self._windows.pop(path, None)
        return True

    def forget(self, path: str) -> None:
        """The text must not or cannot be used any more."""
        self.edits.forget(path)
        self.documents.pop(path, None)
        self.files.pop(path, None)
        self._windows.pop(path, None)

    def get(self, path: str) -> str | None:
        """A kept text."""
        return self.documents.get(path) or self.files.get(path)

    def all_paths(self) -> list[str]:
        """Open documents, the latest first, then the other files."""
        return [*reversed(self.documents), *reversed(list(self.files))]

    def windows(self, path: str) -> Windows | None:
        """A kept text, ready to be searched."""
        found = self._windows.get(path)
        if found is None and (text := self.get(path)) is not None:
            self._windows[path] = found = windows(text)
        return found
