"""From raw text to an answer, and from remembered answers to a suggestion.

Filters run for the place an answer is read at: the text right of the cursor may have changed since
it was asked for.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace

from codestral_ls import postprocess
from codestral_ls.engine.answers import Answer, Answers, Hit, Typed
from codestral_ls.engine.stream import Stream
from codestral_ls.model import Nothing, Source, Suggestion, Timings
from codestral_ls.postprocess import Dropped, Scene
from codestral_ls.privacy.secrets import contains_mask

NOTHING_SAID = "Whoever was asked had nothing to add here, or was not sure enough."

# 48 random bits: unique among the answers of a session, short in a log.
_ID_BYTES = 6


def new_answer(raw: str, scene: Scene, *, whole: bool) -> Answer:
    """Shape a model's text for the place it was asked for. ``whole``: nothing was cut off."""
    shaped = postprocess.run(raw, scene)
    if not isinstance(shaped, Dropped) and contains_mask(shaped.text):
        shaped = Dropped("The answer repeats a secret that was masked in the prompt.")
    answer = Answer(secrets.token_hex(_ID_BYTES), scene.snapshot, raw, "", whole=whole)
    if isinstance(shaped, Dropped):
        answer.reason = shaped.reason if raw.strip() else NOTHING_SAID
    else:
        answer.text, answer.covers, answer.note = shaped.text, shaped.covers, shaped.note
    return answer


def read(
    hits: Iterable[Hit], answers: Answers, scene: Scene, *, automatic: bool
) -> Suggestion | Nothing | None:
    """What is known for the place of ``scene``; None when a backend has to be asked."""
    silent: Nothing | None = None
    for hit in hits:
        answer, at_start = hit.answer, not hit.typed.text
        if answer.accepted and at_start and automatic:
            silent = silent or Nothing("You took this suggestion before and removed it again.")
        elif hit.within and not answer.text:
            silent = silent or Nothing(answer.reason)
        elif hit.within and not hit.typed.closers:
            return _suggestion(hit, answers)
        elif renewed := _renewed(hit, scene):
            answers.add(renewed)
            return _suggestion(Hit(renewed, Typed("")), answers, Source.TYPED_THROUGH)
    return silent


def sourced(
    found: Suggestion | Nothing, timings: Timings, stream: Stream | None, *, mine: bool
) -> Suggestion | Nothing:
    """The answer with its timings, and how it came about if a stream was waited for. ``mine``:
    the stream was started for this very request."""
    if isinstance(found, Nothing) or stream is None:
        return replace(found, timings=timings)
    source = Source.REQUEST if mine else Source.JOINED
    if stream.backend.name == "workspace":
        source = Source.WORKSPACE
    return replace(found, source=source, timings=timings, usage=stream.usage)


def partial(raw: str, scene: Scene, typed: Typed) -> Suggestion | None:
    """The whole lines of a text that still grows, less what was typed since; None if there are
    none yet."""
    whole_lines = raw[: raw.rfind("\n") + 1]
    answer = new_answer(whole_lines, replace(scene, cut=True), whole=False)
    rest = answer.text.removeprefix(typed.text)
    if typed.closers or not rest or not answer.text.startswith(typed.text):
        return None
    return Suggestion(
        answer.id,
        rest,
        Source.REQUEST,
        covers=answer.covers,
        note="Only what was whole at the deadline; more may follow at the next request.",
    )


def _suggestion(hit: Hit, answers: Answers, source: Source | None = None) -> Suggestion:
    answer, at_start = hit.answer, not hit.typed.text
    others: dict[str, None] = {}
    if at_start:
        others = dict.fromkeys(other.text for other in answers.same_place(answer) if other.text)
        others.pop(answer.text, None)
    return Suggestion(
        answer.id,
        hit.rest,
        source or (Source.CACHE if at_start else Source.TYPED_THROUGH),
        covers=answer.covers,
        alternatives=tuple(others),
        note=answer.note,
    )


def _renewed(hit: Hit, scene: Scene) -> Answer | None:
    """What a stream brought beyond what was shown, shaped for where the cursor is now."""
    if not hit.overrun.strip():
        return None
    answer = new_answer(
        hit.overrun, replace(scene, cut=not hit.answer.whole), whole=hit.answer.whole
    )
    return answer if answer.text else None
