"""The server's side of a child that reads the workspace: which one, and what it must know.

The open documents are kept here as well, for a child that is started later, or again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from codestral_ls.workspace.files import MAX_FILE_BYTES
from codestral_ls.workspace.process.parent import Child, Message, SupervisedChild


class WorkspaceReader:
    """A child that is started when it is first asked something. Satisfies ``DocumentListener``.

    All methods belong to one event loop.
    """

    def __init__(
        self,
        module: str,
        *,
        name: str,
        roots: Sequence[str],
        exclude: Sequence[str] = (),
        options: Sequence[str] = (),
        on_message: Callable[[Message], None] = lambda message: None,
    ) -> None:
        """``module`` is what the child runs; ``name`` is for the log. ``exclude`` are globs as in
        .gitignore. ``on_message`` gets what the child says without being asked."""
        self.roots = [str(Path(root).absolute()) for root in roots]
        self._documents: dict[str, str] = {}
        self._focus = ""
        self._child = SupervisedChild(
            module,
            [*options, "--told", "--", *self.roots],
            first={"exclude": list(exclude)},
            name=name,
            roots=self.roots,
            on_message=on_message,
            on_start=self._brief,
        )

    def opened(self, path: str, text: str) -> None:
        """A document was opened with this text."""
        # A longer text would stop the event loop for milliseconds while it is written as JSON, and
        # is not read from disk either. Such a document counts as an empty one.
        self._documents[path] = text if len(text) <= MAX_FILE_BYTES else ""
        self._child.tell(self._document(path))

    def edited(self, path: str, text: str) -> None:
        """An open document has another text now."""
        self.opened(path, text)

    def closed(self, path: str) -> None:
        """A document was closed: what is on disk, if anything, counts again."""
        self._documents.pop(path, None)
        self._child.tell({"op": "closed", "path": path})

    def changed_on_disk(self, paths: Sequence[str]) -> None:
        """Files or directories changed, appeared or vanished. Open documents keep their text."""
        self._child.tell({"op": "changed", "paths": list(paths)})

    async def aclose(self) -> None:
        """End the child. Safe to call twice."""
        await self._child.aclose()

    def _brief(self, child: Child) -> None:
        for path in self._documents:
            child.tell(self._document(path))
        if self._focus:
            child.tell({"op": "focus", "path": self._focus})
        # A child begins to read with its first message, whatever it is.
        child.tell({"op": "status"})

    def _document(self, path: str) -> Message:
        return {"op": "document", "path": path, "text": self._documents[path]}
