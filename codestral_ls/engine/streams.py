"""Joins documents and upstream: opens a document's stream, and remembers what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from codestral_ls.backends.base import Finish
from codestral_ls.config.settings import Settings
from codestral_ls.engine.answers import new_answer, nothing_said
from codestral_ls.engine.document import DocumentState
from codestral_ls.engine.history import History
from codestral_ls.engine.prompts import prompt_for
from codestral_ls.engine.stream import Ending, Stream
from codestral_ls.engine.upstream import Upstream
from codestral_ls.model import Snapshot
from codestral_ls.postprocess import Scene
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.text.syntax import Syntax


class Streams:
    """The streams of all documents."""

    def __init__(
        self,
        upstream: Upstream,
        history: History,
        syntax: Callable[[Snapshot], Syntax | None],
        documents: Callable[[], Sequence[DocumentState]],
    ) -> None:
        """``documents`` gives all that are open."""
        self.diverged: Callable[[DocumentState], None] = lambda document: None
        """Called when a stream turned out to be about something else than what was typed."""
        self._upstream = upstream
        self._history = history
        self._syntax = syntax
        self._documents = documents

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
            return prompt_for(
                document, scene.snapshot, settings, source=source, mask=mask, another=another
            )

        stream = upstream.open(
            scene,
            prompt,
            settings,
            changed=document.wake,
            ended=lambda stream: self._ended(document, stream),
            by_fallback=by_fallback,
            prepared=prepared,
        )
        document.stream = stream
        if stream is not None:
            self._history.note_asked()
            # After the request is on its way: bringing a tree up to date takes a millisecond or
            # two.
            asyncio.get_running_loop().call_soon(self._use_tree, stream)
        return stream

    def _use_tree(self, stream: Stream) -> None:
        stream.use_tree(self._syntax(stream.scene.snapshot))

    def _ended(self, document: DocumentState, stream: Stream) -> None:
        if document.stream is stream:
            document.stream = None
        self._history.note_stream(
            self._upstream.usage_of(stream), failed=self._upstream.is_failure(stream)
        )
        if stream.ending is Ending.DIVERGED:
            self.diverged(document)
        elif stream.ending in (Ending.FINISHED, Ending.ENOUGH):
            _remember(document, stream)
        for each in self._documents():
            # A slot is free; a request that waits for one looks again.
            each.wake()


def _remember(document: DocumentState, stream: Stream) -> None:
    answer = new_answer(
        stream.text,
        replace(stream.scene, cut=stream.cut),
        whole=stream.finish is Finish.STOP,
    )
    if not stream.text.strip():
        answer.reason = nothing_said(stream.backend.name)
    answer.accepted = any(
        known.accepted and known.text == answer.text
        for known in document.answers.same_place(answer)
    )
    stream.answer = answer
    # What was cut short is for the request that waits now; the next one asks again.
    broken_off = stream.ending is Ending.FINISHED and stream.finish is Finish.UNKNOWN
    if not broken_off and (answer.text or not stream.cut):
        document.answers.add(answer)
