"""Keeps the snippets of a document's prompts: asks the index at epochs, and for what is called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from codestral_ls.engine.document import DocumentState
from codestral_ls.model import Snapshot
from codestral_ls.prompt.snippets import Selection, Snippet, is_epoch, restock, with_callee
from codestral_ls.text.calls import calls


class SnippetSource(Protocol):
    """Who knows the rest of the workspace; the index, in the server."""

    async def snippets(
        self, path: str, before: str, after: str, language_id: str, *, max_chars: int
    ) -> Sequence[Snippet] | None:
        """Snippets for a place, the most wanted first; None where they are not there in time."""
        ...

    def relative(self, path: str) -> str:
        """The path as prompts show it, from its workspace root, with ``/``."""
        ...

    async def aclose(self) -> None:
        """Release what it holds. Safe to call twice."""
        ...


async def shelf_for(
    track: DocumentState, snapshot: Snapshot, source: SnippetSource, *, max_chars: int, now: float
) -> Selection | None:
    """The snippets for a prompt at this place; None where there are none.

    What it returns is kept on the track, so that the next prompt begins with the same.
    """
    if snapshot.path is None or not max_chars:
        return None
    shelf = track.shelf
    intervals = track.intervals_s
    epoch = is_epoch(
        shelf,
        snapshot.line,
        now=now,
        last_key_at=track.last_key_at(now),
        last_interval_s=intervals[-1] if intervals else 0.0,
    )
    called = next((name for name, _ in calls(snapshot.before)), "")
    callee = called if called and shelf is not None and not shelf.knows(called) else ""
    if not epoch and not callee:
        return shelf
    wanted = await source.snippets(
        snapshot.path,
        snapshot.before,
        snapshot.after,
        snapshot.language_id,
        max_chars=max_chars,
    )
    if wanted is None:
        return shelf
    if epoch or shelf is None:
        track.shelf = restock(shelf, wanted, snapshot.line, now, max_chars)
    else:
        track.shelf = with_callee(shelf, wanted, callee, max_chars)
    return track.shelf
