"""The one coroutine a completion runs through.

The idea. Per document there is one live generation, started for the text before and after the
cursor, and a memory of recent answers. A request is answered from memory when the text agrees with
an answer; else it joins the live generation when the text agrees with what that has brought; else
it waits for a pause in the typing and starts a new one. Waiting is one loop: whatever happens to
the document (an edit, a newer request, more text, a failure) wakes it, and it looks at the
state afresh, so no order of events needs a case of its own.

Cancelling or superseding a request ends nothing that the next one may still want; an edit that
contradicts the live generation ends it, and its stream, at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from cachetools import LRUCache

from codestral_ls.backends.base import Backend
from codestral_ls.config.settings import Settings
from codestral_ls.engine import recall, triggers
from codestral_ls.engine.answers import Hit, typed_since
from codestral_ls.engine.document import DocumentState, Offer, OpenRequest
from codestral_ls.engine.edits import is_typing, taken
from codestral_ls.engine.history import History
from codestral_ls.engine.stream import Stream
from codestral_ls.engine.upstream import Upstream
from codestral_ls.model import (
    ClientHabits,
    Edit,
    Nothing,
    Outcome,
    Request,
    Snapshot,
    Suggestion,
    Superseded,
)
from codestral_ls.postprocess import Scene
from codestral_ls.prompt.build import Mask, unmasked
from codestral_ls.text.syntax import Syntax

# Open documents beyond this many are forgotten, least recently used first; a track is small
# until it holds answers (48 KB each, at most 16).
TRACKS_KEPT = 64
# A generation that times out says so itself; a question gives up a little later.
_GRACE_S = 0.05


class Engine:
    """Completes; one per server process. All methods belong to one event loop."""

    def __init__(
        self,
        backend: Backend,
        *,
        max_in_flight: Callable[[], int] = lambda: 2,
        mask: Mask = unmasked,
        refuses: Callable[[Snapshot], str | None] = lambda snapshot: None,
        manner: ClientHabits | None = None,
        trees: Callable[[Snapshot], Syntax | None] = lambda snapshot: None,
    ) -> None:
        """``mask`` takes secrets out of what leaves the machine; ``refuses`` gives the reason why
        a document must not be completed at all, or None; ``trees`` the syntax of a document as
        it is in a snapshot, if it is at hand."""
        self.journal = History()
        self._tracks: LRUCache[str, DocumentState] = LRUCache(TRACKS_KEPT)
        self.dispatcher = Upstream(
            backend,
            self._tracks,
            self.journal.counters,
            max_in_flight=max_in_flight,
            mask=mask,
            diverged=self._anticipate_anew,
            trees=trees,
        )
        self._refuses = refuses
        self._manner = manner or ClientHabits()

    async def complete(self, request: Request, settings: Settings) -> Outcome:
        """Answer a request. Raises nothing but CancelledError; failures are in the outcome."""
        track = self._track(request.snapshot.uri)
        question = OpenRequest(request)
        before, track.question = track.question, question
        track.stop_anticipating()
        track.wake()
        try:
            outcome = await self._answer(track, question, settings)
            if before is not None:
                # Answers leave in the order of their questions.
                await asyncio.shield(before.gone)
        except asyncio.CancelledError:
            self.journal.note_cancelled(request, question.timings(), datetime.now(UTC))
            raise
        finally:
            question.gone.set_result(None)
            if track.question is question:
                track.question = None
        snippets = question.live.snippets if question.live else ()
        self.journal.note(request, outcome, datetime.now(UTC), snippets)
        if isinstance(outcome, Suggestion):
            track.offer = Offer(outcome, question.snapshot)
            self._prepare_next(track, question.snapshot, outcome, settings)
        return outcome

    def edited(self, snapshot: Snapshot, edit: Edit, settings: Settings) -> None:
        """The document changed and now is as in ``snapshot``, seen from where the edit ended."""
        track = self._track(snapshot.uri)
        now = asyncio.get_running_loop().time()
        track.key(now)
        track.current = snapshot
        if track.question is not None:
            track.question.edited_since = True
        live = track.live
        if live is not None and not live.follow(snapshot) and not live.is_ahead_of(snapshot):
            self.dispatcher.end(track)
        suggestion_id, n_taken = track.taken(snapshot, edit)
        if n_taken:
            self.journal.counters.accepted += track.accept(suggestion_id)
            self.journal.counters.accepted_chars += n_taken
        track.stop_anticipating()
        track.anticipates = None
        if settings.speculate != "never" and is_typing(edit) and track.expects_question(now):
            track.anticipates = snapshot, settings
            due = now + self._pause_s(track, snapshot, settings)
            track.anticipation = asyncio.get_running_loop().call_at(
                due, self._anticipate, track, snapshot, settings
            )
        track.wake()

    def accepted(self, suggestion_id: str) -> None:
        """The editor says that a suggestion was inserted."""
        for track in list(self._tracks.values()):
            offer = track.offer
            # The edit that inserted it usually came first and was counted then.
            is_this = offer is not None and offer.suggestion.id == suggestion_id
            if offer is not None and is_this and track.accept(suggestion_id):
                self.journal.counters.accepted += 1
                self.journal.counters.accepted_chars += len(offer.suggestion.text)

    def closed(self, uri: str) -> None:
        """Forget a document."""
        track = self._tracks.pop(uri, None)
        if track is not None:
            track.stop_anticipating()
            self.dispatcher.end(track)

    def clear(self) -> None:
        """Forget all answers."""
        for track in list(self._tracks.values()):
            track.answers.clear()

    async def aclose(self) -> None:
        """End all generations and release the backend."""
        for uri in list(self._tracks):
            self.closed(uri)
        await self.dispatcher.aclose()

    async def _answer(
        self, track: DocumentState, question: OpenRequest, settings: Settings
    ) -> Outcome:
        snapshot = question.snapshot
        if reason := self._refuses(snapshot):
            return Nothing(reason)
        if question.automatic:
            track.asked_automatically()
            if reason := triggers.reason_not_to_ask(snapshot, settings):
                return Nothing(reason)
        again = not question.automatic and track.asked_again(snapshot)
        seen = {answer.id for answer in track.answers} if again else set()
        due, deadline = self._times(track, question, settings)
        scene = self._scene(snapshot, settings)
        started = False
        live: Stream | None = None
        instead: Backend | None = None
        while True:
            found = self._known(track, question, scene, live, unless=seen)
            if again and isinstance(found, Nothing):
                found = self._known(track, question, scene, live, unless=set()) or found
            if reason := self._superseded(track, question, found):
                return Superseded(reason, question.timings(live))
            if found is not None:
                return recall.sourced(found, question.timings(live), live, mine=started)
            if live is not None and live.error is not None:
                if live.backend is instead or self.dispatcher.fallback is None:
                    reason = str(live.error)
                    return Nothing(reason, question.timings(live), failure=live.error.kind)
                instead = self.dispatcher.fallback
            live = self._covering(track, question, keep=started or not again)
            now = asyncio.get_running_loop().time()
            if now >= deadline:
                return self._late(question, live)
            if live is None and now >= due and self.dispatcher.has_slot(track):
                quiet = self.dispatcher.quiet(settings, automatic=question.automatic)
                instead = instead or (self.dispatcher.fallback if quiet else None)
                if quiet is not None and instead is None:
                    told = quiet.told(now, datetime.now(UTC))
                    return Nothing(told, question.timings(), failure=quiet.failure)
                live = self.dispatcher.start(track, scene, settings, again=again, backend=instead)
                started = True
            question.live = live
            waits_for_pause = live is None and now < due
            await question.news(track, live, min(due, deadline) if waits_for_pause else deadline)

    def _times(
        self, track: DocumentState, question: OpenRequest, settings: Settings
    ) -> tuple[float, float]:
        """When to ask the backend, and when to answer at the latest, by the loop's clock."""
        timeout_s = settings.timeout_ms / 1000 + _GRACE_S
        if not question.automatic:
            return question.asked_at, question.asked_at + timeout_s
        pause_s = self._pause_s(track, question.snapshot, settings)
        chosen_ms = settings.answer_within_ms
        within_s = self._manner.answer_within_s if chosen_ms == "auto" else chosen_ms / 1000
        due = track.last_key_at(question.asked_at) + pause_s
        return due, question.asked_at + min(within_s or timeout_s, timeout_s)

    def _prepare_next(
        self, track: DocumentState, snapshot: Snapshot, shown: Suggestion, settings: Settings
    ) -> None:
        """Ask for the place after a suggestion before it is taken, once for each, where the user
        wants that (``speculate: always``) or a request costs no money."""
        always = settings.speculate == "always"
        if not always and not (settings.speculate == "auto" and self.dispatcher.is_local()):
            return
        after = taken(snapshot, shown)
        scene = self._scene(after, settings)
        hits = track.answers.hits(after)
        if (
            track.prepared_for == shown.id
            or track.live is not None
            or recall.read(hits, track.answers, scene, automatic=True) is not None
            or self.dispatcher.quiet(settings, automatic=True)
            or not self.dispatcher.has_slot(track)
        ):
            return
        track.prepared_for = shown.id
        self.dispatcher.start(track, scene, settings).prepared = True

    def _anticipate_anew(self, track: DocumentState) -> None:
        """What was under way does not serve the question that is expected; something else may."""
        if track.anticipates is not None and track.anticipation is None:
            self._anticipate(track, *track.anticipates)

    def _pause_s(self, track: DocumentState, snapshot: Snapshot, settings: Settings) -> float:
        """How long after the last key to ask; at once where a suggestion was just used up, since
        what comes next is a line's end and a pause."""
        if settings.debounce_ms == "auto" and track.answers.used_up(snapshot):
            return 0.0
        return triggers.pause_s(snapshot, track.intervals_s, settings)

    def _known(
        self,
        track: DocumentState,
        question: OpenRequest,
        scene: Scene,
        live: Stream | None,
        *,
        unless: set[str],
    ) -> Suggestion | Nothing | None:
        """An answer from memory, or from the generation waited for, if the text agrees with it."""
        hits = [hit for hit in track.answers.hits(scene.snapshot) if hit.answer.id not in unless]
        if live is not None and live.answer is not None and not hits:
            typed = typed_since(live.scene.snapshot, scene.snapshot)
            hits = [] if typed is None else [Hit(live.answer, typed)]
        return recall.read(hits, track.answers, scene, automatic=question.automatic)

    def _superseded(
        self, track: DocumentState, question: OpenRequest, found: Suggestion | Nothing | None
    ) -> str | None:
        """Why the question is pointless by now; None if its answer is still wanted."""
        if track.question is not question:
            return "A newer request for the same document took its place."
        if not question.edited_since or track.current is None:
            return None
        typed = typed_since(question.snapshot, track.current)
        fits = typed is not None
        if isinstance(found, Suggestion):
            fits = typed is not None and found.text.startswith(typed.text)
        elif found is None:
            # After an edit, only a generation that covers both states is worth waiting for.
            fits = (
                fits and track.live is not None and track.live.covers(question.snapshot) is not None
            )
        return None if fits else "The document changed before the answer came."

    def _covering(
        self, track: DocumentState, question: OpenRequest, *, keep: bool
    ) -> Stream | None:
        """The live generation if it is about the question's text; else it is ended."""
        live = track.live
        covers = live is not None and (
            live.covers(question.snapshot) is not None
            if question.edited_since
            else live.follow(question.snapshot)
        )
        if live is not None and not (keep and covers):
            self.dispatcher.end(track)
            return None
        return live

    def _late(self, question: OpenRequest, live: Stream | None) -> Outcome:
        """At the deadline: the whole lines that are there. The rest goes to the next request."""
        timings = question.timings(live)
        typed = live.covers(question.snapshot) if live is not None else None
        if live is not None and typed is not None:
            found = recall.partial(live.text, live.scene, typed)
            if found is not None:
                return replace(found, timings=timings)
        waited = round(timings.total)
        return Nothing(f"No answer within {waited} ms; the next request gets it.", timings)

    def _anticipate(self, track: DocumentState, snapshot: Snapshot, settings: Settings) -> None:
        """Ask for the place after an edit before the editor does."""
        track.anticipation = None
        scene = self._scene(snapshot, settings)
        hits = track.answers.hits(snapshot)
        if (
            track.question is not None
            or self._refuses(snapshot)
            or triggers.reason_not_to_ask(snapshot, settings)
            or recall.read(hits, track.answers, scene, automatic=True) is not None
            or (track.live is not None and track.live.covers(snapshot) is not None)
        ):
            return
        self.dispatcher.end(track)
        if self.dispatcher.has_slot(track) and not self.dispatcher.quiet(settings, automatic=True):
            track.anticipated()
            self.dispatcher.start(track, scene, settings)

    def _scene(self, snapshot: Snapshot, settings: Settings) -> Scene:
        return Scene(
            snapshot, multiline=settings.multiline, covers_closers=self._manner.covers_closers
        )

    def _track(self, uri: str) -> DocumentState:
        if uri not in self._tracks:
            self._tracks[uri] = DocumentState()
        track: DocumentState = self._tracks[uri]
        return track
