"""Joins documents and upstream: opens a document's stream, and remembers what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from codestral_ls.backends.base import Finish
from codestral_ls.config.settings import Settings
from codestral_ls.engine import prompts
from codestral_ls.engine.answers import Typed, new_answer, nothing_said
from codestral_ls.engine.document import DocumentState
from codestral_ls.engine.history import History
from codestral_ls.engine.stream import Ending, Stream
from codestral_ls.engine.upstream import Upstream
from codestral_ls.model import Growth, Snapshot, Suggestion
from codestral_ls.postprocess import Scene
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.text.syntax import Syntax

# Turns of the event loop from a readable socket to the stream's text: the read, the response that
# waits for it, the stream; and one to be sure.
_TURNS_TO_STREAM = 4


class Streams:
    """The streams of all documents."""

    def __init__(
        self,
        upstream: Upstream,
        history: History,
        syntax: Callable[[Snapshot], Syntax | None],
        documents: Callable[[], Sequence[DocumentState]],
        grown: Callable[[Growth], None],
    ) -> None:
        """``documents`` gives all that are open; ``grown`` is told of what is watched."""
        self.diverged: Callable[[DocumentState], None] = lambda document: None
        """Called when a stream turned out to be about something else than what was typed."""
        self.answered: Callable[[DocumentState, str], None] = lambda document, uri: None
        """Called with a document and its URI when a stream has brought an answer."""
        self._upstream = upstream
        self._history = history
        self._syntax = syntax
        self._documents = documents
        self._grown = grown
        self._watching: set[asyncio.Task[None]] = set()

    def open(
        self,
        document: DocumentState,
        scene: Scene,
        settings: Settings,
        *,
        another: bool = False,
        by_fallback: bool = False,
        prepared: bool = False,
    ) -> Stream | None:
        """Ask for a place of the document, which has no stream now; None if there is no room.

        ``another``: for another candidate than the likeliest. ``prepared``: for the place after a
        suggestion.
        """
        upstream = self._upstream
        # The fallback is the embedded provider, which knows the workspace itself.
        source = None if by_fallback else upstream.snippets
        mask = upstream.mask

        def prompt() -> Awaitable[Prompt]:
            return prompts.prompt_for(
                document, scene.snapshot, settings, source=source, mask=mask, another=another
            )

        stream = upstream.open(
            scene,
            prompt,
            settings,
            changed=document.wake,
            settled=lambda stream: self._settled(document, stream),
            ended=lambda stream: self._ended(document, stream),
            by_fallback=by_fallback,
            prepared=prepared,
        )
        document.stream = stream
        if stream is not None:
            self._history.note_asked(scene.snapshot.language_id)
            # After the request is on its way: bringing a tree up to date takes a millisecond or
            # two.
            asyncio.get_running_loop().call_soon(self._use_tree, stream)
        return stream

    def ask_ahead(self, document: DocumentState, snapshot: Snapshot, settings: Settings) -> None:
        """Have what the next prompt for this place will want of other files found out."""
        if self._upstream.snippets is not None:
            prompts.ask_ahead(document, snapshot, settings, self._upstream.snippets)

    async def find_context(
        self, document: DocumentState, snapshot: Snapshot, settings: Settings, within_s: float
    ) -> None:
        """Wait until the next prompt for this place can show what is near the document."""
        source = self._upstream.snippets
        if source is not None:
            await prompts.find_context(document, snapshot, settings, source, within_s)

    def follow(self, stream: Stream, snapshot: Snapshot, typed: Typed) -> None:
        """Let the stream go on for the text as it is now."""
        if stream.follow(snapshot, typed):
            stream.growing.use_tree(self._syntax(snapshot))

    async def drained(self, stream: Stream) -> None:
        """Where it is time to look, let what has reached this process reach the stream: on a busy
        machine it waits in the socket just when the time is up."""
        if stream.growing.is_due(asyncio.get_running_loop().time()):
            for _ in range(_TURNS_TO_STREAM):
                await asyncio.sleep(0)

    def look(
        self,
        document: DocumentState,
        stream: Stream,
        *,
        at_lines: bool = False,
        at_once: bool = False,
    ) -> None:
        """Remember what of a running stream can be shown, if it is time or ``at_once``: its whole
        statements, or (``at_lines``) whatever lines are whole."""
        growing = stream.growing
        if stream.is_settled:
            # What can be shown is remembered.
            return
        if not at_once and not growing.is_due(asyncio.get_running_loop().time()):
            return
        found = growing.look(stream.text)
        if found is None and growing.shown is None and at_lines:
            found = growing.look_at_lines(stream.text)
        if found is not None:
            found.accepted = found.accepted or any(
                known.accepted and known.text == found.text
                for known in document.answers.same_place(found)
            )
            document.answers.add(found)

    def watch(self, document: DocumentState, answered: Suggestion, uri: str) -> None:
        """Tell the client, from now to the stream's end, when more than what was ``answered`` is
        there."""
        stream = document.stream
        if stream is None:
            # It ended while the answer was on its way.
            self._grown(Growth(uri, answered.id, ready=True, done=True))
        elif not stream.is_watched:
            stream.is_watched = True
            task = asyncio.create_task(self._watch(document, stream, uri))
            self._watching.add(task)
            task.add_done_callback(self._watching.discard)

    async def _watch(self, document: DocumentState, stream: Stream, uri: str) -> None:
        told = stream.growing.shown
        if told is not None:
            self._grown(Growth(uri, told.id, ready=False, done=False))
        while document.stream is stream and not stream.is_settled:
            await self.drained(stream)
            if stream.ending is None:
                self.look(document, stream)
            shown = stream.growing.shown
            if shown is not None and shown is not told:
                # After an acceptance it is another suggestion, which a request brings.
                if told is None or shown.id == told.id:
                    self._grown(Growth(uri, shown.id, ready=True, done=False))
                told = shown
            await document.news(None, stream.growing.due_at)
        stream.is_watched = False
        last = document.answers.get(told.id) if told is not None else None
        if told is not None:
            more = last is not None and last.text != told.text
            self._grown(Growth(uri, told.id, ready=more, done=True))

    def _settled(self, document: DocumentState, stream: Stream) -> None:
        _remember(document, stream)
        self.answered(document, stream.scene.snapshot.uri)

    def _use_tree(self, stream: Stream) -> None:
        stream.use_tree(self._syntax(stream.scene.snapshot))

    def _ended(self, document: DocumentState, stream: Stream) -> None:
        stream.growing.close()
        if document.stream is stream:
            document.stream = None
        self._history.note_stream(
            stream.scene.snapshot.language_id,
            self._upstream.usage_of(stream),
            failed=self._upstream.is_failure(stream),
        )
        document.untold = None if stream.n_waiting else stream.error
        if stream.ending is Ending.DIVERGED:
            self.diverged(document)
        elif stream.ending in (Ending.FINISHED, Ending.ENOUGH):
            if (
                stream.is_settled
                and stream.answer is not None
                and stream.growing.base is stream.scene
            ):
                # Shaped when there was enough. More of it changes nothing but what comes after.
                stream.answer.raw, stream.answer.whole = stream.text, _is_whole(stream)
            else:
                _remember(document, stream)
                self.answered(document, stream.scene.snapshot.uri)
        for each in self._documents():
            # A slot is free; a request that waits for one looks again.
            each.wake()


def _is_whole(stream: Stream) -> bool:
    return stream.finish is Finish.STOP


def _remember(document: DocumentState, stream: Stream) -> None:
    whole = _is_whole(stream)
    growing = stream.growing
    last = growing.end(stream.text, cut=stream.cut, whole=whole)
    answer = last
    if growing.base is not stream.scene:
        answer = new_answer(stream.text, replace(stream.scene, cut=stream.cut), whole=whole)
    if not stream.text.strip():
        answer.reason = nothing_said(stream.backend.name)
    answer.accepted = answer.accepted or any(
        known.accepted and known.text == answer.text
        for known in document.answers.same_place(answer)
    )
    if answer is not last:
        # What was shown of it first, and accepted.
        answer.accepted = answer.accepted or any(
            known.accepted and known.text and answer.text.startswith(known.text)
            for known in document.answers.same_place(answer)
        )
    stream.answer = answer
    # What was cut short is for the request that waits now; the next one asks again.
    broken_off = stream.ending is Ending.FINISHED and stream.finish is Finish.UNKNOWN
    if not broken_off and (answer.text or not stream.cut):
        document.answers.add(answer)
    if last is not answer and last.text and growing.shown is not None and not broken_off:
        document.answers.add(last)
