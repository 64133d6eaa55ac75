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
from codestral_ls.engine import outcomes, triggers
from codestral_ls.engine.acceptances import Acceptances
from codestral_ls.engine.ahead import Ahead
from codestral_ls.engine.document import DocumentState, Offer, OpenRequest
from codestral_ls.engine.edits import is_typing
from codestral_ls.engine.history import Counters, History, Record, Tally
from codestral_ls.engine.meanwhile import Meanwhile
from codestral_ls.engine.moments import moments_of
from codestral_ls.engine.scenes import scene_of
from codestral_ls.engine.stream import Stream
from codestral_ls.engine.streams import Streams
from codestral_ls.engine.target import Target
from codestral_ls.engine.throttle import Pause
from codestral_ls.engine.upstream import Upstream, UpstreamStatus
from codestral_ls.model import (
    ClientHabits,
    Edit,
    Growth,
    Nothing,
    Outcome,
    Request,
    Snapshot,
    Suggestion,
    Superseded,
)
from codestral_ls.postprocess import Scene
from codestral_ls.text.syntax import Syntax
from codestral_ls.workspace.listener import DocumentListener

# Open documents beyond this many are forgotten, least recently used first; a state is small
# until it holds answers (48 KB each, at most 16).
_DOCUMENTS_KEPT = 64


