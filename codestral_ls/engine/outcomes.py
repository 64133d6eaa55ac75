"""What an open request is answered with, given what is known by now. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from codestral_ls.engine import answers
from codestral_ls.engine.answers import Hit, Known, typed_since
from codestral_ls.engine.document import DocumentState, OpenRequest
from codestral_ls.engine.stream import Stream
from codestral_ls.model import Nothing, Source, Suggestion
from codestral_ls.postprocess import Scene


def known(
    document: DocumentState,
    asked: OpenRequest,
    scene: Scene,
    stream: Stream | None,
    *,
    unless: set[str],
    growing: bool,
) -> Known | None:
    """An answer from memory, or from the stream waited for, if the text agrees with it.

    ``unless``: the ids of those that are not wanted. ``growing``: those count of which more may
    come.
    """
    all_hits = document.answers.hits(scene.snapshot)
    hits = [
        hit
        for hit in _steady(document, asked, all_hits)
        if hit.answer.id not in unless and (growing or not hit.answer.grows)
    ]
    if stream is not None and stream.answer is not None and not hits:
        typed = typed_since(stream.scene.snapshot, scene.snapshot)
        hits = [] if typed is None else [Hit(stream.answer, typed)]
    beside = () if asked.automatic else all_hits
    return answers.look_up(hits, document.answers, scene, automatic=asked.automatic, beside=beside)


def beside(
    document: DocumentState, asked: OpenRequest, scene: Scene, *, again: bool
) -> Known | None:
    """What is known already, so that the explicit request wants another candidate; None if it
    wants the first one, or the rest of it."""
    stream = document.stream
    runs = stream is not None and not stream.is_settled
    if stream is not None and runs and stream.covers(asked.snapshot) is not None:
        return None
    found = known(document, asked, scene, None, unless=set(), growing=True)
    is_there = found is not None and isinstance(found.outcome, Suggestion)
    return found if is_there or again else None


def _steady(document: DocumentState, asked: OpenRequest, hits: Sequence[Hit]) -> Sequence[Hit]:
    """First those that begin with what is left of the suggestion on the screen."""
    offer = document.offer
    typed = typed_since(offer.snapshot, asked.snapshot) if offer is not None else None
    if offer is None or typed is None or not offer.suggestion.text.startswith(typed.text):
        return hits
    rest = offer.suggestion.text[len(typed.text) :]
    return sorted(hits, key=lambda hit: hit.within and hit.rest.startswith(rest), reverse=True)


def superseded(document: DocumentState, asked: OpenRequest, found: Known | None) -> str | None:
    """Why the request is pointless by now; None if its answer is still wanted."""
    if document.is_closed:
        return "The document was closed."
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


def sourced(
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


def late(asked: OpenRequest, stream: Stream | None) -> Nothing:
    """Nothing of the stream was whole at the deadline."""
    timings = asked.timings(stream)
    waited = round(timings.total)
    return Nothing(f"No answer within {waited} ms; the next request gets it.", timings)
