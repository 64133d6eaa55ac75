"""``codestral-ls.status`` and ``codestral-ls.explain``: how things stand, and what happened.

Models and servers name themselves and their errors, and a repository its files: all of that goes
through ``privacy.text``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from codestral_ls import __version__
from codestral_ls.engine.history import Counters, Record
from codestral_ls.model import Nothing
from codestral_ls.privacy.text import name, shown
from codestral_ls.session import failures
from codestral_ls.session.advice import SHELL, Advice
from codestral_ls.session.notices import Remedy

if TYPE_CHECKING:
    # Types alone: the answer to initialize need not wait for the engine.
    from codestral_ls.engine.engine import Engine
    from codestral_ls.engine.throttle import Pause
    from codestral_ls.engine.upstream import UpstreamStatus
    from codestral_ls.session.choice import Choice


def status_of(
    engine: Engine | None,
    chosen: Choice | None,
    *,
    enabled: bool,
    advice: Advice = SHELL,
    today: str = "",
) -> dict[str, object]:
    """The status object; field names as in LSP. ``engine`` is None until something was asked,
    ``chosen`` until settings and keys were read; ``today`` is what was counted today, in a
    line."""
    from codestral_ls.session.choice import EMBEDDED

    choice = chosen or EMBEDDED
    upstream = engine.status() if engine else None
    error = upstream.last_error if upstream else None
    counters = engine.counters if engine else Counters()
    host = choice.host
    if upstream is not None and not upstream.host.startswith(host):
        host = upstream.host  # a key that the one host refused was accepted by the other
    state = _state(upstream) if enabled else "disabled"
    pause = upstream.pause if upstream and state in _TROUBLES else None
    until = _wall_time(pause) if pause else None
    kind = error[0].kind if error else ""
    return {
        "version": __version__,
        "state": state,
        "message": _message(state, upstream, choice, name(host), advice) if chosen else _STARTING,
        "until": until,
        "remedies": list(_remedies(state, kind, choice)),
        "provider": upstream.provider if upstream else choice.provider,
        "host": name(host),
        "model": name((upstream.model if upstream else "") or choice.model),
        "fallback": bool(upstream and upstream.has_fallback and state != "ready"),
        "lastError": error
        and {
            "kind": error[0].kind,
            "message": shown(str(error[0])),
            "at": error[1].isoformat(timespec="seconds"),
        },
        "counters": counters.as_json(),
        "today": today,
    }


_STARTING = "Starting: settings and keys are read."
_TROUBLES = frozenset({"limited", "unauthorized", "offline"})


def _state(upstream: UpstreamStatus | None) -> str:
    if upstream is None:
        return "ready"
    if upstream.loading:
        return "loading"
    if upstream.pause is not None and upstream.pause.state != "loading":
        return upstream.pause.state
    return "busy" if upstream.busy else "ready"


def _message(
    state: str, upstream: UpstreamStatus | None, choice: Choice, host: str, advice: Advice
) -> str:
    """How things stand, in a sentence; the same one that ``explain`` and ``doctor`` have."""
    if state == "disabled":
        from codestral_ls.engine.triggers import SWITCHED_OFF

        return SWITCHED_OFF
    if upstream is not None and state == "loading":
        return shown(upstream.loading)
    if upstream is not None and upstream.pause is not None and state in _TROUBLES:
        kind = "auth" if state == "unauthorized" else ""
        reason = shown(upstream.pause.reason)
        return failures.text_of(Nothing(reason, failure=kind), choice, advice)
    if choice.warning is not None:
        return f"{shown(choice.warning.text)} Until then the embedded provider completes."
    if choice.is_local:
        return "Ready: the embedded provider completes from the code in this workspace."
    answered = upstream is not None and upstream.has_answered
    return "Ready." if answered else f"Ready to ask {host}."


def _remedies(state: str, kind: str, choice: Choice) -> Sequence[Remedy]:
    """What helps, as in ``codestral/notice``."""
    if state == "disabled":
        return ("open-settings",)
    if state in _TROUBLES:
        return failures.remedies_of(kind) or ("run-doctor",)
    if choice.warning is not None:
        return choice.warning.remedies
    return ("set-key",) if choice.is_local else ()


# A pause until something changes has no end that could be told.
_LONGEST_S = 7 * 86_400


def record_of(record: Record) -> dict[str, object]:
    """One of the outcomes that ``codestral-ls.explain`` answers."""
    snippets = [{"file": name(file), "why": shown(why)} for file, why in record.snippets]
    return {**record.as_json(), "reason": shown(record.reason), "snippets": snippets}


def _wall_time(pause: Pause) -> str | None:
    """When it ends; None where it is over, or nobody knows."""
    left_s = pause.until - asyncio.get_running_loop().time()
    if not 0 < left_s < _LONGEST_S:
        return None
    return (datetime.now(UTC) + timedelta(seconds=left_s)).isoformat(timespec="seconds")
