"""From a document's state to the prompt for one place in it: its window, and snippets of others."""

from __future__ import annotations

import asyncio

from codestral_ls.config.settings import Settings
from codestral_ls.engine.document import DocumentState
from codestral_ls.engine.target import SnippetSource
from codestral_ls.model import Snapshot
from codestral_ls.prompt import build, window
from codestral_ls.prompt.build import Mask
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.prompt.snippets import Selection, choose_anew, is_epoch, with_callee
from codestral_ls.text.calls import calls


async def prompt_for(
    document: DocumentState,
    snapshot: Snapshot,
    settings: Settings,
    *,
    source: SnippetSource | None,
    mask: Mask,
    another: bool,
) -> Prompt:
    """What to ask for a place. ``another``: another candidate than the likeliest.

    Selection and window are kept in the document's state, so that its next prompt begins with the
    same.
    """
    snapshot = window.with_cells(snapshot)
    if source is not None:
        document.selection = await _selected(document, snapshot, source, settings.max_context_chars)
    document.window = window.gather(
        snapshot,
        max_prefix_chars=settings.max_prefix_chars,
        max_suffix_chars=settings.max_suffix_chars,
        former=document.window,
    )
    selection = document.selection if source else None
    return build.build(
        document.window,
        snapshot,
        settings,
        cache_key=document.cache_key,
        mask=mask,
        snippets=selection.snippets if selection else (),
        shown_path=source.relative(snapshot.path or "") if source else "",
        alternative=another,
    )


async def _selected(
    document: DocumentState, snapshot: Snapshot, source: SnippetSource, max_chars: int
) -> Selection | None:
    """The snippets for a prompt at this place: chosen anew at epochs, and for what is called."""
    if snapshot.path is None or not max_chars:
        return None
    selection, typist = document.selection, document.typist
    now = asyncio.get_running_loop().time()
    epoch = is_epoch(
        selection,
        snapshot.line,
        now=now,
        last_key_at=now if typist.last_key_at is None else typist.last_key_at,
        last_interval_s=typist.intervals_s[-1] if typist.intervals_s else 0.0,
    )
    called = next((name for name, _ in calls(snapshot.before)), "")
    callee = called if called and selection is not None and not selection.knows(called) else ""
    if not epoch and not callee:
        return selection
    wanted = await source.snippets(
        snapshot.path, snapshot.before, snapshot.after, snapshot.language_id, max_chars=max_chars
    )
    if wanted is None:
        return selection
    if epoch or selection is None:
        return choose_anew(selection, wanted, snapshot.line, now, max_chars)
    return with_callee(selection, wanted, callee, max_chars)
