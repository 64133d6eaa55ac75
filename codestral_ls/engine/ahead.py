"""Asks the backend before the editor asks: for the place after an edit, and after a suggestion."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from codestral_ls.config.settings import Settings
from codestral_ls.engine import answers, triggers
from codestral_ls.engine.document import DocumentState
from codestral_ls.engine.edits import after_accepting
from codestral_ls.engine.scenes import scene_of
from codestral_ls.engine.streams import Streams
from codestral_ls.engine.upstream import Upstream
from codestral_ls.model import ClientHabits, Snapshot, Suggestion
from codestral_ls.postprocess import Scene


class Ahead:
    """Opens streams whose request is yet to come."""

    def __init__(
        self,
        upstream: Upstream,
        streams: Streams,
        refuses: Callable[[Snapshot], str | None],
        habits: ClientHabits,
    ) -> None:
        self._upstream = upstream
        self._streams = streams
        self._refuses = refuses
        self._habits = habits
        streams.diverged = self._anticipate_anew

    def expect(self, document: DocumentState, snapshot: Snapshot, settings: Settings) -> None:
        """The editor is about to ask at ``snapshot``, where a key was just typed: ask the backend
        when the typist pauses, unless the editor does so first."""
        document.expected = snapshot, settings
        loop = asyncio.get_running_loop()
        at_once = self._upstream.is_memory
        due = loop.time() + document.pause_s(snapshot, settings, at_once=at_once)
        document.anticipate_at(loop.call_at(due, self._anticipate, document, snapshot, settings))

    def prepare_next(
        self, document: DocumentState, snapshot: Snapshot, shown: Suggestion, settings: Settings
    ) -> None:
        """Ask for the place after a suggestion before it is accepted, once for each, where the
        user wants that (``speculate: always``) or a request costs no money."""
        free = settings.speculate == "auto" and self._upstream.costs_time_alone
        if not free and settings.speculate != "always":
            return
        scene = scene_of(after_accepting(snapshot, shown), settings, self._habits)
        if (
            document.prepared_for == shown.id
            or (document.stream is not None and not document.stream.is_settled)
            or _is_known(document, scene)
            or self._upstream.pause(settings, automatic=True)
        ):
            return
        document.prepared_for = shown.id
        document.end_stream()
        self._upstream.make_room()
        self._streams.open(document, scene, settings, prepared=True)

    def _anticipate(self, document: DocumentState, snapshot: Snapshot, settings: Settings) -> None:
        document.stop_anticipating()
        scene = scene_of(snapshot, settings, self._habits)
        if (
            document.request is not None
            or self._refuses(snapshot)
            or triggers.reason_not_to_ask(snapshot, settings)
            or _is_known(document, scene)
            or (document.stream is not None and document.stream.covers(snapshot) is not None)
        ):
            return
        document.end_stream()
        if self._upstream.pause(settings, automatic=True) is not None:
            return
        self._upstream.make_room()
        if self._streams.open(document, scene, settings) is not None:
            document.typist.anticipated()

    def _anticipate_anew(self, document: DocumentState) -> None:
        """A stream turned out not to serve the request that is expected; another one may."""
        if document.expected is not None and not document.waits_to_anticipate:
            self._anticipate(document, *document.expected)


def _is_known(document: DocumentState, scene: Scene) -> bool:
    hits = document.answers.hits(scene.snapshot)
    return answers.look_up(hits, document.answers, scene, automatic=True) is not None
