"""The place that an answer is shaped for."""

from __future__ import annotations

from dataclasses import replace

from codestral_ls.config.settings import Settings
from codestral_ls.model import ClientHabits, Request, Selected, Snapshot
from codestral_ls.postprocess import Scene


def with_entry(request: Request) -> Snapshot:
    """What is completed: the request's snapshot, with the popup's selected entry inserted."""
    snapshot, selected = request.snapshot, request.selected
    if selected is None:
        return snapshot
    kept = snapshot.before[: len(snapshot.before) - selected.replaced]
    return replace(snapshot, before=kept + selected.text)


def scene_of(
    snapshot: Snapshot,
    settings: Settings,
    habits: ClientHabits,
    selected: Selected | None = None,
) -> Scene:
    """The scene at a snapshot's cursor, without the document's syntax.

    ``selected``: the popup's entry, with which ``snapshot.before`` ends.
    """
    return Scene(
        snapshot,
        multiline=settings.multiline,
        selected=selected,
        covers_closers=habits.covers_closers,
    )
