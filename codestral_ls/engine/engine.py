"""The one coroutine that a completion runs through, and the engine's only public face.

The idea. Each document has at most one stream, started for the text before and after the cursor,
and a memory of recent answers. A request is answered from memory when the text agrees with an
answer; else it joins the stream when the text agrees with what that has brought; else it waits for
a pause in the typing and starts a new one. Waiting is one loop: whatever happens to the document
(an edit, a newer request, more text, a failure) wakes it, and it looks at the state afresh, so no
order of events needs a case of its own.

Cancelling or superseding a request ends nothing that the next one may still want; an edit that
contradicts the stream ends it at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from cachetools import LRUCache

from codestral_ls.config.settings import Settings
from codestral_ls.engine import answers, triggers
from codestral_ls.engine.ahead import Ahead
from codestral_ls.engine.answers import Hit, Known, typed_since
from codestral_ls.engine.document import DocumentState, Offer, OpenRequest
from codestral_ls.engine.edits import accepted_part, is_typing
from codestral_ls.engine.history import Counters, History, Record
from codestral_ls.engine.scenes import scene_of
from codestral_ls.engine.stream import Stream
from codestral_ls.engine.streams import Streams
from codestral_ls.engine.target import Target
from codestral_ls.engine.upstream import Upstream, UpstreamStatus
from codestral_ls.model import (
    ClientHabits,
    Edit,
    Nothing,
    Outcome,
    Request,
    Snapshot,
    Source,
    Suggestion,
    Superseded,
)
from codestral_ls.postprocess import Scene
from codestral_ls.text.syntax import Syntax
from codestral_ls.workspace.listener import DocumentListener

# Open documents beyond this many are forgotten, least recently used first; a state is small
# until it holds answers (48 KB each, at most 16).
_DOCUMENTS_KEPT = 64
# A stream that times out says so itself, and what it waited for; a request gives up well after it,
# also on a busy machine.
_GRACE_S = 2.0


class Engine:
    """Completes; one per server process. All methods belong to one event loop."""

    def __init__(
        self,
        target: Target,
        *,
        refuses: Callable[[Snapshot], str | None] = lambda snapshot: None,
        habits: ClientHabits | None = None,
        syntax: Callable[[Snapshot], Syntax | None] = lambda snapshot: None,
    ) -> None:
        """``refuses`` gives the reason why a document must not be completed at all, or None;
        ``syntax`` the tree of a document as it is in a snapshot, if it is at hand."""
        self._history = History()
        self._documents: LRUCache[str, DocumentState] = LRUCache(_DOCUMENTS_KEPT)
        self._upstream = Upstream(target)
        self._refuses = refuses
        self._habits = habits or ClientHabits()
        self._streams = Streams(
            self._upstream, self._history, syntax, lambda: list(self._documents.values())
        )
        self._ahead = Ahead(self._upstream, self._streams, refuses, self._habits)

    @property
    def counters(self) -> Counters:
        """What was counted since the start."""
        return self._history.counters

    @property
    def history(self) -> History:
        """What was counted and measured since the start."""
        return self._history

    def status(self) -> UpstreamStatus:
        """How the backend is at the moment."""
        return self._upstream.status()

    def explain(self, uri: str | None = None) -> Iterator[Record]:
        """The last outcomes, newest first: of one document, or of the one asked in last."""
        return self._history.records(uri)

    @property
    def listeners(self) -> Sequence[DocumentListener]:
        """What wants to hear of open documents and of changes on disk."""
        return self._upstream.listeners

    async def complete(self, request: Request, settings: Settings) -> Outcome:
        """Answer a request. Raises nothing but CancelledError; failures are in the outcome."""
        document = self._document(request.snapshot.uri)
        asked = OpenRequest(request)
        before, document.request = document.request, asked
        document.stop_anticipating()
        document.wake()
        try:
            outcome = await self._answer(document, asked, settings)
            if before is not None:
                # Answers leave in the order of their requests.
                await asyncio.shield(before.ended)
        except asyncio.CancelledError:
            self._history.note_cancelled(
                request, asked.timings(), datetime.now(UTC), asked.request_id
            )
            raise
        finally:
            asked.ended.set_result(None)
            if document.request is asked:
                document.request = None
        snippets = asked.stream.snippets if asked.stream else ()
        self._history.note(request, outcome, datetime.now(UTC), snippets, asked.request_id)
        if isinstance(outcome, Suggestion):
            document.offer = Offer(outcome, asked.snapshot)
            self._ahead.prepare_next(document, asked.snapshot, outcome, settings)
        return outcome

    def edited(self, snapshot: Snapshot, edit: Edit, settings: Settings) -> None:
        """The document changed and now is as in ``snapshot``, seen from where the edit ended."""
        document = self._document(snapshot.uri)
        now = asyncio.get_running_loop().time()
        document.typist.edited(now)
        document.current = snapshot
        if document.request is not None:
            document.request.edited_since = True
        stream = document.stream
        if stream is not None:
            typed = stream.covers(snapshot)
            if typed is not None:
                stream.follow(snapshot, typed)
            elif not stream.is_ahead_of(snapshot):
                document.end_stream()
        self._count_accepted(document, snapshot, edit)
        document.stop_anticipating()
        document.expected = None
        if settings.speculate != "never" and is_typing(edit):
            document.typist.typed(now)
            if document.typist.expects_request:
                self._ahead.expect(document, snapshot, settings)
        document.wake()

    def accepted(self, suggestion_id: str) -> None:
        """The editor says that a suggestion was inserted."""
        for document in list(self._documents.values()):
            offer = document.offer
            if offer is None or offer.suggestion.id != suggestion_id:
                continue
            # The edit that inserted it usually came first and was counted then.
            if document.accept(suggestion_id):
                self._history.note_accepted(1, len(offer.suggestion.text))

    def closed(self, uri: str) -> None:
        """Forget a document."""
        document = self._documents.pop(uri, None)
        if document is not None:
            document.stop_anticipating()
            document.end_stream()

    def clear(self) -> None:
        """Forget all answers."""
        for document in list(self._documents.values()):
            document.answers.clear()

    async def switch(self, target: Target) -> None:
        """Ask another target from now on. Open requests are asked there."""
        release = self._upstream.switch(target)
        for document in list(self._documents.values()):
            document.forget()
        await release()

    async def warm(self) -> None:
        """Prepare what the first request would wait for."""
        await self._upstream.warm()

    async def aclose(self) -> None:
        """End all streams and release the backend."""
        for uri in list(self._documents):
            self.closed(uri)
        await self._upstream.aclose()

    async def _answer(
        self, document: DocumentState, asked: OpenRequest, settings: Settings
    ) -> Outcome:
        snapshot = asked.snapshot
        if reason := self._refuses(snapshot):
            return Nothing(reason)
        another = False
        if asked.automatic:
            document.typist.asked()
            if reason := triggers.reason_not_to_ask(snapshot, settings):
                return Nothing(reason)
        else:
            another = document.is_invoked_again(snapshot)
            document.invoked = snapshot
        seen = {answer.id for answer in document.answers} if another else set()
        due, deadline = self._times(document, asked, settings)
        scene = scene_of(snapshot, settings, self._habits, asked.selected)
        mine: Stream | None = None
        stream: Stream | None = None
        by_fallback = False
        while True:
            found = self._known(document, asked, scene, stream, unless=seen)
            if another and found is not None and isinstance(found.outcome, Nothing):
                found = self._known(document, asked, scene, stream, unless=set()) or found
            if reason := _superseded(document, asked, found):
                return Superseded(reason, asked.timings(stream))
            if found is not None:
                if found.renewed is not None:
                    document.answers.add(found.renewed)
                return _sourced(found.outcome, asked, stream, mine=mine is not None)
            if stream is not None and stream.error is not None:
                if by_fallback or not self._upstream.has_fallback:
                    timings, kind = asked.timings(stream), stream.error.kind
                    return Nothing(str(stream.error), timings, failure=kind)
                by_fallback = True
            stream = document.stream
            if stream is not None:
                typed = stream.covers(snapshot)
                if typed is None or (another and mine is None):
                    document.end_stream()
                    stream = None
                elif not asked.edited_since:
                    stream.follow(snapshot, typed)
            now = asyncio.get_running_loop().time()
            if now >= deadline:
                return _late(asked, stream)
            pause = self._upstream.pause(settings, automatic=asked.automatic)
            # What will not be asked when the typing pauses is not waited for; a fallback is.
            is_held = pause is not None and pause.until > due and not self._upstream.has_fallback
            if stream is None and (now >= due or is_held):
                by_fallback = by_fallback or (pause is not None and self._upstream.has_fallback)
                if pause is not None and not by_fallback:
                    told = pause.told(now, datetime.now(UTC))
                    return Nothing(told, asked.timings(), failure=pause.failure)
                self._upstream.make_room()
                stream = self._streams.open(
                    document, scene, settings, another=another, by_fallback=by_fallback
                )
                mine = stream or mine
            asked.stream = stream
            waits_for_pause = stream is None and now < due
            await document.news(stream, min(due, deadline) if waits_for_pause else deadline)

    def _times(
        self, document: DocumentState, asked: OpenRequest, settings: Settings
    ) -> tuple[float, float]:
        """When to ask the backend, and when to answer at the latest, by the loop's clock."""
        timeout_s = settings.timeout_ms / 1000 + _GRACE_S
        if not asked.automatic:
            return asked.asked_at, asked.asked_at + timeout_s
        last_key_at = document.typist.last_key_at
        pause_s = document.pause_s(asked.snapshot, settings)
        chosen_ms = settings.answer_within_ms
        within_s = self._habits.answer_within_s if chosen_ms == "auto" else chosen_ms / 1000
        due = (asked.asked_at if last_key_at is None else last_key_at) + pause_s
        return due, asked.asked_at + min(within_s or timeout_s, timeout_s)

    def _known(
        self,
        document: DocumentState,
        asked: OpenRequest,
        scene: Scene,
        stream: Stream | None,
        *,
        unless: set[str],
    ) -> Known | None:
        """An answer from memory, or from the stream waited for, if the text agrees with it."""
        hits = [hit for hit in document.answers.hits(scene.snapshot) if hit.answer.id not in unless]
        if stream is not None and stream.answer is not None and not hits:
            typed = typed_since(stream.scene.snapshot, scene.snapshot)
            hits = [] if typed is None else [Hit(stream.answer, typed)]
        return answers.look_up(hits, document.answers, scene, automatic=asked.automatic)

    def _count_accepted(self, document: DocumentState, snapshot: Snapshot, edit: Edit) -> None:
        """Count what an edit inserted of the suggestion on the screen, or take that off it."""
        offer = document.offer
        if offer is None:
            return
        typed = typed_since(offer.snapshot, snapshot)
        if typed is None:
            document.offer = None
        n_chars = accepted_part(edit, typed, offer.suggestion.text)
        if n_chars:
            self._history.note_accepted(document.accept(offer.suggestion.id), n_chars)

    def _document(self, uri: str) -> DocumentState:
        if uri not in self._documents:
            self._documents[uri] = DocumentState()
        document: DocumentState = self._documents[uri]
        return document


