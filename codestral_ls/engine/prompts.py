"""From a document's state to the prompt for one place in it: its window, and snippets of others."""

from __future__ import annotations

import asyncio
import enum

from codestral_ls.config.settings import Settings
from codestral_ls.engine.context import ContextPlace
from codestral_ls.engine.document import DocumentState
from codestral_ls.engine.target import SnippetSource
from codestral_ls.model import Snapshot
from codestral_ls.privacy.secrets import takes_long
from codestral_ls.prompt import build, window
from codestral_ls.prompt.build import Mask
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.prompt.snippets import Selection, choose_anew, is_epoch, with_callee
from codestral_ls.prompt.window import PromptWindow

# How long a request waits for what was not found out ahead: an automatic one, the first one of a
# document (which would have nothing of other files at all), and one that the user asked for.
_WITHIN_S = 0.02
_FIRST_WITHIN_S = 0.1
_EXPLICIT_WITHIN_S = 0.25


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
    document.window = context = window.gather(
        snapshot,
        max_prefix_chars=settings.max_prefix_chars,
        max_suffix_chars=settings.max_suffix_chars,
        former=document.window,
    )
    selection = document.selection if source else None
    masked = await _masked(context, mask)
    return build.build(
        context,
        snapshot,
        settings,
        cache_key=document.cache_key,
        mask=lambda before, after: masked,
        snippets=selection.snippets if selection else (),
        shown_path=source.relative(snapshot.path or "") if source else "",
        alternative=another,
    )


async def _masked(context: PromptWindow, mask: Mask) -> tuple[str, str]:
    """Both sides without secrets; made in a thread where other work would notice."""
    sides = context.prefix, context.suffix
    if mask is build.unmasked or not takes_long(*sides):
        return mask(*sides)
    return await asyncio.to_thread(mask, *sides)


def ask_ahead(
    document: DocumentState, snapshot: Snapshot, settings: Settings, source: SnippetSource
) -> None:
    """Have what the next prompt will want to know found out, if it will want anything new."""
    max_chars = settings.max_context_chars
    if snapshot.path is None or not max_chars:
        return
    if _wants(document, snapshot, asyncio.get_running_loop().time()):
        document.context.ask_ahead(snapshot, source, max_chars)


async def find_context(
    document: DocumentState,
    snapshot: Snapshot,
    settings: Settings,
    source: SnippetSource,
    within_s: float,
) -> None:
    """Wait until the next prompt for this place can show what is near the document."""
    max_chars = settings.max_context_chars
    if snapshot.path is not None and max_chars:
        await document.context.found(snapshot, source, max_chars, within_s)


class _Wants(enum.Flag):
    """What of other files a prompt would show that the selection has not got."""

    NOTHING = 0
    CALLEE = enum.auto()
    """The definition of what is being called."""
    ANYTHING = enum.auto()
    """Whatever is best for the place."""


def _wants(document: DocumentState, snapshot: Snapshot, now: float) -> _Wants:
    selection, typist = document.selection, document.typist
    if is_epoch(
        selection,
        snapshot.line,
        now=now,
        last_key_at=now if typist.last_key_at is None else typist.last_key_at,
        last_interval_s=typist.intervals_s[-1] if typist.intervals_s else 0.0,
    ):
        return _Wants.ANYTHING
    assert selection is not None  # without one it is an epoch
    if selection.is_unfinished(now):
        return _Wants.ANYTHING
    callee = ContextPlace.of(snapshot).callee
    return _Wants.CALLEE if callee and not selection.knows(callee) else _Wants.NOTHING


async def _selected(
    document: DocumentState, snapshot: Snapshot, source: SnippetSource, max_chars: int
) -> Selection | None:
    """The snippets for a prompt at this place: chosen anew at epochs and while the index learns,
    and for what is called."""
    if snapshot.path is None or not max_chars:
        return None
    loop = asyncio.get_running_loop()
    wants = _wants(document, snapshot, loop.time())
    if not wants:
        return document.selection
    within_s = _wait_s(document)
    found = await document.context.found(snapshot, source, max_chars, within_s)
    selection, now = document.selection, loop.time()
    if found is None:
        return selection
    if wants is _Wants.ANYTHING or selection is None:
        selection = choose_anew(selection, found, snapshot.line, now, max_chars)
    callee = ContextPlace.of(snapshot).callee
    if callee and not selection.knows(callee):
        selection = with_callee(selection, found, callee, now, max_chars)
    return selection


def _wait_s(document: DocumentState) -> float:
    """How long a prompt waits for what was not found out before."""
    if document.request is not None and not document.request.automatic:
        return _EXPLICIT_WITHIN_S
    return _WITHIN_S if document.context.has_waited else _FIRST_WITHIN_S
