"""What is accepted, and whether it is still there some time later, as far as the document tells.

The text is kept in memory until then, and nowhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from codestral_ls.engine.answers import typed_since
from codestral_ls.engine.document import DocumentState, Offer
from codestral_ls.engine.edits import accepted_part
from codestral_ls.engine.history import History
from codestral_ls.model import Edit, Snapshot

_LOOK_AFTER_S = (30.0, 300.0)
# A fast typist accepts a suggestion every few seconds.
_MOST_WATCHED = 200
# Shorter texts stand everywhere, and their being there says nothing.
_MIN_CHARS = 6


class Acceptances:
    """Counts acceptances, and looks again later."""

    def __init__(
        self, history: History, document_of: Callable[[str], DocumentState | None]
    ) -> None:
        """``document_of`` gives the state of a document that is open."""
        self._history = history
        self._document_of = document_of
        self._timers: set[asyncio.TimerHandle] = set()

    def note(self, offer: Offer, n_suggestions: int, text: str) -> None:
        """Count accepted text of an offer. ``n_suggestions``: 1 where none of it was before."""
        snapshot = offer.snapshot
        offered = offer.suggestion.text
        self._history.note_accepted(snapshot.language_id, n_suggestions, text, offered)
        if len(text.strip()) < _MIN_CHARS or len(self._timers) >= _MOST_WATCHED:
            return
        loop = asyncio.get_running_loop()
        for after_s in _LOOK_AFTER_S:
            timer: list[asyncio.TimerHandle] = []

            def look(after_s: float = after_s, timer: list[asyncio.TimerHandle] = timer) -> None:
                self._timers.discard(timer[0])
                self._look(snapshot, text, after_s)

            timer.append(loop.call_later(after_s, look))
            self._timers.add(timer[0])

    def edited(self, document: DocumentState, snapshot: Snapshot, edit: Edit) -> None:
        """Count what an edit inserted of the suggestion on the screen, or take that off it."""
        offer = document.offer
        if offer is None:
            return
        typed = typed_since(offer.snapshot, snapshot)
        if typed is None:
            document.offer = None
        n_chars = accepted_part(edit, typed, offer.suggestion.text)
        if n_chars:
            text = edit.inserted[-n_chars:]
            self.note(offer, int(document.accept(offer.suggestion.id)), text)

    def close(self) -> None:
        """Look no more."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _look(self, snapshot: Snapshot, text: str, after_s: float) -> None:
        document = self._document_of(snapshot.uri)
        now = document.current if document is not None else None
        if now is None:
            return
        is_there = text.strip() in now.before + now.after
        # What is not in sight may be elsewhere in the document.
        if is_there or (now.at_document_start and now.at_document_end):
            self._history.note_kept(snapshot.language_id, after_s, is_there=is_there)