def _superseded(document: DocumentState, asked: OpenRequest, found: Known | None) -> str | None:
    """Why the request is pointless by now; None if its answer is still wanted."""
    if document.request is not asked:
        return "A newer request for the same document took its place."
    if not asked.edited_since or document.current is None:
        return None
    typed = typed_since(asked.snapshot, document.current)
    fits = typed is not None
    if found is None:
        # After an edit, only a stream that covers both states is worth waiting for.
        stream = document.stream
        fits = fits and stream is not None and stream.covers(asked.snapshot) is not None
    elif isinstance(found.outcome, Suggestion):
        fits = typed is not None and found.outcome.text.startswith(typed.text)
    return None if fits else "The document changed before the answer came."


def _sourced(
    found: Suggestion | Nothing, asked: OpenRequest, stream: Stream | None, *, mine: bool
) -> Suggestion | Nothing:
    """The answer with its timings, and how it came about if a stream was waited for. ``mine``: it
    was opened for this very request."""
    timings = asked.timings(stream)
    if isinstance(found, Nothing) or stream is None:
        return replace(found, timings=timings)
    source = Source.REQUEST if mine else Source.JOINED
    if stream.backend.name == "workspace":
        source = Source.WORKSPACE
    return replace(found, source=source, timings=timings, usage=stream.usage)


def _late(asked: OpenRequest, stream: Stream | None) -> Outcome:
    """At the deadline: the whole lines that are there. The rest goes to the next request."""
    timings = asked.timings(stream)
    typed = stream.covers(asked.snapshot) if stream is not None else None
    if stream is not None and typed is not None:
        found = answers.whole_lines(stream.text, stream.scene, typed)
        if found is not None:
            return replace(found, timings=timings)
    waited = round(timings.total)
    return Nothing(f"No answer within {waited} ms; the next request gets it.", timings)