class Engine:
    """Completes; one per server process. All methods belong to one event loop."""

    def __init__(
        self,
        target: Target,
        *,
        refuses: Callable[[Snapshot], str | None] = lambda snapshot: None,
        habits: ClientHabits | None = None,
        syntax: Callable[[Snapshot], Syntax | None] = lambda snapshot: None,
        grown: Callable[[Growth], None] = lambda growth: None,
        status_changed: Callable[[], None] = lambda: None,
        tally: Tally | None = None,
    ) -> None:
        """``refuses`` gives the reason why a document must not be completed at all, or None;
        ``syntax`` the tree of a document as it is in a snapshot, if it is at hand; ``grown`` is
        told of suggestions that grow, where the client's habits want that; ``status_changed`` is
        called when ``status`` may be another one; ``tally`` keeps counts."""
        self._history = History(tally)
        self._acceptances = Acceptances(self._history, lambda uri: self._documents.get(uri))
        self._documents: LRUCache[str, DocumentState] = LRUCache(_DOCUMENTS_KEPT)
        self._upstream = Upstream(target, status_changed)
        self._refuses = refuses
        self._habits = habits or ClientHabits()
        self._asks_by_itself = False
        self._streams = Streams(
            self._upstream, self._history, syntax, lambda: list(self._documents.values()), grown
        )
        self._meanwhile = Meanwhile(
            self._upstream, syntax, grown if self._habits.wants_growth else _unheard
        )
        self._streams.answered = self._meanwhile.model_answered
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

    def pause(self, settings: Settings) -> Pause | None:
        """Why nothing automatic may be asked at the moment, the user's budgets included."""
        return self._upstream.pause(settings, automatic=True)

    def why_not_asked(self, snapshot: Snapshot, settings: Settings) -> str | None:
        """Why nothing is asked automatically in this place; None where it would be."""
        return self._refuses(snapshot) or triggers.reason_not_to_ask(snapshot, settings)

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
        asked.edited_since = document.is_newer_than(request.snapshot)
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
        stream = asked.stream
        is_sent = stream is not None and (stream.error is None or stream.error.was_sent)
        seen = stream.seen if stream is not None and is_sent else None
        self._history.note(request, outcome, datetime.now(UTC), seen, asked.request_id)
        if isinstance(outcome, Suggestion):
            document.offer = Offer(outcome, asked.snapshot)
            self._ahead.prepare_next(document, asked.snapshot, outcome, settings)
            if outcome.grows and self._habits.wants_growth:
                self._streams.watch(document, outcome, request.snapshot.uri)
        return outcome

    def opened(self, snapshot: Snapshot, settings: Settings) -> None:
        """A document was opened, or the backend changed: find out what its first prompt wants."""
        self._streams.ask_ahead(self._document(snapshot.uri), snapshot, settings)

    async def find_context(self, snapshot: Snapshot, settings: Settings, within_s: float) -> None:
        """Wait until the next prompt for this place can show what is near the document."""
        document = self._document(snapshot.uri)
        await self._streams.find_context(document, snapshot, settings, within_s)

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
                self._streams.follow(stream, snapshot, typed)
            elif not stream.is_ahead_of(snapshot):
                document.end_stream()
        self._acceptances.edited(document, snapshot, edit)
        document.stop_anticipating()
        document.expected = None
        if settings.speculate != "never" and is_typing(edit):
            document.typist.typed(now)
            if document.typist.expects_request:
                self._ahead.expect(document, snapshot, settings)
        self._streams.ask_ahead(document, snapshot, settings)
        document.wake()

    def accepted(self, suggestion_id: str) -> None:
        """The editor says that a suggestion was inserted."""
        for document in list(self._documents.values()):
            offer = document.offer
            if offer is None or offer.suggestion.id != suggestion_id:
                continue
            # The edit that inserted it usually came first and was counted then.
            if document.accept(suggestion_id):
                self._acceptances.note(offer, 1, offer.suggestion.text)

    def closed(self, uri: str) -> None:
        """Forget a document."""
        document = self._documents.pop(uri, None)
        if document is not None:
            document.is_closed = True
            document.stop_anticipating()
            document.end_stream()
            document.context.forget()
            document.wake()

    def clear(self) -> None:
        """Forget all answers."""
        for document in list(self._documents.values()):
            document.answers.clear()
            if document.stream is not None and document.stream.is_settled:
                document.end_stream()

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
        self._acceptances.close()
        await self._upstream.aclose()

    async def _answer(
        self, document: DocumentState, asked: OpenRequest, settings: Settings
    ) -> Outcome:
        snapshot = asked.snapshot
        if reason := self._refuses(snapshot):
            return Nothing(reason)
        scene = scene_of(snapshot, settings, self._habits, asked.selected)
        if asked.automatic:
            document.typist.asked()
            self._asks_by_itself = True
            if reason := triggers.reason_not_to_ask(snapshot, settings):
                return Nothing(reason)
            return await self._wait(document, asked, scene, settings, unless=set())
        again = document.is_invoked_again(snapshot)
        document.invoked = snapshot
        before = outcomes.beside(document, asked, scene, again=again)
        if before is None:
            return await self._wait(document, asked, scene, settings, unless=set())
        seen = {answer.id for answer in document.answers}
        outcome = await self._wait(document, asked, scene, settings, unless=seen)
        found = isinstance(outcome, Nothing) and isinstance(before.outcome, Suggestion)
        return before.outcome if found else outcome

    async def _wait(
        self,
        document: DocumentState,
        asked: OpenRequest,
        scene: Scene,
        settings: Settings,
        *,
        unless: set[str],
    ) -> Outcome:
        """Wait until something is known, and have the backend asked for it if need be. Not wanted
        are the answers of ``unless``: another candidate is."""
        snapshot, another = asked.snapshot, bool(unless)
        moments = moments_of(
            document, asked, settings, self._habits, at_once=self._upstream.is_memory
        )
        mine: Stream | None = None
        stream: Stream | None = None
        by_fallback = lines_seen = False
        stands_in = asked.automatic and self._meanwhile.applies(settings)
        while True:
            if document.stream is not None:
                await self._streams.drained(document.stream)
            now = asyncio.get_running_loop().time()
            early = now >= moments.early_from
            if document.stream is not None and early:
                at_lines = now >= moments.lines_at
                # The first look at the lines is at the deadline, for clients that leave then.
                is_first = at_lines and not lines_seen
                lines_seen = lines_seen or at_lines
                self._streams.look(document, document.stream, at_lines=at_lines, at_once=is_first)
            found = outcomes.known(document, asked, scene, stream, unless=unless, growing=early)
            if reason := outcomes.superseded(document, asked, found):
                return Superseded(reason, asked.timings(stream))
            if found is not None:
                if found.renewed is not None:
                    document.answers.add(found.renewed)
                outcome = outcomes.sourced(found.outcome, asked, stream, mine=mine is not None)
                return self._meanwhile.instead_of(outcome, document, snapshot)
            if stands_in:
                stands_in = False
                stand_in = await self._meanwhile.suggest(document, scene, settings)
                if stand_in is not None and document.request is asked and not asked.edited_since:
                    self._ahead.expect(document, snapshot, settings)
                    return replace(stand_in, timings=asked.timings(stream))
                continue
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
                    self._streams.follow(stream, snapshot, typed)
            if now >= moments.gives_up:
                return outcomes.late(asked, stream)
            pause = self._upstream.pause(settings, automatic=asked.automatic)
            # What will not be asked when the typing pauses is not waited for; a fallback is.
            is_held = pause is not None and pause.until > moments.due
            is_held = is_held and not self._upstream.has_fallback
            if stream is None and (now >= moments.due or is_held):
                by_fallback = by_fallback or (pause is not None and self._upstream.has_fallback)
                if pause is not None and not by_fallback:
                    if (error := document.take_untold()) is not None:
                        return Nothing(str(error), asked.timings(), failure=error.kind)
                    told = pause.told(now, datetime.now(UTC))
                    return Nothing(told, asked.timings(), failure=pause.failure)
                self._upstream.make_room()
                stream = self._streams.open(
                    document, scene, settings, another=another, by_fallback=by_fallback
                )
                mine = stream or mine
            asked.stream = stream
            if early and stream is not None and stream.growing.is_due(now):
                continue
            await document.news(stream, moments.next(now, stream))

    def _document(self, uri: str) -> DocumentState:
        if uri not in self._documents:
            asks = self._habits.asks_by_itself or self._asks_by_itself
            self._documents[uri] = DocumentState(expects_requests=asks)
        document: DocumentState = self._documents[uri]
        return document


def _unheard(growth: Growth) -> None:
    """Nobody is told."""
