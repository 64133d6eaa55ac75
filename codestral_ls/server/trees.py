"""Syntax of the open documents, brought up to date when a request leaves: trees, and of long
documents in languages without a grammar which literal each place is in.

A long document is read in slices, with turns of the event loop in between.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pygls.workspace import Workspace

from codestral_ls.model import Snapshot
from codestral_ls.server.documents import Document, opened
from codestral_ls.text.lines import normalise

if TYPE_CHECKING:
    from codestral_ls.text.lexed import Lexed
    from codestral_ls.text.syntax import Syntax, SyntaxStore

# Above this, joining the lines alone takes noticeable time; indentation and brackets must do.
_MAX_LINES = 20_000
# Between two slices of a long document, for what is waiting.
_PAUSE_S = 0.02


class Trees:
    """The trees of one client's documents."""

    def __init__(self) -> None:
        self._store: SyntaxStore | None = None
        self._begun: set[str] = set()
        """Documents whose next slice is scheduled."""
        self._literals: dict[str, tuple[str, Lexed]] = {}
        """Of long documents without a grammar."""

    def of_snapshot(self, workspace: Workspace, snapshot: Snapshot) -> Syntax | None:
        """The tree of a document, if it still is as it was in the snapshot."""
        document = opened(workspace, snapshot.uri)
        if document is None or document.version != snapshot.version:
            return None
        return self.of_document(document)

    def of_document(self, document: Document) -> Syntax | None:
        """The tree of a document as it is now; None without a grammar, or when it is too long."""
        if document.out_of_sync or document.contents.n_lines > _MAX_LINES:
            return None
        if self._store is None:
            # Loading the parser takes some milliseconds that start-up need not wait for.
            from codestral_ls.text.syntax import SyntaxStore

            self._store = SyntaxStore()
        text = normalise(document.source)
        syntax = self._store.tree(document.uri, document.language_id or "", text)
        if syntax is None and document.uri not in self._begun:
            self._schedule(document.uri)
        return syntax or self._literals_of(document, text)

    def _literals_of(self, document: Document, text: str) -> Syntax | None:
        """The literals of a long document whose language has no grammar."""
        from codestral_ls.text.languages import facts
        from codestral_ls.text.lexed import MIN_CHARS, Lexed
        from codestral_ls.text.syntax import parser_for

        language_id = document.language_id or ""
        if len(text) < MIN_CHARS or parser_for(language_id) is not None:
            self._literals.pop(document.uri, None)
            return None
        known = self._literals.get(document.uri)
        if known is not None and known[0] == language_id:
            literals = known[1].updated(text)
        else:
            literals = Lexed.of(text, facts(language_id))
        self._literals[document.uri] = (language_id, literals)
        if document.uri not in self._begun:
            self._schedule(document.uri)
        return literals

    def closed(self, uri: str) -> None:
        """Forget a document."""
        self._literals.pop(uri, None)
        if self._store is not None:
            self._store.close(uri)

    def _schedule(self, uri: str) -> None:
        self._begun.add(uri)
        asyncio.get_running_loop().call_later(_PAUSE_S, self._go_on, uri)

    def _go_on(self, uri: str) -> None:
        self._begun.discard(uri)
        _, literals = self._literals.get(uri, ("", None))
        goes_on = literals is not None and literals.go_on()
        if goes_on or (self._store is not None and self._store.go_on(uri)):
            self._schedule(uri)
