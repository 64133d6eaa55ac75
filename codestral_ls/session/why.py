"""``codestral-ls.why``: why there is no suggestion at the cursor, and what the model saw. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from codestral_ls.engine import places
from codestral_ls.engine.history import Record
from codestral_ls.model import Seen, Snapshot
from codestral_ls.privacy.text import name, shown
from codestral_ls.session import failures
from codestral_ls.session.advice import Advice, sentence
from codestral_ls.session.status import record_of

_OVERTAKEN = frozenset({"superseded", "cancelled"})
_TROUBLES = frozenset({"limited", "unauthorized", "offline", "loading"})
_SHOWN = "There was a suggestion for this place."


def why(
    here: Snapshot | None,
    records: Sequence[Record],
    status: Mapping[str, object],
    *,
    not_asked: str | None,
    advice: Advice,
) -> dict[str, object]:
    """The answer for a place, first; then the requests that led there.

    ``records`` are the document's, newest first; ``status`` is as ``status_of`` gives it;
    ``not_asked``: why nothing is asked automatically in the place.
    """
    decided = [record for record in records if record.outcome not in _OVERTAKEN]
    if here is None:
        answer, record = "This document is not open at the server.", None
    else:
        answer, record = _answer(here, decided, status, not_asked, advice)
    remedies = _remedies(record, status, not_asked)
    if answer in places.ANSWERED_ON_REQUEST:
        answer = f"{answer} {sentence(advice.ask)}"
    return {
        "answer": answer,
        "until": status["until"] if answer == status["message"] else None,
        "remedies": list(remedies),
        "record": None if record is None else record_of(record),
        "seen": list(_seen(record.seen)) if record and record.seen else [],
        "earlier": list(_folded(records)),
    }


def _answer(
    here: Snapshot,
    decided: Sequence[Record],
    status: Mapping[str, object],
    not_asked: str | None,
    advice: Advice,
) -> tuple[str, Record | None]:
    column = len(here.line_before)
    on_line = [record for record in decided if record.line == here.line]
    record = next((record for record in on_line if record.character == column), None)
    trouble = str(status["message"]) if status["state"] in _TROUBLES else ""
    if record is not None and record.outcome == "suggestion":
        return f"{_SHOWN} {shown(record.reason)}", record
    if record is not None and record.outcome == "failed":
        return trouble or shown(record.reason), record
    if record is not None:
        return shown(record.reason), record
    if not_asked:
        return shown(not_asked), None
    if trouble:
        return trouble, None
    if on_line:
        near = on_line[0]
        reason = _SHOWN if near.outcome == "suggestion" else shown(near.reason)
        return f"Nothing was asked at the cursor; at column {near.character + 1}: {reason}", near
    return f"Nothing was asked at the cursor yet. {sentence(advice.ask)}", None


def _remedies(
    record: Record | None, status: Mapping[str, object], not_asked: str | None
) -> Sequence[object]:
    if record is not None and record.failure:
        return failures.remedies_of(record.failure) or ("run-doctor",)
    if not_asked:
        # No setting changes what a place is.
        of_the_place = {*places.ANSWERED_ON_REQUEST, places.HIDDEN_VALUE}
        return () if not_asked in of_the_place else ("open-settings",)
    remedies = status["remedies"]
    return remedies if isinstance(remedies, list) else ()


def _seen(seen: Seen) -> Iterator[str]:
    """What the model saw, a line for each part."""
    parts = [
        f"{seen.chars_before:,} characters before the cursor",
        f"{seen.chars_after:,} after it",
    ]
    if seen.chars_elsewhere:
        parts.append(f"{seen.chars_elsewhere:,} of other places in the workspace")
    yield f"Provider {seen.provider} saw {', '.join(parts)}: about {seen.tokens:,} tokens."
    for file, reason in seen.snippets:
        yield f"{name(file)}: {shown(reason)}"


def _folded(records: Sequence[Record]) -> Iterator[dict[str, object]]:
    """The records, with one in place of several that were overtaken one after the other."""
    for overtaken, run in groupby(records, lambda record: record.outcome in _OVERTAKEN):
        each = list(run)
        if overtaken and len(each) > 1:
            yield record_of(each[0]) | {
                "outcome": "superseded",
                "reason": f"{len(each)} requests were overtaken by later ones.",
                "count": len(each),
            }
        else:
            yield from (record_of(record) for record in each)
